"""One record for each loss: its constant, its formula, its words. A name never hides a constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from derive.formula.expression import ONE, Call, Expression, Neg, Power, Product, Quotient, Sum, number, sum_of
from derive.formula.functions import TWO, minus

_DISTANCE = "The square of the distance between the output and its target."


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A loss: an error for each output, added up or averaged over the outputs.

    Attributes
    ----------
    name : str
    square : Fraction or None
        The factor before (target − out)²; None for a loss of logarithms.
    both : bool
        Of a loss of logarithms: whether 1 − target and 1 − out count as well.
    mean : bool
        Whether the total is the mean over the outputs.
    shares : bool
        Whether it compares shares that add up to 1, as softmax gives them.
    title, does : str
        Its name with its formula, and a sentence: what it measures.
    code, slope_code : str
        One output's error and its slope as a notebook's reader writes them with NumPy.
    """

    name: str
    square: Fraction | None = None
    both: bool = False
    mean: bool = False
    shares: bool = False
    title: str
    does: str = _DISTANCE
    code: str
    slope_code: str

    def error(self, target: Expression, out: Expression) -> Expression:
        """One output's error."""
        if self.square is not None:
            squared = Power(minus(target, out), 2)
            if self.square == 1:
                return squared
            return Product((number(self.square), squared))
        hit = Product((target, Call("ln", (out,))))
        if not self.both:
            return Neg(hit)
        return Neg(Sum((hit, Product((minus(ONE, target), Call("ln", (minus(ONE, out),)))))))

    def slope(self, target: Expression, out: Expression) -> Expression:
        """The derivative of one output's error by the output."""
        miss = minus(out, target)
        if self.square is not None:
            factor = 2 * self.square
            return miss if factor == 1 else Product((number(factor), miss))
        return Quotient(miss, Product((out, minus(ONE, out)))) if self.both else Neg(Quotient(target, out))

    def slope_steps(self, target: Expression, out: Expression) -> tuple[Expression, ...]:
        """What stands between ∂E/∂out and its final form: the power rule or the derivative of ln, then the inner 1."""
        if self.square is not None:
            factor = () if self.square == 1 else (number(self.square),)
            ruled = Product((*factor, TWO, minus(target, out), Neg(ONE)))
            return (ruled, Neg(minus(target, out))) if 2 * self.square == 1 else (ruled,)
        if not self.both:
            return ()
        return (Sum((Neg(Quotient(target, out)), Quotient(minus(ONE, target), minus(ONE, out)))),)

    def total(self, errors: tuple[Expression, ...]) -> Expression:
        """One sample's error, from those of its outputs."""
        total = sum_of(errors)
        return Product((self.share(len(errors)), total)) if self.averages(len(errors)) else total

    def share(self, outputs: int) -> Expression:
        """The derivative of the total by each error: 1, or one over the number of outputs for a mean."""
        return number(Fraction(1, outputs if self.mean else 1))

    def averages(self, outputs: int) -> bool:
        """Whether its total is a mean over several outputs."""
        return self.mean and outputs > 1


_RECORDS = (
    Loss(
        name="half_squared_error",
        square=Fraction(1, 2),
        title="half squared error: the sum over the outputs of ½(target − output)²",
        does="Half the square of the distance between the output and its target.",
        code="(targets - outs[-1]) ** 2 / 2",
        slope_code="outs[-1] - targets",
    ),
    Loss(
        name="squared_error",
        square=Fraction(1),
        title="squared error: the sum over the outputs of (target − output)², without ½",
        code="(targets - outs[-1]) ** 2",
        slope_code="2 * (outs[-1] - targets)",
    ),
    Loss(
        name="mean_squared_error",
        square=Fraction(1),
        mean=True,
        title="mean squared error: the mean over the outputs of (target − output)²",
        code="(targets - outs[-1]) ** 2",
        slope_code="2 * (outs[-1] - targets) / targets.shape[1]",
    ),
    Loss(
        name="binary_cross_entropy",
        both=True,
        title="binary cross-entropy: the sum over the outputs of −[t ln out + (1 − t) ln(1 − out)]",
        does="The less likely the output makes the target, the larger the error.",
        code="-(targets * np.log(outs[-1]) + (1 - targets) * np.log(1 - outs[-1]))",
        slope_code="(outs[-1] - targets) / (outs[-1] * (1 - outs[-1]))",
    ),
    Loss(
        name="cross_entropy",
        shares=True,
        title="cross-entropy: minus the sum over the outputs of t ln out",
        does="The smaller the share that the output gives to a class that is wanted, the larger the error.",
        code="-targets * np.log(outs[-1])",
        slope_code="-targets / outs[-1]",
    ),
)

#: Every loss by its name.
LOSSES: Mapping[str, Loss] = MappingProxyType({record.name: record for record in _RECORDS})
