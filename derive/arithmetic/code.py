"""From formulas to straight-line functions, for floats, for arrays of variants, and for exact and ball arithmetic.

The generated source names every quantity by its position (``v0``, ``v1``, ...), so no text of a user's ever reaches
it. The same source runs on any kind of number; only the functions and constants it is given differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial, reduce
from typing import Generic, cast

import numpy as np

from derive.arithmetic.common_parts import folded, without_repeats
from derive.arithmetic.interpreting import evaluate as evaluate
from derive.arithmetic.number import Array, N
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum, references
from derive.formula.function import Builder
from derive.formula.functions import FUNCTIONS
from derive.network.graph import Quantity

#: ``rounds(state_values, fixed_values, count, report)`` gives the parameters after so many rounds.
Rounds = Callable[[Sequence[N], Sequence[N], int, Callable[[N | None], None]], tuple[N, ...]]
Compiled = Callable[[Sequence[N]], tuple[N, ...]]

_LONGEST_SUM = 64  # terms in one generated expression: the compiler nests one level for each


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Generic[N]):
    """A kind of number for generated code to run on.

    Attributes
    ----------
    functions : mapping of str to callable
        One for every name in `derive.formula.functions.FUNCTIONS`; where there are any called ``product``,
        ``quotient`` and ``power``, they stand for the operators.
    constant : callable
        Turns the exact value of a constant into this kind of number.
    wrap : callable or None
        Applied to every quantity as it is computed, such as rounding to the printed digits; not to one that is just
        another name for a figure.
    inline : mapping of str to str
        Source that replaces a call, with ``{0}`` for its argument, a name.
    literals : bool
        Whether constants are written into the source as floats, and functions as their definitions.
    defined : frozenset of str
        Functions that it works out by their definitions.
    quick : Arithmetic or None
        The same figures, sooner; it may raise OverflowError where this one does not.
    """

    functions: Mapping[str, Callable[..., N]]
    constant: Callable[[Fraction], N]
    wrap: Callable[[N], N] | None = None
    inline: Mapping[str, str] = field(default_factory=dict)
    literals: bool = False
    defined: frozenset[str] = frozenset()
    quick: Arithmetic[N] | None = None


def compile_quantities(
    quantities: Sequence[Quantity], *, inputs: Sequence[str], outputs: Sequence[str], arithmetic: Arithmetic[N]
) -> Compiled[N]:
    """A function from the values of ``inputs`` to those of ``outputs``; nothing else is computed.

    Parameters
    ----------
    quantities : sequence of Quantity
        In working order.
    inputs, outputs : sequences of str
        Quantity ids. Every output is an input or one of ``quantities``.
    arithmetic : Arithmetic

    Returns
    -------
    callable
        Takes one sequence of values in the order of ``inputs`` and returns a tuple in the order of ``outputs``.
    """
    writer = _Writer(arithmetic, inputs)
    body = writer.statements(needed(quantities, outputs))
    lines = ["def compiled(given):", *_unpacked(inputs, "given"), *body, f" return ({writer.packed(outputs)})"]
    return cast(Compiled[N], writer.compiled(lines))


def compile_rounds(
    quantities: Sequence[Quantity],
    *,
    state: Mapping[str, str],
    fixed: Sequence[str],
    watched: str | None,
    arithmetic: Arithmetic[N],
) -> Rounds[N]:
    """A function that repeats a round: it replaces each parameter by its updated value, over and over.

    Parameters
    ----------
    quantities : sequence of Quantity
    state : mapping of str to str
        Parameter id to the id of its updated value, such as ``w5`` to ``w5_new``.
    fixed : sequence of str
        Ids of the givens that rounds leave as they are.
    watched : str or None
        Id of the quantity that is reported at the start of every round; None to report None.

    Returns
    -------
    callable
        ``rounds(state_values, fixed_values, count, report)`` returns the parameters after ``count`` rounds.
    """
    chosen = needed(quantities, [*state.values(), *([] if watched is None else [watched])])
    if arithmetic.quick is None:
        return _rounds(chosen, state, fixed, watched, arithmetic, None)

    def safe(values: Sequence[N], others: Sequence[N], count: int, report: Callable[[N | None], None]) -> tuple[N, ...]:
        return _rounds(chosen, state, fixed, watched, arithmetic, None)(values, others, count, report)

    return _rounds(chosen, state, fixed, watched, arithmetic.quick, safe)


def _rounds(
    quantities: Sequence[Quantity],
    state: Mapping[str, str],
    fixed: Sequence[str],
    watched: str | None,
    arithmetic: Arithmetic[N],
    safe: Rounds[N] | None,
) -> Rounds[N]:
    """What `compile_rounds` gives; ``safe`` takes over at the start of a round that overflows."""
    inputs = [*state, *fixed]
    writer = _Writer(arithmetic, inputs)
    if arithmetic.wrap is None:  # figures that are carried rounded are rounded at every quantity
        quantities, names = without_repeats(quantities, squares=arithmetic.literals)
    else:
        names = {}
    reported = names.get(watched, watched) if watched is not None else None
    if arithmetic.literals:
        kept = [names.get(name, name) for name in state.values()]
        quantities = folded(quantities, kept if reported is None else [*kept, reported])
    body = writer.statements(quantities)
    old = writer.packed(list(state))
    new = writer.packed([names.get(name, name) for name in state.values()])
    attempt = [
        " try:",
        *(" " + line for line in body or [" pass"]),
        " except OverflowError:",
        f"  return safe(({old}), fixed, count - done, report)",
    ]
    lines = [
        "def compiled(state, fixed, count, report):",
        *_unpacked(list(state), "state"),
        *_unpacked(fixed, "fixed", start=len(state)),
        " for done in range(count):",
        *(" " + line for line in (body if safe is None else attempt)),
        f"  report({'None' if reported is None else writer.name(reported)})",
        *([f"  {old} = {new}"] if state else []),  # all at once: one may take the old value of another
        f" return ({writer.packed(list(state))})",
    ]
    return cast(Rounds[N], writer.compiled(lines, safe=safe))


def needed(quantities: Sequence[Quantity], outputs: Iterable[str]) -> list[Quantity]:
    """The quantities that the outputs depend on, in working order."""
    wanted = set(outputs)
    keep: list[Quantity] = []
    for quantity in reversed(quantities):
        if quantity.id in wanted:
            keep.append(quantity)
            wanted.update(references(quantity.expression))
    return keep[::-1]


class _Writer(Generic[N]):
    def __init__(self, arithmetic: Arithmetic[N], inputs: Sequence[str]) -> None:
        self.arithmetic = arithmetic
        self.names = {name: f"v{position}" for position, name in enumerate(inputs)}
        self.constants: dict[Fraction, str] = {}

    def name(self, quantity: str) -> str:
        return self.names[quantity]

    def packed(self, outputs: Sequence[str]) -> str:
        return "".join(f"{self.name(output)}, " for output in outputs)

    def statements(self, quantities: Sequence[Quantity]) -> list[str]:
        lines: list[str] = []
        for quantity in quantities:
            target = f"v{len(self.names)}"
            expression = quantity.expression
            if isinstance(expression, Sum) and len(expression.terms) > _LONGEST_SUM:
                text = self.text(Sum(expression.terms[:_LONGEST_SUM]))
                for start in range(_LONGEST_SUM, len(expression.terms), _LONGEST_SUM):
                    lines.append(f" {target} = {text}")
                    text = f"{target} + {self.text(Sum(expression.terms[start : start + _LONGEST_SUM]))}"
            else:
                text = self.text(expression)
            plain = self.arithmetic.wrap is None or isinstance(expression, Ref | Const)
            lines.append(f" {target} = {text if plain else f'wrap({text})'}")
            self.names[quantity.id] = target
        return lines

    def text(self, expression: Expression) -> str:
        match expression:
            case Ref(name):
                return self.names[name]
            case Const(value) if self.arithmetic.literals and math.isfinite(number := _float(value)):
                return f"({number!r})"
            case Const(value):
                return self.constants.setdefault(value, f"c{len(self.constants)}")
            case Neg(operand):
                return f"(-{self.text(operand)})"
            case Sum(terms):
                signed = (f" - {self.text(t.operand)}" if isinstance(t, Neg) else f" + {self.text(t)}" for t in terms)
                return f"({''.join(signed).removeprefix(' + ')})"
            case Product(factors):
                texts = list(map(self.text, factors))
                return f"product({', '.join(texts)})" if self.named("product") else f"({' * '.join(texts)})"
            case Quotient(numerator, denominator):
                above, below = self.text(numerator), self.text(denominator)
                return f"quotient({above}, {below})" if self.named("quotient") else f"({above} / {below})"
            case Power(base, exponent):
                text = self.text(base)
                return f"power({text}, {exponent})" if self.named("power") else f"({text} ** {exponent})"
            case Call(function, arguments):
                return self.called(function, arguments)

    def called(self, function: str, arguments: tuple[Expression, ...]) -> str:
        """A call, written out where the arithmetic wants it so and nothing is worked out twice."""
        record = FUNCTIONS[function]
        named = all(isinstance(argument, Ref | Const) for argument in arguments)
        template = self.arithmetic.inline.get(function)
        if template is not None and (named or template.count("{0}") == 1):
            return template.format(*map(self.text, arguments))
        plain = self.arithmetic.literals and function in self.arithmetic.defined and (named or record.uses_once)
        if plain and record.definition is not None:
            return self.text(record.definition(*arguments))
        return f"{function}({', '.join(map(self.text, arguments))})"

    def named(self, operator: str) -> bool:
        return operator in self.arithmetic.functions

    def compiled(self, lines: Sequence[str], safe: Rounds[N] | None = None) -> object:
        namespace: dict[str, object] = dict(self.arithmetic.functions)
        namespace |= {name: self.arithmetic.constant(value) for value, name in self.constants.items()}
        namespace |= {"wrap": self.arithmetic.wrap, "safe": safe}
        # The source consists of positional names, operators and function names of ours: ids, titles and formulas that
        # users type never get here, only the parsed `Expression`, whose names become v0, v1, ... and whose functions
        # are those of `derive.formula.functions.FUNCTIONS`.
        exec(compile("\n".join(lines), "<derived>", "exec"), namespace)  # noqa: S102 - generated from positions alone
        return namespace["compiled"]


def _unpacked(names: Sequence[str], source: str, start: int = 0) -> list[str]:
    if not names:
        return []
    return [f" ({', '.join(f'v{start + position}' for position in range(len(names)))},) = {source}"]


def _float(value: Fraction) -> float:
    """The nearest float64: infinite beyond its range, as the rest of float arithmetic has it."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _ln(x: float) -> float:
    return math.log(x) if x > 0 else (-math.inf if x == 0 else math.nan)


