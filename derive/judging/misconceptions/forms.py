"""The parts of each kind of formula, and how they are put together again after some were changed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

from derive.formula.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum, sum_of
from derive.formula.functions import FUNCTIONS
from derive.network.graph import net_expression


class Form(Protocol):
    """A formula taken apart: a dataclass whose fields are the parts."""

    def expression(self) -> Expression:
        """The parts put together."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NetForm:
    """weights · sources + bias; the sign of one product may be turned, and the bias added several times."""

    weights: tuple[str, ...]
    sources: tuple[str, ...]
    bias: str | None
    added: bool
    turned: int | None = None
    times: int = 1

    def expression(self) -> Expression:
        """The parts put together."""
        plain = net_expression(self.weights, self.sources, self.bias, added=self.added)
        if self.turned is None and self.times == 1:
            return plain
        terms = list(plain.terms) if isinstance(plain, Sum) else [plain]
        terms += terms[-1:] * (self.times - 1 if self.bias else 0)
        if self.turned is not None and self.turned < len(self.weights):  # another rule may leave that product out
            terms[self.turned] = Neg(terms[self.turned])
        return sum_of(terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutForm:
    """An activation function of a net input; what is built of exponentials may take another base and sign.

    ``shape`` is an activation, or what is left of a formula: ``exp``, ``one over exp``, ``one plus exp``; or the
    ``slope`` of an activation.
    """

    shape: str
    net: str
    nets: tuple[str, ...]
    exponent: Literal["usual", "negated"] = "usual"
    base: Literal["e", "ten"] = "e"
    slope_of: str = ""

    def expression(self) -> Expression:
        """The parts put together."""
        if self.shape == "slope":
            return FUNCTIONS[self.slope_of].slopes(Call(self.slope_of, (Ref(self.net),)), Ref(self.net))[0]
        if self.shape == "one plus exp":
            return Sum((ONE, self._power(negative=True)))
        if self.shape == "identity":
            return Ref(self.net)
        if self.shape == "softmax":
            return self._softmax()
        plain = self.exponent == "usual" and self.base == "e"
        if self.shape == "exp":
            return self._power(negative=True)
        if self.shape == "one over exp":
            return Quotient(ONE, self._power(negative=True))
        if self.shape == "exp of net":
            return self._power(negative=False)
        if self.shape == "sigmoid" and not plain:
            return Quotient(ONE, Sum((ONE, self._power(negative=True))))
        argument: Expression = Ref(self.net)
        return Call(self.shape, (argument if self.exponent == "usual" else Neg(argument),))

    def _softmax(self) -> Expression:
        if self.exponent == "usual" and self.base == "e":
            return Call("softmax", (Ref(self.net), *map(Ref, self.nets)))
        powers = tuple(self._power(negative=False, net=net) for net in self.nets)
        return Quotient(self._power(negative=False), sum_of(powers))

    def _power(self, *, negative: bool, net: str = "") -> Expression:
        exponent: Expression = Ref(net or self.net)
        if self.base == "ten":  # 10 to the n is e to the n·ln 10
            exponent = Product((exponent, Call("ln", (Const(Fraction(10)),))))
        if negative == (self.exponent == "usual"):
            exponent = Neg(exponent)
        return Call("exp", (exponent,))


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareForm:
    """factor · (target − out)²."""

    factor: Fraction
    target: str
    out: str
    power: Literal[1, 2] = 2
    absolute: bool = False
    turned: bool = False

    def expression(self) -> Expression:
        """The parts put together."""
        first, second = (self.out, self.target) if self.turned else (self.target, self.out)
        difference: Expression = Sum((Ref(first), Neg(Ref(second))))
        if self.absolute:
            difference = Call("abs", (difference,))
        return times(self.factor, Power(difference, 2) if self.power == 2 else difference)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntropyForm:
    """−[t ln o + (1 − t) ln(1 − o)], or −t ln o alone."""

    target: str
    out: str
    both: bool
    negative: bool = True
    base: Literal["e", "ten"] = "e"

    def expression(self) -> Expression:
        """The parts put together."""
        body: Expression = Product((Ref(self.target), self._log(Ref(self.out))))
        if self.both:
            miss = Product((Sum((ONE, Neg(Ref(self.target)))), self._log(Sum((ONE, Neg(Ref(self.out)))))))
            body = Sum((body, miss))
        return Neg(body) if self.negative else body

    def _log(self, argument: Expression) -> Expression:
        natural = Call("ln", (argument,))
        return natural if self.base == "e" else Quotient(natural, Call("ln", (Const(Fraction(10)),)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SumForm:
    """share · (term + term + ...), possibly negated."""

    terms: tuple[Expression, ...]
    share: Fraction = Fraction(1)
    negative: bool = False

    def expression(self) -> Expression:
        """The parts put together."""
        total = self.terms[0] if len(self.terms) == 1 else Sum(self.terms)
        whole = times(self.share, total)
        return Neg(whole) if self.negative else whole


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaForm:
    """factor · arriving · slope, possibly negated; also a gradient, whose ``slope`` is what the weight weighs."""

    arriving: Expression
    slope: Expression | None
    factor: Fraction = Fraction(1)
    negative: bool = False

    def expression(self) -> Expression:
        """The parts put together."""
        product = self.arriving if self.slope is None else joined(self.arriving, self.slope)
        whole = times(self.factor, product)
        return Neg(whole) if self.negative else whole


@dataclass(frozen=True, slots=True, kw_only=True)
class PathsForm:
    """Σ delta · weight over the units above; a path that is a quantity of its own stands for its usual product."""

    deltas: tuple[str, ...]
    weights: tuple[str | None, ...]
    usual: tuple[tuple[str, str | None], ...]
    paths: tuple[str, ...]
    kept: tuple[int, ...]
    taken_away: frozenset[int] = frozenset()
    share: Fraction = Fraction(1)

    def expression(self) -> Expression:
        """The parts put together."""
        terms = tuple(self._term(place) for place in self.kept)
        return times(self.share, sum_of(terms))

    def _term(self, place: int) -> Expression:
        delta, weight = self.deltas[place], self.weights[place]
        term: Expression
        if self.paths and (delta, weight) == self.usual[place]:
            term = Ref(self.paths[place])
        else:
            term = Ref(delta) if weight is None else Product((Ref(delta), Ref(weight)))
        return Neg(term) if place in self.taken_away else term


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateForm:
    """old − rate · gradient; with ``old`` empty the step alone. The rate's power is 1 where nothing is wrong.

    With the usual rate the step itself, a figure of its own, stands for −rate · gradient.
    """

    old: str
    step: str
    gradient: str
    joining: Literal["added", "multiplied", "alone", "times old"]
    descent: bool = True
    rate: Literal[0, 1, 2] = 1

    def expression(self) -> Expression:
        """The parts put together."""
        change = self._change()
        match self.joining:
            case "added":
                return Sum((Ref(self.old), change))
            case "multiplied":
                return Product((Ref(self.old), Sum((ONE, change))))
            case "times old":
                return joined(Ref(self.old), change)
            case "alone":
                return change

    def _change(self) -> Expression:
        own = self.step if self.rate == 1 else ""
        if own:
            return Ref(own) if self.descent else Neg(Ref(own))
        gradient: Expression = Ref(self.gradient)
        match self.rate:
            case 0:
                product = gradient
            case 1:
                product = Product((Ref("eta"), gradient))
            case 2:
                product = Product((Power(Ref("eta"), 2), gradient))
        return Neg(product) if self.descent else product


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeForm:
    """A formula of one part."""

    body: Expression
    negative: bool = False
    between: tuple[str, str] = ("", "")  # the two names of a local derivative of a chain of formulas

    def expression(self) -> Expression:
        """The parts put together."""
        return Neg(self.body) if self.negative else self.body


def times(factor: Fraction, expression: Expression) -> Expression:
    """A formula with a constant before it; a factor of 1 is not written."""
    if factor == 1:
        return expression
    upper, lower = Const(Fraction(factor.numerator)), Const(Fraction(factor.denominator))
    return joined(upper if factor.denominator == 1 else Quotient(upper, lower), expression)


def joined(first: Expression, second: Expression) -> Expression:
    """Two formulas multiplied, as one product."""
    before = first.factors if isinstance(first, Product) else (first,)
    after = second.factors if isinstance(second, Product) else (second,)
    return Product((*before, *after))
