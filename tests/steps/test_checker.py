"""The checker that runs after every build catches documents that do not hold together."""

from __future__ import annotations

from dataclasses import replace

import pytest

import derive
from derive.errors import MalformedError, UnknownQuantityError
from derive.formula.expression import Ref, Sum
from derive.solved.explanation import Explanation
from derive.telling.build import blocks_of, check_document, steps_of
from derive.telling.model import Document, Section, Step
from tests.strategies import LAYERED


@pytest.fixture(scope="module")
def default() -> Explanation:
    return derive.explain(derive.load("2-2-2"), rounds=0)


def with_steps(document: Document, *steps: Step) -> Document:
    """The document with one more section."""
    return replace(document, sections=(*document.sections, Section(id="planted", title=("x",), blocks=steps)))


def step_of(document: Document, name: str) -> Step:
    return next(step for step in steps_of(document) if step.id == name)


def test_default_passes(default: Explanation) -> None:
    """The default document passes the checker that the others here fail."""
    check_document(default.document, default.solution.derivation)


def test_a_step_twice_is_caught(default: Explanation) -> None:
    """Two steps with one id are refused, by name."""
    twice = with_steps(default.document, step_of(default.document, "out_y1"))
    with pytest.raises(MalformedError, match="out_y1"):
        check_document(twice, default.solution.derivation)


@pytest.mark.parametrize("later", ["out_H1", "dE_total/dw5", "w5_new", "nowhere"])
def test_use_before_definition_is_caught(default: Explanation, later: str) -> None:
    """A step that uses itself, a later quantity, or one that there is not, is refused, by name."""
    document = default.document
    step = step_of(document, "out_H1")
    backwards = replace(step, uses=(later,), formula=Sum((Ref(later), Ref(later))))
    rest = [section for section in document.sections if section.id != "forward"]
    changed = replace(document, sections=(*rest, Section(id="forward", title=("x",), blocks=(backwards,))))
    with pytest.raises(MalformedError, match=later):
        check_document(changed, default.solution.derivation)


def test_unknown_parameter_is_refused() -> None:
    """A parameter that is not trained is refused with those that are."""
    with pytest.raises(UnknownQuantityError, match="w1, w2"):
        derive.explain(derive.load("2-2-2"), wrt="b1")


@pytest.mark.parametrize("name", LAYERED)
def test_ids_are_unique(name: str) -> None:
    """Sections, steps, tables and pictures of a document never share an id."""
    document = derive.explain(derive.load(name), rounds=3).document
    ids = [block.id for block in blocks_of(document) if hasattr(block, "id")]
    waiting = list(document.sections)
    while waiting:
        section = waiting.pop()
        ids.append(section.id)
        waiting.extend(section.subsections)
    assert sorted(ids) == sorted(set(ids))
