"""Problems from models of PyTorch: what is taken, what is refused and why; held against autograd where it is there."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any

import pytest

import derive
from derive.bridges.networks import unit_names
from derive.errors import DeriveError, ProblemError, UnsupportedError
from derive.formula.functions import ACTIVATIONS
from derive.given.problem import Problem
from tests.bridges.fakes import Sequential, Tensor, linear, named

ARTICLE = Sequential(
    linear([[0.15, 0.2], [0.25, 0.3]], [0.35, 0.35]),
    named("Sigmoid"),
    linear([[0.4, 0.45], [0.5, 0.55]], [0.6, 0.6]),
    named("Sigmoid"),
)
X, T = Tensor([0.05, 0.1]), Tensor([0.01, 0.99])


def taken(*modules: Any, loss: Any = "half_squared_error", x: Any = X, t: Any = T, lr: Any = 0.5) -> Problem:
    return derive.from_torch(Sequential(*modules), loss, x, t, lr)


def test_the_article_s_network() -> None:
    """Its weights as they are, row by unit, its names those of the built-in problem, and its published figures."""
    problem = derive.from_torch(ARTICLE, "half_squared_error", X, T, 0.5)
    solution = derive.solve(problem)
    assert problem.inputs == ("x1", "x2")
    assert [layer.units for layer in problem.layers] == [("H1", "H2"), ("y1", "y2")]
    assert solution.figure("E_total").ascii == "0.298371109"
    assert solution.value("w5@1") == pytest.approx(0.35891648, abs=5e-9)


def test_floats_of_32_bits_have_at_most_nine_digits_and_are_given_back() -> None:
    """Each text is the nearest float32 again, none has more than nine digits, and the page says so."""
    typed = [0.15, 0.1, 1 / 3, 1e-7, 123456.789, -2.0]
    single = [struct.unpack("f", struct.pack("f", number))[0] for number in typed]
    row = [Tensor([single[:3], single[3:]], "torch.float32")]
    module = named("Linear", weight=row[0], bias=None)
    problem = taken(module, x=Tensor(single[:3], "torch.float32"))
    texts = [number.text for line in problem.layers[0].weights for number in line]
    assert [struct.unpack("f", struct.pack("f", float(text)))[0] for text in texts] == single
    assert texts[0] == "0.15"
    assert max(len(text.strip("-0.").replace(".", "")) for text in texts) <= 9
    assert "float32 (at most 9 digits)" in problem.source


@pytest.mark.parametrize(
    ("kind", "reduction", "loss", "batch"),
    [
        ("MSELoss", "mean", "mean_squared_error", "mean"),
        ("MSELoss", "sum", "squared_error", "sum"),
        ("BCELoss", "sum", "binary_cross_entropy", "sum"),
    ],
)
def test_losses_have_their_real_constants(kind: str, reduction: str, loss: str, batch: str) -> None:
    """A mean over all entries is one over outputs and samples."""
    problem = derive.from_torch(ARTICLE, named(kind, reduction=reduction), X, T)
    assert (problem.loss, problem.conventions.batch) == (loss, batch)
    assert problem.learning_rate.value == Fraction(1, 1000)
    assert "0.001 is that of torch.optim.SGD" in problem.source


def test_classes_become_shares() -> None:
    """Cross-entropy takes logits: the output layer is softmax, class 2 of three is 0, 0, 1; smoothed where asked."""
    loss = named("CrossEntropyLoss", reduction="mean", weight=None, label_smoothing=0.0)
    layer = linear([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    problem = taken(layer, loss=loss, t=Tensor(2, "torch.int64"))
    assert problem.layers[-1].activation == "softmax"
    assert [target.value for target in problem.samples[0].targets] == [0, 0, 1]
    loss.label_smoothing = 0.3
    smooth = taken(layer, loss=loss, t=Tensor(2, "torch.int64"))
    assert [target.value for target in smooth.samples[0].targets] == [Fraction(1, 10), Fraction(1, 10), Fraction(8, 10)]


def test_samples_and_what_changes_nothing() -> None:
    """Several rows are samples; Flatten, Identity and Dropout in evaluation go without a trace."""
    modules = (named("Flatten"), named("Identity"), linear([[1.0, 2.0]]), named("Dropout", p=0.5), named("Tanh"))
    problem = taken(*modules, x=Tensor([[[1.0], [2.0]], [[3.0], [4.0]]]), t=Tensor([[0.5], [0.25]]))
    assert [[number.text for number in sample.inputs] for sample in problem.samples] == [["1.0", "2.0"], ["3.0", "4.0"]]
    assert problem.layers[0].activation == "tanh"


def test_frozen_biases_are_not_trained() -> None:
    """A bias without requires_grad stays as it is."""
    module = named("Linear", weight=Tensor([[1.0, 2.0]]), bias=Tensor([0.5], requires_grad=False))
    assert not taken(module, t=Tensor([0.0])).conventions.train_biases


ONE = linear([[1.0, 2.0]])
TWO = linear([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("model", "loss", "t", "reason", "nearest"),
    [
        (Sequential(named("Conv1d")), "squared_error", 0.0, "goes over pictures", "nn.Conv2d"),
        (Sequential(named("AdaptiveAvgPool2d")), "squared_error", 0.0, "windows of one size", "nn.AvgPool2d"),
        (Sequential(named("Conv2d")), "squared_error", 0.0, "Conv2d needs channels", "or several of them"),
        (Sequential(named("LSTM")), "squared_error", 0.0, "LSTM needs steps × inputs", "or several of them"),
        (Sequential(named("BatchNorm1d")), "squared_error", 0.0, "normalisation", "nn.Linear"),
        (
            Sequential(ONE, named("RReLU")),
            "squared_error",
            0.0,
            "RReLU has no layer here",
            "nearest activation function is relu",
        ),
        (Sequential(ONE, named("LeakyReLU", negative_slope=0.2)), "squared_error", 0.0, "negative_slope", "0.01"),
        (Sequential(ONE, named("Tanh"), named("ReLU")), "squared_error", 0.0, "after Tanh", "one activation"),
        (Sequential(named("ReLU"), ONE), "squared_error", 0.0, "before the first", "apply it to x"),
        (Sequential(ONE, named("Dropout", p=0.5, training=True)), "squared_error", 0.0, "at random", "model.eval()"),
        (named("Net", children=lambda: iter([ONE])), "squared_error", 0.0, "its code", "nn.Sequential"),
        (Sequential(ONE), "mse", 0.0, "no loss", "squared_error"),
        (Sequential(ONE), named("L1Loss", reduction="mean"), 0.0, "no name here", "nn.MSELoss"),
        (Sequential(ONE), named("MSELoss", reduction="none"), 0.0, "no single number", '"mean"'),
        (Sequential(TWO, named("Sigmoid")), named("BCELoss"), [0.0, 1.0], "mean over 2 outputs", '"sum"'),
        (Sequential(ONE, named("Sigmoid")), named("BCEWithLogitsLoss"), 0.0, "sigmoid itself", "leave that out"),
        (Sequential(TWO, named("Softmax")), named("CrossEntropyLoss"), 0, "softmax itself", "leave that out"),
        (Sequential(TWO), named("NLLLoss"), 0, "wants logarithms", "nn.LogSoftmax"),
        (Sequential(TWO), named("CrossEntropyLoss", weight=Tensor([1.0])), 0, "count alike", "without weight"),
        (Sequential(TWO), named("CrossEntropyLoss"), 5, "no class", "from 0 to 1"),
        (Sequential(TWO), "squared_error", [[0.0]], "1 × 1", "t.reshape(2)"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_nearest_that_can(
    model: Any, loss: Any, t: Any, reason: str, nearest: str
) -> None:
    """One line says why, and what to do."""
    with pytest.raises(UnsupportedError) as caught:
        derive.from_torch(model, loss, X, Tensor(t, "torch.int64" if isinstance(t, int) else "torch.float64"), 0.1)
    message = str(caught.value)
    assert reason in message
    assert nearest in message
    assert "\n" not in message


def test_a_model_that_has_diverged_is_told_by_the_place_of_its_nan() -> None:
    """A weight that is no number is refused where it stands."""
    with pytest.raises(ProblemError, match=r"layers\[0\]\.weights\[0\]\[1\]"):
        taken(linear([[1.0, float("nan")]]), t=Tensor([0.0]))


def test_rows_that_do_not_fit_are_told() -> None:
    """An input too few is said in numbers."""
    with pytest.raises(DeriveError, match="rows of 2 numbers are needed; here are 3"):
        taken(TWO, x=Tensor([1.0, 2.0, 3.0]))


def test_units_are_called_as_in_the_built_in_problems() -> None:
    """2-3-2-2 names its layers x, H, G, y."""
    builtin = derive.load("2-3-2-2")
    assert isinstance(builtin, Problem)
    assert unit_names((2, 3, 2, 2)) == [[*builtin.inputs], *([*layer.units] for layer in builtin.layers)]
    with pytest.raises(UnsupportedError, match="hidden layers"):
        unit_names((1,) * 40)


# Against PyTorch itself.

#: (PyTorch's loss, its arguments, the last activation, targets of one sample)
LOSSES = [
    ("MSELoss", {}, "Tanh", [0.3, -0.2]),
    ("MSELoss", {"reduction": "sum"}, "", [0.3, -0.2]),
    ("BCELoss", {"reduction": "sum"}, "Sigmoid", [0.3, 0.8]),
    ("BCEWithLogitsLoss", {"reduction": "sum"}, "", [0.3, 0.8]),
    ("CrossEntropyLoss", {}, "", 1),
    ("CrossEntropyLoss", {"label_smoothing": 0.25}, "", 0),
    ("CrossEntropyLoss", {"reduction": "sum"}, "", [0.25, 0.75]),
    ("NLLLoss", {}, "LogSoftmax", 1),
]


def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[test-frameworks]'")


def held_against_autograd(model: Any, loss: Any, x: Any, t: Any, kind: Any) -> None:
    """Loss, gradient of every parameter and one step of SGD are autograd's, as far as its floats go."""
    torch_ = torch()
    problem = derive.from_torch(model, loss, x, t, 0.1)
    solution = derive.solve(problem)
    error = loss(model(x), t)
    error.backward()
    near = {"rel": 1e-12, "abs": 1e-13} if kind is torch_.float64 else {"rel": 2e-5, "abs": 1e-6}
    assert solution.value("E_total") == pytest.approx(error.item(), **near)
    weights = [parameter.grad for parameter in model.parameters() if parameter.dim() == 2]
    flat = [number for gradient in weights for number in gradient.flatten().tolist()]
    names = [name for name in solution.gradient if name.startswith("w")]
    assert [solution.gradient[name] for name in names] == pytest.approx(flat, **near)
    biases = [number for each in model.parameters() if each.dim() == 1 for number in each.grad.tolist()]
    assert [solution.gradient[name] for name in solution.gradient if name.startswith("b")] == pytest.approx(
        biases, **near
    )
    torch_.optim.SGD(model.parameters(), lr=0.1).step()
    after = [number for each in model.parameters() if each.dim() == 2 for number in each.flatten().tolist()]
    assert [solution.value(f"{name}@1") for name in names] == pytest.approx(after, **near)


