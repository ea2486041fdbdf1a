"""Numbers that tell misconceptions apart, and numbers that hide them."""

from __future__ import annotations

import numpy as np
import pytest

from derive.given.loading import load
from derive.judging.can_show import can_show_text, cannot_show
from derive.judging.routes import routes_of
from derive.judging.separation import apart, separated
from derive.proof.values import given_numbers
from tests.verification.misconceptions.networks import BASE, NETWORKS, TWO

ASKED = ("net_H1", "out_H1", "net_y1", "out_y1", "E_y1", "E_total", "delta_y1", "dE_total/dw5", "delta_H1")


def values(problem: object, **changes: list[float]) -> dict[str, np.ndarray]:
    """A problem's numbers as candidates, some with other ones in each."""
    numbers = {name: float(number.value) for name, number in given_numbers(problem).items()}  # type: ignore[arg-type]
    count = max((len(column) for column in changes.values()), default=1)
    return {name: np.array(changes.get(name, [number] * count)) for name, number in numbers.items()}


@pytest.mark.parametrize(
    ("right", "wrong", "digits", "expected"),
    [
        (0.4386, 0.3647, 4, True),
        (0.1498, 0.14978, 4, False),  # the same when written
        (0.1498, 0.1500, 4, False),  # two units off
        (0.1498, 0.1502, 4, True),
        (0.1498, -0.1498, 4, True),
        (0.1498, 1.498, 4, False),  # the point moved
        (0.1498, 1.4985, 4, False),
        (0.1498, 1.501, 4, True),
        (0.1498, 0.1948, 4, False),  # 4 and 9 swapped
        (0.1498, 0.19481, 4, False),
        (0.1498, 0.1945, 4, True),
        (0.01498, 0.1098, 4, True),
        (0.01498, 0.10498, 4, False),  # the 0 after the point swapped with the 1
        (0.0, 0.5, 4, True),
        (0.5, 0.0, 4, True),
        (0.0, 0.0, 4, False),
    ],
)
def test_two_values_are_apart_when_no_rounding_and_no_slip_leads_from_one_to_the_other(
    right: float, wrong: float, digits: int, expected: bool
) -> None:
    """Half widths, two units, powers of ten, neighbours swapped."""
    assert apart(np.array([right]), np.array([wrong]), digits).tolist() == [expected]


def test_equal_inputs_hide_that_they_were_swapped() -> None:
    """Candidates beside each other are judged each by itself: the second has x1 = x2, the third b1 = b2."""
    problem = load(NETWORKS["default"])
    candidates = values(problem, x1=[0.7, 0.9, 0.7], x2=[0.9, 0.9, 0.9], b1=[0.35, 0.35, 0.6])
    found = separated(routes_of(problem.structure), candidates, ("net_H1",), 4)
    assert found.tolist() == [True, False, False]


def test_more_digits_tell_more_apart() -> None:
    """The default numbers: w1_new cannot tell η from η² at 4 digits, and can at 8."""
    problem = load("2-2-2")
    routes = routes_of(problem.structure)
    asked = ("dE_total/dw1", "step_w1", "w1_new")
    assert [separated(routes, values(problem), asked, digits).item() for digits in (4, 8)] == [False, True]


def test_what_is_not_asked_has_to_show_in_what_is() -> None:
    """With w1_new alone, updated weights are invisible; the delta shows them."""
    problem = load("2-2-2")
    routes = routes_of(problem.structure)
    upper = ("delta_y1", "delta_y2")
    assert not separated(routes, values(problem), (*upper, "w1_new"), 4).item()
    shown = cannot_show(problem)
    (mistake,) = (m for m in shown if m.quantity == "dE_total/dout_H1" and m.id == "updated-weights")
    assert {"w1_new", "w2_new"} == set(mistake.hidden_in)
    assert {"dE_total/dout_H1", "delta_H1", "dE_total/dw1"} <= set(mistake.shown_in)


def test_a_dead_relu_hides_nothing_that_could_be_shown() -> None:
    """A unit that relu holds back has delta 0 under every factor; that is no fault of the numbers."""
    hidden = {"units": ["H1", "H2"], "activation": "relu", "weights": [[0.31, 0.67], [-0.83, -0.41]], "bias": 0.17}
    output = {"units": ["y1"], "activation": "identity", "weights": [[0.53, 0.29]], "bias": 0.37}
    problem = load(BASE | {"inputs": {"x1": 1.3, "x2": 0.7}, "targets": {"y1": 0.21}, "layers": [hidden, output]})
    asked = ("net_H1", "net_H2", "out_H1", "out_H2", "delta_y1", "delta_H1", "delta_H2", "dE_total/dw1")
    assert separated(routes_of(problem.structure), values(problem), asked, 4).item()


def test_random_numbers_pass_more_often_with_more_digits() -> None:
    """A few in a hundred draws at 3 digits, many at 5; never more with fewer digits."""
    problem = load(BASE | TWO | {"layers": NETWORKS["default"]["layers"]})
    routes = routes_of(problem.structure)
    source = np.random.default_rng(7)
    given = {name: source.integers(5, 95, 4000) / 100 for name in routes.nearest.givens}
    shares = [separated(routes, given, ASKED, digits).mean() for digits in (3, 4, 5)]
    assert 0 < shares[0] < shares[1] < shares[2] < 1


def test_the_table_says_what_the_default_numbers_hide() -> None:
    """`updated-weights` is invisible in w1_new at 4 digits; the learning rate's square nowhere."""
    text = can_show_text(load("2-2-2"), 4)
    assert "updated-weights" in text[text.index("w1_new: ") :]
    nowhere = text[: text.index("These do not show where they are made")]
    assert "learning-rate-twice" in nowhere
    assert "updated-weights" not in nowhere
    assert max(map(len, text.splitlines())) <= 200


def test_with_many_digits_nothing_is_hidden_but_what_never_shows() -> None:
    """At 12 digits the default numbers show all but 1 for the factor x2 = 0.10, a slip of the point.

    No figure but its own rests on that factor: the gradients by w2 and w4 are the delta times x2.
    """
    hidden = {(each.quantity, each.id) for each in cannot_show(load("2-2-2"), 12) if each.everywhere}
    assert hidden == {("dnet_H1/dw2", "missing-input"), ("dnet_H2/dw4", "missing-input")}


def test_a_chain_of_formulas_has_a_table_too() -> None:
    """Ng's graph: dJ/dv = 3 and dv/du = 1, so that a factor left out is not missed."""
    hidden = cannot_show(load("ng-graph-J"), 4)
    assert ("dJ/du", "one-factor") in {(each.quantity, each.id) for each in hidden}
