"""Problems of many shapes, as mappings; their numbers do not matter."""

from __future__ import annotations

from typing import Any


def network(
    sizes: tuple[int, ...],
    activations: tuple[str, ...],
    *,
    loss: str = "half_squared_error",
    samples: int = 1,
    targets: tuple[str, ...] = (),
    bias: str = "shared",
    **conventions: Any,
) -> dict[str, Any]:
    """A problem with these sizes, all of its weights 0.1."""
    layers: list[dict[str, Any]] = []
    last = len(sizes) - 2
    for depth, (below, count, activation) in enumerate(zip(sizes, sizes[1:], activations, strict=False)):
        letter = "y" if depth == last else "HGKM"[depth]
        layer: dict[str, Any] = {
            "units": [f"{letter}{place + 1}" for place in range(count)],
            "activation": activation,
            "weights": [["0.1"] * below for _ in range(count)],
        }
        if bias != "none":
            layer["bias"] = "0.1" if bias == "shared" else ["0.1"] * count
        layers.append(layer)
    pair = {
        "inputs": {f"x{place + 1}": "0.5" for place in range(sizes[0])},
        "targets": dict(zip(layers[-1]["units"], targets or ("0.01",) * sizes[-1], strict=True)),
    }
    return {
        "title": "A shape",
        "loss": loss,
        "learning_rate": "0.5",
        "layers": layers,
        "conventions": conventions,
        "samples": [pair] * samples,
    }


_CROSS = {"loss": "cross_entropy"}
_BINARY = {"loss": "binary_cross_entropy"}

SHAPES = {
    "neuron": network((2, 1), ("sigmoid",)),
    "neuron of one input": network((1, 1), ("tanh",)),
    "linear regression": network((3, 1), ("identity",)),
    "regression": network((2, 3, 1), ("tanh", "identity")),
    "2-2-2 relu": network((2, 2, 2), ("relu", "sigmoid")),
    "2-2-2 leaky relu": network((2, 2, 2), ("leaky_relu", "sigmoid"), train_biases=False),
    "2-2-2 softplus": network((2, 2, 2), ("softplus", "identity")),
    "softmax, one class": network((2, 2, 3), ("sigmoid", "softmax"), targets=("0", "0", "1"), **_CROSS),
    "softmax, shares": network((2, 2, 3), ("tanh", "softmax"), targets=("0.2", "0.3", "0.5"), bias="own", **_CROSS),
    "softmax after relu": network((2, 2, 3), ("relu", "softmax"), targets=("0", "1", "0"), bias="own", **_CROSS),
    "softmax, squared error": network((2, 2, 2), ("sigmoid", "softmax"), loss="mean_squared_error"),
    "mean of two samples": network((2, 2, 2), ("tanh", "sigmoid"), samples=2, batch="mean"),
    "sum of three samples": network((2, 2, 1), ("sigmoid", "sigmoid"), samples=3, batch="sum"),
    "samples in turn": network((2, 2, 1), ("sigmoid", "sigmoid"), samples=2, batch="online"),
    "binary, labels": network((2, 2, 2), ("sigmoid", "sigmoid"), targets=("0", "1"), **_BINARY),
    "sequential, no bias": network((2, 2, 2), ("sigmoid", "sigmoid"), bias="none", update="sequential"),
    "thresholds": network((2, 2, 2), ("sigmoid", "sigmoid"), bias="own", bias_sign="subtracted"),
    "3-4-3": network((3, 4, 3), ("sigmoid", "sigmoid")),
    "2-3-2-2": network((2, 3, 2, 2), ("tanh", "sigmoid", "sigmoid")),
    "2-3-2-2 relu": network((2, 3, 2, 2), ("relu", "relu", "sigmoid")),
}  # fmt: skip
