"""A problem file with anything that plain layered networks have not: own architectures, asked down to one formula each.

Read are both forms, layers and formulas; what comes out is a chain of formulas with a program behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from derive.errors import ProblemError
from derive.given import fields
from derive.given.common_keys import read_display, read_source, read_title
from derive.given.domain import CannotError, worked
from derive.given.formula_problem import FormulaProblem
from derive.given.problem import Display
from derive.given.program.builder import Builder
from derive.given.program.chain_program import ChainReading
from derive.given.program.layered_program import LayeredReading
from derive.given.program.shape_program import ShapeReading, is_shapes
from derive.given.program.shapes import WORDS
from derive.given.program.words import words_as_rows

_COMMON = ("title", "source", "learning_rate", "ask", "training", "update", "functions", "display", "maximise")
_LAYERED = ("loss", "losses", "loss_weights", "delta", "inputs", "targets", "samples", "layers", "conventions")
_FORMULAS = ("given", "define", "objective", "wrt")


def architecture_from(given: Mapping[str, object], name: str) -> FormulaProblem:
    """The problem that a parsed file describes.

    Raises
    ------
    ProblemError
        If a key is missing, unknown, or holds what is not allowed, or something has no value at the given numbers.
    """
    layered = "layers" in given
    fields.only_keys(given, (*_COMMON, *(_LAYERED if layered else _FORMULAS)), "")
    if "title" not in given:
        raise ProblemError("missing; every problem needs a title", key="title")
    title = read_title(given)
    counting = layered and is_shapes(given)
    if layered and not counting:
        given = words_as_rows(given)
    reading = ShapeReading(given) if counting else LayeredReading(given) if layered else ChainReading(given)
    reading.read()
    builder, display = reading.builder, read_display(given, arrays=True)
    problem = FormulaProblem(
        name=name,
        title=title,
        source=read_source(given),
        givens=tuple(builder.numbers.items()),
        definitions=tuple((each, "", formula) for each, formula in builder.definitions),
        objective=reading.objective,
        wrt=reading.wrt,
        learning_rate=reading.rate,
        display=_whole_figures(display, given) if counting else display,
        program=builder.program(),
        plan=reading.plan,
        ask=_ask(given.get("ask"), builder),
        penalties=reading.penalties,
        origin=given,
        origins=(*builder.origins.items(), *builder.repeated),
    )
    _check_rounds(problem)
    try:
        worked(problem.structure.definitions, {each: number.value for each, number in problem.givens})
    except CannotError as error:
        where = builder.program().blocks.get(error.quantity)
        raise ProblemError(
            f"{error.quantity} has no value at the given numbers: {error.reason}", key=where.path if where else ""
        ) from None
    return problem


def _whole_figures(display: Display, given: Mapping[str, object]) -> Display:
    """Counts are printed whole, unless the file says how many digits it wants."""
    says = given.get("display", {})
    if isinstance(says, Mapping) and ("digits" in says or "decimals" in says):
        return display
    return replace(display, digits=15)


def _ask(given: object, builder: Builder) -> tuple[str, ...]:
    if given is None:
        return ()
    entries = fields.sequence(given, "ask", what='the ids to work out, such as ["out_y", "dy/da"]')
    if not entries:
        raise ProblemError("at least one id is needed", key="ask")
    found: list[str] = []
    for place, entry in enumerate(entries):
        path = f"ask[{place}]"
        name = fields.text(entry, path, longest=120, lines=False).strip()
        if name in WORDS and builder.shapes:
            found += _counted(name, builder)
            continue
        ends = name.removeprefix("d").split("/d") if "/" in name else [name]
        for end in ends:
            if not _is_known(end, builder):
                raise ProblemError(
                    f"{fields.shown(end)} is no number of this problem; {fields.nearest(end, builder.names())}"
                    f"known here: {fields.listed(builder.names())}",
                    key=path,
                )
        found.append(name)
    return tuple(dict.fromkeys(found))


def _check_rounds(problem: FormulaProblem) -> None:
    """Refuse to be asked for what only an update would give."""
    for place, name in enumerate(problem.ask):
        if not problem.structure.updated and re.search(r"@[1-9]", name):
            raise ProblemError(f"{fields.shown(name)}: there is no update in this problem", key=f"ask[{place}]")


def _counted(word: str, builder: Builder) -> Iterator[str]:
    """The ids that one word asks for, layer by layer."""
    given = builder.numbers
    for row in builder.shapes:
        names = row.sizes if word == "shapes" else (getattr(row, word),)
        yield from (name for name in names if name and name not in given)


def _is_known(name: str, builder: Builder) -> bool:
    """Whether an id, the name of an array, a unit's name, or what an update gives is asked for."""
    plain = name.partition("@")[0]
    for shared in (re.sub(r":\d+(?=#|\Z)", "", plain), re.sub(r"(?::\d+)?(?:#\d+|\[\d+\])\Z", "", plain)):
        if shared in builder.numbers:
            return True  # at one step of time, in one sample
    for head in ("", "out_"):
        if f"{head}{plain}" in builder.places or f"{head}{plain}" in builder.names():
            return True
    ends = plain.removeprefix("step_"), plain.partition("_new")[0], plain.removeprefix("delta_")
    return any(end != plain and (end in builder.places or f"net_{end}" in builder.places) for end in ends)
