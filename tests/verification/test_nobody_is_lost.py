"""One row or script that cannot be judged never stops the others."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from derive import load
from derive.arithmetic.exact import Cut
from derive.given.formula_problem import AnyProblem
from derive.judging import verification
from derive.judging.feedback.gradebook import gradebook_csv
from derive.judging.model import Options, Written
from derive.judging.report_json import to_json
from derive.judging.scripts import derivation_of
from derive.judging.terminal import to_text
from derive.judging.verifying import verify
from derive.proof.crosscheck import derivations
from derive.proof.values import Proved

LINEAR: Mapping[str, Any] = {
    "title": "one linear unit",
    "loss": "squared_error",
    "learning_rate": 0.3,
    "inputs": {"x1": 0.5},
    "targets": {"y1": 0},
    "layers": [{"units": ["y1"], "activation": "identity", "weights": [[0.35]], "bias": [0.14]}],
}
SOFTMAX: Mapping[str, Any] = {
    "title": "softmax and relu, two samples",
    "loss": "cross_entropy",
    "learning_rate": 0.5,
    "samples": [
        {"inputs": {"x1": 1, "x2": -2}, "targets": {"y1": 0, "y2": 1}},
        {"inputs": {"x1": 0.5, "x2": 0}, "targets": {"y1": 1, "y2": 0}},
    ],
    "layers": [
        {"units": ["H1", "H2"], "activation": "relu", "weights": [[0.5, -1], [1, 2]], "bias": 0.25},
        {"units": ["y1", "y2"], "activation": "softmax", "weights": [[0.5, -1], [1, 0.3]], "bias": [0.2, 0.1]},
    ],
}
CHAIN: Mapping[str, Any] = {
    "title": "a chain with corners",
    "objective": "J",
    "wrt": ["a", "b", "c"],
    "learning_rate": 0.1,
    "given": {"a": 5, "b": -3, "c": 2},
    "define": {"u": "b*c", "r": "relu(u) + max(a, b)", "s": "abs(b)**3/2 + log(a) + sqrt(c)", "J": "3*r + s*tanh(u)"},
}
PROBLEMS = {"linear": LINEAR, "softmax": SOFTMAX, "chain": CHAIN, "2-2-2": "2-2-2", "samples": "logistic-regression"}


@pytest.fixture(scope="module", params=PROBLEMS)
def problem(request: pytest.FixtureRequest) -> AnyProblem:
    return load(PROBLEMS[request.param])


def test_the_linear_class_is_judged() -> None:
    """The slope of a linear unit is 1 for everybody, and one student asks for it: both are judged."""
    found = verify(load(LINEAR), {"a": {"w1_new": "0.26"}, "b": {"dout_y1/dnet_y1": "1.000"}}).report
    # w1 − η·2(out − t)·x1 = 0.35 − 0.3·2·0.315·0.5
    assert [(each.student, each.verdict, each.expected) for each in found.judgements] == [
        ("a", "correct", "0.26"),
        ("b", "correct", "1.000"),
    ]
    assert found.rejected == ()


def test_each_figure_of_a_problem_is_right_in_a_class(problem: AnyProblem) -> None:
    """A class in which everybody hands in one other figure, the right one: all of them are judged, all are right."""
    derivation = derivation_of(problem)
    proved = Proved(problem, derivations(problem))
    names = [*derivation.givens, *derivation.by_id]
    right = {name: proved.figure(name, Cut(digits=6)).ascii for name in names}
    found = verify(problem, {f"student {name}": {name: text} for name, text in right.items()}).report
    assert [each for each in found.judgements if each.marks != 1] == []
    assert found.marks == len(names)
    assert found.rejected == ()


ODD = ("0", "0.000", "-1", "1e300", "1e-300", "3/8", "0.5", "nan", "", "1/0*w1", "0.12345678901234567890", "9e307",
       "log(x1)", "exp(1000*x1)", "(x1 - x1)/(x1 - x1)", "12345678901234567890", "50 %", "words")  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_class_gives_what_each_script_gives_alone(problem: AnyProblem, seed: int) -> None:
    """Whatever odd figures others hand in, for whatever ids, each student's verdicts are those of his script alone."""
    draw = random.Random(seed)
    derivation = derivation_of(problem)
    names = [name + again for name in (*derivation.givens, *derivation.by_id) for again in ("", "", "@1", "@3")]
    scripts = {
        f"s{number}": {draw.choice(names): draw.choice(ODD) for _ in range(draw.choice([1, 1, 2, 6]))}
        for number in range(6)
    }
    together = verify(problem, scripts, digits=draw.choice([None, 4, 15]))
    assert to_text(together)
    assert to_json(together.report)
    assert gradebook_csv(together.report)
    for student, script in scripts.items():
        alone = verify(problem, {student: script}, digits=together.options.digits).report
        own = together.report.by_student().get(student)
        assert (own.judgements if own else ()) == alone.judgements
        assert set(alone.rejected) <= set(together.report.rejected)


@pytest.mark.parametrize("kind", [OverflowError, ZeroDivisionError, IndexError, ValueError])
def test_a_row_that_breaks_the_judging_is_listed_and_the_others_are_judged(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    """Should the arithmetic fail at one row, it is named with its reason; nobody loses a mark for it."""
    real = verification.judge_and_mend

    def breaking(
        routes: Any, problems: Sequence[AnyProblem], scripts: Sequence[Mapping[str, Written]], options: Options
    ) -> Any:
        if any(written.text == "666" for script in scripts for written in script.values()):
            raise kind("out of bounds")
        return real(routes, problems, scripts, options)

    monkeypatch.setattr(verification, "judge_and_mend", breaking)
    scripts = {
        "a": {"net_H1": "0.3775", "out_H1": "666", "net_H2": "0.3925", "out_H2": "0.5969"},
        "b": {"net_H1": "0.3775", "out_H1": "0.5933"},
        "c": {"net_H1": "666"},
    }
    found = verify(load("2-2-2"), scripts).report
    assert [(each.student, each.quantity, each.verdict) for each in found.judgements] == [
        *(("a", name, "correct") for name in ("net_H1", "net_H2", "out_H2")),
        *(("b", name, "correct") for name in ("net_H1", "out_H1")),
    ]
    assert sorted(each.reason.split(":")[0] for each in found.rejected) == ["net_H1", "out_H1"]
    assert all("out of bounds" in each.reason for each in found.rejected)


def test_a_round_that_training_does_not_reach_is_listed() -> None:
    """A formula for a round after the figures have left the floats cannot be judged; the row says so."""
    steep = {
        "title": "steep",
        "objective": "J",
        "wrt": ["a"],
        "learning_rate": 1,
        "given": {"a": 3},
        "define": {"J": "a**4"},
    }
    found = verify(load(steep), {"anna": {"J": "81", "J@9": "a**4"}, "ben": {"J": "81"}}).report
    assert [(each.student, each.quantity, each.verdict) for each in found.judgements] == [
        ("anna", "J", "correct"),
        ("ben", "J", "correct"),
    ]
    assert [each.reason.startswith("J@9: ") for each in found.rejected] == [True]
