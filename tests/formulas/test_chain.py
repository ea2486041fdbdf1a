"""Derivatives of chains of formulas, against routes that share nothing with them."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from typing import Any

import mpmath
import pytest
from hypothesis import assume, given, settings

import derive.proof.crosscheck
from derive.display.brackets import linear
from derive.display.plain import PlainPrinter
from derive.errors import CrosscheckError, PrecisionError, ProblemError, UnknownQuantityError
from derive.formula.expression import Neg, Product, Ref, Sum
from derive.given.formula_problem import FormulaProblem
from derive.given.loading import load
from derive.given.parser import parse_formula
from derive.network.chain import derive_chain, local_derivative
from derive.network.derivation import Derivation
from derive.numeric import formulas
from derive.proof.crosscheck import crosscheck, require_agreement
from derive.solved.solution import solve
from derive.telling.terms import Terms
from tests.formulas.chains import chain, smooth_chains

TERMS = Terms(notation="net-out", givens=frozenset())


def by_mpmath(problem: dict[str, Any], name: str) -> float:
    """The derivative of the objective by differences at 50 digits, through Python's own reading of the formulas."""
    functions = {
        "exp": mpmath.exp, "log": mpmath.log, "sqrt": mpmath.sqrt, "sin": mpmath.sin, "cos": mpmath.cos,
        "tanh": mpmath.tanh, "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
        "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
        "softsign": lambda x: x / (1 + abs(x)),
    }  # fmt: skip

    def exact(text: str) -> Any:
        tree = ast.parse(text, mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):
                node.value = mpmath.mpf(str(node.value))
        return tree

    def objective(x: Any) -> Any:
        values = {key: mpmath.mpf(value) for key, value in problem["given"].items()} | {name: x}
        for key, text in problem["define"].items():
            values[key] = worked(exact(text).body, values)
        return values[problem["objective"]]

    def worked(node: Any, values: dict[str, Any]) -> Any:
        match node:
            case ast.Name(id=key):
                return values[key]
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(operand=operand):
                return -worked(operand, values)
            case ast.Call(func=ast.Name(id=key), args=[only]):
                return functions[key](worked(only, values))
            case ast.BinOp(left=left, op=operator, right=right):
                a, b = worked(left, values), worked(right, values)
                match operator:
                    case ast.Add():
                        return a + b
                    case ast.Sub():
                        return a - b
                    case ast.Mult():
                        return a * b
                    case ast.Div():
                        return a / b
                    case ast.Pow():
                        return a**b
        raise AssertionError(node)

    with mpmath.workdps(50):
        return float(mpmath.diff(objective, mpmath.mpf(problem["given"][name])))


@settings(max_examples=25)
@given(smooth_chains())
def test_the_chain_rule_is_the_derivative(problem: dict[str, Any]) -> None:
    """On random graphs: every route agrees, and so does a difference quotient at 50 digits."""
    try:
        solution = solve(load(problem))
    except (ProblemError, PrecisionError):
        assume(False)
    assert all(check.ok for check in solution.checks)
    for name, value in solution.gradient.items():
        assert value == pytest.approx(by_mpmath(problem, name), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [
        ("exp(a)", "a", "v"),
        ("-exp(a)", "a", "v"),
        ("exp(2*a)", "a", "2·v"),
        ("exp(-a)", "a", "−v"),
        ("sigmoid(a)", "a", "v·(1 − v)"),
        ("tanh(a)", "a", "1 − v^2"),
        ("sqrt(a)", "a", "1/(2·v)"),
        ("1/a", "a", "−1/a^2"),
        ("a/b", "b", "−a/b^2"),
        ("a*b", "a", "b"),
        ("a**3", "a", "3·a^2"),
        ("log(a)", "a", "1/a"),
        ("sin(a)", "a", "cos(a)"),
        ("cos(a)", "a", "−sin(a)"),
        ("abs(a)", "a", "sign(a)"),
        ("relu(a - b)", "b", "−relu′(a − b)"),
        ("max(a, b)", "a", "[a ≥ b]"),
        ("max(a, b)", "b", "[b > a]"),
        ("min(a, b)", "a", "[b ≥ a]"),
        ("min(a, b)", "b", "[a > b]"),
        ("0.3*a**2", "a", "0.6·a"),
        ("a + a + 1", "a", "2"),
        ("exp(a)*exp(b)", "a", "exp(a)·exp(b)"),
        ("(a - b)**2", "b", "−2·(a − b)"),
    ],
)
def test_local_derivatives_read_as_in_a_textbook(text: str, by: str, expected: str) -> None:
    """In terms of the value itself where that is shorter, signs and order as they are taught."""
    found = local_derivative("v", parse_formula(text, "define.v", ["a", "b"]), by)
    terms = replace(TERMS, e_is_taken=True)
    assert plain(terms.symbols(found)) == expected


