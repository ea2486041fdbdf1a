"""One step of a worked solution alone."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from derive.errors import UnsupportedError
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import QuantityId, updated_id
from derive.network.derivation import Derivation
from derive.network.unrolled import unrolled
from derive.proof.checks import Check
from derive.proof.values import Proved
from derive.renderers.fragments import Fragment, fragment
from derive.telling.build import build_document, steps_of
from derive.telling.fill import fill
from derive.telling.filling import Filling
from derive.telling.formula_document import build_formula_document
from derive.telling.later_turns import worked_turns
from derive.telling.lines import Pen
from derive.telling.model import Document, Section, Step
from derive.telling.problem_terms import problem_terms
from derive.telling.program_document import program_pen, worked_rounds
from derive.telling.scope import Scope


def single_step(
    problem: AnyProblem, derivation: Derivation, proved: Proved, checks: Sequence[Check], quantity: str
) -> Fragment:
    """The line that works a quantity out, with the digits it has in the whole document.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    derivation : Derivation
        By the chain rule.
    proved : Proved
    checks : sequence of Check
    quantity : str
        A canonical id.

    Raises
    ------
    UnsupportedError
        If the quantity is given or belongs to a later round.
    """
    if isinstance(problem, FormulaProblem) and problem.program is not None:
        return _of_a_program(problem, derivation, proved, quantity)
    if derivation.turns > 1:
        later = unrolled(proved.rounds.derivation_of_turn, worked_turns(derivation))
        if quantity in later.by_id and quantity not in derivation.by_id:
            return _alone(_bare_step(problem, later, quantity), problem, proved)
    wanted = _of_first_round(derivation, quantity)
    documents = _documents(problem, derivation, checks, wanted)
    found = (step for document in documents for step in steps_of(document) if step.quantity == wanted)
    return _alone(next(found, None) or _bare_step(problem, derivation, wanted), problem, proved)


def _alone(step: Step, problem: AnyProblem, proved: Proved) -> Fragment:
    alone = Document(name=problem.name, title=problem.title, sections=(Section(id="step", title=(), blocks=(step,)),))
    return fragment(step, fill(alone, problem, proved, ()))


def _of_a_program(problem: FormulaProblem, derivation: Derivation, proved: Proved, quantity: str) -> Fragment:
    """The line of an own architecture; those of later rounds too, as far as its page works them."""
    if quantity in derivation.givens:
        raise UnsupportedError(f"{quantity!r} is given and has no step")
    worked = worked_rounds(problem)
    rounds = unrolled(proved.rounds.derivation_of_turn, worked)
    parsed = QuantityId.parse(quantity, aliases=False)
    wanted = quantity
    if parsed is not None and parsed.round == 1 and quantity not in rounds.by_id:
        wanted = updated_id(str(replace(parsed, round=0)))
    if wanted not in rounds.by_id:
        raise UnsupportedError(
            f"{quantity!r} has no step: {worked} update{'s are' if worked > 1 else ' is'} worked line by line; "
            "derive values prints its figure"
        )
    pen = program_pen(problem, rounds)
    pen.standing = set(rounds.by_id) | set(rounds.givens)
    return _alone(pen.step(wanted, title=(pen.terms.inline(wanted),)), problem, proved)


def step_within(document: Document, filling: Filling, asked: str, known: Callable[[str], str]) -> Fragment:
    """The line of a document that is called so, or works the quantity out that is.

    Parameters
    ----------
    document : Document
    filling : Filling
    asked : str
    known : callable
        Gives the canonical form of a quantity id.

    Raises
    ------
    UnknownQuantityError
        If there is no such quantity.
    UnsupportedError
        If the document has no line for it, with the nearest there is.
    """
    found = list(steps_of(document))
    step = next((step for step in found if step.id == asked.strip()), None)
    if step is None:
        quantity = known(asked)
        step = next((step for step in found if step.quantity == quantity), None)
        if step is None:
            ids = [step.id for step in found]
            near = difflib.get_close_matches(quantity, ids, n=1, cutoff=0.4) or ids[:1]
            raise UnsupportedError(f"{quantity!r} has no line in this document; the nearest is {near[0]}")
    return fragment(step, filling)


def _of_first_round(derivation: Derivation, quantity: str) -> str:
    """The id under which the document works a quantity out: ``w5@1`` is the update's ``w5_new``."""
    parsed = QuantityId.parse(quantity, aliases=False)
    if quantity in derivation.givens:
        raise UnsupportedError(f"{quantity!r} is given and has no step")
    if parsed is None or not parsed.round:
        return quantity
    own = str(replace(parsed, round=0))
    if parsed.round == 1 and updated_id(own) in derivation.by_id:
        return updated_id(own)
    raise UnsupportedError(
        f"{quantity!r} has no step: the first round is worked line by line, of later ones there are only figures "
        "(derive values prints them)"
    )


def _documents(
    problem: AnyProblem, derivation: Derivation, checks: Sequence[Check], quantity: str
) -> Iterator[Document]:
    """The whole document; and, where it works one unit of each layer in full, the one about another parameter."""
    if isinstance(problem, FormulaProblem):
        yield build_formula_document(problem, derivation, checks, brief=True)
        return
    yield build_document(problem, derivation, checks, rounds=0, brief=True)
    named = {part.removeprefix("d").removesuffix("_new") for part in quantity.partition("[")[0].split("/")}
    for only in derivation.trained:
        if only in named:
            yield build_document(problem, derivation, checks, rounds=0, brief=True, only=(only,))


def _bare_step(problem: AnyProblem, derivation: Derivation, quantity: str) -> Step:
    """A line that the document leaves to a table, as it would be worked."""
    pen = Pen(
        derivation=derivation,
        terms=problem_terms(problem, derivation),
        scope=Scope(every_unit=True, full_samples=(None,), table_samples=()),
        standing=set(derivation.by_id),
    )
    return pen.step(quantity, title=(pen.terms.name(quantity),))
