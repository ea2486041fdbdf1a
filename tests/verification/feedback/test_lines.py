"""Wrong rules as lines: every one can be printed, and says what its formula says."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.arithmetic.code import evaluate
from derive.display.mathml import MathmlPrinter
from derive.display.numerals import plain
from derive.display.plain import PlainPrinter
from derive.display.typst import TypstPrinter
from derive.formula.expression import Call, Const, Expression, Neg, Power, Product, Quotient, Ref, Sum, references
from derive.judging.feedback.lines import LineWriter, base_ten, printable
from derive.judging.feedback.marking import terms_of
from derive.judging.feedback.own_figures import OwnFigures, read_figure
from derive.judging.misconceptions.mistakes import mistakes_at
from derive.renderers.html import html_line
from derive.renderers.typst_ import typst_line
from derive.telling.terms import Terms
from tests.core.networks import MPMATH
from tests.steps.trees import spelled, value
from tests.verification.feedback.samples import routes

TERMS = Terms(notation="net-out", givens=frozenset())
NAMES = ("net_a", "out_a", "w5", "dE_total/dw5")


def _leaves() -> st.SearchStrategy[Expression]:
    whole = st.integers(-3, 3).map(lambda number: Const(Fraction(number, 2)))
    return st.one_of(st.sampled_from(NAMES).map(Ref), whole)


def _branches(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        inner.map(Neg),
        several.map(Sum),
        several.map(Product),
        st.tuples(inner, inner).map(lambda pair: Quotient(*pair)),
        st.tuples(inner, st.integers(2, 3)).map(lambda pair: Power(*pair)),
        inner.map(lambda part: Call("tanh", (part,))),
        inner.map(lambda part: Call("sigmoid", (part,))),
        st.tuples(inner, inner).map(lambda pair: Call("max", pair)),
    )


@given(st.recursive(_leaves(), _branches, max_leaves=7))
def test_any_formula_prints_as_what_it_says(expression: Expression) -> None:
    """Read sign by sign, brackets by precedence, the printed tree has the formula's own value."""
    known = dict(zip(NAMES, map(mpmath.mpf, ("0.3", "-0.7", "1.1", "0.9")), strict=True))
    tree = base_ten(TERMS.symbols(printable(expression)))
    for printer in (MathmlPrinter, TypstPrinter, PlainPrinter):
        assert printer(slot=str).tree(tree)
    try:
        meant = evaluate(expression, known, MPMATH)
    except (ZeroDivisionError, OverflowError):
        return
    try:
        read = value(tree, {spelled(TERMS.name(name)): number for name, number in known.items()})
    except (ZeroDivisionError, OverflowError):
        return
    assert mpmath.almosteq(read, meant, 1e-40) or not mpmath.isfinite(meant)


@pytest.mark.parametrize(
    "name", ["2-2-2", "2-3-2-2", "logistic-regression", "cs231n-2-2-3", "ng-graph-J", "han-kamber-3-2-1"]
)
def test_every_known_mistake_is_printed_with_figures(name: str) -> None:
    """Each wrong rule of a problem makes a line of symbols, numbers and value, on a page and on paper."""
    problem = derive.load(name)
    ways = routes(problem)
    own = OwnFigures(problem, ways.nearest, {}, 4)
    writer = LineWriter(terms=terms_of(problem, ways.nearest), own=own)
    seen: set[tuple[str, ...]] = set()
    count = 0
    for quantity in ways.nearest.by_id:
        for mistake in mistakes_at(ways, quantity):
            count += 1
            line = writer.worked(mistake.at, mistake.expression, digits=4)
            assert len(line.line.rows) >= 2 or not any(references(mistake.expression))
            if (mistake.kind, *mistake.ids) not in seen:
                seen.add((mistake.kind, *mistake.ids))
                assert "<math" in "".join(part for part in html_line(line.line).parts if isinstance(part, str))
                assert "#work(" in "".join(part for part in typst_line(line.line).parts if isinstance(part, str))
    assert count > 5


def test_ten_to_a_power_is_written_so() -> None:
    """e to the −n·ln 10 is what nobody wrote."""
    ten = Call("exp", (Neg(Product((Ref("net_a"), Call("ln", (Const(Fraction(10)),))))),))
    assert PlainPrinter(slot=str).tree(base_ten(TERMS.symbols(ten))) == "10^(−net_a)"
    log = Quotient(Call("ln", (Ref("out_a"),)), Call("ln", (Const(Fraction(10)),)))
    assert PlainPrinter(slot=str).tree(base_ten(TERMS.symbols(log))) == "log10(out_a)"


def test_no_line_ends_in_a_figure_that_it_does_not_give() -> None:
    """A figure with the other sign, right by another convention, does not stand behind the problem's own rule."""
    problem = derive.load("2-2-2")
    ways = routes(problem)
    writer = LineWriter(
        terms=terms_of(problem, ways.nearest), own=OwnFigures(problem, ways.nearest, {"delta_y2": ".03810"}, 4)
    )
    rule = ways.nearest.by_id["delta_y2"].expression
    other, same = read_figure(".03810"), read_figure("-.03810")
    assert other is not None
    assert same is not None
    ends = [writer.with_result("delta_y2", rule, written, place="here", digits=4).result for written in (other, same)]
    assert [plain(end) for end in ends if end is not None] == ["−0.03810", "−.03810"]
