"""Mistakes that recipes name, made by hands that share nothing with derive, are found where they are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import derive
from derive.errors import ProblemError
from derive.given.formula_problem import FormulaProblem
from derive.given.loading import problem_named
from derive.given.program import recipes
from derive.judging.findings import Finding
from derive.judging.mending.mending import judge_and_mend
from derive.judging.model import FAULTLESS, Options
from derive.judging.reading.written import read_written
from derive.judging.routes import routes_for
from derive.numeric.programs import values
from tests.programs import mistaken
from tests.programs.mistaken import PROBLEMS, Hand

#: What each work can have in it; a name is that of its function too.
MADE: Mapping[str, str] = {
    "rnn": "start-forgotten state-of-wrong-step input-of-wrong-step weights-exchanged missing-bias state-held "
    "transposed-state-weights no-activation other-activation one-step-of-time",
    "lstm": "forgot-to-forget input-gate-forgotten gates-exchanged old-cell-state-forgotten hidden-for-cell "
    "tanh-forgotten output-gate-forgotten cell-for-state state-of-wrong-step cell-state-of-this-step "
    "sigmoid-for-tanh tanh-for-sigmoid cell-state-held",
    "gru": "gates-swapped gates-exchanged reset-forgotten old-state-forgotten whole-old-state-kept state-left-out "
    "state-of-wrong-step sigmoid-for-tanh old-state-held candidate-held gates-held",
    "convolution": "kernel-turned padding-forgotten rows-and-columns-exchanged missing-bias no-activation "
    "mean-for-maximum minimum-for-maximum by-columns gradient-to-all gradient-shared gradient-to-none one-place-only",
    "attention": "not-scaled root-forgotten queries-for-keys softmax-over-columns mask-forgotten not-normalised "
    "weights-transposed keys-for-values queries-by-key-weights queries-by-transposed-weights "
    "keys-by-transposed-weights values-by-transposed-weights output-by-transposed-weights "
    "softmax-slope-of-own-score-only scale-forgotten-going-back",
    "layer_norm": "sum-for-mean divided-by-n-minus-one sum-for-variance mean-of-squares mean-not-subtracted "
    "root-forgotten epsilon-forgotten epsilon-outside scale-forgotten shift-forgotten shift-before-scale mean-held "
    "variance-held mean-and-variance-held",
    "batch_norm": "sum-for-mean divided-by-n-minus-one sum-for-variance mean-not-subtracted root-forgotten "
    "epsilon-forgotten epsilon-outside scale-forgotten shift-forgotten shift-before-scale mean-held variance-held",
    "dropout": "not-divided multiplied-by-share divided-by-dropped-share mask-turned mask-forgotten "
    "mask-forgotten-going-back not-divided-going-back",
    "embedding": "row-before row-after words-in-other-order gradient-to-every-row",
    "skip": "one-way-only multiplied averaged no-activation gradient-of-first-way-forgotten "
    "gradient-of-second-way-forgotten",
    "concat": "other-order gradient-of-first-part-forgotten gradient-of-second-part-forgotten gradients-exchanged",
    "average_pool": "maximum-for-mean sum-for-mean stride-of-one gradient-not-divided gradient-to-largest "
    "gradient-to-none gradient-by-columns",
}
#: Figures that are moved to each other's places are said to be so.
MOVED = {"cells-exchanged"}


def worked(name: str, wrong: str, digits: int = 5) -> dict[str, str]:
    """The figures of one hand."""
    hand = Hand(digits)
    getattr(mistaken, name)(hand, wrong)
    return hand.written


def judged(mapping: Mapping[str, Any], scripts: list[dict[str, str]]) -> list[Mapping[str, Finding]]:
    """What scripts of one problem are found to be."""
    problem = problem_named(mapping, "p")
    routes = routes_for([problem])
    order = {name: place for place, name in enumerate(routes.nearest.by_id)}
    read = [
        {name: read_written(script[name]) for name in sorted(script, key=lambda each: order[_spelled(each, order)])}
        for script in scripts
    ]
    spelled = [{_spelled(name, order): each for name, each in script.items()} for script in read]
    return [findings for findings, _ in judge_and_mend(routes, [problem], spelled, Options())]


def _spelled(name: str, known: Mapping[str, int]) -> str:
    """``out_y#2`` as a scalar of a sample is called."""
    head, _, sample = name.partition("#")
    return name if name in known else f"{head}[{sample}]"


