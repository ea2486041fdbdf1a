"""What is known of the functions of formulas, said once: each in simpler ones, and its slope.

Formulas in x, the argument (x and z where there are two), and y, the function's own value; whoever needs them works
them out in an arithmetic of his own.
"""

from __future__ import annotations

from fractions import Fraction

from derive.expression import ONE, Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum

X, Y, Z = Ref("x"), Ref("y"), Ref("z")
_ZERO, _TWO, _HUNDRED = Const(Fraction(0)), Const(Fraction(2)), Const(Fraction(100))

#: Functions as formulas of simpler ones; no bound is lost where an argument is only known to lie within some.
DEFINITIONS: dict[str, Expression] = {
    "sigmoid": Quotient(ONE, Sum((ONE, Call("exp", (Neg(X),))))),
    "relu": Call("max", (X, _ZERO)),
    "relu_slope": Call("above", (X, _ZERO)),
    "leaky_relu": Call("max", (X, Quotient(X, _HUNDRED))),
    "leaky_relu_slope": Sum((Const(Fraction(1, 100)), Product((Const(Fraction(99, 100)), Call("above", (X, _ZERO)))))),
    "sign": Sum((Call("above", (X, _ZERO)), Neg(Call("above", (_ZERO, X))))),
    "at_least": Sum((ONE, Neg(Call("above", (Z, X))))),
}

#: Partial derivatives by each argument. Of `max` and `min`, where two tie, the slope is that of the first.
SLOPES: dict[str, tuple[Expression, ...]] = {
    "exp": (Y,),
    "ln": (Quotient(ONE, X),),
    "sqrt": (Quotient(ONE, Product((_TWO, Y))),),
    "sin": (Call("cos", (X,)),),
    "cos": (Neg(Call("sin", (X,))),),
    "tan": (Sum((ONE, Power(Y, 2))),),
    "sinh": (Call("cosh", (X,)),),
    "cosh": (Call("sinh", (X,)),),
    "tanh": (Sum((ONE, Neg(Power(Y, 2)))),),
    "sigmoid": (Product((Y, Sum((ONE, Neg(Y))))),),
    "softplus": (Call("sigmoid", (X,)),),
    "relu": (Call("relu_slope", (X,)),),
    "leaky_relu": (Call("leaky_relu_slope", (X,)),),
    "abs": (Call("sign", (X,)),),
    "max": (Call("at_least", (X, Z)), Call("above", (Z, X))),
    "min": (Call("at_least", (Z, X)), Call("above", (X, Z))),
}

#: Functions that are level but for their jumps: their slope is 0 wherever they have one.
JUMPING = ("relu_slope", "leaky_relu_slope", "sign", "at_least", "above")