@pytest.mark.parametrize(("kind", "arguments", "last", "target"), LOSSES)
@pytest.mark.parametrize("batch", [0, 3])
@pytest.mark.parametrize("bits", ["float32", "float64"])
def test_gradients_are_autograd_s(
    kind: str, arguments: dict[str, Any], last: str, target: Any, batch: int, bits: str
) -> None:
    """Every loss with its own constants, one row or a batch, in both precisions."""
    torch_ = torch()
    torch_.manual_seed(5)
    dtype = getattr(torch_, bits)
    modules = [torch_.nn.Linear(3, 2), torch_.nn.Tanh(), torch_.nn.Linear(2, 2)]
    if last:
        modules.append(getattr(torch_.nn, last)(**({"dim": -1} if "Softmax" in last else {})))
    model = torch_.nn.Sequential(*modules).to(dtype)
    x = torch_.randn((batch, 3) if batch else 3, dtype=dtype)
    t = torch_.tensor([target] * batch if batch else target)
    t = t if isinstance(target, int) else t.to(dtype)
    held_against_autograd(model, getattr(torch_.nn, kind)(**arguments), x, t, dtype)


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "softmax"])
def test_activations_are_pytorch_s(activation: str) -> None:
    """Every activation function that is spelt alike there is the same function."""
    torch_ = torch()
    kinds = {kind.lower(): kind for kind in dir(torch_.nn)}
    kind = kinds.get(activation.replace("_", ""))
    if kind is None:
        pytest.skip(f"PyTorch has no {activation}")
    torch_.manual_seed(7)
    model = torch_.nn.Sequential(torch_.nn.Linear(2, 4), getattr(torch_.nn, kind)(), torch_.nn.Linear(4, 1)).double()
    x, t = torch_.randn(3, 2, dtype=torch_.float64), torch_.randn(3, 1, dtype=torch_.float64)
    held_against_autograd(model, torch_.nn.MSELoss(), x, t, torch_.float64)


def test_a_function_of_torch_nn_functional_is_its_module() -> None:
    """F.mse_loss has the mean, as nn.MSELoss has."""
    torch_ = torch()
    model = torch_.nn.Linear(2, 2).double()
    x, t = torch_.ones(2, dtype=torch_.float64), torch_.zeros(2, dtype=torch_.float64)
    held_against_autograd(model, torch_.nn.functional.mse_loss, x, t, torch_.float64)
