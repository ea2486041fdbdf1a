"""The whole document: its sections in order, and the check that it holds together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Literal, get_args

from derive.errors import MalformedError, UnknownQuantityError
from derive.formula.expression import references
from derive.given.problem import Problem, Structure
from derive.network.derivation import Derivation
from derive.network.unrolled import unrolled
from derive.proof.checks import Check
from derive.telling.backward import backward_section
from derive.telling.closing import checks_section
from derive.telling.delta_style import delta_section
from derive.telling.forward import forward_section
from derive.telling.given import backward_picture, conventions_section
from derive.telling.given_numbers import arrays_sections
from derive.telling.goal import goal_section, shows_outputs
from derive.telling.later_turns import turn_sections, worked_turns
from derive.telling.lines import Pen
from derive.telling.matrices import figure_width
from derive.telling.matrix_style import matrix_backward, matrix_sections
from derive.telling.meaning import tried_out
from derive.telling.model import Block, Document, Paragraph, Section, Step, Told
from derive.telling.scope import Scope
from derive.telling.terms import Terms
from derive.telling.tools import gradient_tool, matrix_tool, slope_tools
from derive.telling.training import training_section
from derive.telling.updates import update_section

#: How a round is told: by chain-rule products, by deltas, in matrices, or in all three ways one after the other.
Style = Literal["chain", "delta", "matrix", "all"]
STYLES: tuple[str, ...] = get_args(Style)
#: What ids of steps begin with that tell a round a second and a third time.
VIEWS = ("delta:", "matrix:")


def build_document(
    problem: Problem,
    derivation: Derivation,
    checks: Sequence[Check],
    *,
    rounds: int = 10_000,
    only: tuple[str, ...] = (),
    brief: bool = False,
    ending: str = "",
    style: Style = "chain",
    by_deltas: Derivation | None = None,
    means: bool = False,
    turns: Callable[[int], Derivation] | None = None,
) -> Document:
    """The worked solution of a problem as a document with slots.

    Parameters
    ----------
    problem : Problem
        Its texts and conventions; its numbers enter with the filling.
    derivation : Derivation
    checks : sequence of Check
    rounds : int
        How far the training section goes; 0 leaves it out.
    only : tuple of str
        The trained parameters to work out; empty for all.
    brief : bool
        Whether to leave out the tools: what is told of matrices, the chain rule, the gradient and functions.
    ending : str
        Why the training section ends where it does, if that needs saying.
    style : Style
        With "delta" and "matrix", ``derivation`` is one by deltas.
    by_deltas : Derivation or None
        With "all": the derivation by deltas, beside the one by the chain rule.
    means : bool
        Whether it says what its figures mean, which takes those of `derive.network.consequences`.
    turns : callable, optional
        Where samples take turns: the derivation of each, by their numbers from 1, in the style's own view; left out:
        the first alone is worked.

    Raises
    ------
    UnknownQuantityError
        If ``only`` is no trained parameter.
    """
    structure = problem.structure
    for name in only:
        if name in derivation.trained:
            continue
        known = ", ".join(derivation.trained[:12])
        raise UnknownQuantityError(f"{name!r} is no trained parameter of this problem; there are {known}")
    terms = Terms(notation=problem.display.notation, givens=frozenset(derivation.givens))
    pen = Pen(
        derivation=derivation,
        terms=terms,
        scope=Scope.of(structure, only),
        shares=all(sum(target.value for target in sample.targets) == 1 for sample in problem.samples),
        tools=not brief,
        carries_rounded=problem.display.carry == "rounded",
        means=means,
    )
    rounds = rounds if not only else 0
    sections = [
        goal_section(problem, pen, rounds),
        *_with_tools(_round(problem, pen, style, by_deltas), structure, pen),
    ]
    told = derivation
    if turns is not None and derivation.turns > 1 and not only:
        above = steps_of(Document(name=problem.name, title=problem.title, sections=tuple(sections)))
        sections += turn_sections(structure, pen, turns, above)
        told = unrolled(turns, worked_turns(derivation))
    if rounds:
        outputs_above = shows_outputs(problem)
        sections.append(training_section(structure, pen, rounds, ending, outputs_above=outputs_above))
    sections.append(checks_section(pen, checks))
    sections += [*arrays_sections(problem, pen), conventions_section(problem)]
    document = Document(name=problem.name, title=problem.title, sections=tuple(sections))
    check_document(document, told)
    return _with_folds(document, tabled=structure.conventions.update == "simultaneous" and not only)


def _with_folds(document: Document, *, tabled: bool) -> Document:
    """The document in which a step says so that needs no words, since one with the same rule was explained above.

    ``tabled`` says whether all updates stand in a table.
    """
    seen: set[tuple[str, str]] = set()

    def folded(block: Block) -> tuple[Block, ...]:
        if not isinstance(block, Step) or block.quantity is None:
            return (block,)
        kind = (block.id.partition(":")[0] if ":" in block.id else "", block.rule)
        again = kind in seen and not block.working and not block.explanation
        seen.add(kind)
        way: Literal["line", "table"] = "table" if tabled and block.rule == "update" else "line"
        return (replace(block, alike=way),) if again else (block,)

    return with_blocks(document, folded)


def _round(problem: Problem, pen: Pen, style: Style, by_deltas: Derivation | None) -> list[Section]:
    """Forward pass, backward pass and updates in one style, or the backward pass in all of them."""
    structure, width = problem.structure, figure_width(problem.display)
    match style:
        case "chain":
            return [forward_section(structure, pen), backward_section(structure, pen), update_section(structure, pen)]
        case "delta":
            return [forward_section(structure, pen), delta_section(structure, pen), update_section(structure, pen)]
        case "matrix":
            return matrix_sections(structure, pen, width)
    assert by_deltas is not None
    found = [
        forward_section(structure, pen),
        backward_section(structure, pen, title="Backward pass by the chain rule"),
    ]
    for view, told, title in (
        (VIEWS[0], delta_section, "The same backward pass by deltas"),
        (VIEWS[1], partial(matrix_backward, figure_width=width), "The same backward pass in matrices"),
    ):
        other = replace(pen, derivation=by_deltas, standing=set(pen.standing), view=view)
        found.append(told(structure, other, title=title))
        pen.standing |= other.standing
    return [*found, update_section(structure, pen)]


def _with_tools(sections: list[Section], structure: Structure, pen: Pen) -> list[Section]:
    """The sections of a round with each tool where it is first used."""
    forward, backward, *rest = sections
    layers = [place for place, part in enumerate(forward.subsections, start=1) if part.id.startswith("forward-1")]
    cut = layers[0] if layers else len(forward.subsections)
    before, after = forward.subsections[:cut], forward.subsections[cut:]
    forward = replace(forward, subsections=(*before, *matrix_tool(structure, pen), *after))
    last = backward.subsections[-1]
    last = replace(last, blocks=(*last.blocks, *backward_picture(structure, pen)))
    parts = (*slope_tools(structure, pen), *backward.subsections[:-1], last)
    parts = (*parts, *tried_out(structure, pen), *gradient_tool(structure, pen))
    return [forward, replace(backward, subsections=parts), *rest]


def blocks_of(document: Document) -> Iterator[Block]:
    """All blocks in reading order."""
    waiting: list[Section] = list(reversed(document.sections))
    while waiting:
        section = waiting.pop()
        yield from section.blocks
        waiting.extend(reversed(section.subsections))


def with_blocks(document: Document, change: Callable[[Block], tuple[Block, ...]]) -> Document:
    """The document with other blocks in the place of each."""

    def changed(section: Section) -> Section:
        blocks = tuple(new for block in section.blocks for new in change(block))
        return replace(section, blocks=blocks, subsections=tuple(map(changed, section.subsections)))

    return replace(document, sections=tuple(map(changed, document.sections)))


def with_numbers(document: Document) -> Document:
    """The document with its steps' lines numbered as equations, but for those that stand in a table on paper."""
    numbers = count(1)

    def numbered(block: Block) -> tuple[Block, ...]:
        if not isinstance(block, Step) or block.alike == "table":
            return (block,)
        return (replace(block, number=next(numbers)),)

    return with_blocks(document, numbered)