def _power(base: float, exponent: int) -> float:
    """A power that leaves the range of floats as products do: into infinity, not into an exception."""
    try:
        return float(base**exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 else math.inf


def _softmax(net: float, *nets: float) -> float:
    return 1.0 / math.fsum(_exp(other - net) for other in nets)


def arithmetic(
    offered: Mapping[str, Callable[..., N]], constant: Callable[[Fraction], N], library: object = None
) -> Arithmetic[N]:
    """A kind of number with every function of `derive.formula.functions`.

    Parameters
    ----------
    offered : mapping of str to callable
        What this kind of number does in its own way; operators may be among it.
    constant : callable
    library : object
        Where functions are found under the name by which libraries call them.

    Raises
    ------
    LookupError
        If a function is neither offered, nor in the library, nor defined by others.
    """
    functions = dict(offered)
    if library is not None:
        shared = (record for record in FUNCTIONS.values() if record.library and record.name not in offered)
        functions |= {record.name: getattr(library, record.library) for record in shared}
    defined = frozenset(FUNCTIONS.keys() - functions)
    made = Arithmetic(functions=functions, constant=constant, defined=defined)
    for name in defined:
        definition = FUNCTIONS[name].definition
        if definition is None:
            raise LookupError(f"no {name} for this kind of number")
        functions[name] = partial(_defined, definition, made)
    return made


def _defined(definition: Builder, made: Arithmetic[N], *arguments: N) -> N:
    names = [f"x{place}" for place in range(len(arguments))]
    return evaluate(definition(*map(Ref, names)), dict(zip(names, arguments, strict=True)), made)


_ROOT, _TWO_PI = math.sqrt(2.0), 2.0 * math.pi

_CAREFUL = arithmetic(
    {
        "normal": lambda x: math.erfc(-x / _ROOT) / 2.0,
        "density": lambda x: _exp(-x * x / 2.0) / math.sqrt(_TWO_PI),
        "exp": _exp,
        "ln": _ln,
        "power": _power,
        "relu": lambda x: max(x, 0.0),  # of nan it is nan
        "softplus": lambda x: max(x, 0.0) + math.log1p(_exp(-abs(x))),
        "softmax": _softmax,
        "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
        "max": max,
        "min": min,
        "abs": abs,
        "sign": lambda x: float((x > 0) - (x < 0)),
        "at_least": lambda a, b: 1.0 if a >= b else 0.0,
        "above": lambda a, b: 1.0 if a > b else 0.0,
    },
    _float,
    math,
)

#: One network in Python floats; rounds run without a function call of ours until an exponential overflows.
FLOATS = replace(
    _CAREFUL,
    quick=replace(
        _CAREFUL,
        functions={
            **{name: each for name, each in _CAREFUL.functions.items() if name != "power"},
            "exp": math.exp,
            "log1p": math.log1p,
        },
        inline={record.name: record.inline for record in FUNCTIONS.values() if record.inline},
        literals=True,
    ),
)

#: Many variants at once: every quantity is an array with one entry a variant (or a float for all of them).
ARRAYS: Arithmetic[Array] = arithmetic(
    {
        "normal": lambda x: np.vectorize(math.erfc, otypes=[np.float64])(-x / _ROOT) / 2.0,
        "density": lambda x: np.exp(-x * x / 2.0) / math.sqrt(_TWO_PI),
        "relu": lambda x: np.maximum(x, 0.0),
        "softplus": lambda x: np.logaddexp(x, 0.0),
        "softmax": lambda net, *nets: 1.0 / sum(np.exp(other - net) for other in nets),
        "max": lambda *several: reduce(np.maximum, several),
        "min": lambda *several: reduce(np.minimum, several),
        "abs": np.abs,
        "sign": np.sign,
        "at_least": lambda a, b: np.where(a >= b, 1.0, 0.0),
        "above": lambda a, b: np.where(a > b, 1.0, 0.0),
    },
    _float,
    np,
)