def plain(tree: Any) -> str:
    return PlainPrinter(slot=lambda slot: "").tree(linear(tree)).replace(" · ", "·")


SHARED = chain({"u": "a*b", "v": "a + u", "J": "v*u + a*v"}, "J", ["a", "b", "u"], a=2, b=3)


def test_sums_over_paths() -> None:
    """A name that reaches the objective directly and by other names gets one term for each, and ids stay apart."""
    derivation = derive_chain(load(SHARED).structure)  # type: ignore[arg-type]
    assert derivation.by_id["dJ/da"].expression == Sum(
        (
            Product((Ref("dJ/du"), Ref("du/da"))),
            Product((Ref("dJ/dv"), Ref("dv/da"))),
            Ref("edge_J/a"),
        )
    )
    assert derivation.by_id["edge_J/a"].expression == Ref("v")
    found = solve(load(SHARED))
    assert [found.value(name) for name in ("dJ/dv", "dJ/du")] == [8.0, 16.0]
    assert found.value("dJ/da") == 16 * 3 + 8 + 8
    assert found.value("dJ/db") == 16 * 2


def test_names_beyond_the_way_have_no_derivative() -> None:
    """Only what is needed is derived; a name without a path has the derivative 0; an unused definition is worked."""
    found = solve(load(chain({"u": "a*b", "w": "3*c", "J": "u + b"}, "J", ["a", "c"], a=2, b=3, c=4)))
    assert found.gradient == {"a": 3.0, "c": 0.0}
    assert found.value("w") == 12.0
    assert "dJ/db" not in found.derivation.by_id
    with pytest.raises(UnknownQuantityError, match="without a learning rate"):
        found.value("J@1")


def test_updates() -> None:
    """With a learning rate the given names are moved against the derivative, round after round."""
    found = solve(load(chain({"J": "(a - 3)**2 + 0*b"}, "J", ["a"], a=1, b=5, learning_rate="0.25")))
    assert found.value("step_a") == 1.0
    assert [found.value(name) for name in ("a_new", "a@1", "J@1", "a@2", "J@2")] == [2.0, 2.0, 1.0, 2.5, 0.25]


def test_an_objective_called_e_is_no_total_error() -> None:
    """The alias dE/d… of networks does not swallow a chain's own E."""
    found = solve(load(chain({"E": "a**2", "E_total": "E + 1"}, "E", ["a"], a=3)))
    assert found.value("dE/da") == 6.0


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("relu(a)", {"a": 0}, 0.0),
        ("abs(a)", {"a": 0}, 0.0),
        ("max(a, 2)", {"a": 2}, 1.0),
        ("max(2, a)", {"a": 2}, 0.0),
        ("min(a, 2)", {"a": 2}, 1.0),
        ("relu(a - 0.1 - 0.2)", {"a": "0.3"}, 0.0),
    ],
)
def test_at_a_kink_the_convention_holds_and_no_route_is_asked(
    text: str, given: dict[str, Any], expected: float
) -> None:
    """The slope is that of the convention; the numeric derivatives are left out; also where floats miss the tie."""
    found = solve(load(chain({"u": text, "J": "3*u"}, "J", ["a"], **given)))
    assert found.value("du/da") == expected
    (check,) = [check for check in found.checks if check.quantity == "du/da"]
    assert check.values == (expected, None, None)


@pytest.mark.parametrize("text", ["max(a, a)", "abs(a) + relu(a)", "max(a*b, b*a)"])
def test_a_tie_of_equals_is_no_kink(text: str) -> None:
    """Where both sides of a tie have one slope, or none is near, the numeric route is asked."""
    found = solve(load(chain({"u": text, "J": "3*u"}, "J", ["a"], a=2, b=3)))
    assert all(None not in check.values for check in found.checks)


