"""What each key of a problem may hold, and the one plain message for everything that it may not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import ProblemError
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.formula_problem import FormulaProblem
from derive.given.loading import load
from derive.given.problem import Problem
from tests.problem_files import PAIR, drop, parsed, put, refused, sampled


def deep() -> list[Any]:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


SPOILT: list[tuple[Callable[[dict[str, Any]], None], str, str]] = [
    # keys
    (put("learning_rat", value=1), "learning_rat", "did you mean learning_rate"),
    (put("zzz", value=1), "zzz", "allowed here: title, source"),
    (put("layers", 0, "weigths", value=1), "layers[0].weigths", "did you mean weights"),
    (put("conventions", "updates", value=1), "conventions.updates", "did you mean update"),
    (put("display", "digit", value=1), "display.digit", "did you mean digits"),
    (drop("title"), "title", "missing"),
    (drop("loss"), "loss", "half_squared_error, squared_error"),
    (drop("inputs"), "inputs", "missing"),
    (drop("targets"), "targets", "missing"),
    (drop("layers"), "layers", "missing"),
    (drop("layers", 1, "units"), "layers[1].units", "missing"),
    (drop("layers", 1, "activation"), "layers[1].activation", "missing"),
    (drop("layers", 0, "weights"), "layers[0].weights", "missing"),
    (put("given", value={"a": 5}), "given", "or a chain of formulas"),
    (put("define", value={"J": "3*v"}), "define", "or a chain of formulas"),
    (put("objective", value="J"), "objective", "or a chain of formulas"),
    # tables and lists of the wrong kind
    (put("inputs", value=[1, 2]), "inputs", "a table is needed"),
    (put("targets", value="y"), "targets", "a table is needed"),
    (put("layers", value={"units": []}), "layers", "a list is needed"),
    (put("layers", value=[1]), "layers[0]", "a table is needed"),
    (put("layers", value=[]), "layers", "at least one layer"),
    (put("inputs", value={}), "inputs", "at least one input"),
    (put("layers", 0, "units", value=[]), "layers[0].units", "1 to 512 units"),
    (put("layers", 0, "units", value="H1"), "layers[0].units", "a list is needed"),
    (put("conventions", value=3), "conventions", "a table is needed"),
    (put("inputs", value={1: 2}), "inputs", "keys are text"),
    # shapes
    (put("layers", 0, "weights", value=[[0.1, 0.2]]), "layers[0].weights", "2 rows of 2 numbers"),
    (put("layers", 0, "weights", value=[[0.1, 0.2], [0.3]]), "layers[0].weights[1]", "this row has 1"),
    (put("layers", 0, "weights", value=[0.1, 0.2]), "layers[0].weights[0]", "a list is needed: 2 rows of 2 numbers"),
    (put("layers", 0, "weights", value=0.1), "layers[0].weights", "a list is needed"),
    (put("layers", 0, "weights", value=deep()), "layers[0].weights", "2 rows of 2 numbers"),
    (put("layers", 0, "weights", 0, 1, value=deep()), "layers[0].weights[0][1]", "a number is needed"),
    (put("layers", 0, "bias", value=[1, 2, 3]), "layers[0].bias", "a list of 2"),
    (put("layers", 0, "bias", value=[]), "layers[0].bias", "a list of 2"),
    (put("layers", 0, "bias", value={}), "layers[0].bias", "a number is needed"),
    # numbers
    (put("inputs", "x1", value="half"), "inputs.x1", "'half' is not a number"),
    (put("inputs", "x1", value=""), "inputs.x1", "a number is needed"),
    (put("inputs", "x1", value="1/0"), "inputs.x1", "divides by zero"),
    (put("inputs", "x1", value="__import__('os')"), "inputs.x1", "is not a number"),
    (put("inputs", "x1", value=float("nan")), "inputs.x1", "nan and inf"),
    (put("inputs", "x1", value=Decimal("-Infinity")), "inputs.x1", "nan and inf"),
    (put("inputs", "x1", value=Decimal("1e999")), "inputs.x1", "64-bit"),
    (put("inputs", "x1", value=Decimal("1e-999999999")), "inputs.x1", "64-bit"),
    (put("inputs", "x1", value=Decimal("1e400")), "inputs.x1", "64-bit"),
    (put("inputs", "x1", value=10**10_000), "inputs.x1", "64-bit"),
    (put("inputs", "x1", value=10**309), "inputs.x1", "64-bit"),
    (put("inputs", "x1", value=True), "inputs.x1", "here is true"),
    (put("inputs", "x1", value=None), "inputs.x1", "a number is needed"),
    (put("inputs", "x1", value=np.array([1.0])), "inputs.x1", "a number is needed"),
    (put("learning_rate", value=0), "learning_rate", "greater than 0"),
    (put("learning_rate", value="-1/2"), "learning_rate", "greater than 0; here is -1/2"),
    # words
    (put("layers", 0, "activation", value="sigmiod"), "layers[0].activation", "did you mean sigmoid"),
    (put("layers", 0, "activation", value="Tanh"), "layers[0].activation", "did you mean tanh"),
    (put("layers", 0, "activation", value="swoosh"), "layers[0].activation", ", ".join(ACTIVATIONS)),
    (put("layers", 0, "activation", value=["relu"]), "layers[0].activation", "a list is not allowed"),
    (put("loss", value="mean_squared_eror"), "loss", "did you mean mean_squared_error"),
    (put("loss", value="mse"), "loss", ", ".join(LOSSES)),
    (put("loss", value=5), "loss", "a number is not allowed"),
    (put("conventions", "train_biases", value="false"), "conventions.train_biases", "true or false"),
    (put("conventions", "train_biases", value=0), "conventions.train_biases", "true or false"),
    (put("conventions", "bias_sign", value="minus"), "conventions.bias_sign", "added, subtracted"),
    (put("conventions", "update", value="sequental"), "conventions.update", "did you mean sequential"),
    (put("conventions", "batch", value="avg"), "conventions.batch", "sum, mean, online"),
    (put("display", "notation", value="za"), "display.notation", "z-a"),
    (put("display", "carry", value="ful"), "display.carry", "did you mean full"),
    (put("display", "digits", value=1), "display.digits", "from 2 to 30"),
    (put("display", "digits", value=31), "display.digits", "here is 31"),
    (put("display", "digits", value=10**5000), "display.digits", "from 2 to 30"),
    (put("display", "digits", value=True), "display.digits", "here is true"),
    (put("display", "digits", value="9"), "display.digits", "whole number"),
    (put("display", "decimals", value=-1), "display.decimals", "from 0 to 30"),
    (put("display", value={"digits": 5, "decimals": 3}), "display.decimals", "not both"),
    # names
    (put("layers", 0, "units", 0, value="<b>"), "layers[0].units[0]", "is no name"),
    (put("layers", 0, "units", 0, value="4"), "layers[0].units[0]", "is no name"),
    (put("layers", 0, "units", 0, value="H1\n"), "layers[0].units[0]", "is no name"),
    (put("layers", 0, "units", 0, value="Ä"), "layers[0].units[0]", "is no name"),
    (put("layers", 0, "units", 0, value="a" * 32), "layers[0].units[0]", "31 characters"),
    (put("layers", 0, "units", 0, value="a" * 10**6), "layers[0].units[0]", "31 characters"),
    (put("layers", 0, "units", 0, value=4), "layers[0].units[0]", "a name in quotes"),
    (put("layers", 0, "units", 1, value="H1"), "layers[0].units[1]", "names this unit and another unit"),
    (put("layers", 0, "units", 1, value="x1"), "layers[0].units[1]", "names this unit and an input"),
    (put("inputs", value={r"\input{x}": 1, "x2": 2}), r"inputs.'\\input{x}'", "is no name"),
    (put("inputs", value={"\ud800": 1, "x2": 2}), r"inputs.'\ud800'", "is no name"),
    # targets
    (put("targets", value={"y1": 1}), "targets", "missing: y2"),
    (put("targets", "y3", value=1), "targets.y3", "allowed here: y1, y2"),
    (put("targets", "H1", value=1), "targets.H1", "allowed here: y1, y2"),
    # losses and their outputs
    (put("loss", value="cross_entropy"), "layers[1].activation", "needs softmax"),
    (put("loss", value="cross_entropy"), "layers[1].activation", "here is sigmoid"),
    (put("samples", value=[PAIR]), "inputs", "not both"),
    # text
    (put("title", value=""), "title", "at least one character"),
    (put("title", value="   "), "title", "at least one character"),
    (put("title", value=3), "title", "a text in quotes"),
    (put("title", value="a\nb"), "title", "U+000A"),
    (put("title", value="a\u2028b"), "title", "U+2028"),
    (put("title", value="a\x1b[31m"), "title", "U+001B"),
    (put("title", value="a\x00"), "title", "U+0000"),
    (put("title", value="a\ud800"), "title", "U+D800"),
    (put("title", value="a\ue000"), "title", "U+E000"),
    (put("title", value="a\U00100000"), "title", "U+100000"),
    (put("title", value="a\u202eb"), "title", "U+202E"),
    (put("title", value="a" * 201), "title", "at most 200"),
    (put("source", value="a\x07"), "source", "U+0007"),
    (put("source", value="a\uf8ff"), "source", "U+F8FF"),
    (put("source", value="a" * 2001), "source", "at most 2,000"),
    (put("source", value=["a"]), "source", "a text in quotes"),
    # weight names
    (put("conventions", "weight_names", value="target_major"), "conventions.weight_names", "did you mean target-major"),
    (put("conventions", "weight_names", value=3), "conventions.weight_names", "shaped like its weights"),
    (put("conventions", "weight_names", value=[[["a", "b"], ["c", "d"]]]), "conventions.weight_names", "2 lists"),
    (
        put("conventions", "weight_names", value=[[["a", "b"], ["c", "d"]], [["e", "f"]]]),
        "conventions.weight_names[1]",
        "2 rows of 2 names",
    ),
    (
        put("conventions", "weight_names", value=[[["a", "b"], ["c", "d"]], [["e", "f"], ["g", "g"]]]),
        "layers[1].weights",
        "what is called the same is one number",
    ),
    (
        put("conventions", "weight_names", value=[[["a", "b"], ["c", "d"]], [["e", "f"], ["g", "$h$"]]]),
        "conventions.weight_names[1][1][1]",
        "is no name",
    ),
    # sizes
    (put("inputs", value={f"x{i}": i for i in range(513)}), "inputs", "at most 512"),
    (put("layers", 0, "units", value=[f"H{i}" for i in range(513)]), "layers[0].units", "1 to 512"),
    (put("layers", value=[{}] * 65), "layers", "at most 64"),
]


@pytest.mark.parametrize(
    ("change", "key", "expected"), SPOILT, ids=[f"{n}-{key[:40]}" for n, (_, key, _) in enumerate(SPOILT)]
)
def test_refusal_names_the_key_and_what_is_allowed(
    change: Callable[[dict[str, Any]], None], key: str, expected: str
) -> None:
    """Each kind of bad value is refused at its own key, in words that say what is wanted."""
    mapping = copy.deepcopy(parsed())
    change(mapping)
    error = refused(mapping)
    assert error.key == key
    assert expected in error.message


def test_unspoilt_mapping_loads() -> None:
    """The mapping that the bad cases spoil is itself good, so that each refusal is due to its one change."""
    assert load(parsed()).structure.sizes == (2, 2, 2)


@pytest.mark.parametrize(
    ("samples", "key", "expected"),
    [
        ([], "samples", "at least one sample"),
        ([PAIR] * 1001, "samples", "at most 1,000"),
        ([PAIR, {"inputs": {"x1": 1, "x2": 2}}], "samples[1].targets", "missing"),
        ([PAIR, {**PAIR, "input": {}}], "samples[1].input", "did you mean inputs"),
        ([PAIR, {**PAIR, "inputs": {"x1": 1, "x3": 2}}], "samples[1].inputs.x3", "not an input of the first sample"),
        ([PAIR, {**PAIR, "inputs": {"x1": 1}}], "samples[1].inputs", "missing: x2"),
        ([PAIR, {**PAIR, "targets": {"y2": 1}}], "samples[1].targets", "missing: y1"),
        ([PAIR, {**PAIR, "targets": {"y1": 1, "y2": "one"}}], "samples[1].targets.y2", "is not a number"),
        ([{"inputs": {}, "targets": {}}], "samples[0].inputs", "at least one input"),
        ([{**PAIR, "inputs": {"w1": 1, "x2": 1}}], "samples[0].inputs.w1", "two quantities would be called w1"),
        (["pair"], "samples[0]", "a table is needed"),
    ],
)
def test_samples_are_checked_one_by_one(samples: list[Any], key: str, expected: str) -> None:
    """A fault in one of several training pairs is told with the pair it stands in."""
    error = refused(sampled(*samples))
    assert error.key == key
    assert expected in error.message


@pytest.mark.parametrize(
    ("inputs", "outputs", "weight_names", "quantity", "key"),
    [
        (("w1", "x2"), ("y1", "y2"), None, "w1", "inputs.w1"),
        (("w5_new", "x2"), ("y1", "y2"), None, "w5_new", "inputs.w5_new"),
        (("x1", "step_w5"), ("y1", "y2"), None, "step_w5", "inputs.step_w5"),
        (("eta", "x2"), ("y1", "y2"), None, "eta", "inputs.eta"),
        (("b1", "x2"), ("y1", "y2"), None, "b1", "inputs.b1"),
        (("net_H1", "x2"), ("y1", "y2"), None, "net_H1", "inputs.net_H1"),
        (("delta_y1", "x2"), ("y1", "y2"), None, "delta_y1", "inputs.delta_y1"),
        (("t_y1", "x2"), ("y1", "y2"), None, "t_y1", "inputs.t_y1"),
        (("E_total", "x2"), ("y1", "y2"), None, "E_total", "inputs.E_total"),
        (("x1", "x2"), ("y1", "total"), None, "E_total", "layers[1].units[1]"),
        (("x1", "x2"), ("y1", "y2"), [[["a", "a_new"], ["c", "d"]], [["e", "f"], ["g", "h"]]], "a_new", None),
        (("x1", "x2"), ("y1", "y2"), [[["a", "b1"], ["c", "d"]], [["e", "f"], ["g", "h"]]], "b1", None),
        (("x1", "x2"), ("y1", "y2"), [[["x1", "b"], ["c", "d"]], [["e", "f"], ["g", "h"]]], "x1", "inputs.x1"),
    ],
)
def test_no_id_is_given_twice(
    inputs: tuple[str, str], outputs: tuple[str, str], weight_names: object, quantity: str, key: str | None
) -> None:
    """A name that would give an id twice is refused, and both the id and where to rename are told."""
    mapping = parsed()
    mapping["inputs"] = dict.fromkeys(inputs, 1)
    mapping["targets"] = dict.fromkeys(outputs, 1)
    mapping["layers"][1]["units"] = list(outputs)
    if weight_names:
        mapping["conventions"] = {"weight_names": weight_names}
    error = refused(mapping)
    assert f"two quantities would be called {quantity}:" in error.message
    assert error.key == (key or "conventions.weight_names")


def test_hidden_unit_may_be_called_total() -> None:
    """Only an output unit has an error of its own, so a hidden unit `total` clashes with nothing."""
    mapping = parsed()
    mapping["layers"][0]["units"] = ["total", "H2"]
    assert load(mapping).layers[0].units == ("total", "H2")


@pytest.mark.parametrize(
    ("loss", "activation", "targets", "key"),
    [
        ("cross_entropy", "softmax", ("0.5", "0.6"), "targets"),
        ("cross_entropy", "softmax", ("0.5", "0.4999999"), "targets"),
        ("cross_entropy", "softmax", ("-0.5", "1.5"), "targets.y1"),
        ("cross_entropy", "softmax", ("0", "0"), "targets"),
        ("cross_entropy", "softmax", ("1.7e308", "1.7e308"), "targets"),
        ("binary_cross_entropy", "sigmoid", ("0.5", "1.01"), "targets.y2"),
        ("binary_cross_entropy", "sigmoid", ("-0.1", "1"), "targets.y1"),
        ("binary_cross_entropy", "tanh", ("0", "1"), "layers[1].activation"),
        ("binary_cross_entropy", "identity", ("0", "1"), "layers[1].activation"),
        ("binary_cross_entropy", "relu", ("0", "1"), "layers[1].activation"),
        ("cross_entropy", "softmax", ("1/3", "2/3"), None),
        ("cross_entropy", "softmax", ("0.333333333", "0.666666667"), None),
        ("cross_entropy", "softmax", ("0.3333333333", "0.6666666666"), None),
        ("binary_cross_entropy", "softmax", ("0", "1"), None),
        ("binary_cross_entropy", "sigmoid", ("0", "0.3"), None),
        ("squared_error", "softmax", ("5", "-7"), None),
    ],
)
def test_loss_takes_only_outputs_and_targets_it_is_defined_for(
    loss: str, activation: str, targets: tuple[str, str], key: str | None
) -> None:
    """Cross entropies need outputs and targets that are probabilities; other losses take anything."""
    mapping = parsed()
    mapping["loss"] = loss
    mapping["layers"][1]["activation"] = activation
    mapping["targets"] = dict(zip(("y1", "y2"), targets, strict=True))
    if key is None:
        assert load(mapping).loss == loss
    else:
        assert refused(mapping).key == key


def test_softmax_of_one_unit_has_no_binary_cross_entropy() -> None:
    """A single softmax output is always 1, where ln(1 - o) does not exist."""
    mapping = parsed()
    mapping["loss"] = "binary_cross_entropy"
    mapping["targets"] = {"y1": 1}
    mapping["layers"][1] = {"units": ["y1"], "activation": "softmax", "weights": [[1, 2]]}
    assert "always 1" in refused(mapping).message


def test_defaults_are_those_of_the_contract() -> None:
    """What a file leaves out has the values the contract gives."""
    problem = load(parsed())
    assert problem.conventions.weight_names == "target-major"
    assert problem.conventions.train_biases is True
    assert (problem.conventions.bias_sign, problem.conventions.update, problem.conventions.batch) == (
        "added",
        "simultaneous",
        "sum",
    )
    assert (problem.display.notation, problem.display.digits, problem.display.decimals, problem.display.carry) == (
        "net-out",
        9,
        None,
        "full",
    )
    assert problem.source == ""


def test_conventions_and_display_are_read() -> None:
    """Every convention and display key reaches the problem."""
    mapping = parsed()
    names = [[["a", "b"], ["c", "d"]], [["e", "f"], ["g", "h"]]]
    mapping["conventions"] = {
        "weight_names": names,
        "train_biases": False,
        "bias_sign": "subtracted",
        "update": "sequential",
        "batch": "online",
    }
    mapping["display"] = {"notation": "z-a", "decimals": 0, "carry": "rounded"}
    problem = load(mapping)
    assert problem.conventions.weight_names == ((("a", "b"), ("c", "d")), (("e", "f"), ("g", "h")))
    assert not problem.conventions.train_biases
    assert (problem.conventions.bias_sign, problem.conventions.update, problem.conventions.batch) == (
        "subtracted",
        "sequential",
        "online",
    )
    assert (problem.display.notation, problem.display.decimals, problem.display.carry) == ("z-a", 0, "rounded")
    hash(problem.structure)


def test_samples_follow_the_order_of_the_first() -> None:
    """Later samples may name their inputs and targets in any order."""
    problem = load(sampled(PAIR, {"inputs": {"x2": 4, "x1": 3}, "targets": {"y2": 6, "y1": 5}}))
    assert problem.inputs == ("x1", "x2")
    assert [number.text for number in problem.samples[1].inputs] == ["3", "4"]
    assert [number.text for number in problem.samples[1].targets] == ["5", "6"]


def test_numbers_of_python_and_numpy_are_taken() -> None:
    """A mapping may hold int, float, Decimal, Fraction and NumPy scalars, each for what it prints as."""
    mapping = parsed()
    mapping["layers"][0]["weights"] = [[np.float64(0.1), np.int64(2)], [Decimal("0.30"), Fraction(1, 3)]]
    texts = [[number.text for number in row] for row in load(mapping).layers[0].weights]
    assert texts == [["0.1", "2"], ["0.30", "1/3"]]


def test_source_is_printed_on_one_line() -> None:
    """Line breaks and tabs in a source become spaces; titles and sources may use any script."""
    mapping = parsed()
    mapping["source"] = "  a\r\n\tb\u2028c  "
    mapping["title"] = "Übung 1: <σ> & $w_1$ 神经网络"
    problem = load(mapping)
    assert problem.source == "a b c"
    assert problem.title == "Übung 1: <σ> & $w_1$ 神经网络"


JSON_LIKE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.text(max_size=8),
        st.binary(max_size=3),
        st.dates(),
    ),
    lambda children: st.one_of(
        st.lists(children, max_size=3), st.dictionaries(st.text(max_size=3), children, max_size=3)
    ),
    max_leaves=8,
)
PLACES: list[tuple[str | int, ...]] = [
    ("title",), ("source",), ("loss",), ("learning_rate",), ("inputs",), ("inputs", "x1"), ("targets",), ("layers",),
    ("layers", 0), ("layers", 0, "units"), ("layers", 0, "weights"), ("layers", 1, "weights", 0),
    ("layers", 1, "weights", 0, 1), ("layers", 0, "bias"), ("conventions",), ("conventions", "weight_names"),
    ("display",), ("display", "digits"), ("samples",),
]  # fmt: skip


@given(place=st.sampled_from(PLACES), value=JSON_LIKE)
def test_any_value_anywhere_never_does_more_than_fail(place: tuple[str | int, ...], value: object) -> None:
    """Any value in any place of a mapping gives a problem or a ProblemError."""
    mapping = parsed()
    put(*place, value=value)(mapping)
    try:
        assert isinstance(load(mapping), Problem | FormulaProblem)  # an input may be a vector
    except ProblemError as error:
        assert str(error).isprintable()  # noqa: PT017
