"""CSV, JSON, mappings, standard input and built-in examples: what is read, and what is rejected where."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from derive.judging.model import Answer, Rejected
from derive.judging.reading import answer_json, answer_table, answers
from derive.judging.reading.answers import builtin_answer_names, builtin_answers, read_answers


def read(content: str | bytes, *, decimal_comma: bool | None = None) -> tuple[list[Answer], list[Rejected]]:
    raw = content.encode() if isinstance(content, str) else content
    return read_answers(["-"], decimal_comma=decimal_comma, stdin=io.BytesIO(raw))


def told(found: list[Answer]) -> list[tuple[str | None, str, str, str]]:
    return [(each.student, each.quantity, each.written.text, each.note) for each in found]


LONG = [(None, "net_H1", "0.3775", "first"), (None, "out_H1", "0.5933", "")]


@pytest.mark.parametrize(
    "text",
    [
        "quantity,value,note\nnet_H1,0.3775,first\nout_H1,0.5933,\n",
        "\ufeffquantity,value,note\r\nnet_H1,0.3775,first\r\nout_H1,0.5933,\r\n",
        "Note , VALUE, Quantity\nfirst,0.3775, net_H1 \n,0.5933,out_H1",
        "quantity\tvalue\tnote\nnet_H1\t0.3775\tfirst\nout_H1\t0.5933\n",
        "sep=,\nquantity,value,note\nnet_H1,0.3775,first\nout_H1,0.5933,\n",
        "\n\nAnswers of the class\nquantity,value,note,room\nnet_H1,0.3775,first,1\n,,,\nout_H1,0.5933,,2\n",
        '"quantity","value","note"\n"net_H1","0.3775","first"\n"out_H1","0.5933",""\n',
        '[{"quantity": "net_H1", "value": 0.3775, "note": "first"}, {"Quantity": "out_H1", "value": "0.5933"}]',
    ],
)
def test_columns_are_found_by_their_names(text: str) -> None:
    """Order, case, quotes, mark between columns, a byte order mark, blank rows and a title make no difference."""
    found, rejected = read(text)
    assert told(found) == LONG
    assert rejected == []


def test_utf_16_as_spreadsheets_export_it_is_read() -> None:
    """A file that says by its first bytes that it is UTF-16 is read as such."""
    assert told(read("quantity\tvalue\nnet_H1\t−0.5\n".encode("utf-16"))[0]) == [(None, "net_H1", "−0.5", "")]


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    """The header is row 1, blank rows count, and a note of two lines is one row."""
    found, rejected = read('quantity,value,note\n\nnet_H1,0.5,"two\nlines"\nout_H1,1e999,\n')
    assert (found[0].row, found[0].note) == (3, "two lines")
    assert rejected == [Rejected(file="-", row=4, reason="column value: an exponent beyond 300: '1e999'")]


def test_semicolons_bring_the_decimal_comma() -> None:
    """With semicolons a comma stands in numbers, unless that is refused; with commas it is read where asked for."""
    text = "quantity;value\nnet_H1;0,3775\nout_H1;0.5\n"
    assert [each.written.value for each in read(text)[0]] == [Fraction("0.3775"), Fraction("0.5")]
    assert read(text, decimal_comma=False)[0][0].written.kind == "unreadable"
    quoted = 'quantity,value\nnet_H1,"0,3775"\n'
    assert read(quoted)[0][0].written.kind == "unreadable"
    assert read(quoted, decimal_comma=True)[0][0].written.value == Fraction("0.3775")


@pytest.mark.parametrize(
    "text",
    [
        "student,net_H1,out_H1\nAnna,0.3775,\nBo,.5,1/3\n",
        "id;name;form;net_H1;out_H1;note\nAnna;A. A.;f1;0.3775;;\nBo;B;f2;.5;1/3;\n",
        "student,quantity,value\nAnna,net_H1,0.3775\nAnna,out_H1,\nBo,net_H1,.5\nBo,out_H1,1/3\n",
        '{"Anna": {"net_H1": 0.3775, "out_H1": null}, "Bo": {"net_H1": ".5", "out_H1": "1/3"}}',
    ],
)
def test_several_students_come_in_rows_columns_or_objects(text: str) -> None:
    """A row for each student says the same as a row for each answer."""
    found, rejected = read(text)
    expected = [("Anna", "net_H1", "0.3775"), ("Anna", "out_H1", ""), ("Bo", "net_H1", ".5"), ("Bo", "out_H1", "1/3")]
    assert [each[:3] for each in told(found)] == expected
    assert rejected == []


def test_form_ids_are_kept() -> None:
    """A column of form ids goes with each answer, in long and in wide tables and in JSON."""
    for text in ("student,form,quantity,value\nAnna,f7,net_H1,1\n", "student,form,net_H1\nAnna,f7,1\n",
                 '[{"student": "Anna", "form": "f7", "quantity": "net_H1", "value": 1}]'):  # fmt: skip
        (answer,) = read(text)[0]
        assert (answer.student, answer.form, answer.quantity) == ("Anna", "f7", "net_H1")


def test_a_column_that_is_no_quantity_is_told_once() -> None:
    """The other columns of a wide table are still read."""
    found, rejected = read("student,net_H1,Points (of 10)\nAnna,0.3775,3\nBo,0.3,4\n")
    assert len(found) == 2
    assert rejected == [
        Rejected(file="-", row=1, reason="column C: 'Points (of 10)' is no quantity; the column is left out")
    ]


def test_the_second_answer_to_one_question_is_rejected() -> None:
    """The first counts, another student's is another answer, and the message says where the first stands."""
    found, rejected = read("student,quantity,value\nAnna,w5,1\nBo,w5,2\nAnna, w5 ,3\n")
    assert told(found) == [("Anna", "w5", "1", ""), ("Bo", "w5", "2", "")]
    assert [(each.row, each.reason) for each in rejected] == [
        (4, "column value: 'w5' by 'Anna' was answered before in row 2; the first answer counts")
    ]
    found, rejected = read('{"w5": 1, "w5": 2}')
    assert told(found) == [(None, "w5", "1", "")]
    assert len(rejected) == 1


