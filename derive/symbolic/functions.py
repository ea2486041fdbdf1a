"""Functions of formulas as SymPy sees them: opaque, each with its slope as a textbook prints it.

SymPy's own would be rewritten before they are differentiated (exp(a)·exp(b) as exp(a + b), say), and the page would
no longer show what the author wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

#: ∂f/∂x of a function of one argument, from f itself and x.
_SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda value, x: value,
    "ln": lambda value, x: 1 / x,
    "sqrt": lambda value, x: 1 / (2 * value),
    "sin": lambda value, x: FUNCTIONS["cos"](x),
    "cos": lambda value, x: -FUNCTIONS["sin"](x),
    "tan": lambda value, x: 1 + value**2,
    "sinh": lambda value, x: FUNCTIONS["cosh"](x),
    "cosh": lambda value, x: FUNCTIONS["sinh"](x),
    "tanh": lambda value, x: 1 - value**2,
    "sigmoid": lambda value, x: value * (1 - value),
    "softplus": lambda value, x: FUNCTIONS["sigmoid"](x),
    "relu": lambda value, x: FUNCTIONS["relu_slope"](x),
    "abs": lambda value, x: FUNCTIONS["sign"](x),
}
#: ∂f/∂a and ∂f/∂b of a function of two arguments; where they tie, the slope is that of the first.
_SLOPES_OF_TWO: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "max": (lambda a, b: FUNCTIONS["at_least"](a, b), lambda a, b: FUNCTIONS["above"](b, a)),
    "min": (lambda a, b: FUNCTIONS["at_least"](b, a), lambda a, b: FUNCTIONS["above"](a, b)),
}
_CONSTANT = ("relu_slope", "sign", "at_least", "above")


def _made(name: str) -> Any:
    def fdiff(self: Any, argindex: int = 1) -> Any:
        if name in _CONSTANT:
            return sympy.Integer(0)
        if name in _SLOPES_OF_TWO:
            return _SLOPES_OF_TWO[name][argindex - 1](*self.args)
        return _SLOPES[name](self, self.args[0])

    two = name in _SLOPES_OF_TWO or name in ("at_least", "above")
    members = {"fdiff": fdiff, "_eval_is_real": lambda self: True, "nargs": 2 if two else 1}
    return type(name, (sympy.Function,), members)


#: Opaque SymPy functions by their names in formulas.
FUNCTIONS: dict[str, Any] = {name: _made(name) for name in (*_SLOPES, *_SLOPES_OF_TWO, *_CONSTANT)}
