"""Windows of convolutions and pools on the page: their borders, channels, and what lies in none; words for the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from derive import explain, load
from derive.given.loading import problem_named
from derive.telling.model import Paragraph, Picture, Step

SIX = [[str(6 * row + column) for column in range(6)] for row in range(6)]


def _blocks(mapping: Any) -> list[Any]:
    problem = load(mapping) if isinstance(mapping, str) else problem_named({"title": "Windows", **mapping}, "windows")
    return [block for section in explain(problem).document.sections for block in section.blocks]


def _drawn(mapping: Any) -> Picture:
    (picture,) = (each for each in _blocks(mapping) if isinstance(each, Picture) and each.kind == "window")
    return picture


def _said(mapping: Any) -> str:
    return " ".join(str(part) for block in _blocks(mapping) if isinstance(block, Step) for part in block.explanation)


def _formulas(**keys: Any) -> dict[str, Any]:
    return {"given": {"X": SIX, "K": [["1", "2", "0"], ["0", "1", "3"], ["1", "1", "1"]]}, "define": keys}


def test_a_border_of_zeros_is_drawn() -> None:
    """The window in the corner covers a row and a column of it."""
    picture = _drawn(_formulas(Z="convolve(X, K, stride=3, padding=1)"))
    around = np.array([list(row) + [""] * (7 - len(row)) for row in picture.grids[0]])
    top, left, rows, columns, i, j = map(int, picture.subject.split(","))
    assert (rows, columns) == (3, 3)
    assert (top, left) == (3 * i, 3 * j)
    assert set(around[0]) == {""} == set(around[:, 0])
    assert around[1, 1] == "X[1,1]"
    assert [list(row) for row in picture.grids[1]] == [[f"K[{r},{c}]" for c in (1, 2, 3)] for r in (1, 2, 3)]


def test_of_several_channels_the_first_is_drawn() -> None:
    """Of the picture and of the kernel alike."""
    image = [[[str(c + 2 * (j + 4 * i)) for c in range(2)] for j in range(4)] for i in range(4)]
    kernels = [
        [[["1", "2"], ["3", "4"]], [["5", "6"], ["7", "8"]]],
        [[["2", "1"], ["0", "1"]], [["1", "1"], ["2", "3"]]],
    ]
    layers = [{"name": "c", "type": "convolution", "kernels": kernels}]
    picture = _drawn({"inputs": {"image": image}, "layers": layers})
    place = picture.grids[2][0][0].rpartition(",")[2].removesuffix("]")
    assert picture.grids[0][0] == tuple(f"image[1,{j},1]" for j in range(1, 5))
    assert picture.grids[1] == tuple(tuple(f"K_c[{place},{r},{c},1]" for c in (1, 2)) for r in (1, 2))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("max_pool(X, 4)", "The last 2 rows and the last 2 columns lie in no window: there is no room for one more."),
        ("average_pool(X, 5, stride=2)", "The last row and the last column lie in no window"),
        ("convolve(X, K, stride=2)", "The last row and the last column lie in no window"),
        ("convolve(X, K, stride=2, padding=1)", ""),
        ("max_pool(X, 2)", ""),
    ],
)
def test_what_lies_in_no_window_is_said(formula: str, said: str) -> None:
    """A pool or a stride that does not fit leaves out rows and columns, as PyTorch does; the document says which."""
    found = _said(_formulas(Z=formula))
    assert (said in found) if said else ("no window" not in found)


def test_a_window_too_large_to_be_drawn_is_told() -> None:
    """By its rows and columns."""
    wide = [[str(9 * row + column) for column in range(9)] for row in range(9)]
    blocks = _blocks({"given": {"X": wide}, "define": {"Z": "average_pool(X, 8, stride=1)"}})
    texts = [str(block.text) for block in blocks if isinstance(block, Paragraph)]
    assert any("lies on rows 1 to 8 and columns 1 to 8 of " in text for text in texts)


def test_a_comparison_in_brackets_is_explained_once() -> None:
    """Where the first of them stands: in the slope of a maximum."""
    assert _said("convolution-pool").count("is 1 where that holds, else 0.") == 1
    assert "is 1 where that holds" not in _said("attention-2x2")


def test_rows_and_columns_are_written_in_words() -> None:
    """As a teacher writes them, not as a file does."""
    page = explain(load("attention-2x2"), brief=True).to_markdown()
    assert "softmax of each row of" in page
    assert "rows)" not in page
    page = explain(load("layer-norm-2x5"), brief=True).to_markdown()
    assert "mean of each row of" in page


def test_what_comes_back_through_flatten_is_laid_out_again() -> None:
    """An equation between a matrix and a column says so."""
    assert ", laid out in 2 rows" in explain(load("convolution-pool"), brief=True).to_markdown()


BOLD = {"title": "Bold", "given": {"A": [["1", "2"]], "beta": ["3", "4"]}, "define": {"out": "A @ beta", "B": "2*A"}}


@pytest.mark.parametrize(
    ("form", "bold", "plain"),
    [
        ("html", ("<mi>\N{MATHEMATICAL BOLD ITALIC CAPITAL A}</mi>",
                  "<mi>\N{MATHEMATICAL BOLD ITALIC SMALL BETA}</mi>"), "<msub><mi>A</mi>"),
        ("latex", ("\\boldsymbol{A}", "\\boldsymbol{\\beta}"), "A_{1,1}"),
        ("markdown", ("\\boldsymbol{A}", "\\boldsymbol{\\beta}"), "A_{1,1}"),
    ],
)  # fmt: skip
def test_arrays_in_bold(form: str, bold: tuple[str, ...], plain: str) -> None:
    """Where the file wants it, names of arrays are bold and those of their numbers are not."""
    with_bold, without = (
        getattr(explain(problem_named({**BOLD, **more}, "bold"), brief=True), f"to_{form}")()
        for more in ({"display": {"bold_arrays": True}}, {})
    )
    for each in bold:
        assert each in with_bold
        assert each not in without
    assert plain in with_bold
