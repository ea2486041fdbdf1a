"""Sizes, parameters and multiplications: published counts, counts of the numbers that there are, and refusals."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.errors import ProblemError
from derive.given.domain import worked
from derive.given.formula_problem import FormulaProblem
from derive.given.loading import problem_named
from derive.given.program import recipes
from derive.handouts.people.manifest import read_manifest
from derive.handouts.sheets.worksheet import worksheet_document
from derive.handouts.variants.drawing import draw_class
from tests.commands import runner
from tests.programs.cases import CASES, LSTM

WORDS = ["shapes", "parameters", "multiplications"]
SMALL = {"type": "convolution", "name": "conv", "kernels": {"count": 8, "size": 5}}


def _file(shape: list[int], *layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A file of shapes; dense layers by their count alone."""
    entries = [layer if isinstance(layer, dict) else {"units": layer} for layer in layers]
    return {"title": "x", "ask": WORDS, "inputs": {"x": {"shape": shape, **more}}, "layers": entries}


def _counts(mapping: Any) -> dict[str, Any]:
    """What is worked, without proofs."""
    problem = derive.load(mapping) if isinstance(mapping, str) else problem_named(mapping, "p")
    assert isinstance(problem, FormulaProblem)
    return _worked(problem)


def _worked(problem: FormulaProblem) -> dict[str, Any]:
    return worked(problem.structure.definitions, {name: number.value for name, number in problem.givens})


def _conv(count: int, size: int, **more: Any) -> dict[str, Any]:
    return {"type": "convolution", "kernels": {"count": count, "size": size}, **more}


def _vgg() -> dict[str, Any]:
    layers: list[Any] = []
    for count, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        layers += [_conv(count, 3, padding="same") for _ in range(times)]
        layers.append({"type": "max_pool", "size": 2})
    return _file([224, 224, 3], *layers, {"type": "flatten"}, 4096, 4096, 1000)


#: From the catalogue (`counting_mixed`), Simonyan and Zisserman (2015) with the breakdown on Stack Overflow, and Keras.
PUBLISHED: list[tuple[Any, dict[str, int]]] = [
    ("counting-cnn", {"parameters_conv": 100, "parameters_out": 15682, "parameters_total": 15782, "height_conv": 28}),
    ("counting-lstm", {"parameters_cell": 4457472}),
    (_file([200], 10, 10, 10, 4), {"parameters_total": 2274}),
    (_file([3], {"type": "rnn", "units": 4}, {"units": 2, "at": "last"}, over="time"), {"parameters_total": 42}),
    (_file([18, 18, 3], _conv(3, 3), _conv(2, 2), {"type": "flatten"}, 2), {"parameters_total": 1012}),
    (_file([2], *({"units": k, "bias": False} for k in (4, 4, 4, 2))), {"parameters_total": 48}),
    (_file([32, 32, 3], SMALL), {"height_conv": 28, "width_conv": 28, "channels_conv": 8}),
    (_vgg(), {"parameters_total": 138357544, "parameters_layer20": 102764544, "units_layer19": 25088}),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "figures"), PUBLISHED)
def test_published_counts(problem: Any, figures: dict[str, int]) -> None:
    """What was printed comes out to the last digit, and is printed whole."""
    loaded = derive.load(problem) if isinstance(problem, str) else problem_named(problem, "published")
    solution = derive.solve(loaded)
    for name, figure in figures.items():
        assert solution.figure(name).ascii == str(figure), name


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "layers" in case])
def test_parameters_are_the_numbers_that_are_trained(name: str) -> None:
    """With numbers, what is counted is how many there are."""
    problem = problem_named({**CASES[name], "ask": [*WORDS, *CASES[name].get("ask", [])]}, name)
    assert isinstance(problem, FormulaProblem)
    trained = len(problem.wrt) or 8  # a forward pass trains nothing; its network has six weights and two biases
    assert _worked(problem)["parameters_total"] == trained


def test_multiplications_are_the_products_of_the_formulas() -> None:
    """Of a convolution, a cell and a dense layer: as many as the formulas of the forward pass have of a weight."""
    from derive.formula.expression import Product, Ref, parts

    for name in ("convolution", "rnn-every", "gru", "skip"):
        problem = problem_named({**CASES[name], "ask": WORDS}, name)
        assert isinstance(problem, FormulaProblem)
        weights = {each for each in problem.wrt if problem.structure.places[each].name[0] in "wWUK"}
        products = [
            part
            for _, formula in problem.structure.definitions
            for part in parts(formula)
            if isinstance(part, Product) and any(isinstance(each, Ref) and each.id in weights for each in part.factors)
        ]
        ones = sum(len(part.factors) < 2 for part in products)
        assert _worked(problem)["multiplications_total"] == len(products) - ones, name


