"""Quantity ids taken apart and put together, numbering of weights, and the symbols of each notation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.given.loading import load
from derive.given.naming import (
    QuantityId,
    Symbol,
    bias_ids,
    parameter_ids,
    sample_indices,
    structural_names,
    symbol,
    trained_ids,
    weight_ids,
    with_sample,
)
from derive.given.problem import Notation
from tests.core.networks import problems
from tests.numeric.problems import layer, mazur, problem

BASES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,20}(/[A-Za-z][A-Za-z0-9_]{0,20})?", fullmatch=True).filter(
    lambda base: not base.startswith(("dE/d", "dE_total/dnet_"))
)


@given(BASES, st.one_of(st.none(), st.integers(1, 9_999_999)), st.integers(0, 9_999_999))
def test_ids_are_read_as_they_are_written(base: str, sample: int | None, number: int) -> None:
    """An id taken apart and put together again is the same."""
    quantity = QuantityId(base=base, sample=sample, round=number)
    assert QuantityId.parse(str(quantity)) == quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("delta_y1[2]@1", QuantityId(base="delta_y1", sample=2, round=1)),
        ("dout_y1/dnet_y1[2]", QuantityId(base="dout_y1/dnet_y1", sample=2)),
        (" w5@0 ", QuantityId(base="w5")),
        ("dE/dw5@3", QuantityId(base="dE_total/dw5", round=3)),
        ("dE/dnet_y1[4]", QuantityId(base="delta_y1", sample=4)),
        ("dE_total/dnet_H1", QuantityId(base="delta_H1")),
    ],
)
def test_ids_with_a_canonical_form(text: str, expected: QuantityId) -> None:
    """Samples and rounds are split off, and the other spellings of a derivative are read as the id."""
    assert QuantityId.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "5w", "w5@", "w5@-1", "w5[0]", "w5[01]", "w5@1[2]", "a/b/c", "w5 w6", "w٥", "w5@١", "w5\n@1", "é", "w" * 70],
)
def test_what_is_no_id(text: str) -> None:
    """Anything else is no id; digits of other scripts are none."""
    assert QuantityId.parse(text) is None


def small(weight_names: Any = "target-major", **conventions: Any) -> Any:
    layers = [layer("H1 H2", "sigmoid", [[1, 2, 3], [4, 5, 6]], 1), layer("y1", "sigmoid", [[7, 8]], [9])]
    return problem(
        layers, [[1, 2, 3]], [[0]], loss="half_squared_error", weight_names=weight_names, **conventions
    ).structure


def test_numbering_by_target_and_by_source() -> None:
    """Rows always lead into one unit; the number runs along the row, or along the units below."""
    assert weight_ids(small()) == ((("w1", "w2", "w3"), ("w4", "w5", "w6")), (("w7", "w8"),))
    assert weight_ids(small("source-major")) == ((("w1", "w3", "w5"), ("w2", "w4", "w6")), (("w7", "w8"),))
    names = ((("a", "b", "c"), ("d", "e", "f")), (("g", "h"),))
    assert weight_ids(small(names)) == names


def test_parameters_in_order() -> None:
    """Weights by number and then biases, layer by layer; a shared bias once."""
    assert bias_ids(small()) == (("b1", "b1"), ("b_y1",))
    expected = ("w1", "w2", "w3", "w4", "w5", "w6", "b1", "w7", "w8", "b_y1")
    assert parameter_ids(small()) == parameter_ids(small("source-major")) == expected
    assert trained_ids(small()) == expected
    assert trained_ids(small(train_biases=False)) == tuple(name for name in expected if name[0] == "w")
    assert trained_ids(mazur().structure) == tuple(f"w{number}" for number in range(1, 9))


@given(problems())
def test_a_network_gives_no_name_twice(given_problem: Any) -> None:
    """Names of a sound network are unique, and there is one id for every weight."""
    names = list(structural_names(given_problem.structure))
    assert len(set(names)) == len(names)
    weights = [name for table in weight_ids(given_problem.structure) for row in table for name in row]
    assert len(set(weights)) == sum(len(each.weights) * len(each.weights[0]) for each in given_problem.layers)


def test_samples_count_from_one() -> None:
    """A single sample has no index; several are 1, 2, and so on."""
    assert sample_indices(load("2-2-2").structure) == (None,)
    assert sample_indices(load("deeplearning-ai-2-4-1").structure) == (1, 2, 3)
    assert with_sample("net_H1", None) == "net_H1"
    assert with_sample("dout_y/dnet_y", 2) == "dout_y/dnet_y[2]"


@pytest.mark.parametrize(
    ("quantity", "notation", "expected"),
    [
        ("net_H1", "net-out", Symbol(letters="net", subscript="H1")),
        ("net_H1", "z-a", Symbol(letters="z", subscript="H1")),
        ("net_H1", "final", Symbol(letters="H", subscript="1")),
        ("out_H1", "net-out", Symbol(letters="out", subscript="H1")),
        ("out_H1", "z-a", Symbol(letters="a", subscript="H1")),
        ("out_H1", "final", Symbol(letters="H", subscript="1", note="final")),
        ("out_H1[2]@1", "z-a", Symbol(letters="a", subscript="H1", superscript="(2)+")),
        ("w5_new", "net-out", Symbol(letters="w", subscript="5", superscript="+")),
        ("w12", "final", Symbol(letters="w", subscript="12")),
        ("b_H1", "net-out", Symbol(letters="b", subscript="H1")),
        ("E_total", "final", Symbol(letters="E", subscript="total")),
        ("delta_y1", "z-a", Symbol(letters="δ", subscript="y1")),
        ("eta", "net-out", Symbol(letters="η")),
        ("t_y1[3]", "final", Symbol(letters="t", subscript="y1", superscript="(3)")),
        ("theta", "final", Symbol(letters="θ")),
    ],
)
def test_symbols(quantity: str, notation: Notation, expected: Symbol) -> None:
    """Each notation shows a quantity with its own letters."""
    assert symbol(quantity, notation) == expected


@pytest.mark.parametrize("quantity", ["dE_total/dw5", "", "5", "w5@"])
def test_what_has_no_single_symbol(quantity: str) -> None:
    """A quotient is two symbols, and what is no id has none."""
    with pytest.raises(ValueError, match="no single symbol"):
        symbol(quantity, "net-out")