def as_paragraphs(document: Document) -> Document:
    """The document as it stands still: of what the figures mean, the one sentence that holds."""

    def told(block: Block) -> tuple[Block, ...]:
        if not isinstance(block, Told):
            return (block,)
        return () if block.chosen is None else (Paragraph(text=block.cases[block.chosen].text),)

    return with_blocks(document, told)


def steps_of(document: Document) -> Iterator[Step]:
    """All steps in reading order."""
    return (block for block in blocks_of(document) if isinstance(block, Step))


def check_document(document: Document, derivation: Derivation) -> None:
    """Raise `MalformedError` unless step and section ids are unique and every step uses only what can be looked up.

    A step may use givens, earlier steps, and figures of earlier tables, which the derivation orders.
    """
    place = {quantity.id: position for position, quantity in enumerate(derivation.quantities)}
    givens = frozenset(derivation.givens)
    seen: set[str] = set()
    for step in steps_of(document):
        if step.id in seen:
            raise MalformedError(f"two steps are called {step.id}")
        seen.add(step.id)
        uses = [(step.quantity, step.uses)] if step.quantity is not None else []
        uses += [(quantity, tuple(references(formula))) for quantity, formula in step.entries]
        for quantity, names in uses:
            for used in names:
                if used not in givens and place.get(used, len(place)) >= place[quantity]:
                    raise MalformedError(f"step {step.id} uses {used}, which does not stand before it")
