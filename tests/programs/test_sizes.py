"""Documents of arrays stay readable: one window, one head in full, the rest in matrices, however large the picture."""

from __future__ import annotations

import io
import random
from typing import Any

import pypdf
import pytest

from derive import explain, load
from derive.commands.problems_command import kind_of
from derive.given.loading import builtin_names, problem_named

ARRAYS = [name for name in builtin_names() if kind_of(load(name)) in ("Arrays and layer types", "Other formulas")]
#: What course sheets of these exercises have room for, and what a browser shows at once.
MOST_PAGES, MOST_BYTES = 8, 1_000_000


def picture_of_28() -> dict[str, Any]:
    """A picture of 28 × 28, a kernel of 3 × 3, pooling by 2 and ten outputs."""
    drawn = random.Random(28)

    def row(count: int) -> list[str]:
        return [f"{drawn.randint(-90, 90) / 100}" for _ in range(count)]

    units = [f"y{place}" for place in range(1, 11)]
    return {
        "title": "A digit",
        "inputs": {"image": [[str(abs(float(each))) for each in row(28)] for _ in range(28)]},
        "targets": {unit: int(unit == "y4") for unit in units},
        "loss": "cross_entropy",
        "learning_rate": "0.1",
        "layers": [
            {"name": "conv", "type": "convolution", "kernels": [[row(3) for _ in range(3)]], "bias": ["0.1"],
             "activation": "relu"},
            {"name": "pool", "type": "max_pool", "size": 2},
            {"name": "flat", "type": "flatten"},
            {"units": units, "activation": "softmax", "weights": [row(169) for _ in units], "bias": row(10)},
        ],
    }  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_built_in_problems_fit_on_a_few_pages(name: str) -> None:
    """Eight pages of PDF at most."""
    assert len(pypdf.PdfReader(io.BytesIO(explain(load(name)).to_pdf())).pages) <= MOST_PAGES


def test_layers_of_every_kind_are_built_in() -> None:
    """Forward and backward, one with two heads."""
    layers = [layer for name in ARRAYS for layer in load(name).origin.get("layers", ())]
    kinds = {"convolution", "max_pool", "flatten", "embedding", "attention", "layer_norm", "batch_norm"}
    assert kinds <= {layer.get("type") for layer in layers}
    assert 2 in [layer.get("heads") for layer in layers]
    for name in ("convolution-pool", "batch-norm-3x2", "layer-norm-2x5", "attention-2x2", "embedding-twice"):
        assert load(name).wrt


def test_the_page_of_a_picture_of_28() -> None:
    """Its page has less than a megabyte, and every number that is worked out is proved."""
    explanation = explain(problem_named(picture_of_28(), "digit"))
    assert len(explanation.to_html().encode("utf-8")) < MOST_BYTES
    solution = explanation.solution
    assert len(solution.gradient) == 10 + 1700
    assert all(check.ok for check in solution.checks)
