"""From formulas to display trees: once with symbols, once with slots for the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction as Rational

from derive.display.brackets import rebuilt
from derive.display.tree import (
    Digits,
    Fraction,
    Function,
    Juxtaposed,
    Matrix,
    Minus,
    Name,
    Parentheses,
    Partial,
    Power,
    Product,
    Ratio,
    Relation,
    Slot,
    Sum,
    Tree,
    Words,
    Wrap,
)
from derive.formula.expression import Call, Const, Expression, Neg, Quotient, Ref
from derive.formula.expression import Power as PowerOf
from derive.formula.expression import Product as ProductOf
from derive.formula.expression import Sum as SumOf
from derive.formula.functions import FUNCTIONS
from derive.given.naming import QuantityId, Symbol, place_symbol, symbol
from derive.given.problem import Notation
from derive.given.program.places import Place

EULER = Name(Symbol(letters="e"))
DEL, DELTA = Name(Symbol(letters="∂")), Name(Symbol(letters="Δ"))
ONE = Digits("1")
_WIDEST_FRACTION = 4  # terms that a stacked denominator can hold on a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Shows quantities and formulas in one notation.

    Attributes
    ----------
    notation : Notation
    givens : frozenset of str
        Quantities that are printed exactly as typed.
    e_is_taken : bool
        Whether the problem calls something e, so that exponentials are written exp.
    ends : mapping of str to (str, str)
        Of derivatives whose ids alone do not tell it: what is differentiated, and by what.
    places : mapping of str to Place
        Of ids that stand in arrays, at steps of time or in samples: what they say.
    """

    notation: Notation
    givens: frozenset[str]
    e_is_taken: bool = False
    ends: Mapping[str, tuple[str, str]] = field(default_factory=dict, hash=False)
    places: Mapping[str, Place] = field(default_factory=dict, hash=False)

    def name(self, quantity: str) -> Tree:
        """The symbol of a quantity, or a fraction of two ∂ for a derivative."""
        plain, _, number = quantity.partition("@")
        if plain in self.ends:
            upper, lower = self.ends[plain]
            return Partial(self.name(f"{upper}@{number}" if number else upper), self.name(lower))
        if plain in self.places:
            place = self.places[plain]
            if place.name.startswith("step_"):
                own = place_symbol(
                    replace(place, name=place.name.removeprefix("step_")), self.notation, int(number or 0)
                )
                return Juxtaposed((DELTA, Name(own)))
            return Name(place_symbol(place, self.notation, int(number or 0)))
        parsed = QuantityId.parse(quantity, aliases=False)
        if parsed is not None and parsed.base.startswith("step_"):
            return Juxtaposed((DELTA, self.name(str(replace(parsed, base=parsed.base.removeprefix("step_"))))))
        if parsed is None or "/" not in parsed.base:
            return Name(symbol(quantity, self.notation))
        if parsed.base.startswith("edge_"):
            upper, lower = parsed.base.removeprefix("edge_").split("/")
            return Juxtaposed((Parentheses(Partial(self.name(upper), self.name(lower))), Words("direct")))
        upper, lower = (part.removeprefix("d") for part in parsed.base.split("/"))
        return Partial(
            self.name(str(replace(parsed, base=upper))),
            self.name(lower if self._is_parameter(lower) else str(replace(parsed, base=lower))),
        )

    def inline(self, quantity: str) -> Tree:
        """The same on one line, for running text and table cells."""
        shown = self.name(quantity)
        if quantity.startswith("edge_"):
            return Juxtaposed((self.inline("d" + quantity.removeprefix("edge_").replace("/", "/d")), Words("direct")))
        if not isinstance(shown, Partial):
            return shown
        return Ratio(*(Juxtaposed((DEL, part)) for part in (shown.numerator, shown.denominator)))

    def slot(self, quantity: str, place: str, wrap: Wrap = "bare") -> Slot:
        """A hole for a figure that is used: as typed where it is given."""
        role = "given" if quantity in self.givens else "operand"
        return Slot(quantity=quantity, place=place, role=role, wrap=wrap)  # type: ignore[arg-type]

    def symbols(self, expression: Expression) -> Tree:
        """A formula in symbols."""
        return self.exponentials(_tree(expression, Leaf(lambda quantity, wrap: self.name(quantity)), "bare"))

    def numbers(self, expression: Expression, place: str) -> Tree:
        """The same formula with a slot for every number."""
        leaf = Leaf(lambda quantity, wrap: self.slot(quantity, place, wrap))
        return self.exponentials(_tree(expression, leaf, "bare"))

    def exponentials(self, tree: Tree) -> Tree:
        """The tree with exp(x) for e to the x, where e is a name of the problem's own."""
        return _by_name(tree) if self.e_is_taken else tree

    def _is_parameter(self, name: str) -> bool:
        """Weights and biases belong to no sample, so that ∂net_H1/∂w1 of sample 2 marks net_H1 alone."""
        return name in self.givens


