"""JSON: what programs read."""

from __future__ import annotations

import json

import pytest

from derive.renderers.document_json import render_json
from tests.renderers.sample import HOSTILE, sample_document, sample_filling


def test_steps_hold_what_is_printed() -> None:
    """A step gives its left-hand side, its symbols, its numbers and its value."""
    content = json.loads(render_json(sample_document(), sample_filling(net="0.3375"), {"values": {"net_H1": 0.3375}}))
    step = content["steps"][0]
    assert step["id"] == step["quantity"] == "net_H1"
    assert step["lhs"] == "\\mathrm{net}_{H1}"
    assert step["symbolic"] == "w_{1} \\cdot x_{1} + w_{2} \\cdot x_{2} + b_{1}"
    assert step["substituted"] == "0.15 \\cdot 0.05 + -0.20 \\cdot 0.10 + 0.35"
    assert step["value"] == 0.3375
    assert step["full_figures"] is True
    assert content["values"] == {"net_H1": 0.3375}


def test_problem_is_as_typed() -> None:
    """Texts and numbers of the problem come out as they were typed."""
    problem = json.loads(render_json(sample_document(), sample_filling(), {}))["problem"]
    assert problem["title"] == HOSTILE
    assert problem["layers"][0]["weights"] == [["0.15", "-0.20"], ["0.25", "0.30"]]
    assert problem["layers"][0]["bias"] == "0.35"
    assert problem["layers"][1]["bias"] is None


def test_what_json_has_not_is_an_error() -> None:
    """JSON has no infinity, and none is written."""
    with pytest.raises(ValueError, match="JSON"):
        render_json(sample_document(), sample_filling(), {"values": {"x": float("inf")}})