@pytest.mark.parametrize(
    ("text", "row", "reason"),
    [
        ("quantity,value\n,0.5\n", 2, "column quantity: nothing written"),
        ("quantity,value\n" + "q" * 300 + ",0.5\n", 2, "column quantity: a name of 300"),
        ("student,quantity,value\n" + "s" * 1300 + ",q,0.5\n", 2, "column student: a name of 1,300"),
        ("quantity,value\nw5," + "1" * 10_000 + "\n", 2, "column value: 10,000 characters"),
        ("quantity,value\nw5," + "x" * 10_001 + "\n", 2, "column value: 10,001 characters"),
        ("student,w5,w6\nAnna,1e400,1\n", 2, "column w5: an exponent beyond 300"),
        ('[3, {"quantity": "w5"}]', 1, "no object"),
        ('[{"quantity": "w5"}]', 1, "value: missing"),
        ('[{"quantity": ["w5"], "value": 1}]', 1, "quantity: a text is needed; here is a list"),
        ('[{"quantity": "w5", "value": true}]', 1, "value: a number or a text is needed; here is true"),
        ('[{"quantity": "w5", "value": {"a": 1}}]', 1, "value: a number or a text is needed; here is an object"),
        ('[{"value": 1, "Value": 2, "quantity": "w5"}]', 1, "'Value' stands twice"),
        ('{"w5": [1]}', None, "value of 'w5': a number or a text is needed; here is a list"),
        ('{"w5": ' + "7" * 10_000 + "}", None, "value of 'w5': 10,000 characters"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_read(text: str, row: int | None, reason: str) -> None:
    """The line names the file, the row and the column."""
    _, rejected = read(text)
    assert rejected[0].row == row
    assert rejected[0].file == "-"
    assert reason in rejected[0].reason
    assert len(rejected[0].reason) < 300


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"0.3775,0.5933\n", "no row names the columns"),
        (b"quantity,value,value\na,1,2\n", "two columns are called value"),
        (b"student,Points (of 10)\nAnna,3\n", "no column is headed by a quantity"),
        (b"quantity,value\nJ\xfcrgen,1\n", "row 2 is no UTF-8 text; save the file as CSV UTF-8"),
        (b"quantity,value\nw5,\0\n", "a binary file"),
        (b'quantity,value\nw5,"' + b"x\n" * 100_000, "is a quotation mark left open?"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "of an old kind or with a password"),
        (b'{"a": ', "no valid JSON: Expecting value (line 1, column 7)"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "no answers in it"),
        (b"quantity,value\n" + b",\n" * 1_048_576, "more than 1,048,576 rows"),
        (b"student" + b",w5" * 2_500, "row 1 has 2,501 columns; at most 2,000"),
    ],
)
def test_a_file_that_cannot_be_read_is_rejected_as_a_whole(content: bytes, reason: str) -> None:
    """One line without a row says why."""
    found, rejected = read(content)
    assert found == []
    assert [each.row for each in rejected if reason in each.reason] == [None]


