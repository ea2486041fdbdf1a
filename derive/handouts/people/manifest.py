"""The manifest of a handout: who got which numbers, frozen, so that nothing is drawn again when marking."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive import __version__
from derive.errors import DeriveError, ProblemError
from derive.given import fields
from derive.given.formula_problem import AnyProblem
from derive.given.loading import problem_named
from derive.given.problem_file import problem_mapping
from derive.given.problem_view import counted, line
from derive.handouts.people.forms import form_id
from derive.handouts.people.roster import MOST_STUDENTS, Student

VERSION = 1
#: The most that a figure may be worth.
MOST_POINTS = 100
LARGEST_FILE = 512 << 20
_KEYS = ("manifest", "problem", "seed", "sheet", "digits", "ask", "asked", "level", "students", "variants")
#: The first version wrote neither its number nor where the seed came from; it drew from 1 unless told otherwise.
_FIRST = "0.1.0"
_GIVEN, _RANDOM = "given", "drawn at random: whoever has it can make every key"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Manifest:
    """All that a handout's marking needs.

    Attributes
    ----------
    problem : str
        The problem's name.
    seed, sheet : str
        What the numbers were drawn from.
    at_random : bool
        Whether the seed itself was drawn.
    derive : str
        The version that wrote it.
    digits : int
        Significant digits asked.
    ask : str
        As typed: ``all``, ``backward``, ids.
    asked : tuple of str
        Canonical ids of the figures asked.
    level : int
    students : tuple of Student
    variants : mapping of str to Problem or FormulaProblem
        By the student's id.
    forms : mapping of str to str
        Form ids, by the student's id.
    points : tuple of int
        Of each figure asked.
    """

    problem: str
    seed: str
    sheet: str
    digits: int
    ask: str
    asked: tuple[str, ...]
    level: int
    students: tuple[Student, ...]
    variants: Mapping[str, AnyProblem]
    forms: Mapping[str, str]
    points: tuple[int, ...]
    at_random: bool = False
    derive: str = __version__

    def __repr__(self) -> str:
        people = counted(len(self.students), "student")
        return line("Manifest", self.problem, people, f"{counted(len(self.asked), 'figure')} each")

    def to_json(self) -> str:
        """The manifest as text, the same for the same manifest: one line for each student and each variant."""
        head = {key: getattr(self, key) for key in _KEYS[1:-2]}
        whence = {"derive": self.derive, "seed_is": _RANDOM if self.at_random else _GIVEN}
        lines = [f'"{key}": {_json(value)}' for key, value in {"manifest": VERSION, **whence, **head}.items()]
        worth = {name: number for name, number in zip(self.asked, self.points, strict=True) if number != 1}
        if worth:
            lines.append(f'"points": {_json(worth)}')
        students = ",\n  ".join(_json(_student(student)) for student in self.students)
        variants = ",\n  ".join(
            f"{_json(name)}: {_json({'form': self.forms[name], 'problem': problem_mapping(variant)})}"
            for name, variant in self.variants.items()
        )
        lines += [f'"students": [\n  {students}\n ]', f'"variants": {{\n  {variants}\n }}']
        return "{\n " + ",\n ".join(lines) + "\n}\n"


def manifest_of(
    problem: AnyProblem,
    students: Sequence[Student],
    variants: Sequence[AnyProblem],
    *,
    seed: str,
    sheet: str,
    digits: int,
    ask: str,
    asked: Sequence[str],
    level: int,
    points: Sequence[int] = (),
    at_random: bool = False,
) -> Manifest:
    """The manifest of a class, ``variants`` in the order of ``students``."""
    by_id = {student.id: variant for student, variant in zip(students, variants, strict=True)}
    return Manifest(
        problem=problem.name,
        seed=seed,
        at_random=at_random,
        sheet=sheet,
        digits=digits,
        ask=ask,
        asked=tuple(asked),
        level=level,
        points=tuple(points) or (1,) * len(asked),
        students=tuple(students),
        variants=by_id,
        forms={name: form_id(variant, asked=asked, digits=digits) for name, variant in by_id.items()},
    )


def read_manifest(path: str | Path) -> Manifest:
    """A manifest from its file.

    Raises
    ------
    DeriveError
        If it cannot be read, is no manifest, or its parts do not fit together, such as a form id and its numbers.
    """
    file = str(path) if str(path).isprintable() else repr(str(path))
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise DeriveError(f"{file}: larger than {LARGEST_FILE >> 20} MiB, the most a manifest may have")
        return manifest_from(json.loads(content.decode("utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8 text"
        raise DeriveError(f"{file}: cannot be read: {reason}") from None
    except json.JSONDecodeError as error:
        raise DeriveError(f"{file}: not valid JSON: {error.msg} (line {error.lineno})") from None
    except (RecursionError, ValueError):
        raise DeriveError(f"{file}: not valid JSON: nested too deep, or a number too long") from None
    except ProblemError as error:
        raise DeriveError(f"{file}: {error}; a manifest is written by `derive handout` and not edited") from None


def manifest_from(content: object) -> Manifest:
    """A manifest from parsed JSON.

    Raises
    ------
    ProblemError
        If it is no manifest, or its parts do not fit together; its key says where.
    """
    given = fields.table(content, "", example="what `derive handout` writes")
    if "manifest" not in given and not ({"seed", "variants"} <= given.keys()):
        raise ProblemError("this is no manifest of a handout: seed and variants are missing")
    missing = [key for key in _KEYS if key not in given]
    if missing:
        raise ProblemError(f"missing; a manifest holds {', '.join(_KEYS)}", key=missing[0])
    if given["manifest"] != VERSION:
        raise ProblemError(
            f"version {fields.shown(str(given['manifest'])[:20])}; this derive reads version {VERSION}", key="manifest"
        )
    name, seed, sheet, ask = (_string(given[key], key) for key in ("problem", "seed", "sheet", "ask"))
    digits = fields.whole(given["digits"], 1, 30, "digits")
    entries = fields.sequence(given["asked"], "asked", what="ids of figures")
    asked = tuple(_string(entry, f"asked[{place}]") for place, entry in enumerate(entries))
    worth = fields.table(given.get("points", {}), "points", example="an id with its points")
    fields.only_keys(worth, asked, "points")
    students = _students(given["students"])
    table = fields.table(given["variants"], "variants", example="an id with its form and problem")
    _check_same(students, table)
    variants: dict[str, AnyProblem] = {}
    forms: dict[str, str] = {}
    for student in students:
        at = fields.inside("variants", student.id)
        entry = fields.table(table[student.id], at, example="form and problem")
        for key in ("form", "problem"):
            if key not in entry:
                raise ProblemError("missing; each variant has a form and a problem", key=f"{at}.{key}")
        inner = fields.table(entry["problem"], f"{at}.problem", example="the keys of a problem file")
        try:
            variant = problem_named(inner, name)
        except ProblemError as error:
            raise ProblemError(error.message, key=f"{at}.problem.{error.key}".rstrip(".")) from None
        form = form_id(variant, asked=asked, digits=digits)
        if entry["form"] != form:
            raise ProblemError(
                f"{fields.shown(_string(entry['form'], f'{at}.form'))} is not the form of these numbers, which is "
                f"{form}: something was changed",
                key=f"{at}.form",
            )
        variants[student.id], forms[student.id] = variant, form
    return Manifest(
        problem=name,
        seed=seed,
        at_random=given.get("seed_is") == _RANDOM,
        derive=_string(given.get("derive", _FIRST), "derive"),
        sheet=sheet,
        digits=digits,
        ask=ask,
        asked=asked,
        level=fields.whole(given["level"], 1, 4, "level"),
        students=students,
        variants=variants,
        forms=forms,
        points=tuple(fields.whole(worth.get(name, 1), 0, MOST_POINTS, fields.inside("points", name)) for name in asked),
    )


def _students(given: object) -> tuple[Student, ...]:
    entries = fields.sequence(given, "students", what="tables with id, name and group")
    if len(entries) > MOST_STUDENTS:
        raise ProblemError(f"more than {MOST_STUDENTS:,}", key="students")
    found: list[Student] = []
    for place, entry in enumerate(entries):
        at = f"students[{place}]"
        keys = fields.table(entry, at, example="id, name and group")
        if "id" not in keys:
            raise ProblemError("missing; each student has an id", key=f"{at}.id")
        extra = fields.table(keys.get("extra", {}), f"{at}.extra", example="further columns of the roster")
        found.append(
            Student(
                id=_string(keys["id"], f"{at}.id"),
                name=_string(keys.get("name", ""), f"{at}.name"),
                group=_string(keys.get("group", ""), f"{at}.group"),
                extra=tuple((key, _string(value, f"{at}.extra")) for key, value in extra.items()),
            )
        )
    return tuple(found)


def _check_same(students: Sequence[Student], variants: Mapping[str, object]) -> None:
    listed = {student.id for student in students}
    if len(listed) != len(students):
        raise ProblemError("an id stands there twice", key="students")
    for one, other, where in ((listed, variants.keys(), "variants"), (variants.keys(), listed, "students")):
        missing = [name for name in one if name not in other]
        if missing:
            raise ProblemError(f"nothing for {fields.listed(map(fields.shown, sorted(missing)))}", key=where)


def _student(student: Student) -> dict[str, Any]:
    further = {"extra": dict(student.extra)} if student.extra else {}
    return {"id": student.id, "name": student.name, "group": student.group, **further}


def _string(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise ProblemError(f"a text is needed; here is {fields.kind(value)}", key=path)
    return value


def _json(value: object) -> str:
    # Half a surrogate pair, which a seed typed in another encoding may hold, is no UTF-8: it stays an escape.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
