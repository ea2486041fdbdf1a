"""Published computation graphs: every figure comes out to every printed digit."""

from __future__ import annotations

from functools import cache

import pytest

from derive.arithmetic.exact import Cut
from derive.given.loading import load
from derive.solved.solution import Solution, solve
from tests.catalogue_map import entry

QUANTITIES = {
    "ng_graph_J": ("ng-graph-J", {}),
    "micrograd_readme": ("micrograd-readme", {}),
    "cs231n_sigmoid_circuit": (
        "cs231n-sigmoid-circuit",
        {
            "dot": "s",
            "exp(-dot)": "e",
            "1+exp": "p",
            "f": "f",
            "d(1+exp)": "df/dp",
            "d(exp)": "df/de",
            "d(-dot)": "df/dn",
            "d(dot)": "df/ds",
            "dw0": "df/dw0",
            "dx0": "df/dx0",
            "dw1": "df/dw1",
            "dx1": "df/dx1",
            "dw2": "df/dw2",
        },
    ),
}
ROWS = [
    (problem, names.get(row["q"], row["q"]), row["pub"], float(row["exact"]), row["v"])
    for file, (problem, names) in QUANTITIES.items()
    for row in entry(file)["published"]
]


@cache
def solved(problem: str) -> Solution:
    return solve(load(problem))


@pytest.mark.parametrize(("problem", "quantity", "published", "exact", "verdict"), ROWS)
def test_published_figures(problem: str, quantity: str, published: str, exact: float, verdict: str) -> None:
    """A published figure that is right comes out to every printed digit, and the full value is the catalogue's."""
    assert verdict == "ok"
    places = len(published.partition(".")[2])
    assert solved(problem).proved.figure(quantity, Cut(decimals=places)).ascii in (published, published.split(".")[0])
    assert solved(problem).value(quantity) == pytest.approx(exact, rel=2e-11)


def test_all_rows_are_there() -> None:
    """The three files hold as many rows as were compared."""
    assert len(ROWS) == 7 + 3 + 13


@pytest.mark.parametrize(
    ("define", "given", "expected"),
    [
        ({"q": "x + y", "f": "q*z"}, {"x": -2, "y": 5, "z": -4}, {"f": -12, "df/dz": 3, "df/dq": -4, "df/dx": -4}),
        (
            {"m": "max(z, w)", "f": "2*(x*y + m)"},
            {"x": 3, "y": -4, "z": 2, "w": -1},
            {"f": -20, "df/dx": -8, "df/dy": 6, "df/dz": 2, "df/dw": 0},
        ),
    ],
)
def test_small_circuits_of_the_notes(
    define: dict[str, str], given: dict[str, float], expected: dict[str, float]
) -> None:
    """The two other circuits of the CS231n notes, all figures exact."""
    mapping = {"title": "t", "given": given, "define": define, "objective": "f", "wrt": list(given)}
    found = solve(load(mapping))
    assert {name: found.value(name) for name in expected} == expected
    assert all(found.figure(name).exact for name in expected)
