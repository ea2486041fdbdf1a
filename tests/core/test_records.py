"""Records of functions and losses: every slope derived anew by SymPy, every record whole."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
import sympy

from derive.formula.expression import Call, Const, Ref
from derive.formula.function import Function
from derive.formula.functions import ACTIVATIONS, CALLABLE, FUNCTIONS
from derive.formula.losses import LOSSES
from derive.formula.numpy_source import function_source, slope_source
from derive.network.to_sympy import to_sympy
from derive.numeric import formulas
from derive.numeric.activations import TWINS
from derive.numeric.losses import TWINS as LOSS_TWINS

SIZE, OTHER = sympy.symbols("size other", positive=True)
#: What the names mean to SymPy itself, without a look at the records.
MEANING: dict[str, Any] = {
    "exp": sympy.exp, "ln": sympy.log, "sqrt": sympy.sqrt, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan,
    "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "abs": sympy.Abs, "sign": sympy.sign,
    "max": sympy.Max, "min": sympy.Min, "at_least": lambda a, b: sympy.Integer(bool(a >= b)),
    "above": lambda a, b: sympy.Integer(bool(a > b)), "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)), "relu": lambda x: sympy.Max(x, 0),
    "leaky_relu": lambda x: sympy.Max(x, x / 100), "identity": lambda x: x,
    "floor": sympy.floor, "normal": lambda x: (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
    "density": lambda x: sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi),
    "relu_slope": lambda x: sympy.Integer(bool(x > 0)),
    "leaky_relu_slope": lambda x: 1 if x > 0 else sympy.Rational(1, 100),
}  # fmt: skip
OF_ONE = [record for record in FUNCTIONS.values() if record.arity == 1]


def meant(function: str, arguments: Sequence[Any]) -> Any:
    """A call as SymPy means it; a function that is not listed is taken by its definition."""
    if function in MEANING:
        return MEANING[function](*arguments)
    definition = FUNCTIONS[function].definition
    assert definition is not None, f"say what {function} means to SymPy"
    names = [f"a{place}" for place in range(len(arguments))]
    return to_sympy(definition(*map(Ref, names)), dict(zip(names, arguments, strict=True)), calls=meant)


def same(first: Any, second: Any) -> bool:
    """Whether two expressions are equal for every positive size."""
    return bool(sympy.simplify(sympy.sympify(first - second).rewrite(sympy.exp)) == 0)


@pytest.mark.parametrize("record", OF_ONE, ids=lambda record: record.name)
@pytest.mark.parametrize("side", [1, -1])
def test_slopes_are_derivatives(record: Function, side: int) -> None:
    """SymPy's derivative of the function, on either side of 0, is the slope that its record has."""
    if side < 0 and record.name in ("ln", "sqrt"):
        pytest.skip("defined for positive arguments only")
    if record.jumps:
        assert record.slopes(*record.placeholders) == (Const(Fraction(0)),)  # SymPy knows no derivative of a step
        return
    x = side * SIZE
    whole = sympy.sympify(meant(record.name, [x]))
    slope = to_sympy(record.slope, {"x": x, "value": whole}, calls=meant)
    assert same(sympy.diff(whole, SIZE) / side, slope)


@pytest.mark.parametrize("record", OF_ONE, ids=lambda record: record.name)
@pytest.mark.parametrize("side", [1, -1])
def test_definitions_mean_what_the_name_says(record: Function, side: int) -> None:
    """A definition, and the form that is printed, are the function."""
    x = side * SIZE
    for form in (record.definition, record.written, record.activation and record.activation.definition):
        if form is not None:
            assert same(to_sympy(form(Ref("x")), {"x": x}, calls=meant), meant(record.name, [x]))


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("ahead", [1, -1])
def test_slopes_of_the_larger_and_the_smaller(name: str, ahead: int) -> None:
    """Of two arguments the one that is taken has slope 1, the other 0."""
    first, second = (OTHER + SIZE, OTHER) if ahead > 0 else (OTHER, OTHER + SIZE)
    slopes = FUNCTIONS[name].slopes(Ref("value"), Ref("a"), Ref("b"))
    found = [to_sympy(slope, {"a": first, "b": second}, calls=meant) for slope in slopes]
    taken = (1, 0) if (name == "max") == (ahead > 0) else (0, 1)
    assert found == list(taken)


def test_every_record_is_whole() -> None:
    """What one part of the house asks of a record, every record answers; the twins know the same names."""
    assert set(TWINS) == set(ACTIVATIONS)
    assert set(LOSS_TWINS) == set(LOSSES)
    for name, words in ACTIVATIONS.items():
        assert words.title, name
        assert words.does.endswith("."), name
        if FUNCTIONS[name].arity == 1:
            assert function_source(name), name
            assert slope_source(name), name
    # Those four have branches there; Φ is called by formulas of arrays alone.
    assert set(CALLABLE) - {"max", "min", "abs", "relu"} == set(formulas._FUNCTIONS) - {"normal"}
    for spelled, record in CALLABLE.items():
        assert record.spelled == spelled
        assert record.slopes(*record.placeholders)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if FUNCTIONS[name].arity == 1])
def test_corners_are_known(name: str) -> None:
    """A function with a corner has the two slopes beside it, and only such a one."""
    record = FUNCTIONS[name]
    assert record.kinked == (ACTIVATIONS[name].cases is not None) == TWINS[name].kinked
    if ACTIVATIONS[name].cases is not None:
        sides = [to_sympy(Call(record.slope.function, (Ref("x"),)), {"x": x}, calls=meant) for x in (SIZE, -SIZE)]
        assert sides == [sympy.Rational(str(case)) for case in ACTIVATIONS[name].cases]
