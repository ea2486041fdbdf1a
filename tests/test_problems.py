"""The built-in problems: their numbers are those of the published examples they stand for."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from derive.given.loading import builtin_names, load
from derive.given.naming import QuantityId, parameter_ids, weight_ids
from derive.given.problem import Problem
from tests.catalogue_map import entry, files, rows


def exact(numbers: Any) -> Any:
    """Nested lists of a catalogue's numbers, exact as printed there."""
    if isinstance(numbers, (list, tuple)):
        return [exact(number) for number in numbers]
    return Fraction(str(numbers))


def transposed(table: list[list[float]]) -> list[list[float]]:
    return [list(column) for column in zip(*table, strict=True)]


def weights(problem: Problem) -> list[list[list[Fraction]]]:
    return [[[number.value for number in row] for row in layer.weights] for layer in problem.layers]


def biases(problem: Problem) -> list[Any]:
    """Per layer None, the shared bias, or the list of biases."""
    return [
        None
        if layer.bias is None
        else [number.value for number in layer.bias]
        if isinstance(layer.bias, tuple)
        else layer.bias.value
        for layer in problem.layers
    ]


@pytest.mark.parametrize(
    ("file", "name", "weight_keys", "bias_keys"),
    [
        ("mazur_2_2_2", "2-2-2", ("W1", "W2"), ("b1", "b2")),
        ("ailab_H1H2_y1y2", "ailab-2-2-2", ("W1", "W2"), ("b1", "b2")),
        ("primelearnpoint_2x2_source_major", "primelearnpoint-2-2-2", ("W1", "W2"), ("b1", "b2")),
        ("han_kamber_3_2_1", "han-kamber-3-2-1", ("W1", "W2"), ("b1", "b2")),
        ("hmkcode_2_2_1_linear", "hmkcode-2-2-1", ("W1", "W2"), None),
        ("macleod_rgu_2_2_1", "macleod-2-2-1", ("W1", "W2"), None),
    ],
)
def test_numbers_are_those_of_the_catalogue(
    file: str, name: str, weight_keys: tuple[str, ...], bias_keys: tuple[str, ...] | None
) -> None:
    """Weights, biases, inputs, targets, learning rate and activations are the author's."""
    published, problem = entry(file), load(name)
    assert weights(problem) == [exact(published[key]) for key in weight_keys]
    assert biases(problem) == ([exact(published[key]) for key in bias_keys] if bias_keys else [None] * len(weight_keys))
    assert [number.value for number in problem.samples[0].inputs] == exact(published["x"])
    assert [number.value for number in problem.samples[0].targets] == exact(published["t"])
    assert problem.learning_rate.value == exact(published["lr"])
    assert list(problem.structure.sizes) == published["network"]["layers"]
    assert [layer.activation for layer in problem.layers] == [
        published["network"]["hidden"],
        published["network"]["output"],
    ]
    assert problem.loss == "half_squared_error"


def test_own_biases_problem_is_mazurs_network() -> None:
    """The problem with a bias for each unit has the default's numbers, each bias written out."""
    own, default = load("mazur-own-biases"), load("2-2-2")
    assert weights(own) == weights(default)
    assert own.samples == default.samples
    assert biases(own) == [[Fraction("0.35")] * 2, [Fraction("0.6")] * 2]
    assert own.conventions.train_biases
    assert not default.conventions.train_biases


def test_raglend_numbers() -> None:
    """Weights given from input to hidden unit stand transposed in the file."""
    published, problem = entry("raglend_vit_2_2_1_sign"), load("raglend-2-2-1")
    assert weights(problem) == [exact(transposed(published["W_input_hidden"])), [exact(published["w_hidden_out"])]]
    assert biases(problem) == [None, None]
    assert [number.value for number in problem.samples[0].inputs] == exact(published["x"])
    assert [number.value for number in problem.samples[0].targets] == exact(published["t"])
    assert problem.learning_rate.value == exact(published["lr"])
    assert problem.loss == "squared_error"


def test_cs231n_numbers() -> None:
    """Weights given from below to above stand transposed; the class is a one-hot target."""
    published, problem = entry("cs231n_two_layer_geoj"), load("cs231n-2-2-3")
    assert weights(problem) == [
        exact(transposed(published["W1_in_by_hidden"])),
        exact(transposed(published["W2_hidden_by_out"])),
    ]
    assert biases(problem) == [[0, 0], [0, 0, 0]]
    assert [number.value for number in problem.samples[0].inputs] == exact(published["x"])
    assert [number.value for number in problem.samples[0].targets] == [
        int(position == published["t_class"]) for position in range(3)
    ]
    assert [layer.activation for layer in problem.layers] == ["relu", "softmax"]
    assert problem.loss == "cross_entropy"


def test_tanh_batch_numbers() -> None:
    """The columns of the published X are the samples, with every digit."""
    published, problem = entry("dlai_planar_tanh_bce"), load("deeplearning-ai-2-4-1")
    assert weights(problem) == [exact(published["W1"]), exact(published["W2"])]
    assert biases(problem) == [[0, 0, 0, 0], [0]]
    columns = transposed(json.loads(published["X"].partition(" = ")[2]))
    assert [[number.value for number in sample.inputs] for sample in problem.samples] == exact(columns)
    assert [sample.targets[0].value for sample in problem.samples] == published["Y"]
    assert [layer.activation for layer in problem.layers] == ["tanh", "sigmoid"]
    assert (problem.loss, problem.conventions.batch) == ("binary_cross_entropy", "mean")


