"""Recurrent networks drawn at random: every derivative by proof, twin, complex step and a hand, and by PyTorch."""

from __future__ import annotations

import cmath
import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest

import derive
from derive.given.formula_problem import FormulaProblem
from derive.given.loading import problem_named
from derive.given.program import recipes

Vector = list[complex]
Matrix = list[Vector]

#: A GRU as PyTorch has it: z says how much stays, and the reset gate comes after the weights and their bias.
TORCH_GRU = {
    "over": "time",
    "parameters": {
        **{f"{kind}{gate}": ["units", size] for gate in "zrn" for kind, size in (("W", "inputs"), ("U", "units"))},
        **{f"b{gate}": ["units"] for gate in "zrn"}, "cn": ["units"],
    },
    "biases": ["bz", "br", "bn", "cn"], "state": {"h": ["units"]},
    "define": {
        "z": "sigmoid(Wz @ x + Uz @ before(h) + bz)", "r": "sigmoid(Wr @ x + Ur @ before(h) + br)",
        "n": "tanh(Wn @ x + bn + r*(Un @ before(h) + cn))", "h": "(1 - z)*n + z*before(h)",
    },
}  # fmt: skip
#: A cell of one's own: a gate that looks at the state of two states, and a state that forgets by a number.
OWN = {
    "over": "time",
    "parameters": {"W": ["units", "inputs"], "U": ["units", "units"], "V": ["units", "units"], "b": ["units"]},
    "biases": ["b"], "state": {"h": ["units"], "m": ["units"]},
    "define": {"m": "0.5*before(m) + tanh(W @ x + U @ before(h) + b)", "h": "sigmoid(V @ m)*m + before(h)/4"},
}  # fmt: skip
SHAPES: Mapping[str, Any] = {
    **{kind: recipes.shipped("layers", kind) for kind in ("rnn", "lstm", "gru")}, "torch-gru": TORCH_GRU, "own": OWN,
}  # fmt: skip


def drawn(kind: str, seed: int) -> dict[str, Any]:
    """A problem file: 1 to 3 units, 1 or 2 inputs and outputs, 2 to 4 steps, targets at the end or at each step."""
    draw = random.Random(f"{kind} {seed}")
    units, inputs, outputs, steps = draw.randint(1, 3), draw.randint(1, 2), draw.randint(1, 2), draw.randint(2, 4)
    sizes, every = {"units": units, "inputs": inputs}, draw.random() < 0.5

    def number() -> str:
        return f"{draw.uniform(-1, 1):.2f}"

    def array(shape: list[int]) -> Any:
        return number() if not shape else [array(shape[1:]) for _ in range(shape[0])]

    recipe = SHAPES[kind]
    names = [f"y{k + 1}" for k in range(outputs)]
    cell: dict[str, Any] = {
        "name": "cell", "state": {name: array([units]) for name in recipe["state"]},
        "parameters": {name: array([sizes[each] for each in shape]) for name, shape in recipe["parameters"].items()},
        **({"type": kind} if kind in ("rnn", "lstm", "gru") else {"define": recipe}),
    }  # fmt: skip
    series = {"over": "time"}
    return {
        "title": kind, "loss": "half_squared_error",
        "inputs": {"x": {**series, "values": [array([inputs]) for _ in range(steps)]}},
        "targets": {name: {**series, "values": array([steps])} if every else number() for name in names},
        "layers": [cell, {"units": names, "from": "cell.h", "activation": "identity", "bias": array([outputs]),
                          "weights": array([outputs, units]), **({} if every else {"at": "last"})}],
    }  # fmt: skip


def numbers(array: Any) -> Any:
    return [numbers(each) for each in array] if isinstance(array, list) else complex(float(array))


def product(matrix: Matrix, vector: Vector) -> Vector:
    return [sum((a * b for a, b in zip(row, vector, strict=True)), 0j) for row in matrix]


def plus(*vectors: Vector) -> Vector:
    return [sum(each, 0j) for each in zip(*vectors, strict=True)]


def gate(*vectors: Vector) -> Vector:
    return [1 / (1 + cmath.exp(-each)) for each in plus(*vectors)]


def tanh(*vectors: Vector) -> Vector:
    return [cmath.tanh(each) for each in plus(*vectors)]


