"""One record for each function: what it is, its slopes, how it is written, and the words that teach it.

Everything else that knows a function reads its record: the parser, each arithmetic, SymPy's derivatives, the printers,
the page, handouts and judging. A record that has a definition needs nothing more; an arithmetic that can do better than
the definition says so beside its numbers. (The NumPy twins alone never read a record: they are written apart, so that
one wrong slope cannot stand in both cores.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

from derive.formula.expression import (
    ONE,
    Call,
    Const,
    Expression,
    Neg,
    Power,
    Product,
    Quotient,
    Sum,
    mapped,
    parts,
    sum_of,
)
from derive.formula.function import Activation, Function

ZERO, TWO = Const(Fraction(0)), Const(Fraction(2))
#: The slope of the leaky relu at and below 0 (Maas, Hannun, Ng, Rectifier nonlinearities, 2013).
LEAK = Const(Fraction(1, 100))


def minus(first: Expression, second: Expression) -> Expression:
    """The difference of two formulas."""
    return Sum((first, Neg(second)))


def _exp(x: Expression) -> Expression:
    return Call("exp", (x,))


def _logistic(x: Expression) -> Expression:
    return Quotient(ONE, Sum((ONE, _exp(Neg(x)))))


def _softplus(x: Expression) -> Expression:
    return Call("ln", (Sum((ONE, _exp(x))),))


def _shares(net: Expression, *nets: Expression) -> Expression:
    scores = tuple(map(_exp, nets))
    return Quotient(_exp(net), sum_of(scores))


def _sigmoid_steps(net: Expression, own: Expression) -> tuple[Expression, ...]:
    down, whole = _exp(Neg(net)), _logistic(net)
    below = Sum((ONE, down))
    return (
        Product((Neg(Power(below, -2)), Neg(down))),
        Quotient(down, Power(below, 2)),
        Product((whole, Quotient(down, below))),
        Product((whole, minus(ONE, whole))),
        Product((own, minus(ONE, own))),
    )


def _tanh_steps(net: Expression, own: Expression) -> tuple[Expression, ...]:
    plus, difference = Sum((_exp(net), _exp(Neg(net)))), minus(_exp(net), _exp(Neg(net)))
    return (
        Quotient(minus(Power(plus, 2), Power(difference, 2)), Power(plus, 2)),
        minus(ONE, Power(Quotient(difference, plus), 2)),
        minus(ONE, Power(own, 2)),
    )


def _softplus_steps(net: Expression, own: Expression) -> tuple[Expression, ...]:
    return Quotient(_exp(net), Sum((ONE, _exp(net)))), _logistic(net)


_RECORDS = (
    Function(
        name="sigmoid",
        definition=_logistic,
        slopes=lambda y, x: (Product((y, minus(ONE, y))),),
        torch="torch.sigmoid({0})",
        at_zero=Fraction(1, 2),
        spelled="sigmoid",
        sign="σ",
        written=_logistic,
        activation=Activation(
            title="sigmoid",
            does="The sigmoid function turns the net input into an activation between 0 and 1.",
            remark="Once the activation is known, its slope costs one multiplication: itself times one minus itself.",
            note="σ is the sigmoid function.",
            start=lambda net: Power(Sum((ONE, _exp(Neg(net)))), -1),
            steps=_sigmoid_steps,
            outs=(0.1, 0.9),
            targets=((1, 20), (80, 99)),
            signed=False,
            labels=True,
        ),
    ),
    Function(
        name="tanh",
        slopes=lambda y, x: (minus(ONE, Power(y, 2)),),
        library="tanh",
        at_zero=Fraction(0),
        spelled="tanh",
        activation=Activation(
            title="hyperbolic tangent",
            does="The hyperbolic tangent turns the net input into an activation between −1 and 1.",
            remark="Once the activation is known, so is its slope: one minus its square.",
            definition=lambda net: Quotient(minus(_exp(net), _exp(Neg(net))), Sum((_exp(net), _exp(Neg(net))))),
            steps=_tanh_steps,
            outs=(0.1, 0.9),
            targets=((10, 95),),
            signed=True,
        ),
    ),
    Function(
        name="relu",
        definition=lambda x: Call("max", (x, ZERO)),
        slopes=lambda y, x: (Call("relu_slope", (x,)),),
        inline="(0.0 if {0} < 0.0 else {0})",  # of nan it is nan
        torch="torch.relu({0})",
        spelled="relu",
        written=lambda x: Call("max", (ZERO, x)),
        activation=Activation(
            title="relu (rectified linear)",
            does="The relu keeps a positive net input and turns a negative one into 0.",
            remark="The slope is 1 where the unit is on and 0 where it is off.",
            convention=("Slope of relu at 0", "taken as 0"),
            cases=(Fraction(1), Fraction(0)),
            signed=False,
        ),
    ),
    Function(
        name="leaky_relu",
        definition=lambda x: Call("max", (Product((LEAK, x)), x)),
        slopes=lambda y, x: (Call("leaky_relu_slope", (x,)),),
        inline="({0} if {0} > 0.0 else 0.01 * {0})",
        code="np.where({0} > 0, {0}, 0.01 * {0})",
        torch="torch.where({0} > 0, {0}, 0.01 * {0})",
        sign="leaky relu",
        written=lambda x: Call("max", (Product((LEAK, x)), x)),
        activation=Activation(
            title="leaky relu",
            does="The leaky relu keeps a positive net input and leaves a hundredth of a negative one.",
            note="The leaky relu multiplies negative entries by 0.01.",
            convention=("Leaky relu", "slope 0.01 for net inputs of 0 and below"),
            cases=(Fraction(1), LEAK.value),
        ),
    ),
    Function(
        name="identity",
        definition=lambda x: x,
        slopes=lambda y, x: (ONE,),
        activation=Activation(
            title="identity (linear)",
            head="f",
            does="The unit is linear: its activation is its net input.",
            steps=lambda net, own: (ONE,),
        ),
    ),
    Function(
        name="softplus",
        definition=_softplus,
        slopes=lambda y, x: (Call("sigmoid", (x,)),),
        inline="((0.0 if {0} < 0.0 else {0}) + log1p(exp(-abs({0}))))",
        code="np.logaddexp(0, {0})",
        torch="torch.logaddexp(torch.zeros_like({0}), {0})",
        spelled="softplus",
        written=_softplus,
        activation=Activation(
            title="softplus",
            head="f",
            does="The softplus function is a smooth relu.",
            steps=_softplus_steps,
            outs=(0.1, 3.0),
            signed=False,
        ),
    ),
    Function(
        name="softsign",
        definition=lambda x: Quotient(x, Sum((ONE, Call("abs", (x,))))),
        slopes=lambda y, x: (Quotient(ONE, Power(Sum((ONE, Call("abs", (x,)))), 2)),),
        at_zero=Fraction(0),
        spelled="softsign",
        activation=Activation(
            title="softsign",
            does="The softsign function turns the net input into an activation between −1 and 1, slowly.",
            outs=(0.1, 0.9),
            targets=((10, 95),),
            signed=True,
        ),
    ),
    Function(
        name="softmax",
        arity=None,  # the net input it is about, then all net inputs of the layer
        definition=_shares,
        slopes=lambda y, *nets: (),  # of all pairs: see `derive.network.slopes.softmax_slope`
        written=_shares,
        activation=Activation(
            title="softmax",
            does="The softmax function turns the net inputs of the layer into shares that add up to 1.",
            remark="Here S is the sum of the exponentials; an activation depends on every net input of the layer.",
            note="Each entry is its exponential over the sum of all exponentials of the layer.",
            outs=(0.1, 0.9),
        ),
    ),
    Function(
        name="exp",
        slopes=lambda y, x: (y,),
        library="exp",
        at_zero=Fraction(1),
        spelled="exp",
    ),
    Function(name="ln", slopes=lambda y, x: (Quotient(ONE, x),), library="log", spelled="log"),
    Function(
        name="sqrt",
        slopes=lambda y, x: (Quotient(ONE, Product((TWO, y))),),
        library="sqrt",
        at_zero=Fraction(0),
        spelled="sqrt",
    ),
    Function(name="sin", slopes=lambda y, x: (Call("cos", (x,)),), library="sin", at_zero=Fraction(0), spelled="sin"),
    Function(
        name="cos", slopes=lambda y, x: (Neg(Call("sin", (x,))),), library="cos", at_zero=Fraction(1), spelled="cos"
    ),
    Function(
        name="tan", slopes=lambda y, x: (Sum((ONE, Power(y, 2))),), library="tan", at_zero=Fraction(0), spelled="tan"
    ),
    Function(
        name="sinh", slopes=lambda y, x: (Call("cosh", (x,)),), library="sinh", at_zero=Fraction(0), spelled="sinh"
    ),
    Function(
        name="cosh", slopes=lambda y, x: (Call("sinh", (x,)),), library="cosh", at_zero=Fraction(1), spelled="cosh"
    ),
    Function(
        name="raised",  # a power whose exponent is no plain whole number
        arity=2,
        definition=lambda a, b: _exp(Product((b, Call("ln", (a,))))),
        slopes=lambda y, a, b: (Quotient(Product((b, y)), a), Product((y, Call("ln", (a,))))),
        code="np.power({0}, {1})",
    ),
    Function(
        name="normal",  # the standard normal distribution
        slopes=lambda y, x: (Call("density", (x,)),),
        code="np.vectorize(lambda n: math.erfc(-n/math.sqrt(2))/2)({0})",
        torch="torch.special.ndtr({0})",
        at_zero=Fraction(1, 2),
        sign="Φ",
    ),
    Function(
        name="density",  # of the standard normal distribution
        slopes=lambda y, x: (Neg(Product((x, y))),),
        code="np.exp(-{0}**2/2)/np.sqrt(2*np.pi)",
        torch="torch.exp(-{0}**2/2)/(2*torch.pi)**0.5",
        sign="φ",
    ),
    Function(name="floor", slopes=lambda y, x: (ZERO,), jumps=True, library="floor", at_zero=Fraction(0)),
    # Where two arguments tie, the slope is that of the first.
    Function(
        name="max",
        arity=None,
        slopes=lambda y, a, b: (Call("at_least", (a, b)), Call("above", (b, a))),
        code="np.maximum({0}, {1})",
        torch="torch.where({0} >= {1}, {0}, {1})",
        spelled="max",
    ),
    Function(
        name="min",
        arity=None,
        slopes=lambda y, a, b: (Call("at_least", (b, a)), Call("above", (a, b))),
        code="np.minimum({0}, {1})",
        torch="torch.where({0} <= {1}, {0}, {1})",
        spelled="min",
    ),
    Function(
        name="abs", slopes=lambda y, x: (Call("sign", (x,)),), code="np.abs({0})", torch="torch.abs({0})", spelled="abs"
    ),
    Function(
        name="sign",  # the slope of abs: 0 at 0
        definition=lambda x: minus(Call("above", (x, ZERO)), Call("above", (ZERO, x))),
        slopes=lambda y, x: (ZERO,),
        jumps=True,
        code="np.sign({0})",
    ),
    Function(
        name="at_least",
        arity=2,
        definition=lambda a, b: minus(ONE, Call("above", (b, a))),
        slopes=lambda y, a, b: (ZERO, ZERO),
        jumps=True,
        code="np.where({0} >= {1}, 1.0, 0.0)",
        torch="torch.where({0} >= {1}, 1.0, 0.0)",
        relation="≥",
    ),
    Function(
        name="above",
        arity=2,
        slopes=lambda y, a, b: (ZERO, ZERO),
        jumps=True,
        inline="(1.0 if {0} > {1} else 0.0)",
        code="np.where({0} > {1}, 1.0, 0.0)",
        torch="torch.where({0} > {1}, 1.0, 0.0)",
        relation=">",
    ),
    Function(
        name="relu_slope",
        definition=lambda x: Call("above", (x, ZERO)),
        slopes=lambda y, x: (ZERO,),
        jumps=True,
        sign="relu′",
    ),
    Function(
        name="leaky_relu_slope",
        definition=lambda x: Sum((LEAK, Product((minus(ONE, LEAK), Call("above", (x, ZERO)))))),
        slopes=lambda y, x: (ZERO,),
        jumps=True,
        inline="(1.0 if {0} > 0.0 else 0.01)",
        code="np.where({0} > 0, 1.0, 0.01)",
        sign="leaky relu′",
    ),
)

_JUMPING = frozenset(record.name for record in _RECORDS if record.jumps)


def _has_a_corner(record: Function) -> bool:
    found = (part for slope in record.slopes(*record.placeholders) for part in parts(slope))
    return any(isinstance(part, Call) and part.function in _JUMPING for part in found)


#: Every function by its name.
FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {record.name: replace(record, kinked=_has_a_corner(record)) for record in _RECORDS}
)
#: Those that a layer may have.
ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {record.name: record.activation for record in _RECORDS if record.activation is not None}
)
#: Those that formulas of a problem file may call, by what they are called there.
CALLABLE: Mapping[str, Function] = MappingProxyType({record.spelled: record for record in _RECORDS if record.spelled})


def written_out(expression: Expression, names: frozenset[str]) -> Expression:
    """An expression with the definitions of these functions in place of their calls."""

    def change(part: Expression) -> Expression:
        definition = FUNCTIONS[part.function].definition if isinstance(part, Call) and part.function in names else None
        return part if definition is None or not isinstance(part, Call) else definition(*part.arguments)

    return mapped(expression, change)
