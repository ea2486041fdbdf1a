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
from tests.programs.cases import CASES, GATE, LSTM, NETWORK, ONE, SIGNS, case, epochs_of_the_gate

STEP = {"units": ["y"], "activation": "step", "weights": [[1, 1]]}
TWO_OUT = {"title": "x", "inputs": {"x": "0.5"}, "targets": {"y": 1, "z": "0.25"},
           "layers": [{"units": ["y", "z"], "activation": "identity", "weights": [[2], [3]]}]}  # fmt: skip
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
    ({**ONE, "update": {}, "display": {"bold_array": True}}, "display.bold_array", "unknown key"),
    ({**ONE, "update": {}, "conventions": {"update": "sequential"}}, "conventions.update", "write simultaneous"),
    ({**ONE, "update": {}, "conventions": {"time": "median"}}, "conventions.time", "sum, mean"),
    ({**ONE, "update": {}, "conventions": {"bias_input": 0}}, "conventions.bias_input", "1 or of -1"),
    ({**ONE, "update": {}, "conventions": {"weight_names": 3}}, "conventions.weight_names", "a list is needed"),
    ({**ONE, "update": {}, "conventions": {"weight_names": [3]}}, "conventions.weight_names[0]", "a list is needed"),
    ({**ONE, "update": {"rule": "momentum", "state": {"v": 1}}}, "update.state", "steps of your own"),
    ({**ONE, "update": {}, "loss_weights": {"q": 2}}, "loss_weights.q", "unknown key"),
    ({"title": "x", "samples": SIGNS, "layers": [STEP], "learning_rate": 1, "update": {"rule": "perceptron"},
      "conventions": {"batch": "online"}, "training": {"batch": 2}}, "training.batch", "online"),
    ({"title": "x", "samples": SIGNS, "layers": [{**STEP, "layout": "diagonal"}]}, "layers[0].layout", "rows, columns"),
    ({"title": "x", "inputs": {"p": {"values": [1], "canals": "first"}}, "layers": [STEP]}, "inputs.p.canals",
     "unknown key"),
    ({"title": "x", "inputs": {"p": [1]}, "layers": [{"name": "f", "type": "flatten", "activation": "tanh"}]},
     "layers[0].activation", "no activation function"),
    ({"title": "x", "inputs": {"p": [1]}, "layers": [{"name": "f", "type": "flatten", "state": {"h": 0}}]},
     "layers[0].state", "keeps no state"),
    ({"title": "x", "inputs": {"p": [1]}, "layers": [{"name": "f", "define": {"out": "2*x"}, "strid": 1}]},
     "layers[0].strid", "unknown key"),
    ({"title": "x", "given": {"h": {"start": 0, "stop": 1}}, "define": {"z": "h"}}, "given.h.stop", "unknown key"),
    ({"title": "x", "inputs": {"a": {"values": [1, 2]}}, "targets": {"y": {"values": [1, 2, 3]}},
      "loss": "squared_error", "layers": [{"units": ["y"], "weights": [[1]]}]}, "targets.y.values", "2 targets"),
    ({**TWO_OUT, "losses": {"y": "squared_error", "z": "mean_squared_error"}}, "losses.z", "mean over all outputs"),
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
    epochs = epochs_of_the_gate()
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


def test_units_of_one_layer_have_losses_of_their_own() -> None:
    """Out are 1 and 1.5: 3·(0.25 − 1.5)² = 4.6875, by the weight into z 3·2·1.25·0.5 = 3.75; turned, half of 1.5625."""
    losses = {"losses": {"y": "half_squared_error", "z": "squared_error"}, "loss_weights": {"z": 3}}
    solution = derive.solve(problem_named({**TWO_OUT, **losses}, "p"))
    assert solution.value("E_total") == 4.6875
    assert solution.value("dE_total/dw2") == 3.75
    turned = {"losses": {"y": "squared_error", "z": "half_squared_error"}}
    assert derive.solve(problem_named({**TWO_OUT, **turned}, "p")).value("E_total") == 0.78125


def test_a_bias_input_of_one_layer() -> None:
    """0.5·2 − 0.25 in the layer that says so, and 0.75·3 + 0.5 in the next."""
    layers = [{"units": ["H"], "weights": [[2]], "bias": "0.25", "bias_input": -1},
              {"units": ["y"], "weights": [[3]], "bias": "0.5"}]  # fmt: skip
    solution = derive.solve(problem_named({"title": "x", "inputs": {"x": "0.5"}, "layers": layers}, "p"))
    assert solution.value("out_H") == 0.75
    assert solution.value("out_y") == 2.75


def test_the_decimal_comma_of_an_own_architecture() -> None:
    """As in plain networks."""
    problem = problem_named({**ONE, "update": {"rule": "momentum"}, "display": {"decimal_mark": "comma"}}, "p")
    assert problem.display.decimal_mark == "comma"


def test_why_a_page_stands_still() -> None:
    """Counts are other steps at other sizes; a network moves, of whatever rule."""
    assert "other steps" in derive.explain(derive.load("counting-cnn")).why_static
    for problem in (problem_named({**ONE, "update": {"rule": "momentum"}}, "p"), derive.load("2-2-2")):
        assert derive.explain(problem).why_static == ""
