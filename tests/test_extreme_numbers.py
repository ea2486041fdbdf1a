"""Numbers that are not friendly: each problem is worked out or refused in one plain line, in little memory.

A single process with a limit on its memory works a fixed draw of networks and chains; nothing else is asked of most of
them than that. The problems below them are those that people met, with figures from elsewhere.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest

import derive
from derive.arithmetic.exact import nearest, precision
from derive.errors import DeriveError, PrecisionError
from derive.proof.checks import AT_A_KINK
from tests.strategies import HIDDEN, OUTPUTS

#: The most that a problem may take, in bytes of address space: a mistake of the kind takes tens of GB.
_MEMORY = 1_000_000_000
#: The linear algebra under NumPy reserves address space for each thread.
_ONE_THREAD = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
_EXTREME = (
    "0", "1", "-1", "0.1", "0.2", "-0.3", "1/3", "1e-300", "-1e-300", "1e300", "-1e300", "1e160", "1e-160",
    "745", "-745", "746", "-760", "710", "590", "1700000000", "-100", "40", "255", "2.4", "1e8",
)  # fmt: skip
_MILD = ("0", "1", "-1", "0.1", "0.2", "0.3", "-0.3", "1/3", "0.5", "745", "-745", "37", "-37", "1e8", "-100", "40")
_FUNCTIONS = (
    "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sigmoid", "relu", "abs", "softplus",
)  # fmt: skip


def network(source: random.Random) -> dict[str, Any]:
    """A layered problem of every activation and loss."""
    pool = source.choice((_EXTREME, _MILD))

    def number() -> str:
        return source.choice(pool)

    loss = source.choice(sorted(OUTPUTS))
    inputs = [f"x{place}" for place in range(source.randint(1, 2))]
    depth, below = source.randint(1, 3), len(inputs)
    layers: list[dict[str, Any]] = []
    for place in range(depth):
        size = source.randint(1, 2)
        allowed = OUTPUTS[loss] if place == depth - 1 else HIDDEN
        if loss == "binary_cross_entropy" and size == 1:
            allowed = tuple(name for name in allowed if name != "softmax")
        layer: dict[str, Any] = {
            "units": [f"u{place}{unit}" for unit in range(size)],
            "activation": source.choice(allowed),
            "weights": [[number() for _ in range(below)] for _ in range(size)],
        }
        bias = source.choice(("none", "shared", "per-unit"))
        if bias != "none":
            layer["bias"] = number() if bias == "shared" else [number() for _ in range(size)]
        layers.append(layer)
        below = size
    units = layers[-1]["units"]
    match loss:
        case "binary_cross_entropy":
            targets = [source.choice(("0", "1", "0.3")) for _ in units]
        case "cross_entropy":
            targets = ["1"] if len(units) == 1 else list(source.choice((("1", "0"), ("0.5", "0.5"))))
        case _:
            targets = [number() for _ in units]
    return {
        "title": "Extreme",
        "loss": loss,
        "learning_rate": source.choice(("0.5", "0.1", "1e-300", "1e10")),
        "inputs": {name: number() for name in inputs},
        "targets": dict(zip(units, targets, strict=True)),
        "layers": layers,
        "conventions": {"update": source.choice(("simultaneous", "sequential"))},
        "display": source.choice(({"digits": 9}, {"decimals": 4}, {"digits": 6, "carry": "rounded"})),
    }


def chain(source: random.Random) -> dict[str, Any]:
    """A chain of formulas, with ties and cancellations."""
    pool = source.choice((_EXTREME, _MILD, _MILD))
    names = ["a", "b", "c"]

    def formula(depth: int = 0) -> str:
        kind = source.random()
        if depth > 2 or kind < 0.4:
            return source.choice(names)
        if kind < 0.7:
            return f"({formula(depth + 1)} {source.choice('+-*/')} {formula(depth + 1)})"
        if kind < 0.78:
            return f"({formula(depth + 1)})**{source.choice((2, 3, -1, -2, 7))}"
        if kind < 0.86:
            return f"{source.choice(('max', 'min'))}({formula(depth + 1)}, {formula(depth + 1)})"
        return f"{source.choice(_FUNCTIONS)}({formula(depth + 1)})"

    given = {name: source.choice(pool) for name in names}
    define = {}
    for place in range(source.randint(1, 3)):
        define[f"v{place}"] = formula()
        names.append(f"v{place}")
    define["J"] = f"{formula()} + {names[-1]}"
    rate = source.choice(({}, {"learning_rate": "0.1"}, {"learning_rate": "1e5"}))
    return {"title": "Extreme", "objective": "J", "wrt": ["a", "b"], "given": given, "define": define} | rate


def outcome(kind: str, seed: int) -> str:
    """What becomes of one problem: nothing to say, or what is wrong with its message."""
    source = random.Random(f"{kind} {seed}")
    try:
        solution = derive.solve(derive.load((network if kind == "network" else chain)(source)))
        if seed % 10 == 0:
            explanation = derive.explain(solution, rounds=None if kind == "chain" else 2)
            json.loads(explanation.to_json(), parse_constant=lambda text: pytest.fail(f"{text} in JSON"))
            explanation.to_html()
        else:
            for name in solution.ids():
                solution.figure(name)
    except DeriveError as error:
        if "disagree" in str(error) or "\n" in str(error) or len(str(error)) > 400:
            return f"{kind} {seed}: {error}"
    return ""


_WORK = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
from tests.test_extreme_numbers import outcome
found = [outcome({kind!r}, seed) for seed in range({count})]
print("\\n".join(filter(None, found)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process to its address space")
@pytest.mark.parametrize(("kind", "count"), [("network", 120), ("chain", 150)])
def test_worked_or_refused_in_a_line(kind: str, count: int) -> None:
    """No other exception, no disagreement, no memory, whatever the numbers."""
    code = _WORK.format(memory=_MEMORY, kind=kind, count=count)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, env=_ONE_THREAD
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.strip() == ""
    assert run.stderr == ""


def one_layer(weights: list[list[str]], activation: str, loss: str, targets: list[str], **other: Any) -> dict[str, Any]:
    units = [f"y{place}" for place in range(1, len(weights) + 1)]
    layer = {"units": units, "activation": activation, "weights": weights}
    layer |= {"bias": other.pop("bias")} if "bias" in other else {}
    given = {"title": "One layer", "loss": loss, "learning_rate": "0.5", "layers": [layer], "inputs": {"x1": "1"}}
    return given | {"targets": dict(zip(units, targets, strict=True))} | other


def test_an_unscaled_input_of_a_softmax() -> None:
    """A date in seconds as an input: in little memory, with the outputs 0 and 1 that it leads to."""
    code = (
        f"import resource\nresource.setrlimit(resource.RLIMIT_AS, ({_MEMORY}, {_MEMORY}))\n"
        "import derive\nfrom tests.test_extreme_numbers import one_layer\n"
        "date = {'x1': '1700000000'}\n"
        "given = one_layer([['-100'], ['40']], 'softmax', 'half_squared_error', ['1', '0'], inputs=date)\n"
        "found = derive.solve(derive.load(given))\n"
        "print(found.value('net_y1'), found.value('out_y1'), found.value('out_y2'), found.value('E_total'))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=_ONE_THREAD)
    assert run.stdout.split() == ["-170000000000.0", "0.0", "1.0", "1.0"], run.stderr[-500:]


@pytest.mark.parametrize("net", ["590", "612", "709", "746", "760"])
def test_saturated_sigmoids_are_explained(net: str) -> None:
    """An unscaled pixel: every format is written, and what no float holds is null in JSON and a figure in print."""
    given = one_layer([[net], [f"-{net}"]], "sigmoid", "binary_cross_entropy", ["0", "1"])
    explanation = derive.explain(derive.load(given), rounds=0)
    for text in (explanation.to_html(), explanation.to_latex(), explanation.to_markdown(), explanation.to_notebook()):
        assert text
    told = json.loads(explanation.to_json())
    with localcontext(prec=40):
        expected = 1 + Decimal(net).exp()  # 1 / (1 - out)
    figure = explanation.solution.figure("dE_y1/dout_y1")
    assert Decimal(figure.ascii) == pytest.approx(expected, rel=Decimal("1e-8"))
    assert (told["values"]["dE_y1/dout_y1"] is None) == (expected > Decimal(sys.float_info.max))
    assert told["values"]["delta_y1"] == 1.0


def test_a_check_that_no_float_can_make_is_said_in_words() -> None:
    """Page and JSON name the routes that are left out, and why."""
    given = one_layer([["0"]], "sigmoid", "binary_cross_entropy", ["0.3"], bias="746")
    explanation = derive.explain(derive.load(given), rounds=0)
    for text in (explanation.to_html(), explanation.to_latex(), explanation.to_markdown()):
        assert "left out of the comparison" in " ".join(text.split())
        assert "leaves the range of" in " ".join(text.split())
    told = {check["quantity"]: check for check in json.loads(explanation.to_json())["crosschecks"]}
    check = told["dE_y1/dout_y1"]
    assert set(check["left_out"]) == set(check["routes"]) - {"proved"}
    assert set(check["values"]) == {None}


@pytest.mark.parametrize(
    ("given", "quantity", "named"),
    [
        (one_layer([["1e200"]], "identity", "half_squared_error", ["1"], inputs={"x1": "1e200"}), "net_y1", "unit y1"),
        (one_layer([["800"]], "sigmoid", "binary_cross_entropy", ["0"]), "dE_total/dout_y1", "unit y1"),
        (one_layer([["1e200"]], "identity", "squared_error", ["0"]), "E_total", "E_total"),
        (one_layer([["1e160"]], "identity", "squared_error", ["0"], inputs={"x1": "1e100"}), "dE_total/dw1", "unit y1"),
    ],
)
def test_a_figure_beyond_floats_is_named(given: dict[str, Any], quantity: str, named: str) -> None:
    """Which quantity, of which unit, and what helps; figures in range are given all the same."""
    solution = derive.solve(derive.load(given))
    assert solution.value("x1") == float(given["inputs"]["x1"])
    for ask in (solution.value, solution.figure):
        with pytest.raises(PrecisionError) as caught:
            ask(quantity)
        assert str(caught.value).startswith(quantity)
        assert named in str(caught.value)
        assert "64-bit floats" in str(caught.value)
        assert "scale the inputs" in str(caught.value)


def formulas(define: dict[str, str], given: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {"title": "Chain", "objective": "J", "wrt": list(given), "given": given, "define": define} | other


TIES = [
    ({"n": "a + b - c", "J": "relu(n) + a"}, 0.1, "0.1"),
    ({"n": "a + b", "J": "max(n, c) + a"}, 0.4, "0.1"),
    ({"n": "a + b", "J": "min(c, n) + a"}, 0.4, "0.1"),
    ({"n": "a + b - c", "J": "abs(n) + a"}, 0.1, "0.1"),
]


@pytest.mark.parametrize(("define", "value", "rate"), TIES)
def test_a_tie_that_floats_miss_is_no_disagreement(define: dict[str, str], value: float, rate: str) -> None:
    """0.1 + 0.2 is 0.3, though not in floats: routes that cannot see it are left out, in words; others are compared."""
    given = {"a": "0.1", "b": "0.2", "c": "0.3"}
    explanation = derive.explain(derive.load(formulas(define, given, learning_rate=rate)))
    assert explanation.solution.value("J") == value
    checks = {check.quantity: check for check in explanation.checks}
    assert checks["J"].left_out == ()
    assert "compiled formulas" in dict(checks["a_new"].left_out)
    assert dict(checks["dJ/da"].left_out)["complex step"] == AT_A_KINK
    assert "Routes left out" in explanation.to_html()


@pytest.mark.parametrize("start", ["0.3", "0.7", "1.1", "3"])
def test_cancellation_is_followed_into_the_next_round(start: str) -> None:
    """J = (2a)², whose slope loses digits in floats: after the update a is a − 8ηa."""
    define = {"u": "2000000/a", "v": "2*a + u - u", "J": "v**2"}
    solution = derive.solve(derive.load(formulas(define, {"a": start}, learning_rate="0.1")))
    after = Fraction(start) * Fraction(2, 10)
    assert solution.value("J@1") == float(4 * after * after)


def test_a_quotient_with_a_hidden_constant() -> None:
    """cos(a) over 1/3 and a little is 3 cos a."""
    solution = derive.solve(derive.load(formulas({"J": "cos(a)/(1/3 + 1e-308)"}, {"a": "0.5"})))
    assert solution.value("J") == pytest.approx(3 * math.cos(0.5), rel=1e-15)


def test_a_ball_gives_the_nearest_float_or_none() -> None:
    """A ball that is narrow but holds the middle between two floats does not settle which of them is nearer."""
    from flint import arb, fmpq

    with precision(128):
        middle = arb(fmpq(2**53 + 1, 2**53))  # between 1 and the float after it
        narrow = middle + arb(0, 2.0**-120)
        assert nearest(narrow) is None
        assert nearest(middle) == 1.0  # a tie goes to the even one
        assert nearest(middle + arb(2) ** -100) == math.nextafter(1.0, 2.0)
        assert nearest(arb(1, 1)) is None
    with precision(4096):
        assert nearest(middle + arb(0, 1) * arb(2) ** -3000, last=True) == 1.0


@pytest.mark.parametrize("seed", range(8))
def test_values_are_the_nearest_floats(seed: int) -> None:
    """e^0.5 and a number that brings the sum within 1e-45 of the middle between two floats, on either side of it."""
    low = random.Random(seed).uniform(1.0, 2.0)
    middle = (Fraction(low) + Fraction(math.nextafter(low, 2.0))) / 2
    with localcontext(prec=80):
        root = Decimal("0.5").exp()
        for beyond, expected in ((Decimal("1e-45"), math.nextafter(low, 2.0)), (Decimal("-1e-45"), low)):
            rest = Decimal(middle.numerator) / Decimal(middle.denominator) + beyond - root
            given = formulas({"J": "exp(a) + b"}, {"a": "0.5", "b": f"{rest:.60f}"})
            assert derive.solve(derive.load(given)).value("J") == expected
