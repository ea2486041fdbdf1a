"""Local derivatives in a chain of formulas."""

from __future__ import annotations

from derive.formula.expression import Expression


def local_derivative(name: str, formula: Expression, by: str) -> Expression:
    """The derivative of one definition by one name in it, all others held, in terms of named values.

    Parameters
    ----------
    name : str
        What the definition defines; where that is shorter, the derivative is in terms of it.
    formula : Expression
    by : str
    """
    from derive.network.by_sympy import derived_by_sympy  # SymPy takes longer to load than most problems to be worked

    return derived_by_sympy(name, formula, by)
