"""The chain rule over whole networks: well formed, small, and equal to other derivatives of the same network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import mpmath
import pytest
import sympy
from hypothesis import assume, given, settings

from derive.arithmetic.code import compile_quantities
from derive.errors import MalformedError
from derive.formula.expression import Expression, Neg, Product, Ref, Sum, children, references
from derive.given.naming import bias_ids, parameter_ids, trained_ids, weight_ids
from derive.given.problem import Conventions, LayerStructure, Problem, Structure
from derive.network.backward import derive_structure
from derive.network.derivation import Derivation, check_derivation, frozen_twin, splits_plainly
from derive.network.graph import Quantity, build_graph
from derive.network.to_sympy import to_sympy
from tests.core.networks import MPMATH, problems, wide_givens
from tests.numeric.problems import layer, problem


def structure(sizes: tuple[int, ...], last: Any = "sigmoid", loss: Any = "half_squared_error") -> Structure:
    """A fully connected structure with one bias a unit."""
    layers = tuple(
        LayerStructure(
            units=tuple(f"u{depth}_{unit}" for unit in range(width)),
            activation=last if depth == len(sizes) - 1 else "sigmoid",
            bias_kind="per-unit",
        )
        for depth, width in enumerate(sizes)
        if depth
    )
    inputs = tuple(f"x{number}" for number in range(sizes[0]))
    return Structure(inputs=inputs, layers=layers, loss=loss, conventions=Conventions(), sample_count=1)


def weight_count(sizes: tuple[int, ...]) -> int:
    return sum(below * units for below, units in pairwise(sizes))


def parts(expression: Expression) -> Iterator[Expression]:
    stack = [expression]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(children(part))


def values_of(derivation: Derivation, givens: Mapping[str, Any]) -> dict[str, Any]:
    outputs = [quantity.id for quantity in derivation.quantities]
    run = compile_quantities(derivation.quantities, inputs=tuple(givens), outputs=outputs, arithmetic=MPMATH)
    return dict(zip(outputs, run(list(givens.values())), strict=True)) | dict(givens)


@given(problems(widest=4, deepest=4))
def test_derivations_are_well_formed(given_problem: Problem) -> None:
    """Ids are unique and every formula looks back only, whatever the structure; counted without the checker, too."""
    derivation = derive_structure(given_problem.structure)
    check_derivation(derivation)
    ids = [*derivation.givens, *(quantity.id for quantity in derivation.quantities)]
    assert len(set(ids)) == len(ids)
    place = {name: position for position, name in enumerate(ids)}
    for quantity in derivation.quantities:
        assert all(place[name] < place[quantity.id] for name in references(quantity.expression))
    for name in trained_ids(given_problem.structure):
        assert {f"step_{name}", f"{name}_new"} <= place.keys()
    untrained = set(parameter_ids(given_problem.structure)) - set(trained_ids(given_problem.structure))
    assert not any(f"{name}_new" in place for name in untrained)


@settings(max_examples=20)
@given(problems(update="simultaneous"))
def test_gradients_are_numeric_derivatives(given_problem: Problem) -> None:
    """Every gradient equals mpmath's numeric derivative of the forward pass alone."""
    shape = given_problem.structure
    graph = build_graph(shape)
    givens = wide_givens(given_problem)
    online = shape.conventions.batch == "online" and shape.sample_count > 1
    watched = "E_total[1]" if online else "E_total"
    forward = compile_quantities(graph.forward, inputs=tuple(givens), outputs=[watched], arithmetic=MPMATH)
    with mpmath.workdps(40):
        givens = wide_givens(given_problem)
        found = values_of(derive_structure(shape), givens)
        kinked = [unit for each in shape.layers if "relu" in each.activation for unit in each.units]
        nets = [value for name, value in found.items() if name.partition("[")[0] in {f"net_{unit}" for unit in kinked}]
        assume(all(abs(net) > 1e-9 for net in nets))
        for name in trained_ids(shape):
            gradient = found[f"dE_total/d{name}[1]" if online else f"dE_total/d{name}"]
            place = list(givens).index(name)

            def error(value: Any, place: int = place) -> Any:
                moved = list(givens.values())
                moved[place] = value
                return forward(moved)[0]

            assert mpmath.almosteq(gradient, mpmath.diff(error, givens[name]), 1e-12, 1e-14), name
            assert found[f"{name}_new"] == pytest.approx(givens[name] - givens["eta"] * gradient, abs=1e-30)


@settings(max_examples=20)
@given(problems())
def test_both_ways_to_multiply_agree(given_problem: Problem) -> None:
    """Chain-rule factors and delta times source are the same quantities with the same values."""
    givens = wide_givens(given_problem)
    chain = values_of(derive_structure(given_problem.structure), givens)
    delta = values_of(derive_structure(given_problem.structure, products="delta"), givens)
    assert chain.keys() == delta.keys()
    for name, value in chain.items():
        assert mpmath.almosteq(value, delta[name], 1e-12, 1e-13), name


def test_the_same_structure_gives_the_same_derivation() -> None:
    """Nothing hangs on the order of a set."""
    shape = structure((3, 3, 3), "softmax", "cross_entropy")
    assert derive_structure(shape) == derive_structure(shape)


