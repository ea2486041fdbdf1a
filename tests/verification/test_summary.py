"""The sentences that sum a script up."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.given.loading import load
from derive.judging.summary import summary
from derive.judging.terminal import printable, to_text
from derive.judging.verifying import verify


def said(**figures: str) -> tuple[str, ...]:
    verification = verify(load("2-2-2"), figures)
    return summary(verification.report, verification.findings[None])


def test_nothing_filled_in() -> None:
    """Blanks alone are nobody's fault."""
    assert said(net_H1="", net_H2="") == ("Nothing is filled in yet.",)


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"net_H1": "0.3775"}, "The figure is right."),
        ({"net_H1": "0.3775", "net_H2": "0.3925"}, "All 2 figures are right."),
        ({"net_H1": "0.3775", "out_H1": ""}, "The figure is right; 1 figure left blank."),
    ],
)
def test_all_right(figures: dict[str, str], sentence: str) -> None:
    """One sentence says so, and how many are blank."""
    assert said(**figures) == (sentence,)


def test_the_first_mistake_and_what_follows_from_it() -> None:
    """net_H1 without its bias, and two figures that follow from it: the numbers of the table."""
    counted, first, most = said(net_H1="0.0275", out_H1="0.5069", net_H2="0.3925", out_H2="0.5969", net_y1="1.0713")
    assert counted == "1 mistake, 2 results carried over from it."
    assert first.startswith("The first thing that went wrong is net_H1: consistent with leaving out the bias.")
    assert most == "Fixing this fixes all 3."


def test_the_mistake_that_costs_most_need_not_be_the_first() -> None:
    """A digit slip comes first, but the missing bias in two others costs more."""
    counted, first, most = said(net_H1="0.3757", out_H1="0.5933", out_H2="0.5969", net_y1="0.5059", net_y2="0.6249")
    assert counted == "2 mistakes, one of them shown again in 1 figure."
    assert "net_H1" in first
    assert most == "Fixing net_y1 fixes most, 2 of the 3 results: add the bias once after the products."


def test_a_lone_mistake() -> None:
    """Nothing is added to it; where no cause is known it says what to do."""
    assert said(net_H1="0.0275")[0] == "1 mistake."
    assert said(net_H1="0.7777") == (
        "1 mistake.",
        "The first thing that went wrong is net_H1: work it out again from the given numbers; look at each product "
        "and the bias.",
    )


def test_unrelated_mistakes() -> None:
    """Where no mistake explains another, none is said to fix most; that no cause is known is said once."""
    assert said(net_H1="0.7777", net_H2="0.8888")[0] == "2 mistakes."
    assert len(said(net_H1="0.7777", net_H2="0.8888")) == 2
    report = verify(load("2-2-2"), {"net_H1": "0.7777", "net_H2": "0.8888"}).report
    assert sum("known" in each.explanation for each in report.judgements) == 1


def test_what_is_unexplained_is_worked_out_again_from_the_nearest_figures() -> None:
    """With the steps between that were not written, and what to look at there."""
    report = verify(load("2-2-2"), {"out_H1": "0.5933", "out_H2": "0.5969", "out_y1": "0.9999"}).report
    assert report.judgements[-1].explanation.endswith(
        "Work it out again from your out_H1 and out_H2, and write down net_y1 on the way; look at the sign of the "
        "exponent and the division."
    )


def test_never_more_than_three_sentences_of_summary() -> None:
    """However much is wrong."""
    wrong = dict.fromkeys(("net_H1", "net_H2", "out_H1", "out_y1", "delta_y1", "w5_new"), "0.7777")
    assert len(said(**wrong)) <= 3


@pytest.mark.parametrize(
    ("problem", "script", "counted", "marks"),
    [
        (
            "andnot.toml",
            "andnot.csv",
            "13 mistakes, one of them shown again in 1 figure, 1 result carried over from them.",
            3,
        ),
        ("loeber.toml", "loeber.csv", "1 mistake, shown again in 6 figures, 4 results carried over from it.", 11),
    ],
)
def test_the_summary_counts_as_the_table_does(problem: str, script: str, counted: str, marks: int) -> None:
    """Mistakes are the marks that are lost, and what is carried or only repeated is counted beside them."""
    cases = Path(__file__).parent / "judging_cases"
    verification = verify(load(str(cases / problem)), cases / script)
    assert summary(verification.report, verification.findings[None])[0].startswith(counted)
    assert verification.report.marks == marks


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_of_the_table_is_wider_than_the_terminal(width: int) -> None:
    """The reason is wrapped under its column; on a very narrow terminal it keeps the least it needs."""
    verification = verify(load("2-2-2"), {"net_H1": "0.0275", "out_H1": "abc" * 50, "delta_y1": "0.1"})
    lines = to_text(verification, width).splitlines()
    assert max(map(len, lines)) <= max(width, 28 * 4 + 8 + 24)
    assert "net_H1" in lines[1]


def test_a_class_is_one_line_for_each_student() -> None:
    """With the mistake of most of them below."""
    wrong = {"net_H1": "0.0275"}
    verification = verify(load("2-2-2"), {"Anna": wrong, "Ben": wrong, "Cleo": {"net_H1": "0.3775"}})
    lines = to_text(verification, 100).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["student", "Anna", "Ben", "Cleo"]
    assert "0 of 1" in lines[1]
    assert "net_H1: missing-bias" in lines[1]
    assert "1 of 1" in lines[3]
    assert "missing-bias, in 2 scripts" in " ".join(lines[4:])


@pytest.mark.parametrize("text", ["\x1b[31m", "\x9b31m", "\u202e", "\u2066", "\r", "\n", "\a", "\ud800"])
def test_texts_of_others_cannot_steer_the_terminal(text: str) -> None:
    """Control characters and marks of direction are shown by their codes."""
    assert printable(f"a{text}b").isprintable()
    assert printable("größer ≥ אב") == "größer ≥ אב"
