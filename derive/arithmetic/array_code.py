"""Rounds of many variants at once: one array a quantity, worked in place in as few arrays as the formulas allow.

NumPy's cost on arrays that fit the cache is half allocation: each operation here writes into an array that is no
longer needed. Which one that is, is decided once, when the code is generated (linear scan over the last uses).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np

from derive.arithmetic.code import ARRAYS, needed
from derive.arithmetic.common_parts import without_repeats
from derive.arithmetic.number import Array
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum, references
from derive.formula.functions import written_out
from derive.network.graph import Quantity

#: ``rounds(state_arrays, fixed_values, count)`` gives the parameters after so many rounds; it may write into its own.
ArrayRounds = Callable[[Sequence[Array], Sequence[float], int], tuple[Array, ...]]

_OPERATIONS = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "negative": np.negative,
    "maximum": np.maximum,
    "copyto": lambda source, target: np.copyto(target, source),
}
_NAMES = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}
#: Functions that NumPy works in place, each as an operation with {0} for the argument and {1} for the result.
_IN_PLACE = {
    "relu": "_maximum({0}, 0.0, out={1})",
    **{name: f"{name}({{0}}, {{1}})" for name, function in ARRAYS.functions.items() if isinstance(function, np.ufunc)},
}


def compile_array_rounds(
    quantities: Sequence[Quantity], *, state: Mapping[str, str], fixed: Sequence[str]
) -> ArrayRounds:
    """A function that repeats a round on arrays: each parameter an array with one entry a variant.

    Parameters
    ----------
    quantities : sequence of Quantity
        In working order.
    state : mapping of str to str
        Parameter id to the id of its updated value; at least one.
    fixed : sequence of str
        Ids of the givens that all variants share.
    """
    plain = [
        replace(quantity, expression=written_out(quantity.expression, ARRAYS.defined))
        for quantity in needed(quantities, list(state.values()))
    ]
    forms, names = without_repeats(plain, squares=True)
    after = [names.get(name, name) for name in state.values()]
    writer = _ArrayWriter(list(state), fixed, forms, after)
    for quantity in forms:
        writer.work(quantity)
    return writer.function(after)


@dataclass(frozen=True, slots=True)
class _Operand:
    """Source of a value: of a quantity's array, of an intermediate array (``part``), or else of a scalar."""

    text: str
    quantity: str | None = None
    part: bool = False

    @property
    def is_array(self) -> bool:
        return self.part or self.quantity is not None


