"""The two sentences that sum a script up."""

from __future__ import annotations

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


def test_the_first_mistake_and_what_would_mend_most() -> None:
    """net_H1 without its bias, and two figures that follow from it."""
    first, most = said(net_H1="0.0275", out_H1="0.5069", net_H2="0.3925", out_H2="0.5969", net_y1="1.0713")
    assert first.startswith("The first thing that went wrong is net_H1: consistent with leaving out the bias.")
    assert most == "Putting that right would mend most: all 3 figures at fault."


def test_the_mistake_that_costs_most_need_not_be_the_first() -> None:
    """A digit slip comes first, but the missing bias in three others costs more."""
    first, most = said(net_H1="0.3757", out_H1="0.5933", out_H2="0.5969", net_y1="0.5059", net_y2="0.6249")
    assert "net_H1" in first
    assert most.startswith("What would mend most, 2 of the 3 figures at fault: add the bias")


def test_a_lone_mistake() -> None:
    """Nothing else is at fault, and the sentence says so; where no cause is known it says what to do."""
    assert said(net_H1="0.0275")[1] == "Nothing else is at fault."
    assert said(net_H1="0.7777")[1] == "To put it right, work net_H1 out again."


def test_unrelated_mistakes() -> None:
    """Where no mistake explains another, none is said to mend most."""
    assert said(net_H1="0.7777", net_H2="0.8888")[1] == "Each of the 2 figures at fault went wrong by itself."


def test_never_more_than_two_sentences_of_summary() -> None:
    """However much is wrong."""
    wrong = dict.fromkeys(("net_H1", "net_H2", "out_H1", "out_y1", "delta_y1", "w5_new"), "0.7777")
    assert len(said(**wrong)) == 2


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