@pytest.mark.parametrize(("last", "loss"), [("sigmoid", "half_squared_error"), ("softmax", "cross_entropy")])
def test_size_grows_with_the_weights(last: str, loss: str) -> None:
    """Wider or deeper, a derivation has no more quantities a weight than the smallest network."""

    def share(sizes: tuple[int, ...]) -> float:
        return len(derive_structure(structure(sizes, last, loss)).quantities) / weight_count(sizes)

    smallest = share((2, 2, 2, 2))
    wider = [share((width,) * 4) for width in (4, 6, 8)]
    assert wider == sorted(wider, reverse=True)
    assert smallest > wider[0]
    # 3^7 paths lead through eight layers of three; the quantities still come to the same share.
    assert share((3,) * 9) <= share((3,) * 3)


def test_8_8_8_8_is_small() -> None:
    """Under 20 quantities a weight, and no formula longer than what reaches one unit and its bias."""
    sizes = (8, 8, 8, 8)
    derivation = derive_structure(structure(sizes))
    assert len(derivation.quantities) < 20 * weight_count(sizes)
    for quantity in derivation.quantities:
        assert all(len(part.terms) <= 8 + 1 for part in parts(quantity.expression) if isinstance(part, Sum))
        assert len(list(references(quantity.expression))) <= 2 * 8 + 1


def test_a_hidden_sum_reuses_what_stands_above() -> None:
    """∂E/∂out of a hidden unit is a sum of deltas times weights, or of one path for each output below a plain sum."""
    derivation = derive_structure(structure((2, 2, 2, 2)))
    plain = derivation.by_id["dE_total/dout_u1_0"].expression
    deltas, weights = ("delta_u2_0", "delta_u2_1"), ("w5", "w7")
    assert plain == Sum(tuple(Product((Ref(d), Ref(w))) for d, w in zip(deltas, weights, strict=True)))
    split = derivation.by_id["dE_total/dout_u2_0"].expression
    assert split == Sum((Ref("dE_u3_0/dout_u2_0"), Ref("dE_u3_1/dout_u2_0")))
    assert derivation.by_id["dE_u3_1/dout_u2_0"].expression == Product((Ref("delta_u3_1"), Ref("w11")))


@pytest.mark.parametrize(
    ("last", "loss", "outputs", "splits"),
    [
        ("sigmoid", "half_squared_error", 2, True),
        ("sigmoid", "binary_cross_entropy", 3, True),
        ("sigmoid", "half_squared_error", 1, False),
        ("sigmoid", "mean_squared_error", 2, False),
        ("softmax", "cross_entropy", 2, False),
        ("softmax", "squared_error", 2, False),
    ],
)
def test_where_the_total_splits(last: str, loss: str, outputs: int, splits: bool) -> None:
    """One path for each output is told only where outputs add up plainly and none hangs on another's net input."""
    shape = structure((2, 2, outputs), last, loss)
    assert splits_plainly(shape) == splits
    assert ("dE_u2_0/dout_u1_0" in derive_structure(shape).by_id) == splits


def test_sequential_updates_use_the_new_weights() -> None:
    """Hidden sums use the weights after the update only where the update is sequential, and stand after it then."""
    shape = structure((2, 2, 2))
    sequential = replace(shape, conventions=Conventions(update="sequential"))
    path = "dE_u2_0/dout_u1_0"
    assert "w5_new" in references(derive_structure(sequential).by_id[path].expression)
    assert "w5" in references(derive_structure(shape).by_id[path].expression)
    assert frozen_twin(sequential) == shape


def test_a_shared_bias_gets_the_sum_of_the_deltas() -> None:
    """Added it is the sum of the layer's deltas, subtracted minus that sum."""
    shape = structure((2, 2, 1))
    shared = tuple(replace(each, bias_kind="shared") for each in shape.layers)
    total = Sum((Ref("delta_u1_0"), Ref("delta_u1_1")))
    assert derive_structure(replace(shape, layers=shared)).by_id["dE_total/db1"].expression == total
    threshold = replace(shape, layers=shared, conventions=Conventions(bias_sign="subtracted"))
    assert derive_structure(threshold).by_id["dE_total/db1"].expression == Neg(total)
    assert derive_structure(threshold).by_id["dE_total/db2"].expression == Neg(Ref("delta_u2_0"))


def test_samples_take_turns() -> None:
    """Online, an update uses the gradient of the sample whose turn it is, and no batch gradient is derived."""
    shape = replace(structure((1, 1)), conventions=Conventions(batch="online"), sample_count=3)
    for turn in (1, 2, 3):
        derivation = derive_structure(shape, turn=turn)
        assert list(references(derivation.by_id["step_w1"].expression)) == ["eta", f"dE_total/dw1[{turn}]"]
        assert "dE_total/dw1" not in derivation.by_id


def quantity(name: str, *uses: str) -> Quantity:
    return Quantity(name, "net_input", Sum(tuple(map(Ref, uses))))