class _ArrayWriter:
    """Writes one operation after another and keeps count of what each array is still needed for."""

    def __init__(
        self, state: Sequence[str], fixed: Sequence[str], forms: Sequence[Quantity], after: Sequence[str]
    ) -> None:
        self.size = len(state)
        self.fixed = fixed
        self.arrays = {name: f"a{position}" for position, name in enumerate(state)}
        self.scalars = {name: f"s{position}" for position, name in enumerate(fixed)}
        self.uses = Counter(name for quantity in forms for name in references(quantity.expression))
        self.uses.update(after)
        self.count = self.size
        self.free = [array for name, array in self.arrays.items() if not self.uses[name]]
        self.before: list[str] = []
        self.lines: list[str] = []

    def work(self, quantity: Quantity) -> None:
        """Write the operations of one quantity."""
        value = self._value(quantity.expression)
        if value.is_array:
            self.arrays[quantity.id] = value.text
        else:
            # What depends on fixed values alone is worked out once, before the rounds.
            name = f"s{len(self.scalars)}"
            self.before.append(f" {name} = {value.text}")
            self.scalars[quantity.id] = name

    def function(self, after: Sequence[str]) -> ArrayRounds:
        """The compiled function: at the end of a round every name stands for the array it starts the next with."""
        ends = list(self._ends(after))
        left = [f"a{position}" for position in range(self.count)]
        ends += [array for array in left if array not in ends]
        old, new = ", ".join(left), ", ".join(ends)
        state = ", ".join(left[: self.size])
        lines = [
            "def compiled(state, fixed, count):",
            f" {state}, = state",
            *([f" {', '.join(f's{position}' for position in range(len(self.fixed)))}, = fixed"] if self.fixed else []),
            *self.before,
            *(f" {array} = empty_like(a0)" for array in left[self.size :]),
            " for _ in range(count):",
            *(f"  {line}" for line in self.lines),
            f"  {old}, = {new},",
            f" return {state},",
        ]
        namespace: dict[str, object] = {**ARRAYS.functions, "empty_like": np.empty_like}
        namespace |= {f"_{name}": operation for name, operation in _OPERATIONS.items()}
        # The source consists of positional names, operators and function names of ours: ids, titles and formulas that
        # users type never get here, only the parsed `Expression`, whose names become v0, v1, ... and whose functions
        # are those of `derive.formula.functions.FUNCTIONS`.
        exec(compile("\n".join(lines), "<derived>", "exec"), namespace)  # noqa: S102 - generated from positions alone
        return cast(ArrayRounds, namespace["compiled"])

    def _ends(self, after: Sequence[str]) -> Iterator[str]:
        """The arrays that hold the updated parameters, each in one of its own."""
        taken: set[str] = set()
        for name in after:
            array = self.arrays.get(name)
            if array is None or array in taken:
                source = self.scalars[name] if array is None else array
                array = self._emit((), partial(_copied, source)).text
            taken.add(array)
            yield array

    def _value(self, expression: Expression) -> _Operand:
        match expression:
            case Ref(name) if name in self.scalars:
                return _Operand(self.scalars[name])
            case Ref(name):
                return _Operand(self.arrays[name], quantity=name)
            case Const(value):
                return _Operand(f"({float(value)!r})")
            case Neg(operand):
                return self._operation("negative", "(-{0})", self._value(operand))
            case Sum(terms):
                signed = [("-", term.operand) if isinstance(term, Neg) else ("+", term) for term in terms]
                return self._chain(signed)
            case Product(factors):
                return self._chain([("*", factor) for factor in factors])
            case Quotient(numerator, denominator):
                return self._chain([("*", numerator), ("/", denominator)])
            case Power(base, exponent):
                return self._operation("power", "({0} ** {1})", self._value(base), _Operand(str(exponent)))
            case Call(function, arguments):
                return self._call(function, [self._value(argument) for argument in arguments])

    def _chain(self, parts: Sequence[tuple[str, Expression]]) -> _Operand:
        """Terms or factors from the left."""
        sign, first = parts[0]
        whole = self._value(Neg(first) if sign == "-" else first)
        for sign, part in parts[1:]:
            whole = self._operation(_NAMES[sign], f"({{0}} {sign} {{1}})", whole, self._value(part))
        return whole

    def _operation(self, name: str, scalar: str, *operands: _Operand) -> _Operand:
        texts = [operand.text for operand in operands]
        if not any(operand.is_array for operand in operands):
            return _Operand(scalar.format(*texts))
        return self._emit(operands, lambda target: [f"_{name}({', '.join((*texts, target))})"])

    def _call(self, function: str, arguments: Sequence[_Operand]) -> _Operand:
        whole = f"{function}({', '.join(argument.text for argument in arguments)})"
        if not any(argument.is_array for argument in arguments):
            return _Operand(whole)
        template = _IN_PLACE.get(function, f"_copyto({whole}, {{1}})")
        return self._emit(arguments, lambda target: [template.format(arguments[0].text, target)])

    def _emit(self, operands: Sequence[_Operand], lines: Callable[[str], list[str]]) -> _Operand:
        """Write an operation into an array that nothing needs any more; its operands may be that."""
        for operand in operands:
            if operand.quantity is not None:
                self.uses[operand.quantity] -= 1
                if not self.uses[operand.quantity]:
                    self.free.append(operand.text)
            elif operand.is_array:
                self.free.append(operand.text)
        if not self.free:
            self.free.append(f"a{self.count}")
            self.count += 1
        target = self.free.pop()
        self.lines += lines(target)
        return _Operand(target, part=True)


def _copied(source: str, target: str) -> list[str]:
    return [f"_copyto({source}, {target})"]
