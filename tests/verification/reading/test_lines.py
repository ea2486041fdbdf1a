"""Lines such as ``net_H1 = 0.3775``."""

import io
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from derive.judging.reading.answers import read_answers
from derive.judging.reading.lines import named_figure


@pytest.mark.parametrize(
    ("line", "name", "figure"),
    [
        ("net_H1=0.3775", "net_H1", "0.3775"),
        (" net_H1 \u00a0=  .3775 ", "net_H1", ".3775"),
        ("∂E/∂w5 ≈ 0.0822", "∂E/∂w5", "0.0822"),
        ("net_H1 = w1*x1 + w2*x2 + b1 = 0.3775", "net_H1", "0.3775"),
        ("E_total@1 = 0,2910", "E_total@1", "0,2910"),
        ("net_H1 =", "net_H1", ""),
    ],
)
def test_a_line_is_split_at_its_signs_of_equality(line: str, name: str, figure: str) -> None:
    """The name stands before the first sign, the figure after the last."""
    assert named_figure(line) == (name, figure)


@pytest.mark.parametrize("line", ["", "net_H1", "= 0.3775", "answers.csv", "  = "])
def test_a_line_without_a_name_and_a_sign_is_none(line: str) -> None:
    """A file's name, or a figure that nobody named, is no line of this kind."""
    assert named_figure(line) is None


@pytest.mark.parametrize(
    "content",
    [
        "net_H1,0.3775\nout_H1,.5933\n",
        "net_H1;0,3775\nout_H1;,5933\n",
        "net_H1\t0.3775\nout_H1\t.5933\n",
        "net_H1 = 0.3775\nout_H1 = .5933\n",
        "net_H1=0.3775\r\n\r\nout_H1 = 1/(1 + e^-0.3775) = .5933\r\n",
        "My figures\n\nnet_H1 = 0.3775\nout_H1,.5933\n",
        "net_H1 =,0.3775\nout_H1,= .5933\n",
    ],
)
def test_files_without_a_header_are_read(content: str) -> None:
    """Two columns, or a figure a line, whatever parts the columns; a title may stand above."""
    found, rejected = read_answers(["-"], stdin=io.BytesIO(content.encode()))
    assert rejected == []
    assert [(each.student, each.quantity) for each in found] == [(None, "net_H1"), (None, "out_H1")]
    assert [each.written.value for each in found] == [Fraction(3775, 10_000), Fraction(5933, 10_000)]


def test_decimal_commas_stand_in_lines(tmp_path: Path) -> None:
    """Asked for, a comma in a figure is no mark between columns; not asked for, the figure is named."""
    path = tmp_path / "anna.txt"
    path.write_text("net_H1 = 0,3775\nout_H1 = 0,5933\nE_total = 0.5\n", encoding="utf-8")
    found, _ = read_answers([path], decimal_comma=True)
    assert [each.written.text for each in found] == ["0,3775", "0,5933", "0.5"]
    found, _ = read_answers([path])
    assert [each.written.kind for each in found] == ["unreadable", "unreadable", "number"]


def test_a_workbook_may_have_no_header() -> None:
    """The rows of a workbook are read alike; a cell without an answer is told with its row."""
    book = openpyxl.Workbook()
    for row in [("net_H1", 0.3775), ("out_H1 = 0.5933",), ("w5", True), ("no answer at all",)]:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    found, rejected = read_answers(["-"], stdin=io.BytesIO(stream.getvalue()))
    assert [(each.quantity, each.written.text, each.row) for each in found] == [
        ("net_H1", "0.3775", 1),
        ("out_H1", "0.5933", 2),
    ]
    assert [each.row for each in rejected] == [3, 4]


@pytest.mark.parametrize("content", ["a,b,c\n1,2,3\n", "1,2\n3,4\n", "these are\nmy answers\n", "first,second\n"])
def test_what_is_no_table_and_no_line_is_refused(content: str) -> None:
    """The message says how a file of answers may look."""
    found, rejected = read_answers(["-"], stdin=io.BytesIO(content.encode()))
    assert found == []
    assert "net_H1 = 0.3775" in rejected[0].reason


def test_more_than_ten_lines_are_read() -> None:
    """A title may stand within the first ten rows; lines go on for as long as they like."""
    content = "".join(f"w{number} = {number}.5\n" for number in range(1, 40))
    found, rejected = read_answers(["-"], stdin=io.BytesIO(content.encode()))
    assert [(each.quantity, each.row) for each in found] == [(f"w{number}", number) for number in range(1, 40)]
    assert rejected == []
