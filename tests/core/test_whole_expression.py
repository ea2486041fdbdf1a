"""The whole error as one SymPy expression: what it says, and that its derivative is a route of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy

import derive
from derive.errors import UnknownQuantityError
from derive.given.formula_problem import FormulaProblem
from derive.proof.crosscheck import crosscheck, crosscheck_whole
from derive.proof.whole_expression import MOST_PARAMETERS

ROUTE = "SymPy on the whole error"


def names(text: str) -> list[sympy.Symbol]:
    return [sympy.Symbol(name, real=True) for name in text.split()]


def test_named_values() -> None:
    """The article's first sentence in code: H1, y1, the error and a partial, in terms of named values."""
    solution = derive.solve(derive.load("2-2-2"))
    net, slope, arriving, local = names("net_H1 dout_H1/dnet_H1 dE_total/dout_H1 dnet_H1/dw1")
    assert solution.sympy("out_H1") == 1 / (1 + sympy.exp(-net))
    assert solution.sympy("dE/dw1") == arriving * slope * local
    first, second = names("E_y1 E_y2")
    assert solution.sympy("E_total") == first + second


def test_in_the_givens_alone() -> None:
    """Expanded, an output is the formula of inputs and weights, and SymPy differentiates it at once."""
    solution = derive.solve(derive.load("2-2-2"))
    x1, x2, w1, w2, w3, w4, w5, w6, b1, b2 = names("x1 x2 w1 w2 w3 w4 w5 w6 b1 b2")
    first, second = (1 / (1 + sympy.exp(-(u * x1 + v * x2 + b1))) for u, v in ((w1, w2), (w3, w4)))
    out = 1 / (1 + sympy.exp(-(w5 * first + w6 * second + b2)))
    assert sympy.simplify(solution.sympy("out_y1", expanded=True) - out) == 0
    given = {w5: 0.40, w6: 0.45, b2: 0.60, x1: 0.05, x2: 0.10, w1: 0.15, w2: 0.20, w3: 0.25, w4: 0.30, b1: 0.35}
    whole = solution.sympy("E_total", expanded=True)
    rest = dict(zip(names("w7 w8 t_y1 t_y2"), (0.50, 0.55, 0.01, 0.99), strict=True))
    # Published by Mazur (2015): 0.082167041.
    assert float(sympy.diff(whole, w5).subs(given | rest)) == pytest.approx(0.082167041, abs=5e-10)


def test_what_has_no_expression() -> None:
    """A figure of a later round, or no quantity at all, is refused by name."""
    solution = derive.solve(derive.load("2-2-2"))
    with pytest.raises(UnknownQuantityError, match="w5@3"):
        solution.sympy("w5@3")
    with pytest.raises(UnknownQuantityError, match="w55"):
        solution.sympy("w55")


@pytest.mark.parametrize("name", derive.builtin_names())
def test_the_gradient_again(name: str) -> None:
    """Every gradient of a built-in problem by SymPy's derivative of the whole is the float64 of the staged one."""
    problem = derive.load(name)
    checks = crosscheck_whole(problem, crosscheck(problem))
    found = [check for check in checks if ROUTE in check.routes]
    wrt = problem.wrt if isinstance(problem, FormulaProblem) else derive.solve(problem).derivation.trained
    if not isinstance(problem, FormulaProblem) or problem.program is None:
        asked = {f"/d{given}" for given in wrt} - {f"/d{name}" for name, _, _ in getattr(problem, "definitions", ())}
        assert asked <= {"/" + check.quantity.partition("[")[0].partition("/")[2] for check in found}
    for check in found:
        assert check.ok
        assert check.values[-1] == check.values[0], check.quantity


@pytest.mark.parametrize(
    ("define", "at"),
    [
        ({"v": "softplus(a) + a*a", "J": "sigmoid(0.25*a - v/4)"}, "0"),  # e to a logarithm: a power of 1/4
        ({"v": "log(a)", "J": "exp(0.3*v) + exp(a*v)"}, "2"),  # a power of 3/10, and one to the a
        ({"v": "sqrt(a)", "J": "v**3 + sqrt(a*a)"}, "2"),
        ({"v": "tan(a) + cosh(a)", "J": "abs(v) * sinh(a) + softsign(a)"}, "-0.5"),
    ],
)
def test_powers_of_any_kind(define: dict[str, str], at: str) -> None:
    """What SymPy rewrites before it differentiates gives the same figure."""
    problem = derive.load({"title": "P", "objective": "J", "wrt": ["a"], "given": {"a": at}, "define": define})
    (check,) = (check for check in crosscheck_whole(problem, crosscheck(problem)) if ROUTE in check.routes)
    assert check.values[-1] is not None
    assert check.values[-1] == pytest.approx(check.values[0], rel=1e-15)


def test_a_wrong_gradient_does_not_pass() -> None:
    """A figure of the chain rule that is off by a thousandth disagrees with this route alone."""
    problem = derive.load("2-2-2")
    checks = [
        replace(check, values=(check.values[0] * 1.001, *check.values[1:]))
        if check.quantity == "dE_total/dw1"
        else check
        for check in crosscheck(problem)
        if check.values[0] is not None
    ]
    found = {check.quantity: check.ok for check in crosscheck_whole(problem, checks)}
    assert not found.pop("dE_total/dw1")
    assert all(found.values())


def test_a_large_network_is_left_to_the_other_routes() -> None:
    """Past forty weights the expression is not built, and nothing claims that it was."""
    units = [f"y{place}" for place in range(1, 8)]
    row = [f"0.{place}" for place in range(1, 7)]
    problem = derive.load(
        {
            "title": "Large", "loss": "half_squared_error", "learning_rate": "0.5",
            "inputs": {f"x{place}": "0.5" for place in range(1, 7)}, "targets": dict.fromkeys(units, "0.5"),
            "layers": [{"units": units, "activation": "sigmoid", "weights": [row] * 7}],
        }
    )  # fmt: skip
    assert len(derive.solve(problem).derivation.trained) > MOST_PARAMETERS
    assert not any(ROUTE in check.routes for check in crosscheck_whole(problem, crosscheck(problem)))