@pytest.mark.parametrize(
    "text", ["a/b/a", "sin(a)**2 + cos(a)**2", "a*(1/a) + b", "exp(a)*exp(-a)", "(a - b)**3/(b - a)**3"]
)
def test_what_cancels_is_no_disagreement(text: str) -> None:
    """A derivative that is 0 by formula passes beside a route that is left with rounding."""
    assert solve(load(chain({"u": text, "J": "3*u + a"}, "J", ["a"], a=0.7, b=-1.3))).value("dJ/da") == 1.0


def test_carried_rounded() -> None:
    """With carry = rounded each figure is the one used next."""
    found = solve(load(chain({"u": "a/3", "J": "3*u"}, "J", ["a"], a=2, display={"decimals": 2, "carry": "rounded"})))
    assert found.figure("u").ascii == "0.67"
    assert found.figure("J").ascii == "2.01"


def test_powers_of_powers_stay_quick() -> None:
    """Rationals that would fill the memory are carried as balls."""
    define = {"p": "(1 + a)**64", **{f"p{k}": f"p{k - 1 if k else ''}**8" for k in range(5)}, "J": "p4"}
    found = solve(load(chain(define, "J", ["a"], a="0.0000001")))
    assert found.value("J") == pytest.approx(math.exp(64 * 8**5 * math.log1p(1e-7)), rel=1e-9)


def planted(monkeypatch: pytest.MonkeyPatch, change: Any) -> FormulaProblem:
    """The problem with an error in its symbolic derivation."""
    problem = load(SHARED)
    assert isinstance(problem, FormulaProblem)

    def wrong(structure: Any, turn: int = 1) -> Derivation:
        right = derive_chain(structure)
        return replace(right, quantities=tuple(map(change, right.quantities)))

    monkeypatch.setattr(derive.proof.crosscheck, "derive_formulas", wrong)
    return problem


def flipped(quantity: Any) -> Any:
    return replace(quantity, expression=Neg(quantity.expression)) if quantity.id == "du/da" else quantity


def path_lost(quantity: Any) -> Any:
    if quantity.id != "dJ/da":
        return quantity
    return replace(quantity, expression=Sum(quantity.expression.terms[:-1]))


def swapped(quantity: Any) -> Any:
    return replace(quantity, expression=Ref("b")) if quantity.id == "du/db" else quantity


def value_off(quantity: Any) -> Any:
    return replace(quantity, expression=Product((Ref("a"), Ref("a")))) if quantity.id == "u" else quantity


@pytest.mark.parametrize("change", [flipped, path_lost, swapped, value_off])
def test_a_planted_error_is_caught(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flipped sign, a lost path, a swapped name and a wrong formula each make the routes disagree."""
    with pytest.raises(CrosscheckError, match="disagree"):
        require_agreement(crosscheck(planted(monkeypatch, change)))


def test_without_a_planted_error_all_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same check passes on the right derivation."""
    require_agreement(crosscheck(planted(monkeypatch, lambda quantity: quantity)))


def test_the_numeric_route_reads_text_alone() -> None:
    """Values and slopes of every function by complex step, against mpmath."""
    names = {"exp": mpmath.exp, "log": mpmath.log, "sqrt": mpmath.sqrt, "sin": mpmath.sin, "cos": mpmath.cos,
             "tan": mpmath.tan, "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh}  # fmt: skip
    for name, function in names.items():
        for at in (0.3, 1.7, 20.0):
            text = [("J", f"{name}(a)")]
            assert formulas.values({"a": at}, text)["J"] == pytest.approx(float(function(at)), rel=1e-13)
            slope = formulas.derivatives({"a": at}, text, "J", ["a"])["a"]
            assert slope is not None
            assert slope.value == pytest.approx(float(mpmath.diff(function, at)), rel=1e-9, abs=1e-15)


def test_a_name_called_e_stays_itself() -> None:
    """A square of a name e is e^2, also where exponentials are written exp(x)."""
    solution = solve(load("micrograd-readme"))
    assert solution.step("f").text.splitlines()[0] == "f = e^2"
