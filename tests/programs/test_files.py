"""Files of own architectures: what is refused, what comes back, and copies of recipes."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

import derive
from derive.errors import ProblemError
from derive.given.formula_problem import FormulaProblem
from derive.given.loading import problem_named
from derive.given.problem_file import problem_text
from derive.given.program import recipes
from derive.telling.build import steps_of
from tests.programs.cases import CASES, GATE, LSTM, NETWORK, ONE, SIGNS, case

STEP = {"units": ["y"], "activation": "step", "weights": [[1, 1]]}
WITHOUT_RATE = {key: value for key, value in ONE.items() if key != "learning_rate"}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({**ONE, "update": {"rule": "momentun"}}, "update.rule", "did you mean momentum"),
    ({**WITHOUT_RATE, "update": {"learning_rate": 1, "state": {"v": 0}, "steps": {"parameter": "parameter - g"}}},
     "update.state", "v is never set"),
    ({"title": "x", "samples": SIGNS, "layers": [STEP], "learning_rate": 1, "update": {"rule": "perceptron", "l2": 1}},
     "update.l2", "perceptron uses none"),
    ({**ONE, "training": {"batch": 2}}, "training.batch", "1 to 1 are allowed"),
    ({**ONE, "update": {"learning_rate": 1}}, "update.learning_rate", "at the top"),
    ({**ONE, "training": {"epochs": 1, "rounds": 2}}, "training.rounds", "not both"),
    ({**ONE, "learning_rate": -1, "update": {}}, "learning_rate", "maximise = true"),
    ({**ONE, "update": {"rule": "perceptron"}}, "update.rule", "one dense layer"),
    ({**ONE, "training": {"stop": "E_total < -1"}}, "training.stop", "greater than 0"),
    ({**ONE, "training": {"stop": "when tired"}}, "training.stop", "no error in an epoch"),
    ({**ONE, "training": {"epochs": 10**9}}, "training.epochs", "1 to 1000000"),
    ({"title": "x", "given": {"W": [[1, 2]], "x": [1]}, "define": {"z": "W @ x"}}, "define.z", "inner sizes 2 and 1"),
    ({"title": "x", "given": {"W": [[1, 2], [3]]}, "define": {"z": "W*2"}}, "given.W", "different lengths"),
    ({"title": "x", "given": {"a": [1]}, "define": {"z": "a.real @ a"}}, "define.z", "not allowed"),
    ({"title": "x", "given": {"a": [1]}, "define": {"z": "a[2]"}}, "define.z", "from 1 to 1"),
    ({"title": "x", "given": {"a": [1, 0]}, "define": {"z": "1/a"}}, "define.z", "divided by 0"),
    ({"title": "x", "given": {"a": [1]}, "define": {"z": "a*2"}, "ask": ["q"]}, "ask[0]", "'q'"),
    ({"title": "x", "inputs": {"p": [[1]]}, "layers": [{"name": "c", "type": "convolutoin"}]}, "layers[0].type",
     "did you mean convolution"),
    ({"title": "x", "inputs": {"x": 1}, "layers": [{"name": "c", "type": "rnn", "parameters": {}}]}, "layers[0].type",
     "over time"),
    ({**ONE, "functions": {"f": "exp(x)"}}, "functions.f", "function of net"),
    ({**ONE, "functions": {"sigmoid": "exp(net)"}}, "functions.sigmoid", "built in"),
    ({**ONE, "loss": "(t - q)**2"}, "loss", "t and out"),
    ({**ONE, "targets": {"q": 1}, "update": {}}, "targets", "'q' is no output"),
]  # fmt: skip


@pytest.mark.parametrize(("mapping", "key", "expected"), REFUSED)
def test_refusals_name_key_and_cure(mapping: dict[str, Any], key: str, expected: str) -> None:
    """Each kind of bad input is one plain sentence at its own key."""
    with pytest.raises(ProblemError) as caught:
        problem_named(mapping, "x")
    assert caught.value.key == key
    assert expected in caught.value.message
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", CASES)
def test_a_file_comes_back(name: str) -> None:
    """The file that is written of a problem is read as an equal one."""
    problem = case(name)
    again = problem_named(tomllib.loads(problem_text(problem), parse_float=str), name)
    assert again == problem


CELL = {"inputs": {"x": {"over": "time", "values": ["0.4", "-0.2"]}}, "targets": {"y": 1}, "loss": "squared_error"}
AFTER = {"units": ["y"], "from": "cell", "at": "last", "activation": "sigmoid", "weights": [[2]]}


@pytest.mark.parametrize("rule", [name for name in recipes.names("rules") if recipes.shipped("rules", name).get(
    "gradient", True) and "ahead" not in recipes.shipped("rules", name)])  # fmt: skip
def test_a_copy_of_a_rule_gives_the_same(rule: str) -> None:
    """The text of a rule that comes with derive, put into a file as one's own, gives the same figures."""
    recipe = recipes.shipped("rules", rule)
    own = {"steps": recipe["steps"], "state": recipe.get("state", {}), "learning_rate": "0.1"}
    own |= recipe.get("options", {})
    first = derive.solve(problem_named({**WITHOUT_RATE, "update": {"rule": rule, "learning_rate": "0.1"}}, "p"))
    second = derive.solve(problem_named({**WITHOUT_RATE, "update": own}, "p"))
    for quantity in first.derivation.by_id:
        assert first.value(quantity) == second.value(quantity), quantity


