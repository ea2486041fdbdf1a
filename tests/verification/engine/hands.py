"""Students: they work along a derivation with a rounding of their own, and write some of it down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf

from derive.arithmetic.code import Arithmetic, evaluate
from derive.formula.expression import Expression
from derive.given.formula_problem import AnyProblem
from derive.judging.engine.judging import judge_scripts
from derive.judging.findings import Finding
from derive.judging.misconceptions.model import Mistake
from derive.judging.model import Options, Written
from derive.judging.reading.written import read_written
from derive.judging.routes import Routes, routes_of
from derive.network.derivation import Derivation
from derive.proof.values import given_numbers

mp.dps = 60


def _sum(values: Sequence[Any]) -> Any:
    return sum(values[1:], values[0])


#: Sixty digits, written apart from every arithmetic that judges.
MANY_DIGITS = Arithmetic(
    functions={
        "exp": mp.exp,
        "ln": mp.log,
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
        "tanh": mp.tanh,
        "relu": lambda x: max(x, mpf(0)),
        "relu_slope": lambda x: mpf(1 if x > 0 else 0),
        "leaky_relu": lambda x: x if x > 0 else x / 100,
        "leaky_relu_slope": lambda x: mpf(1) if x > 0 else mpf(1) / 100,
        "identity": lambda x: x,
        "softsign": lambda x: x / (1 + abs(x)),
        "softplus": lambda x: mp.log(1 + mp.exp(x)),
        "softmax": lambda net, *nets: mp.exp(net) / _sum([mp.exp(other) for other in nets]),
        "sqrt": mp.sqrt,
        "sin": mp.sin,
        "cos": mp.cos,
        "tan": mp.tan,
        "sinh": mp.sinh,
        "cosh": mp.cosh,
        "max": max,
        "min": min,
        "abs": abs,
        "sign": mp.sign,
        "floor": mp.floor,
        "normal": mp.ncdf,
        "density": mp.npdf,
        "raised": mp.power,
        "at_least": lambda a, b: mpf(1 if a >= b else 0),
        "above": lambda a, b: mpf(1 if a > b else 0),
    },
    constant=lambda value: mpf(value.numerator) / value.denominator,
)


class Scratch:
    """A number whose every operation is rounded, as somebody works who notes each intermediate result.

    The last operation of a formula is left as it is: the student rounds it as he writes it down.
    """

    def __init__(self, value: Any, write: Callable[[Any], str], *, worked: bool = True) -> None:
        self.value, self.write, self.worked = value, write, worked

    @property
    def noted(self) -> Any:
        return _number(read_written(self.write(self.value)).value) if self.worked else self.value

    def _of(self, value: Any) -> Scratch:
        return Scratch(value, self.write)

    def __neg__(self) -> Scratch:
        return Scratch(-self.value, self.write, worked=self.worked)

    def __add__(self, other: Scratch) -> Scratch:
        return self._of(self.noted + other.noted)

    def __mul__(self, other: Scratch) -> Scratch:
        return self._of(self.noted * other.noted)

    def __truediv__(self, other: Scratch) -> Scratch:
        return self._of(self.noted / other.noted)

    def __pow__(self, exponent: int) -> Scratch:
        return self._of(self.noted**exponent)


def scratch_arithmetic(write: Callable[[Any], str]) -> Arithmetic:
    """Sigmoids and sums on scratch paper, rounded as the lines are."""

    def exact(value: Fraction) -> Scratch:
        return Scratch(_number(value), write, worked=False)

    def sigmoid(x: Scratch) -> Scratch:
        return exact(Fraction(1)) / (exact(Fraction(1)) + x._of(mp.exp(-x.noted)))

    def plain(name: str) -> Callable[[Scratch], Scratch]:
        return lambda x: x._of(MANY_DIGITS.functions[name](x.noted))

    names = ("exp", "ln", "tanh", "relu", "relu_slope", "leaky_relu", "leaky_relu_slope", "softplus")
    functions: dict[str, Callable[..., Any]] = {name: plain(name) for name in names}
    return Arithmetic(functions=functions | {"sigmoid": sigmoid}, constant=exact)


def significant(digits: int, *, truncate: bool = False) -> Callable[[Any], str]:
    """Writes a value with so many significant digits, trailing zeros kept."""

    def write(value: Any) -> str:
        if value == 0:
            return "0"
        place = int(mp.floor(mp.log10(abs(value)))) - digits + 1
        return _written(value, place, truncate)

    return write


def decimals(places: int) -> Callable[[Any], str]:
    """Writes a value with so many decimals."""
    return lambda value: _written(value, -places, False)


def _written(value: Any, place: int, truncate: bool) -> str:
    scaled = abs(value) / mpf(10) ** place * (1 + mpf(10) ** -45)  # 0.1 is no binary number: a hair below is not below
    units = int(mp.floor(scaled if truncate else scaled + mpf("0.5")))
    sign = "-" if value < 0 and units else ""
    if place >= 0:
        return f"{sign}{units}e{place}"
    text = str(units).zfill(1 - place)
    return f"{sign}{text[:place]}.{text[place:]}"


def script(
    problem: AnyProblem,
    way: Derivation,
    asked: Collection[str],
    write: Callable[[Any], str],
    *,
    paper: bool = True,
    scratch: bool = False,
    instead: Mapping[str, Expression] | None = None,
) -> dict[str, str]:
    """What a student writes who works along a way; on paper he goes on with what he wrote, else with what he has.

    ``instead`` holds the wrong formulas he uses; they may refer to figures that stand later, which are then right.
    """
    values = {name: _number(given.value) for name, given in given_numbers(problem).items()}
    right = dict(values)
    for quantity in way.quantities:
        right[quantity.id] = evaluate(quantity.expression, right, MANY_DIGITS)
    found: dict[str, str] = {}
    for quantity in way.quantities:
        expression = (instead or {}).get(quantity.id, quantity.expression)
        if scratch:
            known = {name: Scratch(each, write, worked=False) for name, each in (right | values).items()}
            value = evaluate(expression, known, scratch_arithmetic(write)).value
        else:
            value = evaluate(expression, right | values, MANY_DIGITS)
        if abs(value) < mpf(10) ** -50:
            value = mpf(0)
        if quantity.id in asked:
            found[quantity.id] = write(value)
            value = _number(read_written(found[quantity.id]).value) if paper else value
        elif scratch:
            value = _number(read_written(write(value)).value)
        values[quantity.id] = value
    return found


def judged(
    problem: AnyProblem,
    *scripts: Mapping[str, str],
    options: Options | None = None,
    routes: Routes | None = None,
    **catalogue: Callable[[Routes, str], Sequence[Mistake]],
) -> list[dict[str, Finding]]:
    """Findings for scripts given as texts."""
    read: list[dict[str, Written]] = [
        {name: read_written(text) for name, text in figures.items()} for figures in scripts
    ]
    return judge_scripts(routes or routes_of(problem.structure), [problem], read, options or Options(), **catalogue)


def verdicts(findings: Mapping[str, Finding]) -> dict[str, str]:
    """Verdicts alone."""
    return {name: finding.verdict for name, finding in findings.items()}


def faults(findings: Mapping[str, Finding]) -> dict[str, str]:
    """Verdicts that cost a mark."""
    fine = {"correct", "rounding", "convention", "blank"}
    return {name: finding.verdict for name, finding in findings.items() if finding.verdict not in fine}


def _number(value: Fraction) -> Any:
    return mpf(value.numerator) / value.denominator
