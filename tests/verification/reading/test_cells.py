"""Cells that no spreadsheet calculates, and texts that every output can show."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.judging.reading.cells import csv_safe, printable, unprotected, write_csv

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "-", "=HYPERLINK(1)", "－1"]
)
def test_what_starts_a_formula_gets_an_apostrophe(text: str) -> None:
    """The apostrophe makes it a text, and it can be taken off again."""
    assert csv_safe(text).startswith("'")
    assert unprotected(csv_safe(text)).replace("'", "") == text


@pytest.mark.parametrize("text", ["-0.0495", "+5", "-.5", "-1e-4", "0.3775", "Anna", "", "O'Neill", "'quoted'", "a=b"])
def test_plain_numbers_and_texts_stay(text: str) -> None:
    """A negative number is no formula, and an apostrophe of one's own stays."""
    assert csv_safe(text) == text
    assert unprotected(text) == text


def test_a_semicolon_does_not_smuggle_a_formula() -> None:
    """A spreadsheet that parts lines at semicolons finds no formula after one either."""
    line = write_csv([["Anna;=1+1", 'x"; @SUM(A1)', "a\n=2"]])
    for cell in line.replace("\n", ";").replace('"', "").split(";"):
        assert not cell.strip().startswith(DANGEROUS)


@given(st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=4), max_size=5))
def test_no_cell_of_any_table_starts_a_formula(rows: list[list[str]]) -> None:
    """Whatever the texts, no cell that is read back starts a formula but a plain number."""
    for row in csv.reader(io.StringIO(write_csv(rows), newline="")):
        for cell in row:
            if cell.lstrip(" \u00a0").startswith(DANGEROUS):
                assert float(cell) is not None


@given(st.text())
def test_any_text_becomes_printable(text: str) -> None:
    """What is left can be encoded and shown, letter for letter as long."""
    shown = printable(text)
    assert len(shown) == len(text)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert not any(character in shown for character in "\0\n\r\t\u202e\ue000\ufffe")


def test_missing_cells_and_numbers_are_written() -> None:
    """None is an empty cell; numbers stand as Python writes them; a cell with a comma is quoted."""
    assert write_csv([["a", None, 3, -0.5], ["x,y", "", "", ""]]) == 'a,,3,-0.5\n"x,y",,,\n'
