"""The same script gets the same marks as text and as number cells, which drop zeros at the end."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Mapping

import openpyxl
import pytest

from derive import load
from derive.given.formula_problem import AnyProblem
from derive.judging.model import Judgement
from derive.judging.verifying import verify


def problem_of(x1: float, x2: float, weight: float) -> AnyProblem:
    return load(
        {
            "title": "two units in a row",
            "loss": "half_squared_error",
            "learning_rate": 0.5,
            "inputs": {"x1": x1, "x2": x2},
            "targets": {"y1": 0.1},
            "layers": [
                {"units": ["H1"], "activation": "sigmoid", "weights": [[weight, -0.4]], "bias": 0.35},
                {"units": ["y1"], "activation": "sigmoid", "weights": [[0.8]], "bias": -0.27},
            ],
        }
    )


def rounded(value: float) -> float:
    return float(f"{value:.4g}")


def as_text(value: float) -> str:
    """Four significant digits, with the zeros at the end."""
    places = 3 - math.floor(math.log10(abs(value)))
    return f"{value:.{places}f}"


def worked(x1: float, x2: float, weight: float, mistake: str) -> dict[str, float]:
    """A round with every line rounded to four digits, by hand, with a mistake in it."""
    net = rounded(weight * x1 - 0.4 * x2 + 0.35)
    out = rounded(1 / (1 + math.exp(-net)))
    net_y = rounded(0.8 * out if mistake == "missing-bias" else 0.8 * out - 0.27)
    out_y = rounded(1 / (1 + math.exp(-net_y)))
    error = rounded((0.1 - out_y) ** 2 / 2)
    slope = 1.0 if mistake == "missing-slope" else out_y * (1 - out_y)
    delta = rounded((out_y - 0.1) * slope)
    gradient = rounded(delta * out)
    new = rounded(0.8 + (0.5 if mistake == "ascent" else -0.5) * gradient)
    back = rounded(delta * 0.8)
    return {"net_H1": net, "out_H1": out, "net_y1": net_y, "out_y1": out_y, "E_total": error, "delta_y1": delta,
            "dE/dw3": gradient, "w3_new": new, "dE/dout_H1": back}  # fmt: skip


def cells(figures: Mapping[str, object]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["quantity", "value"])
    for item in figures.items():
        book.active.append(item)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def told(found: tuple[Judgement, ...]) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...], int]]:
    return [(each.quantity, each.verdict, each.diagnosis, each.follows_from, each.marks) for each in found]


@pytest.mark.parametrize("mistake", ["", "missing-bias", "missing-slope", "ascent"])
def test_number_cells_get_the_marks_of_text(mistake: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Scripts with figures such as 0.5420, right, wrong and carried, have the same verdicts as 0.542."""
    draw = random.Random(mistake)
    folder = tmp_path_factory.mktemp("cells")
    short = {"right": 0, "else": 0}
    for number in range(40):
        given = draw.randint(1, 99) / 100, draw.randint(1, 99) / 100, draw.randint(20, 99) / 100
        figures = worked(*given, mistake)
        texts = {name: as_text(value) for name, value in figures.items()}
        (folder / f"text{number}.xlsx").write_bytes(cells(texts))
        (folder / f"cells{number}.xlsx").write_bytes(cells(figures))
        problem = problem_of(*given)
        text = verify(problem, folder / f"text{number}.xlsx", digits=4).report
        found = verify(problem, folder / f"cells{number}.xlsx", digits=4).report
        assert told(found.judgements) == told(text.judgements)
        for each in text.judgements:
            if each.written.endswith("0"):
                short["right" if each.verdict in ("correct", "rounding") else "else"] += 1
    assert short["else" if mistake else "right"] > 0


def test_what_is_right_only_as_far_as_it_goes_is_too_coarse() -> None:
    """0.59 for 0.5933 asks for more digits; no cause is named that gives 0.5900."""
    found = verify(load("2-2-2"), {"out_H1": "0.59", "net_H2": "0.39"}, digits=4).report
    assert [each.verdict for each in found.judgements] == ["too-coarse", "too-coarse"]


@pytest.mark.parametrize(("name", "text"), [("E_total@7", "0.24466"), ("w5@3", "0.27536"), ("w1@5", "0.14923")])
def test_a_later_round_is_read_with_its_zeros_too(name: str, text: str) -> None:
    """`derive values 2-2-2 --digits 6` prints each of them with a 0 at its end."""
    found = verify(load("2-2-2"), {name: text}, digits=6).report
    assert [each.verdict for each in found.judgements] == ["correct"]
    short = verify(load("2-2-2"), {name: text[:-1]}, digits=6).report
    assert [each.verdict for each in short.judgements] == ["too-coarse"]
