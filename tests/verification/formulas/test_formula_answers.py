"""Formulas as answers: rewritings are right, wrong ones are named, and no text can do harm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.errors import UnknownQuantityError
from derive.formula.expression import Call, Const, Neg, Power, Product, Quotient, Ref, Sum
from derive.given.formula_problem import AnyProblem
from derive.given.problem import Problem
from derive.judging.findings import Finding
from derive.judging.formulas.formula_answers import judge_formula
from derive.judging.model import VERDICTS
from derive.judging.routes import routes_for
from tests.numeric.problems import layer, problem


def judged(given_problem: AnyProblem, quantity: str, text: str) -> Finding:
    """What is found out about a formula."""
    return judge_formula(routes_for([given_problem]), given_problem, quantity, text)


def batch() -> Problem:
    """Two samples, a relu layer and softmax with cross-entropy, their mean."""
    layers = [
        layer("h1 h2", "relu", [["0.5", "-0.3"], ["0.2", "0.4"]], ["0.1", "0.2"]),
        layer("y1 y2", "softmax", [["0.3", "-0.6"], ["0.1", "0.7"]]),
    ]
    samples, targets = [["1", "2"], ["-1", "0.5"]], [["1", "0"], ["0", "1"]]
    return problem(layers, samples, targets, loss="cross_entropy", batch="mean")


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("delta_y1", "(out_y1 - t_y1)*out_y1*(1 - out_y1)"),
        ("delta_y1", "out_y1**2 - out_y1**3 - t_y1*out_y1 + t_y1*out_y1**2"),
        ("dE_total/dw5", "(out_y1 - t_y1)*out_y1*(1 - out_y1)*out_H1"),
        ("dE_total/dw5", "dE_total/dout_y1 * dout_y1/dnet_y1 * dnet_y1/dw5"),
        ("dE_total/dw5", "dE/dout_y1*dout_y1/dnet_y1*out_H1"),
        ("dE_total/dw5", "−(t_y1 − out_y1) · (out_y1 − out_y1²) · out_H1"),
        ("dE_total/dw5", "-(t_y1 - out_y1)*(out_y1 - out_y1^2)*out_H1"),
        ("dE_total/dw1", "(delta_y1*w5 + delta_y2*w7)*out_H1*(1-out_H1)*x1"),
        ("out_H1", "1/(1+exp(-net_H1))"),
        ("out_H1", "1/(1+e^(-net_H1))"),
        ("out_H1", "1/(1+e**(-net_H1))"),
        ("out_H1", "1/(1 + e^-net_H1)"),
        ("out_H1", "e ^ net_H1/(e^net_H1 + e^0)"),
        ("out_H1", "1/(1+e^(-(w1*x1 + w2*x2 + b1)))"),
        ("out_H1", "1/(1 + e^-net_H1^1)"),
        ("out_H1", "1/(1 + e^(-1)^2 / e^1 * e^-ln(e^net_H1))"),
        ("out_H1", "(1 + tanh((w1*x1 + w2*x2 + b1)/2))/2"),
        ("E_total", "(t_y1-out_y1)**2/2 + (t_y2-out_y2)**2/2"),
        ("w5_new", "w5 - lr*dE/dw5"),
        ("w5_new", "w5 - 0.5*dE/dw5"),
        ("net_H1", "w1*0.05 + w2*0.10 + 0.35"),
        ("net_H1", "0.15*0.05 + 0.2*0.1 + 0.35"),
        ("E_total@3", "E_y1 + E_y2"),
    ],
)
def test_rewritings_are_right(quantity: str, text: str) -> None:
    """Factors in any order, expanded, by the chain rule or deltas, with signs and aliases as people type them."""
    assert judged(derive.load("2-2-2"), quantity, text).verdict == "correct"


@pytest.mark.parametrize(
    ("quantity", "text", "ids"),
    [
        ("delta_y1", "(t_y1 - out_y1)*out_y1*(1-out_y1)", ("sign",)),
        ("delta_y1", "out_y1 - t_y1", ("missing-slope",)),
        ("delta_y1", "(out_y1 - t_y1)*net_y1*(1 - net_y1)", ("slope-of-net",)),
        ("delta_H1", "(delta_y1*w5 + delta_y2*w6)*out_H1*(1-out_H1)", ("untransposed",)),
        ("delta_H1", "(delta_y1*w5_new + delta_y2*w7_new)*out_H1*(1-out_H1)", ("updated-weights",)),
        ("w5_new", "w5 + eta*dE/dw5", ("ascent",)),
        ("w5_new", "w5 - dE/dw5", ("missing-learning-rate",)),
        ("net_H1", "w1*x1 + w2*x2", ("missing-bias",)),
        ("out_H1", "1/(1+exp(net_H1))", ("exp-sign",)),
        ("out_H1", "sigmoid(w1*x1 + w2*x2)", ("missing-bias",)),
        ("dE_total/dw5", "(out_y1 - t_y1)*out_H1", ("missing-slope",)),
        ("dE_total/dw1", "(delta_y1*w5_new + delta_y2*w7_new)*out_H1*(1-out_H1)*x1", ("updated-weights",)),
        ("E_total", "(t_y1-out_y1)**2 + (t_y2-out_y2)**2", ("no-half",)),
    ],
)
def test_wrong_formulas_are_named(quantity: str, text: str, ids: tuple[str, ...]) -> None:
    """One mistake at the step, in a step the formula skips, or the same in all such steps."""
    finding = judged(derive.load("2-2-2"), quantity, text)
    assert (finding.verdict, [cause.ids for cause in finding.causes]) == ("misconception", [ids])


def test_two_mistakes_at_once() -> None:
    """A sign turned and a slope cut short hold together."""
    finding = judged(derive.load("2-2-2"), "delta_y1", "(t_y1 - out_y1)*out_y1")
    assert finding.verdict == "misconception"
    assert set(finding.diagnosis) == {"sign", "out-only"}


@pytest.mark.parametrize(
    ("quantity", "text"),
    [("delta_y1", "0"), ("delta_y1", "out_y1"), ("net_H1", "0.15*0.05 + 0.2*0.1"), ("delta_y1", "0*(out_y1 - t_y1)"),
     ("E_total", "0.5*0.596742"), ("w5_new", "w5 - 0.7*dE/dw5")],
)  # fmt: skip
def test_what_nothing_explains_is_wrong(quantity: str, text: str) -> None:
    """Numbers that do not come out, and formulas that no known mistake gives."""
    assert judged(derive.load("2-2-2"), quantity, text).verdict == "wrong"


def test_a_quantity_does_not_say_itself() -> None:
    """The quantity itself is no answer, under any of its names; nor is one that can only be worked out from it."""
    default = derive.load("2-2-2")
    for text in ("dE_total/dw5", "dE/dw5 + 0", "2*dE_total/dw5/2"):
        finding = judged(default, "dE_total/dw5", text)
        assert finding.verdict == "wrong"
        assert "dE_total/dw5 itself" in finding.reason
    circular = judged(default, "net_H1", "log(out_H1/(1 - out_H1))")
    assert circular.verdict == "wrong"
    assert "out_H1, which is worked out from net_H1" in circular.reason


def test_batches_softmax_and_relu() -> None:
    """Samples by index; δ = o - t where targets sum to 1; no activation is no relu, though both agree above 0."""
    given_problem = batch()
    assert judged(given_problem, "delta_y1[2]", "out_y1[2] - t_y1[2]").verdict == "correct"
    assert judged(given_problem, "dE_total/dw5", "(dE_total/dw5[1] + dE_total/dw5[2])/2").verdict == "correct"
    assert judged(given_problem, "out_h1[1]", "max(0, net_h1[1])").verdict == "correct"
    assert judged(given_problem, "out_h1[1]", "net_h1[1]").diagnosis == ("no-activation",)
    assert judged(given_problem, "out_y1[1]", "exp(net_y1[1])/(exp(net_y1[1]) + exp(net_y2[1]))").verdict == "correct"
    needs = judged(given_problem, "delta_y1[2]", "out_y1 - t_y1")
    assert needs.verdict == "unreadable"
    assert "needs a sample" in needs.reason


def test_chains_of_formulas() -> None:
    """A chain's own names win: here da/db is a known derivative, and E is what the problem calls E."""
    graph = derive.load("ng-graph-J")
    assert judged(graph, "J", "3*(a + b*c)").verdict == "correct"
    assert judged(graph, "dJ/db", "dJ/du*du/db").verdict == "correct"
    assert judged(graph, "dJ/db", "3*c").verdict == "correct"
    assert judged(graph, "dJ/db", "3*b").verdict != "correct"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("__import__('os')", "__import__"),
        ("(" * 10_000 + "out_y1" + ")" * 10_000, "20,006 characters"),
        ("(" * 900 + "out_y1" + ")" * 900, "brackets"),
        ("9**9**9**9", "exponent"),
        ("out_y1**(10**10)", "exponent"),
        ("out_z1*2", "nearest known id is out_y1"),
        ("dE/dw55*2", "nearest known id is dE_total/dw5"),
        ("1/0", "no value"),
        ("log(-out_y1)", "no value"),
        ("out_y1/(t_y1 - t_y1)", "no value"),
        ("exp(exp(exp(exp(exp(100)))))*out_y1", "no value"),
        ("out_y1 + ", "something is missing"),
        ("out_y1.real", "real"),
        ("lambda: 3", "lambda"),
        ("out_y1[2]", "place 7"),
        ("delta_y2@1", "@"),
        ("dE/dw5(3)", "dE/dw5 is a name, no function"),
        ("[x for x in (1,)]", "no quantity"),
        ("f'{out_y1}'", "no quantity"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, reason: str) -> None:
    """Code, towers of brackets and powers, unknown names and formulas without a value, each with its reason."""
    finding = judged(derive.load("2-2-2"), "delta_y1", text)
    assert finding.verdict == "unreadable"
    assert reason in finding.reason


