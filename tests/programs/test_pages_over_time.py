"""Documents of cells, wiring and counts: how long they are, and that nothing is used above where it stands."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

import derive
from derive.display.tree import Slot
from derive.telling.build import blocks_of
from derive.telling.document_slots import block_slots
from derive.telling.model import Step
from tests.benchmarks.problems import random_lstm
from tests.paper import typeset

BUILT_IN = ("rnn-three-steps", "lstm-step", "gru-step", "skip-connection", "two-input-encoder", "counting-cnn",
            "counting-lstm")  # fmt: skip


@pytest.mark.parametrize("name", BUILT_IN)
def test_eight_pages_and_nothing_before_its_time(name: str) -> None:
    """Every figure that a line uses is given, or stands above it: in a line or in a table of the other steps."""
    explanation = derive.explain(derive.load(name))
    assert len(PdfReader(io.BytesIO(explanation.to_pdf())).pages) <= 8
    derivation = explanation.solution.derivation
    seen: set[str] = set(derivation.givens)
    for block in blocks_of(explanation.document):
        if isinstance(block, Step):
            assert [used for used in block.uses if used not in seen] == [], block.id
        seen.update(slot.quantity for slot in block_slots(block) if slot.role in ("operand", "result", "given"))
    assert set(explanation.solution.derivation.by_id) - {name for name in seen if "@" not in name} <= {
        each.id for each in derivation.quantities if each.rule == "update_step"
    } | {each for each in derivation.by_id if not explanation.document.sections}


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_line_runs_into_the_margin_in_latex(name: str, pdflatex: Path, tmp_path: Path) -> None:
    """No complaint of TeX."""
    found = typeset(pdflatex, derive.explain(derive.load(name)).to_latex(), tmp_path)
    assert found.pdf
    assert found.complaints == ()


def test_an_lstm_over_twenty_steps(tmp_path: Path) -> None:
    """Under 1 MB and at most eight pages; the ends of its tables and no more."""
    explanation = derive.explain(derive.load(tmp_path / random_lstm(tmp_path, 3, 20)))
    assert len(explanation.to_html().encode()) < 1_000_000
    assert len(PdfReader(io.BytesIO(explanation.to_pdf())).pages) <= 8
    slots = {slot.quantity for block in blocks_of(explanation.document) for slot in block_slots(block)}
    assert {"h[1]:1", "h[3]:5", "h[1]:17", "h[2]:20", "C[1]:20"} <= slots
    assert "h[1]:10" not in slots
    assert all(isinstance(slot, Slot) for block in blocks_of(explanation.document) for slot in block_slots(block))
