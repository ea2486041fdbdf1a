"""Pictures and series from models of PyTorch: held against autograd where it is there; what is refused, and why."""

from __future__ import annotations

from typing import Any

import pytest

import derive
from derive.errors import UnsupportedError
from derive.given.formula_problem import FormulaProblem
from tests.bridges.fakes import Sequential, Tensor, linear, named


def conv(weight: Any, **attributes: Any) -> Any:
    """An nn.Conv2d with kernels of 2 × 2."""
    usual = {"in_channels": 1, "out_channels": len(weight), "kernel_size": (2, 2), "stride": (1, 1), "padding": (0, 0)}
    return named("Conv2d", weight=Tensor(weight), bias=None, **usual | attributes)


def pool(kind: str = "MaxPool2d", **attributes: Any) -> Any:
    return named(kind, **{"kernel_size": 2, "stride": 2, "padding": 0} | attributes)


def test_a_convolution_worked_by_hand() -> None:
    """The kernel is not turned, the largest of the window is kept, and only its patch has a gradient."""
    kernel = [[[[1.0, 2.0], [3.0, 4.0]]]]
    model = Sequential(conv(kernel), named("ReLU"), pool(), named("Flatten"), linear([[0.5]]))
    picture = [[[0.0, 1.0, 0.0], [1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]]
    problem = derive.from_torch(model, "half_squared_error", Tensor(picture), Tensor([4.0]), 0.1)
    assert isinstance(problem, FormulaProblem)
    assert "written with the fewest digits" in problem.source
    assert "Conv2d, ReLU, MaxPool2d, Flatten, Linear" in problem.source
    solution = derive.solve(problem)
    # Windows: 2 + 3, 1·1 + 4·2, 1 + 4, 2·2 + 3 + 4: the last is the largest, with 9 and 11.
    assert solution.value("out_y1") == 5.5
    by_kernel = [solution.value(f"dE_total/dK_layer1[{i},{j}]") for i in (1, 2) for j in (1, 2)]
    assert by_kernel == [0.75 * patch for patch in (0.0, 2.0, 1.0, 1.0)]


CELL = {"hidden_size": 1, "num_layers": 1, "bias": False, "bidirectional": False, "proj_size": 0}


def test_a_recurrent_layer_worked_by_hand() -> None:
    """With identity left out of PyTorch, a relu cell: h = 2, then 0.5·2 + 3 = 4; the last step goes on."""
    cell = named("RNN", weight_ih_l0=Tensor([[1.0]]), weight_hh_l0=Tensor([[0.5]]), nonlinearity="relu", **CELL)
    model = Sequential(cell, named("LastStep"), linear([[2.0]]))
    problem = derive.from_torch(model, "half_squared_error", Tensor([[2.0], [3.0]]), Tensor([7.0]), 0.1)
    solution = derive.solve(problem)
    assert solution.value("out_y1") == 8
    assert solution.value("dE_total/dU[1,1]") == 2 * 2
    assert solution.value("dE_total/dW[1,1]") == 2 * (3 + 0.5 * 2)
    assert "the last step goes on" in problem.source


PICTURE = Tensor([[[0.0, 1.0], [1.0, 0.0]]])
KERNEL = [[[[1.0, 2.0], [3.0, 4.0]]]]


@pytest.mark.parametrize(
    ("modules", "x", "reason", "nearest"),
    [
        ([conv(KERNEL, dilation=(2, 2))], PICTURE, "dilation=(2, 2)", "dilation=1"),
        ([conv(KERNEL, groups=2)], PICTURE, "groups=2", "groups=1"),
        ([conv(KERNEL, stride=(1, 2))], PICTURE, "the same both ways", "take 1"),
        ([conv(KERNEL, in_channels=3)], PICTURE, "pictures of 3 channels", "channels × height × width"),
        ([pool(padding=1)], PICTURE, "padding=1", "padding=0"),
        ([pool(ceil_mode=True)], PICTURE, "ceil_mode=True", "ceil_mode=False"),
        ([conv(KERNEL)], PICTURE, "ends in Conv2d", "nn.Linear"),
        ([conv(KERNEL), linear([[1.0]])], PICTURE, "Linear of 1 inputs", "nn.Flatten"),
        ([pool(), named("ReLU")], PICTURE, "ReLU after MaxPool2d", "right behind one"),
        ([named("RNN", **CELL | {"bidirectional": True})], Tensor([[1.0]]), "bidirectional", "bidirectional=False"),
        ([linear([[1.0]]), named("LSTM", **CELL)], Tensor([[1.0]]), "takes a series", "steps × inputs"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused(modules: list[Any], x: Tensor, reason: str, nearest: str) -> None:
    """One line says why, and the nearest that can."""
    with pytest.raises(UnsupportedError) as caught:
        derive.from_torch(Sequential(*modules), "squared_error", x, Tensor([0.0]), 0.1)
    message = str(caught.value)
    assert reason in message
    assert nearest in message
    assert "\n" not in message


# Against PyTorch itself.


def models(nn: Any) -> dict[str, tuple[list[Any], tuple[int, ...], str, int]]:
    """Modules, shape of x, loss and outputs; of several samples where x has one more dimension."""
    return {
        "one kernel": ([nn.Conv2d(1, 1, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(0), nn.Linear(1, 2)],
                       (1, 4, 4), "MSELoss", 2),
        "channels": ([nn.Conv2d(2, 2, 2, padding=1), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(8, 3)],
                     (2, 2, 3, 3), "CrossEntropyLoss", 3),
        "two convolutions": ([nn.Conv2d(1, 2, 2, bias=False), nn.Sigmoid(), nn.Conv2d(2, 1, 2, stride=2, padding=1),
                              nn.Flatten(), nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 1)], (2, 1, 3, 4), "MSELoss", 1),
        "RNN": ([nn.RNN(2, 2), nn.Linear(2, 2)], (3, 2), "MSELoss", 2),
        "LSTM": ([nn.LSTM(1, 2, batch_first=True), nn.Linear(2, 2)], (2, 3, 1), "CrossEntropyLoss", 2),
        "LSTM without bias": ([nn.LSTM(2, 1, bias=False, batch_first=True), nn.Linear(1, 1)], (2, 2, 2), "MSELoss", 1),
        "two GRUs": ([nn.GRU(1, 2, num_layers=2), nn.Linear(2, 1)], (3, 1), "MSELoss", 1),
    }  # fmt: skip


NAMES = ("one kernel", "channels", "two convolutions", "RNN", "LSTM", "LSTM without bias", "two GRUs")


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_autograd_s(name: str) -> None:
    """Error, every derivative and one step of SGD: each number's own, which is found by its value."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[test-frameworks]'")
    torch.manual_seed(3)
    modules, shape, kind, outputs = models(torch.nn)[name]
    model = torch.nn.Sequential(*modules).double()
    several = len(shape) > (3 if "Conv" in str(modules[0]) else 2)
    x = torch.randn(shape, dtype=torch.float64)
    samples = (shape[0],) if several else ()
    t = (torch.ones(samples, dtype=torch.int64) if kind == "CrossEntropyLoss"
         else torch.randn((*samples, outputs), dtype=torch.float64))  # fmt: skip
    loss = getattr(torch.nn, kind)()
    solution = derive.solve(derive.from_torch(model, loss, x, t, 0.1))
    flow = x
    for module in model:
        flow = module(flow)
        if isinstance(flow, tuple):
            flow = flow[0][..., -1, :]
    error = loss(flow, t)
    error.backward()
    assert solution.value("E_total") == pytest.approx(error.item(), rel=1e-12)
    slopes = {number: slope for each in model.parameters()
              for number, slope in zip(each.flatten().tolist(), each.grad.flatten().tolist(), strict=True)}  # fmt: skip
    trained = solution.derivation.trained
    assert len(trained) == len(slopes) == sum(each.numel() for each in model.parameters())
    for each in trained:
        number = solution.value(each)
        assert solution.value(f"dE_total/d{each}") == pytest.approx(slopes[number], rel=1e-11, abs=1e-14), each
        assert solution.value(f"{each}@1") == pytest.approx(number - 0.1 * slopes[number], rel=1e-11), each