def test_rows_of_numbers_and_of_shapes_agree() -> None:
    """A cell with numbers and the same by its counts alone."""
    cell = {"name": "cell", "type": "lstm"}
    series = {"over": "time", "values": ["0.4", "-0.2", "0.7"]}
    with_numbers = {"title": "x", "ask": WORDS, "inputs": {"x": series}, "layers": [{**cell, "parameters": LSTM}]}
    alone = _file([1], {**cell, "units": 1}, over="time", steps=3)
    first, second = map(_counts, (with_numbers, alone))
    for name in ("parameters_total", "multiplications_total"):
        assert first[name] == second[name]


@pytest.mark.parametrize(("height", "size", "stride"), [(32, 5, 1), (7, 3, 2), (28, 3, 3), (9, 2, 4)])
def test_sizes_by_sliding_a_window(height: int, size: int, stride: int) -> None:
    """A window is moved until it leaves the picture; of a padding that keeps the size, the stride alone divides."""
    places = len(range(0, height - size + 1, stride))
    for layer in (_conv(2, size, stride=stride), {"type": "max_pool", "size": size, "stride": stride}):
        assert _counts(_file([height, height], {**layer, "name": "a"}))["height_a"] == places
    if size % 2:
        same = _file([height, height], {**_conv(2, size, stride=stride), "name": "a", "padding": "same"})
        assert _counts(same)["height_a"] == -(-height // stride)


def test_every_layer_type_is_counted() -> None:
    """Each recipe that comes with derive says what it makes of a size, alone and in a copy of one's own."""
    image, tokens, vector = [6, 6, 2], [4, 8], [5]
    square = {"shape": [8, 8]}
    layers: dict[str, tuple[list[int], dict[str, Any], int]] = {
        "add": (vector, {"from": ["x", "x"]}, 0), "concat": (vector, {"from": ["x", "x"]}, 0),
        "attention": (tokens, {"Wq": square, "Wk": square, "Wv": square, "Wo": square}, 256),
        "average_pool": (image, {"size": 2}, 0), "max_pool": (image, {"size": 3}, 0), "flatten": (image, {}, 0),
        "batch_norm": (image, {}, 4), "layer_norm": (tokens, {"beta": False}, 8), "dropout": (vector, {}, 0),
        "convolution": (image, {"kernels": {"count": 3, "size": 2}, "bias": False}, 24),
        "embedding": (tokens, {"table": {"shape": [8, 3]}}, 24),
        "rnn": (vector, {"units": 2}, 16), "gru": (vector, {"units": 2}, 48), "lstm": (vector, {"units": 2}, 64),
    }  # fmt: skip
    assert set(layers) == set(recipes.names("layers"))
    for kind, (shape, keys, count) in layers.items():
        over = {"over": "time"} if recipes.shipped("layers", kind).get("over") == "time" else {}
        figures = []
        for which in ({"type": kind}, {"define": dict(recipes.shipped("layers", kind))}):
            figures.append(_counts(_file(shape, {"name": "a", **keys, **which}, **over)))
            assert figures[-1]["parameters_a"] == count, kind
        assert figures[0] == figures[1], kind


def test_a_handout_has_other_sizes_that_fit() -> None:
    """Sizes stay whole and positive, and counts are counted from them."""
    problem = derive.load("counting-cnn")
    for drawn in draw_class(problem, seed="s", sheet="1", students=list("abcdef"), asked=["parameters_total"]):
        assert isinstance(drawn, FormulaProblem)
        value = _worked(drawn).__getitem__
        high, count, size = value("height_image"), value("count_conv"), value("size_conv")
        assert size % 2 == 1
        assert value("height_conv") == high
        dense = value("units_out") * (high * value("width_image") * count + 1)
        assert value("parameters_total") == count * (size * size * value("channels_image") + 1) + dense


#: VGG-16 and the Keras LSTM as people count them wrongly: each figure worked out beside its line by hand.
COUNTED_WRONGLY: list[tuple[Any, str, int, str]] = [
    (_vgg(), "parameters_layer1", 64 * 27, "biases-forgotten"),  # 1,792 with the 64 biases
    (_vgg(), "parameters_layer2", 64 * (9 + 1), "channels-forgotten"),  # each of 64 maps has a kernel of its own
    (_vgg(), "parameters_layer2", 9 * 64 + 1, "one-unit-only"),
    (_vgg(), "parameters_layer1", 224 * 224 * 1792, "counted-at-each-place"),
    (_vgg(), "parameters_layer20", 25088 * 4096, "biases-forgotten"),  # 102,764,544 with the 4,096
    (_vgg(), "parameters_layer22", 4096 * 1000 + 2 * 1000, "biases-twice"),
    (_vgg(), "parameters_total", 138357544 - 16781312, "layer-left-out"),  # the second of 4,096 units
    (_vgg(), "height_layer3", 111, "off-by-one"),
    (_vgg(), "height_layer3", 113, "off-by-one"),
    (_vgg(), "height_layer1", 222, "padding-forgotten"),
    (_vgg(), "height_layer3", 223, "stride-forgotten"),
    (_vgg(), "units_layer19", 7 * 7, "channels-forgotten"),
    (_vgg(), "units_layer19", 7 + 7 + 512, "added-for-multiplied"),
    (_vgg(), "multiplications_layer1", 2 * 224 * 224 * 64 * 27, "additions-counted"),
    ("counting-lstm", "parameters_cell", 4457472 // 4, "one-gate-only"),
    ("counting-lstm", "parameters_cell", 3 * 256 * (4096 + 256 + 1), "one-gate-too-few"),  # as of a GRU
    ("counting-lstm", "parameters_cell", 4 * 256 * (4096 + 256 + 2), "biases-twice"),  # as PyTorch has it
    ("counting-lstm", "parameters_cell", 4 * 256 * (4096 + 256), "biases-forgotten"),
    ("counting-lstm", "parameters_cell", 4 * 256 * (4096 + 1), "state-weights-forgotten"),
    ("counting-lstm", "parameters_cell", 16 * 4457472, "counted-at-each-step"),
    ("counting-lstm", "multiplications_cell", 4 * 256 * (4096 + 256), "one-step-only"),
    ("counting-cnn", "parameters_conv", 90, "biases-forgotten"),
    ("counting-cnn", "parameters_out", 28 * 28 * 2 + 2, "channels-forgotten"),  # 784 numbers go into it
]  # fmt: skip


def test_mistakes_of_counting_are_named() -> None:
    """Alone, without the lines before them, and of the layers below as well."""
    files = {id(problem): problem for problem, *_ in COUNTED_WRONGLY}
    loaded = {key: derive.load(each) if isinstance(each, str) else problem_named(each, "p")
              for key, each in files.items()}  # fmt: skip
    for problem, name, figure, mistake in COUNTED_WRONGLY:
        report = derive.verify(loaded[id(problem)], {name: str(figure)}).report
        (found,) = report.judgements
        assert mistake in found.diagnosis, (name, figure, found.diagnosis)
        assert found.expected.isdigit()
        assert found.marks == 0


def test_counts_that_are_right_stay_right() -> None:
    """Whole, or rounded and written so; what is near is not right, and what follows is carried."""
    problem = derive.load("counting-lstm")
    for figure, verdict in (
        ("4457472", "correct"), ("4.457e6", "correct"), ("4457473", "wrong"), ("4457000", "wrong"),
    ):  # fmt: skip
        (found,) = derive.verify(problem, {"parameters_cell": figure}).report.judgements
        assert (found.verdict, found.expected) == (verdict, "4457472")
    cnn = derive.verify(derive.load("counting-cnn"), {"parameters_conv": "90", "parameters_total": "15772"}).report
    assert [each.verdict for each in cnn.judgements] == ["misconception", "carried"]


def test_a_class_that_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Forms ask for no count that is 0 by meaning; right ones earn all, one without biases has the mistake named."""
    derive_ = runner(capsys)
    assert (
        derive_("handout", "counting-cnn", "--students", "2", "--to", "html", "--out", tmp_path / "class").status == 0
    )
    variants = read_manifest(tmp_path / "class" / "manifest.json").variants
    for number in ("01", "02"):
        form = tmp_path / "class" / "answers" / f"{number}.csv"
        header, *rows = form.read_text(encoding="utf-8").splitlines()
        asked = [row.split(",")[2] for row in rows]
        assert not {"parameters_flat", "multiplications_flat"} & set(asked)
        drawn = variants[number]
        assert isinstance(drawn, FormulaProblem)
        right = _worked(drawn)
        wrong = {"parameters_conv": right["parameters_conv"] - right["channels_conv"]} if number == "02" else {}
        filled = [f"{row}{(right | wrong)[name]}" for row, name in zip(rows, asked, strict=True)]
        form.write_text("\n".join([header, *filled]) + "\n", encoding="utf-8")
    forms = [tmp_path / "class" / "answers" / f"{number}.csv" for number in ("01", "02")]
    told = derive_("verify", tmp_path / "class" / "manifest.json", *forms)
    assert [line.split() for line in told.out.splitlines()[1:3]] == [
        ["01", "11", "of", "11"], ["02", "10", "of", "11", "parameters_conv:", "biases-forgotten"],
    ]  # fmt: skip


def test_counts_are_not_trained(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It is said what to do instead."""
    run = runner(capsys)("train", "counting-cnn", "--to", "csv", "--out", tmp_path / "none")
    assert run.status == 2
    assert run.err == (
        "derive: counting-cnn counts sizes and parameters, and nothing is trained: derive explain works it out\n"
    )
    assert not (tmp_path / "none").exists()


def test_a_sheet_of_counts_asks_for_no_significant_digits() -> None:
    """They are whole numbers."""
    sheet = worksheet_document(derive.load("counting-cnn"), ["parameters_total"], level=1, digits=15)
    assert "whole numbers" in sheet.instructions
    assert "significant" not in sheet.instructions


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({**_file([5], 2), "loss": "squared_error"}, "loss", "no error and no update"),
    ({**_file([5], 2), "targets": {"y": 1}}, "targets", "without numbers"),
    ({**_file([5], 2), "learning_rate": 1}, "learning_rate", "without numbers"),
    ({**_file([5], 2), "ask": ["out_y"]}, "ask[0]", "no number of this problem"),
    ({**_file([5], 2), "inputs": {"x": {"shape": [5]}, "y": [1, 2]}}, "inputs.y", "shape alone"),
    (_file([5], {"units": 2, "weights": [[1] * 5] * 2}), "layers[0].weights", "unknown key"),
    (_file([4, 4], _conv(2, 5)), "layers[0]", "window is larger"),
    (_file([4, 4, 3], 2), "layers[0]", "flatten before this"),
    (_file([4], _conv(2, 3)), "layers[0]", "takes a picture"),
    (_file([4, 4], {"type": "convolution", "kernels": [[1]]}), "layers[0].kernels", "{ count = 8, size = 5 }"),
    (_file([4, 4], _conv(2, 2, padding="same")), "layers[0].padding", "odd size"),
    (_file([4], {"type": "lstm", "parameters": {"Wf": 1}}, over="time"), "layers[0].parameters", "units = 10"),
    (_file([4], 0), "layers[0].units", "from 1"),
    (_file([], 2), "inputs.x.shape", "1 to 3 whole numbers"),
    (_file([4, 8], {"type": "attention", **{key: {"shape": [7, 8]} for key in ("Wq", "Wk", "Wv")}}),
     "layers[0].Wq.shape[0]", "7, where 8 are needed"),
    (_file([4], {"type": "add", "from": ["x", "z"]}), "layers[0].from", "'z'"),
    ({"title": "x", "inputs": {"x": [1, 2]}, "layers": [{"units": 3}]}, "layers[0].weights", "shape alone"),
    ({"title": "x", "inputs": {"x": [[1, 2]]}, "layers": [SMALL]}, "layers[0].kernels", "shape alone"),
]  # fmt: skip


@pytest.mark.parametrize(("mapping", "key", "expected"), REFUSED)
def test_refusals(mapping: dict[str, Any], key: str, expected: str) -> None:
    """Each is one plain line at its own key."""
    with pytest.raises(ProblemError) as caught:
        problem_named(mapping, "x")
    assert caught.value.key == key
    assert expected in caught.value.message


TORCH = """
import json
from torch import nn
made = {
    "conv": nn.Conv2d(3, 8, 5), "dense": nn.Linear(6, 4), "bare": nn.Linear(6, 4, bias=False),
    "norm": nn.LayerNorm(7), "batch": nn.BatchNorm2d(4), "table": nn.Embedding(9, 5),
}
print(json.dumps({name: sum(p.numel() for p in layer.parameters()) for name, layer in made.items()}))
"""


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_counts_of_pytorch() -> None:
    """Its layers have as many parameters."""
    told = json.loads(subprocess.run([sys.executable, "-c", TORCH], capture_output=True, check=True, text=True).stdout)
    files = {
        "conv": _file([32, 32, 3], SMALL), "dense": _file([6], 4), "bare": _file([6], {"units": 4, "bias": False}),
        "norm": _file([7], {"type": "layer_norm"}), "batch": _file([5, 5, 4], {"type": "batch_norm"}),
        "table": _file([2, 9], {"type": "embedding", "table": {"shape": [9, 5]}}),
    }  # fmt: skip
    for name, file in files.items():
        assert _counts(file)["parameters_total"] == told[name], name
