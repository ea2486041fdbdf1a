"""What a library user asks: values, figures and gradients by id, and what is said about ids that are none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import derive
from derive.errors import CrosscheckError, UnknownQuantityError
from derive.given.loading import load
from derive.proof import crosscheck
from derive.solved.solution import Solution, known_id, solve


@pytest.fixture(scope="module")
def default() -> Solution:
    return solve(load("2-2-2"))


@pytest.fixture(scope="module")
def batch() -> Solution:
    return solve(load("deeplearning-ai-2-4-1"))


def test_the_public_way(default: Solution) -> None:
    """What the library's first example does gives the figures it states."""
    solution = derive.solve(derive.load("2-2-2"))
    assert f"{solution.gradient['w5']:.14f}" == "0.08216704056423"
    assert solution.value("out_y1@10000") == pytest.approx(0.0159136204436, rel=1e-11)
    assert solution.figure("E_total@10000").ascii == "3.51018778e-5"
    assert all(check.ok for check in solution.checks)


def test_gradients_are_of_what_is_trained(default: Solution, batch: Solution) -> None:
    """A gradient for every trained parameter and no other; online that of the first sample."""
    assert list(default.gradient) == [f"w{number}" for number in range(1, 9)]
    assert "b_h1" in batch.gradient
    assert batch.gradient["w1"] == batch.value("dE_total/dw1")
    given_problem = load("deeplearning-ai-2-4-1")
    online = solve(replace(given_problem, conventions=replace(given_problem.conventions, batch="online")))
    assert online.gradient["w1"] == online.value("dE_total/dw1[1]") == batch.value("dE_total/dw1[1]")


def test_every_listed_id_has_a_value(default: Solution) -> None:
    """Every id that is listed can be asked for; updated values are those of the next round."""
    ids = default.ids()
    assert len(set(ids)) == len(ids)
    assert {"x1", "eta", "w5", "E_total@1", "w5@1", "dE_y1/dout_H1"} <= set(ids)
    for name in ids:
        assert isinstance(default.value(name), float)
    assert default.value("w5_new") == default.value("w5@1")
    assert default.value("dE/dw5") == default.value("dE_total/dw5")
    assert default.value("dE_total/dnet_y1") == default.value("delta_y1")


@pytest.mark.parametrize(
    ("quantity", "hint"),
    [
        ("out_H3", "out_H"),
        ("net_h1", "net_H1"),
        ("dE_total/dw55", "dE_total/dw5"),
        ("w9@3", "w"),
        ("$", "ids are such as"),
    ],
)
def test_unknown_ids_come_with_a_hint(default: Solution, quantity: str, hint: str) -> None:
    """An unknown id is refused with the nearest known one."""
    with pytest.raises(UnknownQuantityError, match="is no quantity of this problem") as caught:
        default.value(quantity)
    assert hint in str(caught.value).partition("; ")[2]


def test_a_sample_must_be_named(batch: Solution) -> None:
    """With several samples an id of one sample says so; a gradient and the total are the batch's."""
    with pytest.raises(UnknownQuantityError, match=r"'net_h1@2' needs a sample, 1 to 3, as in net_h1\[1\]@2"):
        batch.value("net_h1@2")
    with pytest.raises(UnknownQuantityError):
        batch.value("net_h1[4]")
    samples = [batch.value(f"E_total[{number}]") for number in (1, 2, 3)]
    assert batch.value("E_total") == pytest.approx(sum(samples) / 3, rel=1e-15)


def test_canonical_ids(default: Solution) -> None:
    """Round 0 needs no mark, and other spellings become the id."""
    assert known_id(default.derivation, "w5@0") == "w5"
    assert known_id(default.derivation, " dE/dw5@2 ") == "dE_total/dw5@2"


def test_a_disagreement_leaves_no_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two routes disagree there is nothing to print."""
    genuine: Any = crosscheck.matrix_values
    monkeypatch.setattr(crosscheck, "matrix_values", lambda problem: genuine(problem) | {"out_y1": 0.75})
    with pytest.raises(CrosscheckError, match="the routes to out_y1 disagree"):
        solve(load("2-2-2"))