def times(*vectors: Vector) -> Vector:
    found = [1 + 0j] * len(vectors[0])
    for vector in vectors:
        found = [a * b for a, b in zip(found, vector, strict=True)]
    return found


def rnn(p: Any, s: Any, x: Vector) -> None:
    s["h"] = tanh(product(p["W"], x), product(p["U"], s["h"]), p["b"])


def lstm(p: Any, s: Any, x: Vector) -> None:
    f, i, g, o = (
        how(product(p[f"W{each}"], x), product(p[f"U{each}"], s["h"]), p[f"b{each}"])
        for each, how in (("f", gate), ("i", gate), ("g", tanh), ("o", gate))
    )
    s["C"] = plus(times(f, s["C"]), times(i, g))
    s["h"] = times(o, tanh(s["C"]))


def gru(p: Any, s: Any, x: Vector) -> None:
    z, r = (gate(product(p[f"W{each}"], x), product(p[f"U{each}"], s["h"]), p[f"b{each}"]) for each in "zr")
    g = tanh(product(p["Wh"], x), product(p["Uh"], times(r, s["h"])), p["bh"])
    s["h"] = plus(times([1 - each for each in z], s["h"]), times(z, g))


def torch_gru(p: Any, s: Any, x: Vector) -> None:
    z, r = (gate(product(p[f"W{each}"], x), product(p[f"U{each}"], s["h"]), p[f"b{each}"]) for each in "zr")
    n = tanh(product(p["Wn"], x), p["bn"], times(r, plus(product(p["Un"], s["h"]), p["cn"])))
    s["h"] = plus(times([1 - each for each in z], n), times(z, s["h"]))


def own(p: Any, s: Any, x: Vector) -> None:
    s["m"] = plus([each / 2 for each in s["m"]], tanh(product(p["W"], x), product(p["U"], s["h"]), p["b"]))
    s["h"] = plus(times(gate(product(p["V"], s["m"])), s["m"]), [each / 4 for each in s["h"]])


CELLS: Mapping[str, Callable[[Any, Any, Vector], None]] = {
    "rnn": rnn, "lstm": lstm, "gru": gru, "torch-gru": torch_gru, "own": own,
}  # fmt: skip


def error(file: Mapping[str, Any], parameters: Mapping[str, Any]) -> complex:
    """The error of one set of parameters, those of the output under W and b of the layer y."""
    cell, out = file["layers"]
    state = {name: numbers(each) for name, each in cell["state"].items()}
    series = numbers(file["inputs"]["x"]["values"])
    total = 0j
    for step, x in enumerate(series):
        CELLS[file["title"]](parameters, state, x)
        if "at" in out and step < len(series) - 1:
            continue
        found = plus(product(parameters["out W"], state["h"]), parameters["out b"])
        for value, target in zip(found, file["targets"].values(), strict=True):
            wanted = target["values"][step] if isinstance(target, dict) else target
            total += (float(wanted) - value) ** 2 / 2
    return total


def flat(array: Any, place: tuple[int, ...] = ()) -> dict[tuple[int, ...], complex]:
    if not isinstance(array, list):
        return {place: array}
    found: dict[tuple[int, ...], complex] = {}
    for number, each in enumerate(array, start=1):
        found |= flat(each, (*place, number))
    return found


def moved(array: Any, place: tuple[int, ...]) -> Any:
    """An array with a step of i·1e-30 at one place."""
    if not place:
        return array + 1e-30j
    return [moved(each, place[1:]) if k == place[0] - 1 else each for k, each in enumerate(array)]


def parameters_of(file: Mapping[str, Any]) -> dict[str, Any]:
    cell, out = file["layers"]
    given = {**cell["parameters"], "out W": out["weights"], "out b": out["bias"]}
    return {name: numbers(each) for name, each in given.items()}


def partials(file: Mapping[str, Any]) -> dict[str, float]:
    """Every derivative by a step into the imaginary, of cells and loss as written above."""
    parameters, outputs = parameters_of(file), list(file["targets"])
    found: dict[str, float] = {}
    for name, array in parameters.items():
        for place in flat(array):
            stepped = error(file, {**parameters, name: moved(array, place)}).imag / 1e-30
            found[spelled(name, place, len(outputs), len(parameters["out W"][0]), outputs)] = stepped
    return found


