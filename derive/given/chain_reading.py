"""From a parsed problem file to a `FormulaProblem`: every key of the contract for chains of formulas, checked."""

from __future__ import annotations

import keyword
from collections.abc import Mapping

from derive.errors import ProblemError
from derive.formula.expression import Expression
from derive.formula.functions import CALLABLE
from derive.given import fields
from derive.given.common_keys import read_display, read_rate, read_source, read_title
from derive.given.domain import CannotError, worked
from derive.given.formula_problem import FormulaProblem
from derive.given.parser import parse_formula
from derive.given.problem import Number

MOST_DEFINITIONS = 200
MOST_GIVENS = 200
LONGEST_TEXT = 50_000

#: Keys that only a chain of formulas has.
FORMULA_KEYS = ("given", "define", "objective", "wrt")
_KEYS = ("title", "source", "learning_rate", *FORMULA_KEYS, "display")
_LAYER_KEYS = ("loss", "inputs", "targets", "samples", "layers", "conventions")


def is_formula_problem(given: Mapping[str, object]) -> bool:
    """Whether a parsed file describes a chain of formulas rather than a layered network."""
    return any(key in given for key in FORMULA_KEYS)


def formula_problem_from(given: Mapping[str, object], name: str) -> FormulaProblem:
    """The chain of formulas that a parsed file describes.

    Parameters
    ----------
    given : Mapping
        The keys of a problem file.
    name : str
        What output files are called after.

    Raises
    ------
    ProblemError
        If a key is missing, unknown, or holds what is not allowed, or a formula has no value at the given numbers.
    """
    _check_keys(given)
    title = read_title(given)
    givens = _givens(given["given"])
    definitions = _definitions(given["define"], dict(givens))
    defined = [each for each, _, _ in definitions]
    objective = _objective(given["objective"], defined, givens)
    learning_rate = read_rate(given["learning_rate"]) if "learning_rate" in given else None
    problem = FormulaProblem(
        name=name,
        title=title,
        source=read_source(given),
        givens=tuple(givens.items()),
        definitions=definitions,
        objective=objective,
        wrt=_wrt(given["wrt"], [*givens, *defined], objective),
        learning_rate=learning_rate,
        display=read_display(given, notation=False),
    )
    _check_names(problem)
    _check_values(problem)
    return problem


def _check_keys(given: Mapping[str, object]) -> None:
    layers = [key for key in _LAYER_KEYS if key in given]
    formulas = [key for key in FORMULA_KEYS if key in given]
    if layers:
        raise ProblemError(
            f"a file describes a layered network (here with {', '.join(layers)}) or a chain of formulas (here with "
            f"{', '.join(formulas)}), not both",
            key=min(layers, formulas, key=len)[0],
        )
    fields.only_keys(given, _KEYS, "")
    missing = [key for key in ("title", *FORMULA_KEYS) if key not in given]
    if missing:
        raise ProblemError(
            "missing. A chain of formulas needs title, [given], [define], objective and wrt"
            + (f"; also missing: {', '.join(missing[1:])}" if missing[1:] else ""),
            key=missing[0],
        )


def _givens(given: object) -> dict[str, Number]:
    numbers = fields.table(given, "given", example="a = 5")
    if not 1 <= len(numbers) <= MOST_GIVENS:
        raise ProblemError(f"1 to {MOST_GIVENS} given numbers are allowed; here are {len(numbers):,}", key="given")
    return {_name(key, fields.inside("given", key)): fields.number(value, fields.inside("given", key))
            for key, value in numbers.items()}  # fmt: skip


def _name(key: str, path: str) -> str:
    name = fields.name(key, path)
    if keyword.iskeyword(name):
        raise ProblemError(f"{name} is a word that formulas cannot use as a name; give it another one", key=path)
    if name in CALLABLE:
        raise ProblemError(f"{name} is a function of formulas; give the number another name", key=path)
    return name


def _definitions(given: object, known: Mapping[str, Number]) -> tuple[tuple[str, str, Expression], ...]:
    formulas = fields.table(given, "define", example='u = "b*c"')
    if not 1 <= len(formulas) <= MOST_DEFINITIONS:
        raise ProblemError(f"1 to {MOST_DEFINITIONS} definitions are allowed; here are {len(formulas):,}", key="define")
    total = sum(len(text) for text in formulas.values() if isinstance(text, str))
    if total > LONGEST_TEXT:
        raise ProblemError(
            f"formulas of {total:,} characters in all; at most {LONGEST_TEXT:,} are allowed", key="define"
        )
    names = dict.fromkeys(known)
    found: list[tuple[str, str, Expression]] = []
    for key, text in formulas.items():
        path = fields.inside("define", key)
        name = _name(key, path)
        if name in known:
            raise ProblemError(f"{name} is given and defined; a name stands for one thing", key=path)
        formula = parse_formula(text, path, names, formulas)
        found.append((name, str(text).strip(), formula))
        names[name] = None
    return tuple(found)


def _objective(given: object, defined: list[str], givens: Mapping[str, Number]) -> str:
    name = fields.name(given, "objective")
    if name not in defined:
        what = "is given" if name in givens else "is not defined"
        raise ProblemError(
            f"{name} {what}; {fields.nearest(name, defined)}the objective is one of {fields.listed(defined)}",
            key="objective",
        )
    return name


def _wrt(given: object, known: list[str], objective: str) -> tuple[str, ...]:
    entries = fields.sequence(given, "wrt", what='the names to differentiate by, such as ["a", "b"]')
    if not entries:
        raise ProblemError("at least one name to differentiate by is needed", key="wrt")
    if len(entries) > len(known):
        raise ProblemError(f"at most {len(known)} names, one for each given or defined; here are {len(entries):,}",
                           key="wrt")  # fmt: skip
    found: list[str] = []
    for position, entry in enumerate(entries):
        path = f"wrt[{position}]"
        name = fields.name(entry, path)
        if name not in known:
            raise ProblemError(
                f"{name} is neither given nor defined; {fields.nearest(name, known)}"
                f"allowed here: {fields.listed(known)}",
                key=path,
            )
        if name == objective:
            raise ProblemError(f"{name} is the objective itself; its derivative by itself is 1", key=path)
        if name in found:
            raise ProblemError(f"{name} stands here twice", key=path)
        found.append(name)
    return tuple(found)


def _check_names(problem: FormulaProblem) -> None:
    """Refuse names that would give an id twice, such as ``a_new`` beside the update of ``a``."""
    if problem.learning_rate is None:
        return
    if not problem.structure.updated:
        raise ProblemError("with a learning rate, wrt must hold at least one given number to update", key="wrt")
    taken = {"eta": "the learning rate"}
    for name in problem.structure.updated:
        taken |= {f"{name}_new": f"{name} after its update", f"step_{name}": f"the step of {name}"}
    for table, names in (("given", [name for name, _ in problem.givens]),
                         ("define", [name for name, _, _ in problem.definitions])):  # fmt: skip
        for name in names:
            if name in taken:
                raise ProblemError(f"{name} is what {taken[name]} is called; rename this one", key=f"{table}.{name}")


def _check_values(problem: FormulaProblem) -> None:
    """Refuse formulas that have no value at the given numbers."""
    try:
        worked(problem.structure.definitions, {name: number.value for name, number in problem.givens})
    except CannotError as error:
        raise ProblemError(
            f"{error.quantity} has no value at the given numbers: {error.reason}",
            key=fields.inside("define", error.quantity),
        ) from None