def test_a_copy_of_a_cell_gives_the_same() -> None:
    """The text of the LSTM, put into a file as a definition of one's own, gives the same figures."""
    recipe = dict(recipes.shipped("layers", "lstm"))
    shipped = {"title": "x", **CELL, "layers": [{"name": "cell", "type": "lstm", "parameters": LSTM}, AFTER]}
    own = {"title": "x", **CELL, "layers": [{"name": "cell", "define": recipe, "parameters": LSTM}, AFTER]}
    first, second = (derive.solve(problem_named(mapping, "p")) for mapping in (shipped, own))
    assert set(first.derivation.by_id) == set(second.derivation.by_id)
    for quantity in first.derivation.by_id:
        assert first.value(quantity) == second.value(quantity), quantity


def test_asking_bounds_the_page() -> None:
    """Only what is asked for, and what leads there, is worked; the rest has figures all the same."""
    mapping = {"title": "x", "given": {"a": 2, "b": 3}, "define": {"u": "a*b", "v": "a + b", "y": "u + a"},
               "ask": ["dy/da"]}  # fmt: skip
    solution = derive.solve(problem_named(mapping, "p"))
    steps = [step.id for step in steps_of(derive.explain(solution).document)]
    assert "dy/da" in steps
    assert "v" not in steps
    assert solution.value("v") == 5
    assert solution.value("dy/da") == 4


def test_it_stops_when_there_is_no_error() -> None:
    """A perceptron that learns AND stops after the first epoch without an error, as a plain loop has it."""
    layers = [{"units": ["y"], "activation": "step", "weights": [["0.3", "-0.1"]], "bias": ["-0.2"]}]
    mapping = {"title": "AND", "samples": GATE, "layers": layers, "learning_rate": "0.1",
               "update": {"rule": "perceptron"}, "training": {"batch": 1, "stop": "no error in an epoch"}}  # fmt: skip
    w1, w2, b, epochs = 3, -1, -2, 0  # tenths, so that nothing is rounded
    while True:
        wrong, epochs = 0, epochs + 1
        for x1, x2, t in GATE["rows"]:
            out = int(w1 * x1 + w2 * x2 + b >= 0)
            wrong += out != t
            w1, w2, b = w1 + (t - out) * x1, w2 + (t - out) * x2, b + (t - out)
        if not wrong:
            break
    page = derive.explain(problem_named(mapping, "and")).to_html()
    assert f"The training stops after {epochs} epochs, {4 * epochs} updates in all" in page


def test_layers_that_need_no_weights_of_their_own() -> None:
    """A network of named and counted units, with weights by columns and thresholds, is what its rows say."""
    rows = {**ONE, "layers": [dict(layer) for layer in NETWORK], "update": {}}
    columns = {**rows, "layers": [{**NETWORK[0], "weights": [["0.1", "0.3"], ["0.2", "0.4"]], "layout": "columns"},
                                  NETWORK[1]]}  # fmt: skip
    first, second = (derive.solve(problem_named(mapping, "p")) for mapping in (rows, columns))
    assert isinstance(second.problem, FormulaProblem)
    assert first.value("w1_new") == second.value("w1_new")
    assert first.value("E_total") == second.value("E_total")


@pytest.mark.parametrize(
    "formula",
    ["outer(a, a)", "softmax(a)", "var(a)", "one_hot(1, 1000000)", "convolve(outer(b, b), outer(b, b), padding=9999)"],
)
def test_no_formula_asks_for_more_than_there_is_room(formula: str) -> None:
    """A short text over many numbers is refused before it fills any memory."""
    mapping = {"title": "x", "given": {"a": ["0.1"] * 1_000, "b": [1, 2]}, "define": {"z": formula}}
    with pytest.raises(ProblemError, match="at most"):
        problem_named(mapping, "x")


def test_no_formula_grows_without_bound() -> None:
    """A product of products of matrices has sums of sums: past some size its parts want names."""
    matrix = [["0.1"] * 12] * 12
    mapping = {"title": "x", "given": {"A": matrix}, "define": {"z": "A @ A @ A @ A @ A"}}
    with pytest.raises(ProblemError, match="names of its own"):
        problem_named(mapping, "x")