def spelled(name: str, place: tuple[int, ...], outputs: int, units: int, names: list[str]) -> str:
    if name == "out W":
        return f"dE_total/dw{(place[0] - 1) * units + place[1]}"
    if name == "out b":
        return f"dE_total/db_{names[place[0] - 1]}"
    return f"dE_total/d{name}[{','.join(map(str, place))}]"


PROBLEMS = [(kind, seed) for kind in SHAPES for seed in (1, 2)]


@pytest.mark.parametrize(("kind", "seed"), PROBLEMS)
def test_every_derivative_of_a_drawn_cell(kind: str, seed: int) -> None:
    """Proof, twin and complex step agree where derive compares them; a hand of our own has the same, one by one."""
    file = drawn(kind, seed)
    problem = problem_named(file, "drawn")
    assert isinstance(problem, FormulaProblem)
    solution, hand = derive.solve(problem), partials(file)
    assert set(hand) <= set(solution.derivation.by_id)
    assert {f"dE_total/d{name}" for name in problem.wrt} == set(hand)
    assert solution.value("E_total") == pytest.approx(error(file, parameters_of(file)).real, rel=1e-12)
    routes = {check.quantity: check.routes for check in solution.checks}
    for name, value in hand.items():
        assert float(Fraction(solution.value(name))) == pytest.approx(value, rel=1e-9, abs=1e-13), name
        assert len(routes[name]) >= 3, name


@pytest.mark.parametrize(("kind", "seed"), [each for each in PROBLEMS if each[0] in ("rnn", "lstm", "torch-gru")])
def test_pytorch_has_the_same_derivatives(kind: str, seed: int) -> None:
    """Its RNN, LSTM and GRU in double precision, by autograd."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    file = drawn(kind, seed)
    cell, out = file["layers"]
    given = {name: torch.tensor(_floats(each), dtype=torch.float64) for name, each in cell["parameters"].items()}
    order = {"rnn": [""], "lstm": list("ifgo"), "torch-gru": list("rzn")}[kind]
    made = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "torch-gru": torch.nn.GRU}[kind]
    units, inputs = len(given[f"W{order[0]}"]), len(given[f"W{order[0]}"][0])
    network = made(inputs, units).double()
    second = [given.get(f"c{each}", torch.zeros(units, dtype=torch.float64)) for each in order]
    values = {
        "weight_ih_l0": [given[f"W{each}"] for each in order], "weight_hh_l0": [given[f"U{each}"] for each in order],
        "bias_ih_l0": [given[f"b{each}"] for each in order], "bias_hh_l0": second,
    }  # fmt: skip
    with torch.no_grad():
        for name, parts in values.items():
            getattr(network, name).copy_(torch.cat(parts))
    state = {name: torch.tensor([_floats(each)], dtype=torch.float64) for name, each in cell["state"].items()}
    start = (state["h"], state["C"]) if kind == "lstm" else state["h"]
    series = torch.tensor(_floats(file["inputs"]["x"]["values"]), dtype=torch.float64)
    states, _ = network(series, start)
    weights = torch.tensor(_floats(out["weights"]), dtype=torch.float64, requires_grad=True)
    bias = torch.tensor(_floats(out["bias"]), dtype=torch.float64, requires_grad=True)
    found = (states[-1:] if "at" in out else states) @ weights.T + bias
    targets = [each["values"] if isinstance(each, dict) else [each] for each in file["targets"].values()]
    wanted = torch.tensor(_floats(targets), dtype=torch.float64).T
    (((wanted - found) ** 2).sum() / 2).backward()
    hand = partials(file)
    outputs = list(file["targets"])
    for name, kinds in (("weight_ih_l0", "W"), ("weight_hh_l0", "U"), ("bias_ih_l0", "b")):
        for each, part in zip(order, getattr(network, name).grad.split(units), strict=True):
            for place, value in flat(part.tolist()).items():
                assert value == pytest.approx(hand[spelled(kinds + each, place, 0, 0, [])], rel=1e-9, abs=1e-12)
    for name, tensor in (("out W", weights), ("out b", bias)):
        for place, value in flat(tensor.grad.tolist()).items():
            assert value == pytest.approx(hand[spelled(name, place, 0, units, outputs)], rel=1e-9, abs=1e-12)


def _floats(array: Any) -> Any:
    return [_floats(each) for each in array] if isinstance(array, list) else float(array)