def test_single_neuron_numbers() -> None:
    """Both single-neuron problems take their batches and starting points from the catalogue."""
    published, problem = entry("dlai_logreg_propagate"), load("logistic-regression")
    assert weights(problem) == [[exact(published["w"])]]
    assert biases(problem) == [exact(published["b"])]
    assert [[number.value for number in sample.inputs] for sample in problem.samples] == exact(published["X_columns"])
    assert [sample.targets[0].value for sample in problem.samples] == published["Y"]
    assert problem.learning_rate.text in published["lr"]
    assert (problem.loss, problem.conventions.batch) == ("binary_cross_entropy", "mean")
    published, problem = entry("deepml25_case1"), load("deepml-neuron")
    assert weights(problem) == [[exact(published["w"])]]
    assert biases(problem) == [exact(published["b"])]
    assert [[number.value for number in sample.inputs] for sample in problem.samples] == exact(published["X"])
    assert [sample.targets[0].value for sample in problem.samples] == published["y"]
    assert problem.learning_rate.value == exact(published["lr"])
    assert (problem.loss, problem.conventions.batch) == ("mean_squared_error", "mean")


@pytest.mark.parametrize("name", builtin_names())
def test_built_in_problem_loads_with_its_source(name: str) -> None:
    """Every built-in problem is valid, is called after its file and says where it comes from."""
    problem = load(name)
    assert problem.name == name
    assert len(problem.source) > 20
    if isinstance(problem, Problem):
        assert (problem.structure.conventions.update == "sequential") == (name == "macleod-2-2-1")


def test_default_is_shown_in_final_notation_with_nine_digits() -> None:
    """The default problem is shown as its readers know it."""
    display = load("2-2-2").display
    assert (display.notation, display.digits, display.decimals) == ("final", 9, None)


def test_between_them_the_built_in_problems_show_every_kind() -> None:
    """Among them: no bias, a trained and a frozen one, a batch, tanh, relu, softmax, three layers of weights."""
    problems = [problem for problem in map(load, builtin_names()) if isinstance(problem, Problem)]
    activations = {layer.activation for problem in problems for layer in problem.layers}
    assert {"sigmoid", "tanh", "relu", "identity", "softmax"} <= activations
    assert any(all(layer.bias is None for layer in problem.layers) for problem in problems)
    kinds = {(layer.bias_kind, p.conventions.train_biases) for p in problems for layer in p.layers}
    assert {("shared", True), ("shared", False), ("per-unit", True)} <= kinds
    assert any(len(problem.samples) > 1 for problem in problems)
    three_layers = [problem for problem in problems if len(problem.layers) == 3]
    assert [problem.name for problem in three_layers] == ["2-3-2-2"]
    assert three_layers[0].source.startswith("Our own example")
    assert {problem.loss for problem in problems} == {
        "half_squared_error", "squared_error", "mean_squared_error", "binary_cross_entropy", "cross_entropy",
    }  # fmt: skip


def test_weights_are_wired_as_the_authors_say() -> None:
    """Source-major and named weights lead where the published examples have them."""
    layer = weight_ids(load("primelearnpoint-2-2-2").structure)
    assert layer == ((("w1", "w3"), ("w2", "w4")), (("w5", "w7"), ("w6", "w8")))
    assert weight_ids(load("han-kamber-3-2-1").structure)[0][0] == ("w14", "w24", "w34")
    assert weight_ids(load("macleod-2-2-1").structure) == ((("w3", "w4"), ("w5", "w6")), (("w1", "w2"),))


def test_every_published_row_is_mapped_or_left_out_with_a_reason() -> None:
    """No row of the catalogue is forgotten, and every id is one of its problem's own names."""
    seen = list(rows())
    assert len(seen) == sum(len(entry(file)["published"]) for file in files()) == 243
    for row in seen:
        if row.quantity is None:
            assert row.problem is None
            assert row.reason
            continue
        assert row.factor in (1, -1)
        parsed = QuantityId.parse(row.quantity)
        assert parsed is not None
        assert str(parsed) == row.quantity
        problem = load(row.problem or "")
        names = {*problem.inputs, *(unit for layer in problem.layers for unit in layer.units), "total"}
        names |= set(parameter_ids(problem.structure))
        for part in parsed.base.removeprefix("d").split("/d"):
            bare = part.removesuffix("_new")
            assert bare in names or bare.partition("_")[2] in names, row


def test_catalogue_leaves_out_only_what_is_no_layered_network() -> None:
    """Of the layered networks only lines without a quantity of their own are left out."""
    left_out = {row.file for row in rows() if row.quantity is None}
    assert left_out == {
        "cs231n_sigmoid_circuit", "deepml62_rnn", "micrograd_readme", "ng_graph_J",
        "hmkcode_2_2_1_linear", "primelearnpoint_2x2_source_major",
    }  # fmt: skip
