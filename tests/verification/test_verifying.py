"""Verifying as a library: mappings in, a report out; students apart, marks by policy, conventions said once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import DeriveError
from derive.given.loading import load
from derive.judging.model import FAULTLESS, VERDICTS, Judgement, Options
from derive.judging.reading.form import form_quantities
from derive.judging.routes import routes_for
from derive.judging.verification import judge
from derive.judging.verifying import exit_status, require_something, verify
from tests.students import Habit, habits, script

PROBLEM = load("2-2-2")


def judged(*sources: object, **options: object) -> dict[tuple[str | None, str], Judgement]:
    verification = verify(PROBLEM, *sources, **options)  # type: ignore[arg-type]
    assert not verification.report.rejected
    return {(each.student, each.quantity): each for each in verification.report.judgements}


@pytest.mark.parametrize(
    "value", ["0.3775", 0.3775, Decimal("0.3775"), Fraction(151, 400), "151/400", ".3775", "3775e-4"]
)
def test_a_mapping_of_any_kind_of_number(value: object) -> None:
    """net_H1 = 0.05 · 0.15 + 0.10 · 0.20 + 0.35 = 0.3775, however it is written in Python."""
    found = judged({"net_H1": value})
    assert found[None, "net_H1"].verdict == "correct"
    assert found[None, "net_H1"].marks == 1


def test_a_mapping_of_students() -> None:
    """Each student is judged from their own figures."""
    found = judged({"Anna": {"net_H1": "0.0275", "out_H1": "0.5069"}, "Ben": {"net_H1": "0.3775", "out_H1": "0.5069"}})
    assert found["Anna", "out_H1"].verdict == "carried"
    assert found["Anna", "out_H1"].follows_from == ("net_H1",)
    assert found["Ben", "out_H1"].verdict != "carried"
    assert found["Ben", "out_H1"].marks == 0


def test_a_class_is_judged_as_its_students_alone_are() -> None:
    """What is said of one script does not depend on who else is in the class."""
    routes = routes_for([PROBLEM])
    asked = form_quantities(PROBLEM)
    texts = {str(place): script(PROBLEM, routes.nearest, asked, habit) for place, habit in enumerate(habits())}
    texts["0"]["net_H1"] = "0.0275"
    texts["1"]["w5_new"] = "article"
    texts["2"]["out_H2"] = ""
    together = judged(texts)
    for student, figures in texts.items():
        alone = judged(figures)
        for quantity in asked:
            one, other = together[student, quantity], alone[None, quantity]
            assert (one.verdict, one.diagnosis, one.explanation, one.expected, one.follows_from) == (
                other.verdict,
                other.diagnosis,
                other.explanation,
                other.expected,
                other.follows_from,
            )


@pytest.mark.parametrize("habit", habits(), ids=str)
def test_honest_students_lose_nothing(habit: Habit) -> None:
    """Whatever is rounded or truncated, carried or kept in memory: full marks on the default numbers."""
    figures = script(PROBLEM, routes_for([PROBLEM]).nearest, form_quantities(PROBLEM), habit)
    found = judged(figures, truncation=habit.truncates)
    assert {name: each.verdict for (_, name), each in found.items() if each.marks == 0} == {}


def test_marks_follow_the_policy() -> None:
    """What follows from a wrong figure earns its mark, or with "strict" none; the verdict is the same."""
    figures = {"net_H1": "0.0275", "out_H1": "0.5069"}
    kind, strict = judged(figures), judged(figures, policy="strict")
    assert kind[None, "out_H1"].verdict == strict[None, "out_H1"].verdict == "carried"
    assert (kind[None, "out_H1"].marks, strict[None, "out_H1"].marks) == (1, 0)


def test_a_script_of_zeros_earns_next_to_nothing() -> None:
    """The guard: a product of zeros follows from zeros, and is worth no mark."""
    verification = verify(PROBLEM, dict.fromkeys(form_quantities(PROBLEM), "0"))
    assert verification.report.marks <= 1
    assert exit_status(verification.report) == 1


def test_a_repeated_convention_is_said_once() -> None:
    """Both deltas with target − output are one convention, in one sentence, and cost nothing."""
    verification = verify(PROBLEM, {"delta_y1": "-0.1385", "delta_y2": "0.03810", "w5_new": "0.3589"})
    found = {each.quantity: (each.verdict, each.diagnosis, each.marks) for each in verification.report.judgements}
    assert found["delta_y1"] == found["delta_y2"] == ("convention", ("delta-sign",), 1)
    assert len(verification.report.conventions[None]) == 1
    assert exit_status(verification.report) == 0


def test_the_update_of_this_round_goes_by_both_names() -> None:
    """w5@1 is judged as w5_new where only one is written, and each by itself where both are."""
    assert judged({"w5@1": "0.3589"})[None, "w5@1"].verdict == "correct"
    assert judged({"dE/dw5": "0.1", "w5@1": "0.3500"})[None, "w5@1"].verdict == "carried"
    both = judged({"w5_new": "0.3589", "w5@1": "0.9999"})
    assert (both[None, "w5_new"].verdict, both[None, "w5@1"].verdict in FAULTLESS) == ("correct", False)


def test_nothing_judged_is_an_error_with_all_reasons() -> None:
    """`require_something` names what was rejected, its row and why."""
    verification = verify(PROBLEM, {"net_H9": "1"}, {"": "2"})
    with pytest.raises(DeriveError, match="net_H9"):
        require_something(verification)
    with pytest.raises(DeriveError, match="no answers"):
        require_something(verify(PROBLEM, {}))
    assert exit_status(verification.report) == 2


def test_no_answers_at_all_are_an_empty_report() -> None:
    """Nothing in, nothing out, and nothing at fault."""
    report = judge([], [], {}, Options()).report
    assert (report.judgements, report.marks, report.first_wrong, exit_status(report)) == ((), 0, None, 0)


@given(
    figures=st.dictionaries(
        st.one_of(st.sampled_from([*form_quantities(PROBLEM), "w5@3", "dE/dw5", "z_H1", "E"]), st.text(max_size=12)),
        st.one_of(
            st.text(max_size=30),
            st.decimals(allow_nan=True).map(str),
            st.sampled_from(["", "1/3", "out_y1 - t_y1", "w5*(", "9" * 400, "1e999", "-0", "0.0000", "×10^-4"]),
        ),
        max_size=6,
    ),
    strict=st.booleans(),
)
def test_any_text_gets_a_verdict_or_a_reason(figures: dict[str, str], strict: bool) -> None:
    """Whatever is written, each answer is judged or rejected with a reason; nothing is lost and nothing raised."""
    report = verify(PROBLEM, figures, policy="strict" if strict else "carried").report
    assert len(report.judgements) + len(report.rejected) >= len(figures) - 1  # an id may be there twice, once blank
    for each in report.judgements:
        assert each.verdict in VERDICTS
        assert each.marks in (0, 1)
        assert each.explanation
        assert each.expected
    assert all(each.reason for each in report.rejected)
    assert exit_status(report) in (0, 1, 2)
