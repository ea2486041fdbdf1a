"""Keys of layers, functions and losses that the contract names, by hand."""

from __future__ import annotations

from typing import Any

import pytest

import derive
from derive.errors import ProblemError
from derive.given.loading import problem_named

PICTURE = [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]]


def _unit(net: str = "0.5", **keys: Any) -> dict[str, Any]:
    return {"title": "x", "inputs": {"x": net}, "layers": [{"units": ["y"], "weights": [[1]], **keys}]}


def _value(mapping: dict[str, Any], name: str) -> float:
    return derive.solve(problem_named(mapping, "p")).value(name)


@pytest.mark.parametrize(
    ("net", "keys", "out"),
    [
        ("0.5", {"activation": "step", "step_at": "0.5", "step_value": "0.25"}, 0.25),
        ("0.5", {"activation": "step", "step_at": "0.75", "step_value": "0.25"}, 0),
        ("0", {"activation": "step", "step_value": "0.5"}, 0.5),
        ("0", {"activation": "step"}, 1),
        ("-1", {"activation": "elu", "alpha": 2}, 2 * (2.718281828459045**-1 - 1)),
        # Deep-ML has gelu(1) as 0.8412, by tanh 0.8412 too; Φ(1) = 0.841344746068543.
        ("1", {"activation": "gelu"}, 0.841344746068543),
        ("-2", {"activation": "gelu"}, -2 * 0.022750131948179195),
        ("1", {"activation": "gelu_tanh"}, 0.8411919906082768),
        ("-1", {"activation": "leaky_relu", "slope": "0.2"}, -0.2),
    ],
)
def test_numbers_of_activations(net: str, keys: dict[str, Any], out: float) -> None:
    """Thresholds, what stands at them, slopes."""
    assert _value(_unit(net, **keys), "out_y") == pytest.approx(out, rel=1e-14)


def test_the_slope_of_gelu() -> None:
    """Φ + n·φ: at 1 it is 0.8413447 + 0.2419707."""
    mapping = {**_unit("1", activation="gelu"), "targets": {"y": 0}, "loss": "(out - t)*2", "learning_rate": 1}
    solution = derive.solve(problem_named(mapping, "p"))
    assert solution.value("dE_total/dw1") == pytest.approx(2 * (0.841344746068543 + 0.24197072451914337), rel=1e-14)
    assert "Φ" in derive.explain(solution, brief=True).to_html()


@pytest.mark.parametrize(("delta", "error", "slope"), [("2", 5, -1), ("0.5", 1.625, -0.25), (1, 3, -0.5)])
def test_huber_with_its_delta(delta: Any, error: float, slope: float) -> None:
    """With an error of 3.5: δ·(3.5 − δ/2), and −δ times the input."""
    mapping = {**_unit(activation="identity"), "targets": {"y": 4}, "loss": "huber", "delta": delta, "learning_rate": 1}
    assert _value(mapping, "E_total") == error
    assert _value(mapping, "dE_total/dw1") == slope


def test_channels_first() -> None:
    """Height, width, channel in the ids; flattened channel by channel, as the file has them."""
    layers = [{"name": "f", "type": "flatten"}]
    solution = derive.solve(problem_named({"title": "x", "inputs": {"p": {"values": PICTURE, "channels": "first"}},
                                           "layers": layers}, "p"))  # fmt: skip
    assert [solution.value(f"out_f[{k}]") for k in range(1, 13)] == list(range(1, 13))
    assert solution.value("p[1,2,3]") == 10
    last = {"title": "x", "inputs": {"p": PICTURE}, "layers": layers}
    assert _value(last, "out_f[2]") == 2
    assert _value(last, "p[1,2,2]") == 4


def test_a_sum_with_units_and_a_function() -> None:
    """A skip connection whose units have names: 0.5 − 0.6 + 0.5, and a fifth of −0.3 − 1.2 + 0.6."""
    mapping = {
        "title": "x", "inputs": {"a": "0.5", "b": "-0.3"}, "targets": {"s1": 1, "s2": 0}, "loss": "squared_error",
        "learning_rate": "0.1",
        "layers": [
            {"name": "h", "units": 2, "weights": [[1, 2], [0, 4]]},
            {"name": "s", "type": "add", "from": ["h", "inputs"], "units": ["s1", "s2"], "activation": "leaky_relu",
             "slope": "0.2"},
        ],
    }  # fmt: skip
    assert _value(mapping, "net_s1") == pytest.approx(0.4)
    assert _value(mapping, "out_s2") == pytest.approx(-1.5 * 0.2)
    assert _value(mapping, "dE_total/dw4") == pytest.approx(2 * -0.3 * 0.2 * -0.3)
    together = {"title": "x", "inputs": {"a": "0.5", "b": "-0.3"},
                "layers": [{"name": "s", "type": "concat", "from": ["a", "b"], "activation": "relu"}]}  # fmt: skip
    assert (_value(together, "net_s[2]"), _value(together, "out_s[2]")) == (-0.3, 0)


@pytest.mark.parametrize(
    ("mapping", "key", "expected"),
    [
        ({**_unit(), "targets": {"y": 1}, "loss": "squared_error", "delta": 2}, "delta", "only the loss huber"),
        ({**_unit(), "targets": {"y": 1}, "loss": "huber", "delta": 0}, "delta", "greater than 0"),
        (_unit(activation="tanh", step_value=1), "layers[0].step_value", "unknown key"),
        ({"title": "x", "inputs": {"p": {"values": [[1]], "channels": "first"}}, "layers": [
            {"name": "f", "type": "flatten"}]}, "inputs.p.values", "three indices"),
        ({"title": "x", "inputs": {"p": [[1, 2], [3, 4]]}, "layers": [
            {"name": "c", "type": "convolution", "kernels": [[[1, 1], [1, 1]]], "padding": "same"}]},
         "layers[0].padding", "odd size"),
        ({"title": "x", "inputs": {"a": 1, "b": 2}, "layers": [
            {"name": "s", "type": "add", "from": ["a", "b"], "units": 3}]}, "layers[0].units", "a list is needed"),
        ({"title": "x", "inputs": {"a": 1}, "layers": [
            {"name": "h", "units": 1, "from": "k", "weights": [[1]]}, {"name": "k", "units": 1, "weights": [[1]]}]},
         "layers[0].from", "the wiring goes round in a circle: h from k, which stands below h"),
    ],
)  # fmt: skip
def test_refusals(mapping: dict[str, Any], key: str, expected: str) -> None:
    """Each at its own key."""
    with pytest.raises(ProblemError) as caught:
        problem_named(mapping, "x")
    assert caught.value.key == key
    assert expected in caught.value.message
