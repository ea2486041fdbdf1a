"""Layers of PyTorch that are no dense ones, as layers of an own architecture: convolution, pooling, recurrent cells.

PyTorch has a picture as channels × height × width and writes it out in this order; here it is height × width ×
channels, so that kernels are turned and the weights that follow a flatten are put in their places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.bridges.arrays import Array, array_of, shape_text
from derive.bridges.networks import activation_called, unit_names
from derive.errors import UnsupportedError

PICTURES = ("Conv2d", "MaxPool2d", "AvgPool2d")
#: The formulas of recurrent cells as PyTorch has them, with a bias on the input and one on the state.
_CELLS = {
    "RNN": (("",), {"h": "{f}(W @ x + b + U @ before(h) + c)"}),
    "LSTM": (
        ("_i", "_f", "_g", "_o"),
        {
            "i": "sigmoid(W_i @ x + b_i + U_i @ before(h) + c_i)",
            "f": "sigmoid(W_f @ x + b_f + U_f @ before(h) + c_f)",
            "g": "tanh(W_g @ x + b_g + U_g @ before(h) + c_g)",
            "o": "sigmoid(W_o @ x + b_o + U_o @ before(h) + c_o)",
            "C": "f*before(C) + i*g",
            "h": "o*tanh(C)",
        },
    ),
    "GRU": (
        ("_r", "_z", "_n"),
        {
            "r": "sigmoid(W_r @ x + b_r + U_r @ before(h) + c_r)",
            "z": "sigmoid(W_z @ x + b_z + U_z @ before(h) + c_z)",
            "n": "tanh(W_n @ x + b_n + r*(U_n @ before(h) + c_n))",
            "h": "(1 - z)*n + z*before(h)",
        },
    ),
}
CELLS = tuple(_CELLS)
_STATES = {"LSTM": ("h", "C")}


@dataclass(kw_only=True)
class Layers:
    """The layers of a problem file, read one module after the other.

    Attributes
    ----------
    shape : tuple of int
        Of what comes into the next layer: channels, height and width; or one number.
    layers : list of dict
    arrays : list of Array
        What they were read from.
    outputs : int
        Units of the last dense layer; 0 as long as another is the last.
    last : str
        The module read last.
    """

    shape: tuple[int, ...]
    activation: Callable[[Any], str]
    layers: list[dict[str, Any]] = field(default_factory=list)
    arrays: list[Array] = field(default_factory=list)
    outputs: int = 0
    last: str = ""
    turned: tuple[int, ...] = ()
    over_time: bool = False

    def read(self, module: Any, kind: str) -> None:
        """Add what a module is.

        Raises
        ------
        UnsupportedError
        """
        if kind in CELLS:
            self._cell(module, kind)
        elif kind == "Conv2d":
            self._convolution(module)
        elif kind in ("MaxPool2d", "AvgPool2d"):
            self._pool(module, kind)
        elif kind == "Flatten":
            if len(self.shape) == 3:
                self._add({"type": "flatten"})
                self.turned, self.shape = self.shape, (_product(self.shape),)
        elif kind == "Linear":
            self._dense(module)
        elif kind == "Identity" or (kind.endswith("Dropout") and (not module.training or not module.p)):
            return
        elif kind.startswith("Last") and self.last in CELLS:
            return  # a module of one's own that takes the last step
        else:
            self._activate(module, kind)
        self.last = kind

    def _add(self, layer: dict[str, Any]) -> None:
        self.layers.append({"name": f"layer{len(self.layers) + 1}", **layer})

    def _take(self, given: Any, what: str) -> Any:
        self.arrays.append(array_of(given, what))
        return self.arrays[-1].texts()

    def _convolution(self, module: Any) -> None:
        self._needs_picture("Conv2d", module.in_channels)
        stride, padding = _one_number(module, "stride"), _padding(module)
        _plain(module, dilation=1, groups=1, padding_mode="zeros")
        kernels = self._take(module.weight, "weight")
        if self.shape[0] == 1:
            kernels = [kernel[0] for kernel in kernels]
        else:
            kernels = [_channels_last(kernel) for kernel in kernels]
        bias = {} if module.bias is None else {"bias": self._take(module.bias, "bias")}
        self._add({"type": "convolution", "kernels": kernels, **bias, "stride": stride, "padding": padding})
        sizes = (_size(side, kernel, stride, padding)
                 for side, kernel in zip(self.shape[1:], _pair(module.kernel_size), strict=True))  # fmt: skip
        self.shape = (module.out_channels, *sizes)

    def _pool(self, module: Any, kind: str) -> None:
        self._needs_picture(kind)
        size, stride = _one_number(module, "kernel_size"), _one_number(module, "stride")
        _plain(module, padding=0, dilation=1, ceil_mode=False, divisor_override=None)
        self._add({"type": "max_pool" if kind == "MaxPool2d" else "average_pool", "size": size, "stride": stride})
        self.shape = (self.shape[0], *(_size(side, size, stride, 0) for side in self.shape[1:]))

    def _needs_picture(self, kind: str, channels: int | None = None) -> None:
        if len(self.shape) != 3 or channels not in (None, self.shape[0]):
            raise UnsupportedError(
                f"{kind} takes pictures of {channels or 'some'} channels, and x is {shape_text(self.shape)} here; give "
                "x as channels × height × width, or several of them"
            )

    def _cell(self, module: Any, kind: str) -> None:
        if len(self.shape) != 1 or not (self.over_time or not self.layers):
            raise UnsupportedError(f"{kind} takes a series: give x as steps × inputs, or several of them")
        _plain(module, bidirectional=False, proj_size=0)
        if getattr(module, "dropout", 0) and module.training and module.num_layers > 1:
            raise UnsupportedError(f"{kind}(dropout={module.dropout}) drops units at random; call model.eval() first")
        self.over_time = True
        gates, formulas = _CELLS[kind]
        count = module.hidden_size
        for level in range(module.num_layers):
            end = "" if not self.layers else str(len(self.layers) + 1)
            parameters: dict[str, Any] = {}
            for letter, name in (("W", "weight_ih"), ("U", "weight_hh"), ("b", "bias_ih"), ("c", "bias_hh")):
                if letter in "bc" and not module.bias:
                    continue
                whole = self._take(getattr(module, f"{name}_l{level}"), f"{name}_l{level}")
                parameters |= {f"{letter}{gate}": whole[k * count : (k + 1) * count] for k, gate in enumerate(gates)}
            names = {*parameters, *formulas}
            self._add(
                {
                    "define": {f"{key}{end}": _renamed(_without_bias(text, module), names, end, module)
                               for key, text in formulas.items()},
                    "parameters": {f"{key}{end}": value for key, value in parameters.items()},
                    "state": {f"{key}{end}": [0] * count for key in _STATES.get(kind, ("h",))},
                }
            )  # fmt: skip
        self.shape = (count,)

    def _dense(self, module: Any) -> None:
        weights = self._take(module.weight, "weight")
        if len(self.shape) != 1 or len(weights[0]) != self.shape[0]:
            raise UnsupportedError(
                f"Linear of {len(weights[0])} inputs after {shape_text(self.shape)}: let an nn.Flatten stand before "
                "it, and the sizes fit"
            )
        if self.turned:
            channels, height, width = self.turned
            order = [(c * height + i) * width + j for i in range(height) for j in range(width) for c in range(channels)]
            weights = [[row[place] for place in order] for row in weights]
        bias = {} if module.bias is None else {"bias": self._take(module.bias, "bias")}
        last_step = {"at": "last"} if self.over_time else {}
        self._add({"units": len(weights), "weights": weights, **bias, **last_step})
        self.turned, self.over_time, self.shape, self.outputs = (), False, (len(weights),), len(weights)

    def _activate(self, module: Any, kind: str) -> None:
        function = self.activation(module)
        if not self.layers:
            raise UnsupportedError(f"{kind} before the first layer: apply it to x beforehand")
        layer = self.layers[-1]
        if "activation" in layer or not ("units" in layer or layer.get("type") == "convolution"):
            raise UnsupportedError(
                f"{kind} after {self.last}: an activation function goes with an nn.Linear or an nn.Conv2d; put it "
                "right behind one (a rising function and max pooling may change places)"
            )
        layer["activation"] = function

    def named(self) -> list[dict[str, Any]]:
        """The layers, with names for the units of dense ones.

        Raises
        ------
        UnsupportedError
            If the model does not end in a dense layer.
        """
        if not self.layers or "units" not in self.layers[-1]:
            raise UnsupportedError(f"the model ends in {self.last}; let an nn.Linear give its outputs")
        dense = [layer for layer in self.layers if "units" in layer]
        for layer, units in zip(dense, unit_names((1, *(layer["units"] for layer in dense)))[1:], strict=True):
            layer["units"] = units
        return self.layers


def values_of(x: Array, layers: Layers, *, batch_first: bool, one: bool) -> list[Any]:
    """The input of each sample as a problem file has it."""
    content = x.texts()
    series = layers.layers[0].get("state") is not None
    if series:
        samples = [content] if one else content if batch_first else [list(each) for each in zip(*content, strict=True)]
        return [{"over": "time", "values": steps} for steps in samples]
    samples = [content] if one else content
    return [picture[0] if len(picture) == 1 else _channels_last(picture) for picture in samples]


def shape_of_one(x: Array, modules: Sequence[Any], kind: str) -> tuple[tuple[int, ...], int, bool]:
    """What comes into the first layer, how many samples there are, and whether x is one of them alone."""
    series = kind in CELLS
    alone = 2 if series else 3
    if len(x.shape) not in (alone, alone + 1):
        wanted = "steps × inputs" if series else "channels × height × width"
        raise UnsupportedError(f"x is {shape_text(x.shape)}; {kind} needs {wanted}, or several of them")
    one = len(x.shape) == alone
    if series:
        first = bool(getattr(modules[0], "batch_first", False))
        return x.shape[-1:], 1 if one else x.shape[0 if first else 1], one
    return x.shape[-3:], 1 if one else x.shape[0], one


def _channels_last(picture: Sequence[Any]) -> list[Any]:
    height, width = len(picture[0]), len(picture[0][0])
    return [[[channel[i][j] for channel in picture] for j in range(width)] for i in range(height)]


def _renamed(text: str, names: set[str], end: str, module: Any) -> str:
    """A cell's formula with its function, and with names of its own where it is not the first."""
    text = text.format(f=activation_called(getattr(module, "nonlinearity", "tanh")))
    return re.sub(r"\w+", lambda word: f"{word[0]}{end}" if word[0] in names else word[0], text)


