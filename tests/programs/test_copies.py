"""A copy of each recipe that comes with derive, put into a file as one's own: the same figures and words."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

import derive
from derive.given.loading import problem_named
from derive.given.program import recipes
from tests.programs.cases import CASES

ONE = {"title": "x", "targets": {"y": 1}, "loss": "half_squared_error", "learning_rate": "0.1"}
PAIR = {**ONE, "inputs": {"a": "0.5", "b": "-0.3"}}
OUT = {"units": ["y"], "activation": "sigmoid", "weights": [["0.1", "0.2"]]}
FILES: Mapping[str, Mapping[str, Any]] = {
    "convolution": CASES["convolution"], "average_pool": CASES["convolution"], "flatten": CASES["convolution"],
    "max_pool": CASES["max-pool"], "lstm": CASES["lstm"], "gru": CASES["gru"], "rnn": CASES["rnn-every"],
    "attention": CASES["attention"], "layer_norm": CASES["attention"], "batch_norm": CASES["batch-norm"],
    "add": CASES["skip"],
    "concat": {**PAIR, "layers": [{"name": "s", "type": "concat", "from": ["a", "b"], "activation": "tanh"}, OUT]},
    "dropout": {**PAIR, "layers": [{"name": "d", "type": "dropout", "mask": [1, 0], "keep": "0.5"}, OUT]},
    "embedding": {**ONE, "inputs": {"W": [2, 1]}, "layers": [
        {"name": "e", "type": "embedding", "table": [["0.1"], ["0.2"], ["0.3"]]}, {"name": "f", "type": "flatten"},
        OUT]},
}  # fmt: skip


@pytest.mark.parametrize("kind", recipes.names("layers"))
def test_a_copy_of_a_layer_type(kind: str) -> None:
    """Whatever the type, nothing of it is known to the code."""
    copied = copy.deepcopy(dict(FILES[kind]))
    for layer in copied["layers"]:
        if layer.get("type") == kind:
            del layer["type"]
            layer["define"] = dict(recipes.shipped("layers", kind))
    assert copied != FILES[kind]
    first, second = (derive.solve(problem_named(file, "p")) for file in (FILES[kind], copied))
    assert set(first.derivation.by_id) == set(second.derivation.by_id)
    for name in first.derivation.by_id:
        assert first.value(name) == second.value(name), name
    pages = [derive.explain(each, brief=True).to_markdown() for each in (first, second)]
    assert len({page.partition("The problem file")[0] for page in pages}) == 1


@pytest.mark.parametrize("rule", recipes.names("rules"))
def test_a_copy_of_a_rule(rule: str) -> None:
    """With a look ahead, and without a gradient, too."""
    recipe = recipes.shipped("rules", rule)
    case = dict(CASES[rule if rule in ("perceptron", "delta", "hebb") else "rule-descent"])
    rate = case.pop("learning_rate")
    own = {"steps": recipe["steps"], "state": recipe.get("state", {}), **recipe.get("options", {})}
    own |= {"ahead": recipe["ahead"]} if "ahead" in recipe else {}
    files = ({**case, "update": {**keys, "learning_rate": rate}} for keys in ({"rule": rule}, own))
    first, second = (derive.solve(problem_named(file, "p")) for file in files)
    for name in first.derivation.by_id:
        assert first.value(name) == second.value(name), name
    for name in first.derivation.parameters:
        assert first.value(f"{name}@3") == second.value(f"{name}@3"), name