@pytest.mark.parametrize("name", MADE)
def test_each_mistake_is_named_where_it_is_made(name: str) -> None:
    """Every figure at fault bears the mistake's name, and what only follows from it is not at fault."""
    ids = MADE[name].split()
    for wrong, findings in zip(ids, judged(PROBLEMS[name], [worked(name, wrong) for wrong in ids]), strict=True):
        at_fault = {each: found for each, found in findings.items() if found.verdict not in FAULTLESS | {"carried"}}
        named = [each for each, found in at_fault.items() if wrong in found.diagnosis]
        others = {each: found.diagnosis for each, found in at_fault.items() if each not in named}
        assert named, f"{wrong} is not named: {others}"
        assert all(MOVED.issuperset(ids) and ids for ids in others.values()), f"{wrong}: {others}"


@pytest.mark.parametrize("name", MADE)
def test_honest_hands_are_not_faulted(name: str) -> None:
    """With every line rounded, to any number of digits, and with the rounded figure gone on with."""
    for digits, findings in zip(
        (3, 5, 8), judged(PROBLEMS[name], [worked(name, "", digits) for digits in (3, 5, 8)]), strict=True
    ):
        at_fault = {each: found for each, found in findings.items() if found.verdict not in FAULTLESS}
        assert not at_fault, (digits, at_fault)


