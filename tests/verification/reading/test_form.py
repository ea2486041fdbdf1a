"""The empty form: what it asks, and that it comes back as it was."""

from __future__ import annotations

import datetime
import io
import json
import time

import openpyxl
import pytest

from derive import load
from derive.judging.reading.answers import read_answers
from derive.judging.reading.form import FormKind, empty_form, form_quantities

DEFAULT = [
    *("net_H1", "net_H2", "out_H1", "out_H2", "net_y1", "net_y2", "out_y1", "out_y2", "E_y1", "E_y2", "E_total"),
    *("delta_y1", "delta_y2", "dE_total/dw5", "dE_total/dw6", "dE_total/dw7", "dE_total/dw8"),
    *("dE_total/dout_H1", "dE_total/dout_H2", "delta_H1", "delta_H2"),
    *("dE_total/dw1", "dE_total/dw2", "dE_total/dw3", "dE_total/dw4"),
    *("w1_new", "w2_new", "w3_new", "w4_new", "w5_new", "w6_new", "w7_new", "w8_new"),
]


def test_the_default_network_asks_its_33_figures_in_working_order() -> None:
    """Net inputs to updates, without single chain-rule factors, paths and steps."""
    assert list(form_quantities(load("2-2-2"))) == DEFAULT
    assert len(DEFAULT) == 33


def test_a_chain_of_formulas_asks_definitions_and_derivatives() -> None:
    """Definitions in order, then the derivatives of the objective."""
    assert form_quantities(load("ng-graph-J")) == ("u", "v", "J", "dJ/dv", "dJ/du", "dJ/da", "dJ/db", "dJ/dc")


def test_a_batch_asks_the_gradients_that_its_updates_use() -> None:
    """Each sample's forward pass and delta, then the batch's gradients alone."""
    asked = form_quantities(load("logistic-regression"))
    assert asked[-6:] == ("dE_total/dw0", "dE_total/dw1", "dE_total/db1", "w0_new", "w1_new", "b1_new")
    assert "delta_a[2]" in asked
    assert "dE_total/dw0[2]" not in asked


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
@pytest.mark.parametrize("student_column", [False, True])
def test_a_form_comes_back_as_blanks(kind: FormKind, student_column: bool) -> None:
    """An empty form is read as a blank answer to each question, in order, and nothing of it is rejected."""
    found, rejected = read_answers(["-"], stdin=io.BytesIO(empty_form(DEFAULT, kind, student_column)))
    assert rejected == []
    assert [each.quantity for each in found] == DEFAULT
    assert {each.written.kind for each in found} == {"blank"}


def test_a_filled_workbook_keeps_every_digit() -> None:
    """Typed into the form with a library of another make, a text stays as it was; the header stays in sight."""
    book = openpyxl.load_workbook(io.BytesIO(empty_form(["net_H1", "out_H1"], "xlsx", True)))
    first = book.active
    assert [cell.value for cell in first[1]] == ["student", "quantity", "value", "note"]
    assert first.freeze_panes == "A2"
    assert {first[place].number_format for place in ("A2", "B2", "C2", "C3")} == {"@"}
    assert first.column_dimensions["C"].width >= 20
    first["C2"], first["C3"] = "0.37750", "1/3"
    stream = io.BytesIO()
    book.save(stream)
    found, _ = read_answers(["-"], stdin=io.BytesIO(stream.getvalue()))
    assert [each.written.text for each in found] == ["0.37750", "1/3"]


def test_forms_have_the_columns_asked_for() -> None:
    """CSV and JSON begin with the same columns."""
    assert empty_form(["w5"], "csv") == b"quantity,value,note\nw5,,\n"
    assert json.loads(empty_form(["w5"], "json", True)) == [{"student": "", "quantity": "w5", "value": "", "note": ""}]


def test_the_bytes_of_a_workbook_hang_on_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same questions give the same bytes on any day."""
    first = empty_form(["net_H1", "out_H1"], "xlsx")
    monkeypatch.setattr(time, "time", lambda: 2e9)
    monkeypatch.setattr(datetime, "datetime", Later)
    assert empty_form(["net_H1", "out_H1"], "xlsx") == first


class Later(datetime.datetime):
    """A clock that is ahead."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Later:
        return cls(2044, 5, 6, tzinfo=tz)
