"""The whole document of an own architecture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from derive.display.tree import Matrix, Relation, Tree, parts
from derive.given.formula_problem import FormulaProblem
from derive.given.program.places import Place
from derive.network.derivation import Derivation
from derive.network.graph import Quantity, needed_for
from derive.network.unrolled import unrolled
from derive.proof.checks import Check
from derive.telling.array_products import are_alike
from derive.telling.arrays import Arrays
from derive.telling.build import check_document
from derive.telling.closing import checks_section
from derive.telling.epochs import epoch_table
from derive.telling.formula_document import check_wrt, ids_of
from derive.telling.lines import Pen
from derive.telling.model import Block, Document, Section, Step
from derive.telling.program_given import given_section
from derive.telling.program_pass import backward_part, forward_part, round_of, section
from derive.telling.program_pictures import unrolled_picture
from derive.telling.program_update import update_part
from derive.telling.scope import Scope
from derive.telling.shape_table import shape_table
from derive.telling.terms import Terms
from derive.telling.training import training_section

_UPDATES = frozenset({"update", "update_step", "state", "rate", "count"})
_BACK = frozenset(
    {"direct_derivative", "chain_rule", "sum_over_paths", "share", "no_path", "path", "batch_gradient", "batch_error",
     "penalty", "cost", "cost_gradient", "norm"}
)  # fmt: skip
#: Updates that a document works line by line.
MOST_WORKED = 1_000
#: Steps from which on only those that are told in words have a title of their own on paper.
_MOST_TITLED = 45
_FIRST = "From the given numbers to the end, each line with the figures above it."
_BACK_INTRO = (
    "From the error back: what a number does to the error is what comes back from every formula that uses it, "
    "times the slope of that formula."
)


def build_program_document(
    problem: FormulaProblem,
    derivation_of_turn: Callable[[int], Derivation],
    checks: Sequence[Check],
    *,
    only: tuple[str, ...] = (),
    brief: bool = False,
    rounds: int = 0,
    ending: str = "",
    stopped: int | None = None,
) -> Document:
    """The worked solution of an own architecture as a document with slots.

    Parameters
    ----------
    problem : FormulaProblem
        With a program.
    derivation_of_turn : callable
    checks : sequence of Check
    only : tuple of str
        The parameters to work out; empty for all.
    brief : bool
        Whether checks are left out.
    rounds : int
        How far the training section goes; 0 leaves it out.
    ending : str
        Why it ends where it does, if that needs saying.
    stopped : int or None
        After how many updates the file's condition stops the training; None where it does not.

    Raises
    ------
    UnknownQuantityError
        If ``only`` is no name that the objective is differentiated by.
    """
    check_wrt(problem, only)
    worked = min(worked_rounds(problem), stopped or MOST_WORKED)
    derivation = unrolled(derivation_of_turn, worked)
    wanted = wanted_ids(problem, derivation, only)
    pen = program_pen(problem, derivation)
    arrays = Arrays(problem=problem, pen=pen)
    sections: list[Section] = [given_section(problem, arrays)]
    table = shape_table(problem, pen) if not only else None
    for number in range(worked):
        sections += _round(arrays, [each for each in derivation.quantities if each.id in wanted], number, worked)
    if sum(isinstance(block, Step) for each in sections for block in each.blocks) > _MOST_TITLED:
        sections = [*_shortened(sections)]
    if not only and problem.structure.updated and (problem.plan.rounds or worked > 1 or stopped):
        sections.append(epoch_table(problem, pen, stopped or max(problem.plan.rounds, worked), stopped is not None))
    if table is not None:
        sections.append(table)
    if rounds:
        sections.append(training_section(problem.structure, pen, rounds, ending))
    if not brief:
        sections.append(checks_section(pen, checks))
    document = Document(name=problem.name, title=problem.title, sections=_with_brackets_told(sections))
    check_document(document, derivation)
    return document


def _shortened(sections: Iterable[Section]) -> Iterator[Section]:
    """The sections of a long document: what is worked like something above, and needs no word, is its line alone."""
    seen: list[Step] = []
    for each in sections:
        blocks: list[Block] = []
        for block in each.blocks:
            if isinstance(block, Step) and block.formula is not None and not block.explanation:
                again = any(
                    step.rule == block.rule and step.formula is not None and are_alike(step.formula, block.formula)
                    for step in seen
                )
                seen.append(block)
                block = replace(block, alike="line") if again else block
            elif isinstance(block, Step):
                seen.append(block)
            blocks.append(block)
        yield replace(each, blocks=tuple(blocks))


def _with_brackets_told(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections with a sentence on what a comparison in brackets is, where the first of them stands."""
    for place, each in enumerate(sections):
        for number, block in enumerate(each.blocks):
            if isinstance(block, Step) and (sign := _sign(row.tree for row in block.line.rows)):
                note = f"{' ' if block.explanation else ''}[a {sign} b] is 1 where that holds, else 0."
                told = replace(block, explanation=(*block.explanation, note))
                blocks = (*each.blocks[:number], told, *each.blocks[number + 1 :])
                return (*sections[:place], replace(each, blocks=blocks), *sections[place + 1 :])
    return tuple(sections)