def _without_bias(text: str, module: Any) -> str:
    return text if module.bias else re.sub(r" \+ [bc](_\w)?\b", "", text)


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _one_number(module: Any, key: str) -> int:
    pair = _pair(getattr(module, key))
    if pair[0] != pair[1]:
        raise UnsupportedError(f"{type(module).__name__}({key}={pair}): it is the same both ways here; take {pair[0]}")
    return pair[0]


def _padding(module: Any) -> int:
    if module.padding == "valid":
        return 0
    if module.padding == "same":
        sizes = _pair(module.kernel_size)
        if sizes[0] != sizes[1] or sizes[0] % 2 == 0:
            raise UnsupportedError(f'Conv2d(padding="same") with a kernel of {sizes}: take an odd square one')
        return (sizes[0] - 1) // 2
    return _one_number(module, "padding")


def _plain(module: Any, **usual: Any) -> None:
    """Refuse what has no layer here."""
    for key, value in usual.items():
        here = getattr(module, key, value)
        if here != value and here != (value, value):
            raise UnsupportedError(f"{type(module).__name__}({key}={here}) has no layer here; take {key}={value}")


def _size(side: int, kernel: int, stride: int, padding: int) -> int:
    return (side + 2 * padding - kernel) // stride + 1


def _product(shape: Sequence[int]) -> int:
    found = 1
    for side in shape:
        found *= side
    return found