def test_good_files_beside_bad_ones_are_read(tmp_path: Path) -> None:
    """Each bad source is listed, in order, and the others are read."""
    (tmp_path / "good.csv").write_text("quantity,value\nw5,1\n", encoding="utf-8")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "no.xlsx").write_text("quantity,value\nw5,1\n", encoding="utf-8")
    sources = [tmp_path / "bad.json", tmp_path, "nowhere.csv", "bad\0name", tmp_path / "no.xlsx", tmp_path / "good.csv"]
    found, rejected = read_answers([*sources, {"w6": 2}])
    assert [each.quantity for each in found] == ["w5", "w6"]
    assert [each.reason.split(";")[0].split(":")[0] for each in rejected] == [
        "no valid JSON",
        "a folder, where a file is needed",
        "no such file, and no built-in answers",
        "cannot be read",
        "damaged, or no XLSX file",
    ]
    assert all(each.row is None and each.file.isprintable() for each in rejected)


def test_names_of_files_and_texts_of_users_are_short_and_printable() -> None:
    """Nothing of a user's text reaches a message or an answer that no output can show."""
    _, rejected = read_answers(["\x1b[31m" + "n" * 5_000])
    assert len(rejected[0].file) < 250
    assert rejected[0].file.isprintable()
    found, rejected = read(
        '[{"quantity": "w5\\u202e", "student": "\\ud800<b>", "note": "\\u0000$x$", "value": "\\ue000"}]'
    )
    assert found[0].student == "\ufffd<b>"
    assert (found[0].quantity, found[0].note, found[0].written.text) == ("w5\ufffd", "\ufffd$x$", "\ufffd")


def test_markup_in_names_and_notes_is_kept_as_text() -> None:
    """HTML and LaTeX are names like any other; who prints them escapes them."""
    name, note = "<script>alert(1)</script>", r"\input{/etc/passwd} $\alpha$"
    (answer,) = read(f'student,quantity,value,note\n{name},w5,1,"{note}"\n')[0]
    assert (answer.student, answer.note) == (name, note)


def test_cells_made_safe_are_read_as_they_were() -> None:
    """The apostrophe that keeps a spreadsheet from calculating is no part of the answer."""
    (answer,) = read("student,quantity,value\n'=Anna,w5,'-out_H1*2\n")[0]
    assert (answer.student, answer.written.text) == ("=Anna", "-out_H1*2")


def test_a_mapping_keeps_what_python_says() -> None:
    """A float has its shortest text, a Decimal its digits, a Fraction is exact, None is a blank."""
    mapping = {"a": 0.1, "b": Decimal("0.0200"), "c": Fraction(6, 2), "d": 15, "e": None, "f": "−.5",
               "g": np.float64(0.25), "h": np.float32(0.3), "i": np.int64(7), "j": float("nan")}  # fmt: skip
    found, rejected = read_answers([mapping])
    assert rejected == []
    assert [each.written.text for each in found] == ["0.1", "0.0200", "3", "15", "", "−.5", "0.25", "0.3", "7", "nan"]
    assert [each.written.unit for each in found[:4]] == [Fraction(1, 10), Fraction(1, 10_000), 0, 1]
    assert found[-1].written.kind == "unreadable"
    assert (found[0].file, found[0].row) == ("", None)