@pytest.mark.parametrize(
    ("givens", "quantities", "message"),
    [
        (("x", "x"), (), "two givens share an id"),
        (("x",), (quantity("a", "x"), quantity("a", "x")), "a is defined twice"),
        (("x",), (quantity("x", "x"),), "x is defined twice"),
        (("x",), (quantity("a", "b"), quantity("b", "x")), "a uses b, which does not stand before it"),
        (("x",), (quantity("a", "a"),), "a uses a"),
        (("x",), (quantity("a", "x", "nowhere"),), "a uses nowhere"),
    ],
)
def test_malformed_derivations_are_refused(
    givens: tuple[str, ...], quantities: tuple[Quantity, ...], message: str
) -> None:
    """Each way to break a derivation is noticed and named."""
    with pytest.raises(MalformedError, match=message):
        check_derivation(Derivation(givens=givens, quantities=quantities, trained=()))


class Grow(sympy.Function):  # type: ignore[misc]
    """An exponential that SymPy does not rewrite: its slope is itself, and products of two stay products."""

    def fdiff(self, argindex: int = 1) -> Any:
        return self


def expanded(shape: Structure) -> tuple[Any, dict[str, Any]]:
    """The whole error written out in weights and inputs, and every net and out on the way, without derive's graph."""
    symbols: dict[str, Any] = {name: sympy.Symbol(name) for name in build_graph(shape).givens}
    below = [symbols[name] for name in shape.inputs]
    known = dict(symbols)
    for each, table, biases in zip(shape.layers, weight_ids(shape), bias_ids(shape), strict=True):
        nets = [sum(symbols[name] * value for name, value in zip(row, below, strict=True)) for row in table]
        if biases:
            nets = [net + symbols[name] for net, name in zip(nets, biases, strict=True)]
        match each.activation:
            case "sigmoid":
                below = [1 / (1 + Grow(-net)) for net in nets]
            case "tanh":
                below = [(Grow(2 * net) - 1) / (Grow(2 * net) + 1) for net in nets]
            case "softmax":
                below = [Grow(net) / sympy.Add(*map(Grow, nets)) for net in nets]
            case other:
                raise AssertionError(other)
        for unit, net, out in zip(each.units, nets, below, strict=True):
            known |= {f"net_{unit}": net, f"out_{unit}": out}
    targets = [symbols[f"t_{unit}"] for unit in shape.outputs]
    if shape.loss == "half_squared_error":
        return sum((t - out) ** 2 for t, out in zip(targets, below, strict=True)) / 2, known
    return -sum(t * sympy.log(out) for t, out in zip(targets, below, strict=True)), known


def is_zero(difference: Any) -> bool:
    """Whether it vanishes as a rational function of its exponentials, the outermost replaced first.

    Over one denominator the numerator must expand to nothing; `cancel`, which also seeks common factors, takes 30
    times as long for the same answer.
    """
    for growth in sorted(difference.atoms(Grow), key=lambda part: part.count_ops(), reverse=True):
        difference = difference.xreplace({growth: sympy.Dummy()})
    return bool(sympy.fraction(sympy.together(difference))[0].expand() == 0)


SMALL = {
    "2-2-2": (["H1 H2", "y1 y2"], "sigmoid", "sigmoid", "half_squared_error"),
    "2-2-1 tanh": (["H1 H2", "y1"], "tanh", "tanh", "half_squared_error"),
    "2-2-3 softmax": (["H1 H2", "s1 s2 s3"], "sigmoid", "softmax", "cross_entropy"),
}


def small(name: str) -> Structure:
    units, hidden, last, loss = SMALL[name]
    first, second = (len(each.split()) for each in units)
    layers = [layer(units[0], hidden, [[1, 1]] * first, 1), layer(units[1], last, [[1] * first] * second, 1)]  # type: ignore[arg-type]
    return problem(layers, [[1, 1]], [[0] * second], loss=loss).structure  # type: ignore[arg-type]


@cache
def staged(name: str) -> tuple[Any, dict[str, Any]]:
    """The expanded error, and every quantity of the derivation multiplied out along its chain of formulas."""
    error, known = expanded(small(name))
    for each in derive_structure(small(name)).quantities:
        if each.id not in known and each.rule not in ("output_error", "total_error"):
            known[each.id] = to_sympy(each.expression, known)
    return error, known


@pytest.mark.parametrize("name", SMALL)
def test_the_staged_product_is_the_derivative_of_the_whole(name: str) -> None:
    """The third proof: for all numbers at once, every partial equals SymPy's own of the expanded error."""
    error, known = staged(name)
    for parameter in parameter_ids(small(name)):
        whole = sympy.diff(error, known[parameter])
        assert is_zero(known[f"dE_total/d{parameter}"] - whole), parameter


def test_the_third_proof_can_fail() -> None:
    """Another weight's partial, and one with a path left out, are told apart from the derivative of the whole."""
    error, known = staged("2-2-2")
    assert not is_zero(known["dE_total/dw6"] - sympy.diff(error, known["w5"]))
    one_path = known["dE_y1/dout_H1"] * known["dout_H1/dnet_H1"] * known["dnet_H1/dw1"]
    assert not is_zero(one_path - sympy.diff(error, known["w1"]))