def _copied(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The problem with the texts of its recipes as its own definitions, under no name."""
    layers = []
    for layer in mapping["layers"]:
        kind = layer.get("type", "dense")
        own = {key: value for key, value in layer.items() if key != "type"}
        layers.append(layer if kind == "dense" else {**own, "define": recipes.shipped("layers", kind)})
    return {**mapping, "layers": layers}


@pytest.mark.parametrize("name", MADE)
def test_a_copy_of_a_recipe_is_judged_alike(name: str) -> None:
    """The same verdicts, causes and words, of the mistakes and of all that follows from them."""
    ids = MADE[name].split()[::6]
    scripts = [worked(name, wrong) for wrong in ids]
    assert judged(_copied(PROBLEMS[name]), scripts) == judged(PROBLEMS[name], scripts)


def test_all_layers_that_come_with_derive_are_worked_here() -> None:
    """None is added without mistakes that are tried."""
    kinds = {layer.get("type", "dense") for mapping in PROBLEMS.values() for layer in mapping["layers"]}
    assert kinds == {"dense", *recipes.names("layers")}


@pytest.mark.parametrize("kind", recipes.names("layers"))
def test_each_kind_of_layer_has_mistakes_of_its_own(kind: str) -> None:
    """Five at least; flatten, which only moves numbers, has three."""
    assert len(recipes.shipped("layers", kind)["mistakes"]) >= (3 if kind == "flatten" else 5)


def test_the_words_are_those_of_the_recipe() -> None:
    """Said and advised as the text has it; once, however many figures show it."""
    report = derive.verify(problem_named(PROBLEMS["lstm"], "p"), worked("lstm", "forgot-to-forget")).report
    first, second = (next(each for each in report.judgements if each.quantity == name) for name in ("C:1", "C:2"))
    assert first.explanation == (
        "Consistent with keeping the whole old cell state. Multiply the old cell state by the forget gate first."
    )
    assert second.diagnosis == ("forgot-to-forget",)
    assert "costs no further mark" in second.explanation
    assert (first.marks, second.marks) == (0, 1)


OWN = {
    "title": "Own", "inputs": {"x1": "0.5"}, "targets": {"y": 1}, "loss": "squared_error",
    "layers": [{"name": "n", "define": {"define": {"out": "x**2 + 1"}}}, {"units": ["y"], "weights": [[2]]}],
}  # fmt: skip
GOOD = {"at": "out", "instead": "x**2", "says": "leaving out the 1", "advice": "Add 1."}


def _own(mistakes: object) -> dict[str, Any]:
    layer = {"name": "n", "define": {"define": {"out": "x**2 + 1"}, "mistakes": mistakes}}
    return {**OWN, "layers": [layer, OWN["layers"][1]]}


def test_mistakes_of_a_layer_of_ones_own() -> None:
    """0.25 where 1.25 belongs."""
    report = derive.verify(problem_named(_own({"no-one": GOOD}), "p"), {"out_n[1]": "0.25"}).report
    assert [each.diagnosis for each in report.judgements] == [("no-one",)]
    assert report.judgements[0].explanation == "Consistent with leaving out the 1. Add 1."


REFUSED: list[tuple[object, str, str]] = [
    ([1], "layers[0].define.mistakes", "a table is needed"),
    ({"No one": GOOD}, "layers[0].define.mistakes", "no name of a mistake"),
    ({"no-one": {**GOOD, "at": "outt"}}, "layers[0].define.mistakes.no-one.at", "did you mean out"),
    ({"no-one": {**GOOD, "instead": "x**"}}, "layers[0].define.mistakes.no-one.instead", "not a formula"),
    ({"no-one": {**GOOD, "instead": "q + 1"}}, "layers[0].define.mistakes.no-one.instead", "'q' is neither given"),
    ({"no-one": {**GOOD, "held": "x"}}, "layers[0].define.mistakes.no-one", "one of instead"),
    ({"no-one": {**GOOD, "part": "tanh(x)"}}, "layers[0].define.mistakes.no-one.part", "no part of"),
    ({"no-one": {"at": "out", "instead": "x"}}, "layers[0].define.mistakes.no-one.says", "missing"),
    ({"no-one": {**GOOD, "sayz": "x"}}, "layers[0].define.mistakes.no-one.sayz", "unknown key"),
    ({"no-one": {"at": "out", "held": "q", "says": "x", "advice": "x"}}, "layers[0].define.mistakes.no-one.held",
     "no name that this line uses"),
]  # fmt: skip


@pytest.mark.parametrize(("mistakes", "key", "expected"), REFUSED)
def test_mistakes_that_are_none_are_refused(mistakes: object, key: str, expected: str) -> None:
    """One plain line, at the key."""
    with pytest.raises(ProblemError) as caught:
        problem_named(_own(mistakes), "p")
    assert caught.value.key == key
    assert expected in caught.value.message
    assert "\n" not in str(caught.value)


def test_the_functions_that_mistakes_are_written_with() -> None:
    """Rows moved down, a kernel turned, a state of two steps before: by whole numbers, and by the core of its own."""
    mapping = {
        "title": "x", "given": {"A": [[1, 2], [3, 4], [5, 6]], "K": [[1, 0], [0, 2]], "h": {"start": 7},
                                "x": {"over": "time", "values": [1, 2, 3]}},
        "define": {"R": "roll(A, 1)", "C": "convolve(A, K, turned=1)", "h": "x + before(h)", "T": "transpose(sum(A))",
                   "s": "last(h)"},
    }  # fmt: skip
    problem = problem_named(mapping, "p")
    assert isinstance(problem, FormulaProblem)
    assert problem.program is not None
    givens = {name: float(number.value) for name, number in problem.givens}
    expected = {"R[1,1]": 5, "R[2,2]": 2, "C[1,1]": 2 * 1 + 4, "C[2,1]": 2 * 3 + 6, "h:3": 13, "T": 21}
    for worked_out in (derive.solve(problem).value, values(givens, problem.program).__getitem__):
        assert {name: worked_out(name) for name in expected} == expected