def test_a_mapping_by_student_and_its_faults() -> None:
    """Students may be numbers; what is no value is told by its quantity."""
    bad = {7: {"w5": 1, "w6": True, 8: 1, "w7": 10**5000, "w8": object(), "w9": Decimal("1e9999")}}
    found, rejected = read_answers([bad])
    assert told(found) == [("7", "w5", "1", "")]
    assert [each.reason.split(":")[0] for each in rejected] == [
        "value of 'w6' by '7'",
        "a quantity is named by a text; here is a number",
        "value of 'w7' by '7'",
        "value of 'w8' by '7'",
        "value of 'w9' by '7'",
    ]


def test_json_numbers_keep_their_digits() -> None:
    """A trailing zero and any number of digits survive."""
    (answer,) = read('{"w5": 0.34530}')[0]
    assert (answer.written.digits, answer.written.unit) == (5, Fraction(1, 10**5))


@pytest.mark.parametrize(
    ("limit", "text", "reason"),
    [
        ("MOST_ROWS", "quantity,value\n" + "".join(f"a{n},1\n" for n in range(9)), "more than 5 rows"),
        ("MOST_ANSWERS", "quantity,value\n" + "".join(f"a{n},1\n" for n in range(9)), "more than 5 answers"),
        ("MOST_ANSWERS", json.dumps({f"a{n}": n for n in range(9)}), "more than 5 answers"),
    ],
)
def test_more_than_the_limit_is_refused_as_a_whole(
    monkeypatch: pytest.MonkeyPatch, limit: str, text: str, reason: str
) -> None:
    """Half a class would look like a whole one, so that nothing of such a file is judged."""
    monkeypatch.setattr(answer_table, limit, 5)
    found, rejected = read(text)
    assert found == []
    assert [(each.row, reason in each.reason) for each in rejected] == [(None, True)]


def test_files_too_large_are_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file beyond the limit is refused before it is looked at; so is JSON of too many values."""
    monkeypatch.setattr(answers, "LARGEST_FILE", 50)
    (tmp_path / "large.csv").write_text("quantity,value\n" + "a,1\n" * 50, encoding="utf-8")
    assert "larger than" in read_answers([tmp_path / "large.csv"])[1][0].reason
    monkeypatch.setattr(answer_json, "MOST_ANSWERS", 1)
    assert "answers; split the file" in read("[[],[],[],[],[]]")[1][0].reason


def test_after_a_hundred_bad_rows_only_their_number_is_told() -> None:
    """A file of nothing but bad rows does not flood the terminal."""
    _, rejected = read("quantity,value\n" + ",1\n" * 250)
    assert len(rejected) == 101
    assert rejected[-1].reason.startswith("150 more")


def test_the_article_is_built_in() -> None:
    """The five figures of the article stand as printed, under names that no file has; a file of that name wins."""
    assert set(builtin_answer_names()) >= {"article", "forward-page"}
    found, rejected = read_answers(["article"])
    assert rejected == []
    assert [(each.quantity, each.written.text) for each in found] == [
        ("E_total@0", "0.298371109"),
        ("E_total@1", "0.291027924"),
        ("E_total@10000", "0.0000351085"),
        ("out_y1@10000", "0.159121960"),
        ("out_y2@10000", "0.984065734"),
    ]
    page = {each.quantity: each.written.value for each in read_answers(["forward-page"])[0]}
    figures = {"net_H1": ".3825", "net_H2": ".3900", "out_H1": ".5944", "out_H2": ".5963", "net_y1": ".5359"}
    assert page == {name: Fraction(text) for name, text in (figures | {"net_y2": ".5955"}).items()}
    with pytest.raises(KeyError):
        builtin_answers("../article")


def test_a_file_wins_over_a_built_in_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file called article is the user's own."""
    (tmp_path / "article").write_text("quantity,value\nw5,1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert told(read_answers(["article"])[0]) == [(None, "w5", "1", "")]
