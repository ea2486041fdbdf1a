"""Random layered problems, as mappings that `derive.load` accepts or refuses only for names that clash."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import Phase, reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from derive.errors import PrecisionError, ProblemError
from derive.given.loading import builtin_names, load
from derive.given.problem import Problem

HIDDEN = ("sigmoid", "tanh", "relu", "leaky_relu", "identity", "softplus")

#: Shrinking would make hundreds of documents, which takes minutes: a counterexample is shown as it was drawn.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)

#: The built-in problems that are layered networks.
LAYERED = tuple(name for name in builtin_names() if isinstance(load(name), Problem))

#: Every loss with the output activations that it takes.
OUTPUTS = {
    "half_squared_error": (*HIDDEN, "softmax"),
    "squared_error": (*HIDDEN, "softmax"),
    "mean_squared_error": (*HIDDEN, "softmax"),
    "binary_cross_entropy": ("sigmoid", "softmax"),
    "cross_entropy": ("softmax",),
}

#: Names that look like something else: functions, symbols, Greek letters, other ids, markup-like underscores.
AWKWARD = (
    "E1", "net", "a_b", "e", "exp", "alpha", "out", "T", "d", "i", "ln", "max", "final", "E", "sum", "relu",
    "nan", "None", "inf", "h__2", "A1B2", "x_12", "delta", "partial", "new", "Q" * 31,
)  # fmt: skip
_INPUTS = ("x1", "x2", "x3", *AWKWARD)
_UNITS = ("H1", "H2", "h3", "y1", "y2", "o3", *AWKWARD)
_WEIGHTS = (*(f"w{j}{i}" for j in range(1, 5) for i in range(1, 5)), *(f"v_{k}" for k in range(40)), *AWKWARD)


def decimals(low: int, high: int, *, odd: bool = True) -> st.SearchStrategy[str]:
    """Short decimals as people type them, from ``low`` to ``high`` hundredths, with the odd fraction."""
    plain = st.integers(low, high).map(lambda hundredths: f"{hundredths / 100:.2f}")
    short = st.integers(low // 10, high // 10).map(lambda tenths: f"{tenths / 10:.1f}")
    return st.one_of(plain, plain, short, st.sampled_from(("1/3", "0", "1", "0.125") if odd else ("0", "1")))


@st.composite
def mappings(
    draw: DrawFn, *, most_layers: int = 3, most_units: int = 4, most_samples: int = 3, carry: str | None = None
) -> dict[str, Any]:
    """A problem file's content: any shape, activations and loss that go together, any conventions."""
    loss = draw(st.sampled_from(sorted(OUTPUTS)))
    count = draw(st.integers(1, most_layers))
    names = draw(st.lists(st.sampled_from(_INPUTS), min_size=1, max_size=3, unique=True))
    free = st.sampled_from([name for name in _UNITS if name not in names])
    sizes = [draw(st.integers(1, most_units)) for _ in range(count)]
    units = draw(st.lists(free, min_size=sum(sizes), max_size=sum(sizes), unique=True))
    layers: list[dict[str, Any]] = []
    below = len(names)
    for depth, size in enumerate(sizes):
        own, units = units[:size], units[size:]
        allowed = OUTPUTS[loss] if depth == count - 1 else HIDDEN
        if loss == "binary_cross_entropy" and size == 1:
            allowed = tuple(name for name in allowed if name != "softmax")  # always 1, where this loss is infinite
        layer: dict[str, Any] = {
            "units": own,
            "activation": draw(st.sampled_from(allowed)),
            "weights": [[draw(decimals(-150, 150)) for _ in range(below)] for _ in range(size)],
        }
        match draw(st.sampled_from(("none", "shared", "per-unit"))):
            case "shared":
                layer["bias"] = draw(decimals(-100, 100))
            case "per-unit":
                layer["bias"] = [draw(decimals(-100, 100)) for _ in range(size)]
        layers.append(layer)
        below = size
    outputs = layers[-1]["units"]
    display = draw(_display(carry))
    given = decimals(-200, 200, odd=True)
    samples = [
        {
            "inputs": {name: draw(given) for name in names},
            "targets": dict(zip(outputs, draw(_targets(loss, len(outputs))), strict=True)),
        }
        for _ in range(draw(st.integers(1, most_samples)))
    ]
    mapping: dict[str, Any] = {
        "title": "A random network",
        "loss": loss,
        "learning_rate": draw(st.sampled_from(("0.5", "0.1", "1", "0.05", "1/4"))),
        "layers": layers,
        "conventions": draw(_conventions(layers, len(names))),
        "display": display,
    }
    return mapping | (samples[0] if len(samples) == 1 else {"samples": samples})


@st.composite
def problems(draw: DrawFn, **limits: Any) -> Problem:
    """A validated random problem; names that would give an id twice are drawn again."""
    mapping = draw(mappings(**limits))
    try:
        return load(mapping)
    except ProblemError as error:
        if "rename this one" in str(error):
            reject()
        raise


@contextmanager
def known_defects_aside() -> Iterator[None]:
    """Draw another problem where one is refused in words because a figure cannot be proved; nothing else is let by."""
    try:
        yield
    except PrecisionError as error:
        # What 4,096 bits do not settle, and a rounded 0 under a logarithm: said in words, and never a wrong figure.
        if "settle" not in str(error) and "no logarithm" not in str(error):
            raise
        reject()


@st.composite
def _targets(draw: DrawFn, loss: str, count: int) -> list[str]:
    if loss == "binary_cross_entropy":
        return [draw(st.sampled_from(("0", "1", "0.01", "0.99", "0.3"))) for _ in range(count)]
    if loss == "cross_entropy":
        tenths = draw(st.lists(st.integers(0, 10), min_size=count - 1, max_size=count - 1))
        shares = [min(share, 10 - min(10, sum(tenths[:place]))) for place, share in enumerate(tenths)]
        return [f"{share / 10:g}" for share in (*shares, 10 - sum(shares))]
    return [draw(decimals(-100, 100)) for _ in range(count)]


@st.composite
def _conventions(draw: DrawFn, layers: list[dict[str, Any]], inputs: int) -> dict[str, Any]:
    naming: Any = draw(st.sampled_from(("target-major", "source-major", "given")))
    if naming == "given":
        taken = {unit for layer in layers for unit in layer["units"]}
        total = sum(len(layer["units"]) * len(layer["weights"][0]) for layer in layers)
        pool = st.sampled_from([name for name in _WEIGHTS if name not in taken])
        names = draw(st.lists(pool, min_size=total, max_size=total, unique=True))
        naming = [[[names.pop() for _ in row] for row in layer["weights"]] for layer in layers]
    return {
        "weight_names": naming,
        "train_biases": draw(st.booleans()),
        "bias_sign": draw(st.sampled_from(("added", "subtracted"))),
        "update": draw(st.sampled_from(("simultaneous", "sequential"))),
        "batch": draw(st.sampled_from(("sum", "mean", "online"))),
    }


@st.composite
def _display(draw: DrawFn, carry: str | None) -> dict[str, Any]:
    shown = {"notation": draw(st.sampled_from(("net-out", "z-a", "final")))}
    size = {"digits": draw(st.integers(3, 12))} if draw(st.booleans()) else {"decimals": draw(st.integers(2, 8))}
    return shown | size | {"carry": carry or draw(st.sampled_from(("full", "full", "rounded")))}