def _sign(trees: Iterable[Tree]) -> str:
    """The sign of the first comparison in brackets; empty where there is none."""
    waiting = [*trees]
    while waiting:
        match waiting.pop(0):
            case Matrix(((Relation(_, str() as sign, _),),)):
                return sign
            case other:
                waiting += parts(other)
    return ""


def worked_rounds(problem: FormulaProblem) -> int:
    """How many updates are worked line by line: as the file says, or one epoch, at most 8."""
    plan = problem.plan
    if not problem.structure.updated:
        return 1
    if plan.worked:
        return min(plan.worked, plan.rounds or plan.worked)
    return min(plan.turns, 8)


def program_pen(problem: FormulaProblem, derivation: Derivation) -> Pen:
    """What writes the lines."""
    ends = {
        each.id.partition("@")[0]: (each.of, each.by) for each in derivation.quantities if each.by and "/" in each.id
    }
    places = _all_places(problem)
    for each in derivation.quantities:
        if each.rule == "share":
            name, time = each.id.partition("@")[0], each.id.rpartition(":")[2]
            used = name.partition("/d")[2]
            step = int(time.partition("@")[0].partition("#")[0])
            places[used] = replace(places[each.by or used.partition(":")[0]], time=step)
            ends[name] = (each.of, used)
    return Pen(
        derivation=derivation,
        terms=Terms(
            notation=problem.display.notation,
            givens=frozenset(derivation.givens),
            e_is_taken="e" in derivation.givens or "e" in derivation.by_id,
            ends=ends,
            places=places,
        ),
        scope=Scope(every_unit=True, full_samples=(None,), table_samples=()),
        carries_rounded=problem.display.carry == "rounded",
    )


def _all_places(problem: FormulaProblem) -> dict[str, Place]:
    """What every id says, those of steps, states and new values included."""
    structure = problem.structure
    found = dict(structure.places)
    kept = (*(name for name, _ in problem.plan.rule.states), *(name for name, _ in problem.plan.rule.steps))
    for name in structure.updated:
        place = structure.places[name]
        for prefix in ("", "step_", "ahead_", *(f"{key}_" for key in kept)):
            for suffix in ("", "_new"):
                called = place.called(prefix=prefix, suffix=suffix)
                found.setdefault(str(called), called)
    for place in structure.places.values():
        if place.name.startswith("net_"):
            delta = replace(place, name="delta_" + place.name.removeprefix("net_"))
            found.setdefault(str(delta), delta)
    return found


def wanted_ids(problem: FormulaProblem, derivation: Derivation, only: tuple[str, ...]) -> frozenset[str]:
    """Ids of what the document works out: all, or what is asked for and leads there."""
    if not only and not problem.ask:
        return frozenset(derivation.by_id)
    asked = set(problem.ask) if not only else ids_of(problem, only)
    wanted = (name for name in derivation.by_id if name in asked or _stands_for(problem, name, asked))
    return frozenset(needed_for(wanted, derivation.quantities))


def _stands_for(problem: FormulaProblem, name: str, asked: set[str]) -> bool:
    """Whether an id is an element of an array that is asked for, or a unit's output asked for by its unit's name."""
    program = problem.program
    block = program.blocks.get(name) if program else None
    return block is not None and (block.name in asked or name.removeprefix("out_") in asked)


def _round(arrays: Arrays, quantities: Sequence[Quantity], number: int, count: int) -> list[Section]:
    """Forward, back and update of one round."""
    problem = arrays.problem
    own = [quantity for quantity in quantities if round_of(quantity) == number]
    ahead = [quantity for quantity in own if quantity.rule == "ahead"]
    forward = [quantity for quantity in own if quantity.rule == "definition"]
    back = [quantity for quantity in own if quantity.rule in _BACK]
    updates = [quantity for quantity in own if quantity.rule in _UPDATES]
    if number and count > 1:
        blocks: list[Block] = [*update_part(arrays, ahead, number)] if ahead else []
        blocks += forward_part(arrays, forward, number)
        blocks += backward_part(arrays, back, number)
        blocks += update_part(arrays, updates, number)
        return [section(f"round-{number + 1}", f"Update {number + 1}{_which(problem, number)}", blocks)]
    which = f" of update 1{_which(problem, 0)}" if count > 1 else ""
    found: list[Section] = []
    first: list[Block] = [*update_part(arrays, ahead, number)] if ahead else []
    steps = unrolled_picture(problem)
    if steps is not None:
        first.insert(0, steps)
    title = "Sizes and counts" if problem.counts else f"Forward pass{which}"
    found.append(section("forward-pass", title, [*first, *forward_part(arrays, forward, 0)], _FIRST))
    if back:
        found.append(section("backward-pass", f"Backward pass{which}", backward_part(arrays, back, 0), _BACK_INTRO))
    if updates:
        found.append(section("the-updates", f"Update{which[len(' of update 1') :]}", update_part(arrays, updates, 0)))
    return found


def _which(problem: FormulaProblem, number: int) -> str:
    """Which samples an update takes, and in which epoch."""
    plan = problem.plan
    if plan.turns == 1:
        return ""
    on_turn = plan.on_turn(number % plan.turns + 1)
    between = " and " if len(on_turn) == 2 else " to "
    samples = f"sample {on_turn[0]}" if len(on_turn) == 1 else f"samples {on_turn[0]}{between}{on_turn[-1]}"
    return f": epoch {number // plan.turns + 1}, {samples}"