def test_unknown_quantities() -> None:
    """A quantity that the problem does not have is the caller's fault."""
    with pytest.raises(UnknownQuantityError, match="no quantity"):
        judged(derive.load("2-2-2"), "delta_q", "1")


PIECES = [
    "out_y1", "t_y1", "delta_y1", "dE/dw5", "w5_new", "lr", "E", "net_H1", "x1", "exp(", "log(", "max(", "sqrt(", "(",
    ")", "+", "-", "*", "/", "**", "^", "64", "0.5", "1e308", "1e-300", ",", " ", "[1]", "@1", "_", "²", "∂", "δ", "0",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_no_text_does_harm(text: str) -> None:
    """Whatever is typed gets a verdict, and what cannot be read a reason."""
    finding = judged(derive.load("2-2-2"), "dE_total/dw5", text)
    assert finding.verdict in VERDICTS
    assert finding.reason or finding.verdict != "unreadable"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_step_is_right_by_its_own_formula(data: st.DataObject) -> None:
    """The formula of each step, printed with ids, is an identity; with one more term it is not."""
    default = data.draw(st.sampled_from([derive.load("2-2-2"), batch()]))
    step = data.draw(st.sampled_from(routes_for([default]).nearest.quantities))
    text = _typed(step.expression)
    assert judged(default, step.id, text).verdict == "correct", text
    assert judged(default, step.id, f"{text} + 0.01").verdict != "correct"


def _typed(part: object) -> str:
    """An expression as somebody would type it."""
    match part:
        case Ref(name):
            return str(name)
        case Const(value):
            return f"({value})"
        case Neg(operand):
            return f"(-{_typed(operand)})"
        case Sum(terms):
            return "(" + " + ".join(map(_typed, terms)) + ")"
        case Product(factors):
            return " * ".join(map(_typed, factors))
        case Quotient(above, below):
            return f"({_typed(above)} / {_typed(below)})"
        case Power(base, exponent):
            return f"({_typed(base)})**{exponent}"
        case Call(function, arguments):
            return _call(str(function), [_typed(argument) for argument in arguments])
    raise AssertionError(part)


def _call(function: str, arguments: list[str]) -> str:
    if function == "relu_slope":
        return f"({arguments[0]} + abs({arguments[0]}))/(2*{arguments[0]})"
    if function == "softmax":
        return f"exp({arguments[0]})/(" + " + ".join(f"exp({each})" for each in arguments[1:]) + ")"
    return f"{'log' if function == 'ln' else function}({arguments[0]})"


def test_a_quantity_called_e_is_no_base_of_logarithms() -> None:
    """Where a problem has an e, its powers are powers of that: J = e² is no exp(2)."""
    given_problem = derive.load(
        {"title": "T", "objective": "J", "wrt": ["e"], "given": {"e": 3}, "define": {"J": "e**2"}}
    )
    assert judged(given_problem, "J", "e^2").verdict == "correct"
    assert judged(given_problem, "J", "exp(2)").verdict == "wrong"


@pytest.mark.parametrize("text", ["1/(1+e^)", "e^(", "e^(-net_H1", "e^)", "e^*2", "e^-", "e^net_H9", "2e^"])
def test_unfinished_powers_of_e_are_unreadable(text: str) -> None:
    """They are refused with a reason, and raise nothing."""
    finding = judged(derive.load("2-2-2"), "out_H1", text)
    assert finding.verdict == "unreadable"
    assert finding.reason
