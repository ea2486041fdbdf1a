"""The record of a function: what it is, its slopes, how it is written, and the words that teach it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from derive.formula.expression import (
    Expression,
    Ref,
    references,
)

#: Builds a formula from those of the arguments.
Builder = Callable[..., Expression]
#: Builds the slopes of a function by each of its arguments from its own value and from its arguments.
Slopes = Callable[..., tuple[Expression, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """What a page, a handout and a notebook say of a function that a layer may have.

    Attributes
    ----------
    title : str
        Its name in running text.
    does : str
        A sentence: what it does to a net input.
    remark : str
        A sentence on its slope, once that is found.
    note : str
        A sentence where it first acts on a whole vector.
    convention : tuple of (str, str) or None
        What is agreed where the slope is a matter of taste, as a row of the conventions.
    head : str
        How f is called on the blackboard; left out: as it is printed.
    definition : callable or None
        How it is defined on the blackboard; None: as it is printed or worked out.
    start : callable or None
        Another form of f(n), from which the steps to its slope begin.
    steps : callable or None
        From n and from f(n): the right-hand sides that lead to its slope, in working order; None: the slope itself.
    cases : tuple of (Fraction, Fraction) or None
        Its slope above 0, and at or below 0, where it has a corner.
    outs : (float, float)
        Activations, in size, that a handout may ask for.
    targets : tuple of (int, int)
        Ranges in hundredths from which a handout draws targets.
    signed : bool or None
        Whether these may be negative; None: where the problem's own are.
    labels : bool
        Whether targets may be 0 and 1, drawn as such where the problem's own are.
    """

    title: str
    does: str = ""
    remark: str = ""
    note: str = ""
    convention: tuple[str, str] | None = None
    head: str = ""
    definition: Builder | None = None
    start: Builder | None = None
    steps: Callable[[Expression, Expression], tuple[Expression, ...]] | None = None
    cases: tuple[Fraction, Fraction] | None = None
    outs: tuple[float, float] = (0.1, 5.0)
    targets: tuple[tuple[int, int], ...] = ((10, 200),)
    signed: bool | None = None
    labels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function that a formula may call.

    Attributes
    ----------
    name : str
    arity : int or None
        How many arguments it takes; None: one or more.
    definition : callable or None
        Its formula in terms of its arguments; None: every arithmetic has the function itself.
    slopes : callable
        Its slopes by each argument, from its own value and its arguments.
    jumps : bool
        Whether its values are separate steps, so that its slope is 0 wherever it has one.
    library : str
        What Python's math, NumPy, SymPy and Arb all call it.
    inline : str
        Python source for it on floats, with ``{0}`` for the argument, a name.
    code : str
        NumPy source for it where no library has it, with ``{0}``, ``{1}`` for its arguments; empty: by its definition.
    torch : str
        The same for PyTorch, where its slope at a corner must be the one here, or the definition is not how it is
        written there.
    at_zero : Fraction or None
        Its value at 0 where that is known to be rational.
    spelled : str
        What problem files call it; empty: not at all.
    sign : str
        How it is printed before its argument; empty: by its name.
    written : callable or None
        How it is printed instead, from its arguments.
    relation : str
        Of a comparison, which is 1 where it holds and else 0: the sign between its arguments.
    activation : Activation or None
    kinked : bool
        Whether it has a corner, a slope that jumps; the table of all functions fills it in.
    """

    name: str
    arity: int | None = 1
    definition: Builder | None = None
    slopes: Slopes
    jumps: bool = False
    library: str = ""
    inline: str = ""
    code: str = ""
    torch: str = ""
    at_zero: Fraction | None = None
    spelled: str = ""
    sign: str = ""
    written: Builder | None = None
    relation: str = ""
    activation: Activation | None = None
    kinked: bool = False

    @property
    def printed(self) -> str:
        """How it stands before its argument in parentheses."""
        return self.sign or self.name

    @property
    def placeholders(self) -> tuple[Ref, ...]:
        """What stands for its value and its arguments: ``value``, then ``x`` or, of several, ``x0``, ``x1``."""
        names = ("x",) if self.arity == 1 else ("x0", "x1")
        return (Ref("value"), *map(Ref, names))

    @property
    def uses_once(self) -> bool:
        """Whether its definition holds its one argument once."""
        return self.arity == 1 and self.definition is not None and [*references(self.definition(Ref("x")))] == ["x"]

    @property
    def slope(self) -> Expression:
        """∂f/∂x of a function of one argument, in terms of ``Ref("value")`` and ``Ref("x")``."""
        return self.slopes(*self.placeholders)[0]

    @property
    def in_own_value(self) -> bool:
        """Whether its slope is shorter in terms of its own value."""
        return self.arity == 1 and "value" in references(self.slope)