@dataclass(frozen=True, slots=True)
class Leaf:
    """How the leaves of a formula are shown, and whether its functions are shown by name alone."""

    show: Callable[[str, Wrap], Tree]
    by_name: bool = False


def general(expression: Expression, leaves: Mapping[str, Tree], *, by_name: bool = False) -> Tree:
    """A formula of the blackboard, whose names stand for these trees; its functions written out or by name."""
    return _tree(expression, Leaf(lambda name, wrap: leaves[name], by_name=by_name), "bare")


def _tree(expression: Expression, leaf: Leaf, wrap: Wrap) -> Tree:
    """``wrap`` says what stands around the part: "signed" after an operator, "tight" under a power."""
    match expression:
        case Ref(quantity):
            return leaf.show(quantity, wrap)
        case Const(value):
            number: Tree = Digits(_decimal(value))
            if value.denominator != 1 and 10**12 % value.denominator:
                number = Fraction(Digits(str(value.numerator)), Digits(str(value.denominator)))
            return number
        case Neg(operand):
            inner = _tree(operand, leaf, "signed")
            return Minus(Parentheses(inner) if isinstance(operand, SumOf) else inner)
        case SumOf(terms):
            return Sum(
                tuple(_term(term, leaf, wrap if position == 0 else "signed") for position, term in enumerate(terms))
            )
        case ProductOf(factors):
            return Product(
                tuple(
                    _factor(factor, leaf, wrap if position == 0 else "signed")
                    for position, factor in enumerate(factors)
                )
            )
        case Quotient(numerator, denominator):
            return Fraction(_tree(numerator, leaf, "bare"), _tree(denominator, leaf, "bare"))
        case PowerOf(base, exponent):
            inner = _tree(base, leaf, "tight")
            plain = isinstance(inner, Slot | Digits) or (isinstance(inner, Name) and not inner.symbol.superscript)
            size = Digits(str(abs(exponent)))
            return Power(inner if plain else Parentheses(inner), size if exponent >= 0 else Minus(size))
        case Call(function, arguments):
            return _call(function, [_tree(argument, leaf, "bare") for argument in arguments], arguments, leaf)


def _decimal(value: Rational) -> str:
    """A number with a short decimal form, digit for digit."""
    return format(Decimal(value.numerator) / Decimal(value.denominator), "f")


def _by_name(tree: Tree) -> Tree:
    # Euler's number itself, not a name of the problem's own that looks like it.
    if isinstance(tree, Power) and tree.base is EULER:
        return Function("exp", (_by_name(tree.exponent),))
    return rebuilt(tree, _by_name)


def _term(term: Expression, leaf: Leaf, wrap: Wrap) -> Tree:
    inner = _tree(term, leaf, wrap)
    return Parentheses(inner) if isinstance(term, SumOf) else inner


def _factor(factor: Expression, leaf: Leaf, wrap: Wrap) -> Tree:
    inner = _tree(factor, leaf, "bare" if isinstance(factor, SumOf) else wrap)
    bracketed = isinstance(factor, SumOf) or (isinstance(factor, Neg) and wrap == "signed")
    return Parentheses(inner) if bracketed else inner


def _call(function: str, shown: list[Tree], arguments: tuple[Expression, ...], leaf: Leaf) -> Tree:
    """A function as a textbook writes it, by its definition where that is short."""
    first, record = shown[0], FUNCTIONS[function]
    if function == "exp":
        return exponential(first)
    if function == "raised":
        plain = isinstance(first, Slot | Digits) or (isinstance(first, Name) and not first.symbol.superscript)
        return Power(first if plain else Parentheses(first), shown[1])
    if function == "softmax":
        scores = Sum(tuple(map(exponential, shown[1:]))) if len(shown) > 2 else exponential(shown[1])
        if len(shown) - 1 > _WIDEST_FRACTION:
            return Ratio(exponential(first), Parentheses(scores))
        return Fraction(exponential(first), scores)
    if record.written is not None and not leaf.by_name:
        return _tree(record.written(*arguments), leaf, "bare")
    if record.relation:
        # Iverson's bracket: 1 where it holds, else 0.
        return Matrix(((Relation(first, record.relation, shown[1]),),))
    if record.arity is None:
        # Taken two at a time, written all at once.
        inner = first.arguments if isinstance(first, Function) and first.name == function else (first,)
        return Function(function, (*inner, *shown[1:]))
    return Function(record.printed, tuple(shown))


def exponential(exponent: Tree) -> Tree:
    """e to a power."""
    return Power(EULER, exponent)
