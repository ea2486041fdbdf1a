"""A student's page: every figure with its verdict, wrong steps in full, readable by everyone, safe with any text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.display.tree import Product, Sum
from derive.given.formula_problem import AnyProblem
from derive.judging.feedback.marking import marked_sheet
from derive.judging.feedback.pages import feedback_html
from derive.judging.feedback.stamps import STAMPS
from derive.judging.findings import Cause
from derive.judging.model import VERDICTS, Report
from tests.browser import Page
from tests.verification.feedback.samples import HOSTILE, Answered, cause, mixed, script

VOID = {"meta", "wbr", "br", "link", "img", "hr"}


class _Parsed(HTMLParser):
    """Collects elements and texts, and checks that every element is closed in turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _html(problem: AnyProblem, report: Report, findings: object) -> str:
    return feedback_html(problem, marked_sheet(problem, report, findings))  # type: ignore[arg-type]


def _page(report: Report, findings: object, name: str = "2-2-2") -> str:
    return _html(derive.load(name), report, findings)


@pytest.fixture(scope="module")
def page() -> str:
    return _page(*mixed())


@pytest.fixture
def page_file(page: str, tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    return path


def _element(page: str, anchor: str) -> str:
    """What stands between an anchor and the next one."""
    return re.split(r'\bid="', page.partition(f'id="{anchor}"')[2])[0]


def _spoken(part: str) -> list[str]:
    return re.findall(r'alttext="([^"]*)"', part)


def test_every_verdict_has_a_sign_and_words() -> None:
    """No verdict is told by colour alone, and right, carried and wrong do not share a sign."""
    assert set(STAMPS) == set(VERDICTS)
    assert all(stamp.sign and stamp.word for stamp in STAMPS.values())
    signs = {
        tone: {stamp.sign for stamp in STAMPS.values() if stamp.tone == tone} for tone in ("right", "carried", "wrong")
    }
    assert not signs["right"] & signs["wrong"]
    assert not signs["right"] & signs["carried"]


def test_each_figure_is_shown_as_written_with_its_verdict(page: str) -> None:
    """The student's characters stand in the slot, with a proper minus sign, and the verdict in words before it."""
    assert ".5932" in _spoken(_element(page, "out_H1"))
    assert "correct but for rounding:" in _element(page, "out_H1")
    assert "−.03810" in _spoken(_element(page, "delta_y2"))
    assert "carried:" in _element(page, "dE_total-dw5")
    assert "left blank:" in page
    assert "twelve &lt;i&gt;" in _element(page, "w8_new")


def test_a_wrong_step_shows_both_rules_with_the_students_figures(page: str) -> None:
    """The right rule and the one that gives the student's figure, as symbols, numbers and value."""
    spoken = _spoken(_element(page, "delta_y1"))
    # out − t = 0.7514 − 0.01 = 0.7414 from the written activation; times 0.7514·0.2486 it is 0.1385.
    assert "0.1385" in spoken
    assert "0.7414" in spoken
    assert any(part.startswith("∂E") for part in spoken)
    text = _element(page, "delta_y1")
    assert "The right rule" in text
    assert "The rule that gives your figure" in text
    assert "Consistent with" in text


def test_what_followed_is_linked_both_ways(page: str) -> None:
    """A carried figure links to the wrong one, and the wrong one to what followed from it."""
    assert 'href="#delta_y1"' in _element(page, "dE_total-dw5")
    assert 'href="#dE_total-dw5"' in _element(page, "delta_y1")


def test_the_value_of_the_right_rule_is_that_of_the_students_own_figures(page: str) -> None:
    """∂E/∂w2 is due as the student's wrong δ times x2: 0.06699 · 0.10; with every step right it is 0.0008771."""
    spoken = _spoken(_element(page, "dE_total-dw2"))
    assert "0.006699" in spoken
    assert "0.0008771" in spoken


def test_right_steps_are_folded_and_wrong_ones_are_not(page: str) -> None:
    """The page is as short as is useful: a right step is one line, closed."""
    parsed = _Parsed(page)
    details = [attributes for tag, attributes in parsed.seen if tag == "details"]
    assert details
    assert all("open" not in attributes for attributes in details)
    assert len([tag for tag, _ in parsed.seen if tag == "article"]) == 6


def test_the_head_says_marks_and_summary(page: str) -> None:
    """Marks of all, the first thing that went wrong, the convention once."""
    head = page.partition("<header>")[2].partition("</header>")[0]
    assert "<strong>25</strong> of 33 marks" in head
    assert "The first thing that went wrong is" in head
    assert head.count("the delta rule") == 1


def test_figures_without_a_step_stand_in_a_table(page: str) -> None:
    """A figure of a later round is in the table at the end."""
    assert "after 1 round</td>" in page.partition("Other figures")[2]


def test_anchors_are_unique_and_links_lead_somewhere(page: str) -> None:
    """Every link leads to an anchor of the page."""
    parsed = _Parsed(page)
    ids = [attributes["id"] for _, attributes in parsed.seen if attributes.get("id")]
    links = [attributes["href"] or "" for tag, attributes in parsed.seen if tag == "a"]
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_hostile_text_is_text() -> None:
    """Names, notes and answers in markup make no element and are shown as they were typed."""
    hostile = Answered(written=HOSTILE, verdict="unreadable", explanation=HOSTILE, note=HOSTILE)
    other = Answered(written="0.1", verdict="correct", note=HOSTILE)
    report, findings = script({"net_H1": hostile, "net_H2": other, "E_total@1": hostile}, student=HOSTILE)
    parsed = _Parsed(_page(replace(report, conventions={HOSTILE: (HOSTILE,)}), findings))
    assert not [tag for tag, _ in parsed.seen if tag in ("script", "img", "iframe")]
    assert sum(HOSTILE in text for text in parsed.texts) >= 7


@settings(max_examples=25)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_makes_a_whole_page(written: str, note: str, student: str) -> None:
    """Whatever was typed, the page is well-formed and its formulas are XML."""
    answer = Answered(written=written, verdict="wrong", explanation="Nothing that is known.", note=note)
    page = _page(*script({"delta_y1": answer}, student=student, asked=("delta_y1", "w5_new")))
    _Parsed(page)
    for formula in re.findall(r"<math.*?</math>", page, re.DOTALL):
        ElementTree.fromstring(formula)


def test_a_script_that_is_all_right_says_so() -> None:
    """No card, and a kind word."""
    page = _page(*script({}))
    assert "All 33 figures are right" in page
    assert "<article" not in page


def test_blanks_that_stand_together_take_one_line() -> None:
    """A part that was left out is not told figure by figure."""
    blank = Answered(written="", verdict="blank")
    page = _page(*script(dict.fromkeys(("net_H1", "out_H1", "net_H2"), blank)))
    assert page.count("Left blank") == 1


def test_a_cause_further_up_is_shown_where_it_is() -> None:
    """An activation that is wrong because of a net input nobody wrote shows that net input's rules."""
    answer = Answered(
        written="0.5069",
        verdict="misconception",
        causes=(Cause(ids=("missing-bias",), mistake=cause("net_H1", "missing-bias").mistake),),
    )
    part = _element(_page(*script({"out_H1": answer}, asked=("out_H1", "out_y1"))), "out_H1")
    assert part.count("The right rule") == 1
    assert "0.3775" in _spoken(part)  # with the bias
    assert "0.0275" in _spoken(part)  # without


@pytest.mark.parametrize("name", ["ng-graph-J", "cs231n-2-2-3", "deeplearning-ai-2-4-1", "han-kamber-3-2-1"])
def test_other_problems_have_pages(name: str) -> None:
    """Chains of formulas, softmax, batches: every step of the derivation may be asked and go wrong."""
    solution = derive.solve(derive.load(name))
    asked = tuple(solution.derivation.by_id)[:60]
    wrong = {each: Answered(written="123.4", verdict="wrong", explanation="Nothing.") for each in asked[::7]}
    page = _page(*script(wrong, asked=asked, problem=name), name)
    parsed = _Parsed(page)
    assert len([tag for tag, _ in parsed.seen if tag == "article"]) == len(wrong)


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_the_window(browser_page: Callable[..., Page], page_file: Path, width: int, scheme: str) -> None:
    """On a phone and a desk nothing scrolls sideways or is cut off; no request, no complaint, no script."""
    opened = browser_page(page_file, width=width, scheme=scheme, scripts=False)
    assert opened.sideways <= 0
    assert opened.clipped(".left, .right, p, h1, h2, h3, summary, td, .figure, .beside") == []
    assert opened.fetched == ()
    assert opened.complaints == ()


def test_verdicts_reach_a_screen_reader(browser_page: Callable[..., Page], page_file: Path) -> None:
    """The signs are silent; the words before each figure are heard."""
    heard = " ".join(node.name for node in browser_page(page_file).accessible("StaticText"))
    assert "carried:" in heard
    assert "another rule was used:" in heard
    assert "✗" not in heard


def test_printed_pages_are_few_and_not_blank(
    browser_page: Callable[..., Page], page_file: Path, ink: Callable[[bytes], list[float]]
) -> None:
    """On A4 the closed lines stay closed: no page is empty, and there are few."""
    shares = ink(browser_page(page_file).pdf())
    assert min(shares) > 0.001
    assert len(shares) <= 5


def test_one_card_for_one_mistake_at_several_units() -> None:
    """Four deltas without their slopes: one card, which the others point to; they cost no further mark."""
    figures = {
        "net_y1": "1.106", "net_y2": "1.225", "out_y1": "0.7514", "out_y2": "0.7729",
        "delta_y1": "0.7414", "delta_y2": "-0.2171",
    }  # fmt: skip
    problem = derive.load("2-2-2")
    found = derive.verify(problem, figures)
    page = _html(problem, found.report, found.findings[None])
    assert page.count('<article class="card"') == 1
    assert "The same at your" in page
    assert "it costs no further mark" in page
    assert (found.report.marks, found.report.out_of) == (5, 6)


@pytest.mark.parametrize(
    ("quantity", "name"),
    [("delta_y1", "one-minus-only"), ("delta_y1", "missing-slope"), ("dE_total/dout_H1", "no-weight"),
     ("dE_total/dout_H1", "updated-weights"), ("delta_H1", "slope-of-net"), ("net_y1", "missing-bias")],
)  # fmt: skip
def test_the_two_boxes_differ_in_one_factor_of_each_term(quantity: str, name: str) -> None:
    """Both rules in the same form: what they have in common is the same formula, sign for sign."""
    problem = derive.load("2-2-2")
    wrong = Answered(written="0.7777", verdict="misconception", causes=(cause(quantity, name),))
    marked = marked_sheet(problem, *script({quantity: wrong})).by_id[quantity]
    assert marked.line is not None
    assert marked.causes[0].line is not None
    right, other = (each.line.rows[0].tree for each in (marked.line, marked.causes[0].line))
    terms = [tree.terms if isinstance(tree, Sum) else (tree,) for tree in (right, other)]
    if name == "missing-bias":
        assert terms[0][:-1] == terms[1]
        return
    for one, two in zip(*terms, strict=True):
        ours, theirs = (list(each.factors) if isinstance(each, Product) else [each] for each in (one, two))
        both = [each for each in ours if each in theirs]
        assert both
        assert len(ours) - len(both) <= 2
        assert len(theirs) - len(both) <= 2
