"""Writing a handout: tasks of many students each, files that are whole or not there, and a folder that goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

from derive import progress
from derive.errors import UnsupportedError
from derive.files import write_whole
from derive.given.formula_problem import AnyProblem
from derive.given.problem import Problem
from derive.handouts.making.class_files import MARKING_KEY, People, bind, key_of, part_makers
from derive.handouts.making.export_files import export_makers
from derive.handouts.making.folder import MANIFEST, Folder, seed_of
from derive.handouts.making.index_page import index_html
from derive.handouts.making.plan import Plan, plan
from derive.handouts.making.sharing import drawn_for
from derive.handouts.people.manifest import Manifest, read_manifest
from derive.handouts.people.names import file_stems
from derive.handouts.people.roster import Roster
from derive.handouts.people.spreadsheet import answers_csv, answers_xlsx
from derive.handouts.sheets.asked_columns import asked_columns
from derive.handouts.sheets.key import AnswerKey
from derive.handouts.sheets.marking_key import MOST_FORMS
from derive.handouts.sheets.practice import PracticeSheet, practice_html
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_html import key_html, worksheet_html
from derive.handouts.sheets.sheet_latex import key_latex, worksheet_latex
from derive.handouts.sheets.sheet_model import Worksheet
from derive.handouts.sheets.sheet_pdf import key_pdf, worksheet_pdf
from derive.renderers.typst_pdf import threads_are_running
from derive.work.production import LEAST, produce, shares

#: Students in a task that makes PDFs, however many processes there are: each is a part of the class files, and Typst
#: keeps about 4 MB for each sheet of its last ten documents (measured).
_PART = 20
#: Students in a task for a process of our own, which is near; those of another executor may be far away.
_LEAST_HERE = 250
#: Names in a task that draws numbers for a network (0.8 ms each), or for formulas (some 30 ms).
_LEAST_DRAWN, _LEAST_DRAWN_FORMULAS = 1500, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one process is to write.

    Attributes
    ----------
    plan : Plan
        Without its roster's other students.
    root : Path
    people : tuple of (Problem or FormulaProblem, Recipient)
        Some students with their numbers.
    part : str
        For a task that makes PDFs, what its parts of the class files are called; they end on whole leaves unless they
        are the ``last``. For one that makes all other files, empty.
    last : bool
    marked : bool
        Whether there is a marking key, which these students have columns of.
    """

    plan: Plan
    root: Path
    people: People
    part: str = ""
    last: bool = False
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawTask:
    """Whose numbers one process is to draw: those of so many names, for an order without its students."""

    plan: Plan
    names: tuple[str, ...]


def write_handout(plan: Plan, out: Path, *, jobs: int = 1, executor: Executor | None = None) -> tuple[Path, Manifest]:
    """Write a handout into a folder, or go on with one that was interrupted.

    Parameters
    ----------
    plan : Plan
    out : Path
    jobs : int
        Processes to use.
    executor : Executor, optional
        Used instead of processes of our own.

    Returns
    -------
    index : Path
        The teacher's page.
    manifest : Manifest

    Raises
    ------
    DeriveError
        If the folder holds another handout or cannot be written.
    """
    _check_executor(executor, plan)
    folder = Folder(root=out)
    folder.begin(plan.stamp)
    manifest = _manifest(plan, folder, jobs, executor)
    people = _people(manifest)
    columns = partial(asked_columns, plan.problem, _worksheet(plan))
    folder.make({"answers.xlsx": lambda: answers_xlsx(manifest.students, manifest.forms, columns())})
    exports = export_makers(plan, _worksheet(plan), manifest)
    folder.make(exports)
    # Another machine has another working folder.
    tasks = _tasks(
        plan, out if executor is None else out.resolve(), people, jobs, least=_LEAST_HERE if executor is None else LEAST
    )
    made = produce(
        tasks,
        run,
        jobs=jobs,
        executor=executor,
        label="writing sheets",
        sizes=[_cost(task) for task in tasks],
    )
    names = {"answers.xlsx", "index.html", *exports, *chain.from_iterable(made)}
    if "pdf" in plan.formats:
        parts = [task.part for task in tasks if task.part]
        names |= bind(folder, _worksheet(plan), parts, marked=len(people) <= MOST_FORMS)
    stems = {recipient.student: recipient.stem for _, recipient in people}
    folder.make(
        {
            "index.html": lambda: index_html(
                manifest,
                stems,
                plan.formats,
                marked=MARKING_KEY in names,
                exports=tuple(exports),
                practice=plan.practice,
            )
        }
    )
    folder.finish(names, kept=(MANIFEST,))
    return out / "index.html", manifest


def handout(
    problem: AnyProblem,
    out: str | Path,
    *,
    students: str | Path | int | Roster | None = None,
    variants: int | None = None,
    same: bool = False,
    seed: str | None = None,
    ask: str = "all",
    level: int = 2,
    digits: int | None = None,
    formats: Sequence[str] = ("html", "pdf"),
    formulas: bool = False,
    example: bool = False,
    points: Sequence[str] = (),
    title: str = "",
    course: str = "",
    date: str = "",
    instructions: str | Path | None = None,
    paper: str = "a4",
    groups: bool = False,
    practice: bool = False,
    practice_url: str = "",
    jobs: int = 1,
    executor: Executor | None = None,
) -> Manifest:
    """Make worksheets and keys for a class; see `plan` for what can be ordered.

    Parameters
    ----------
    problem : Problem or FormulaProblem
    out : path
        The folder to write to.
    seed : str, optional
        What the numbers are drawn from; left out: that of the handout in this folder, or a random one.
    jobs : int
        Processes to use.
    executor : Executor, optional
        Used instead of processes of our own; it gets tasks of at least 1,000 students, which write files and return
        their names, never documents. A Dask client's ``get_executor()`` is one; its workers must see the folder.

    Returns
    -------
    Manifest
        Everybody's numbers.

    Raises
    ------
    DeriveError
        If the order contradicts itself, or files cannot be read or written.
    """
    ordered = plan(
        problem,
        students=students,
        variants=variants,
        same=same,
        seed=seed_of(Path(out)) if seed is None else seed,
        ask=ask,
        level=level,
        digits=digits,
        formats=formats,
        formulas=formulas,
        example=example,
        points=points,
        title=title,
        course=course,
        date=date,
        instructions=instructions,
        paper=paper,
        groups=groups,
        practice=practice,
        practice_url=practice_url,
    )
    return write_handout(ordered, Path(out), jobs=jobs, executor=executor)[1]


def _check_executor(executor: Executor | None, plan: Plan) -> None:
    """Refuse what would hang: a process forked while Typst's threads live never ends."""
    if not isinstance(executor, ProcessPoolExecutor) or "pdf" not in plan.formats or not threads_are_running():
        return
    context = getattr(executor, "_mp_context", None)
    if context is not None and context.get_start_method() == "fork":
        raise UnsupportedError(
            "this executor forks, and PDFs were made in this process already: its workers would hang; "
            'make it with mp_context=multiprocessing.get_context("forkserver")'
        )


def run(task: Task) -> list[str]:
    """Write what a task says and is not there yet; returns the files of people that it was about."""
    folder, sheet = Folder(root=task.root), _worksheet(task.plan)
    names: list[str] = []
    for problem, recipient in task.people:
        makers = _makers(task, sheet, problem, recipient)
        folder.make(makers)
        names += makers
    if task.part:
        plan, people = task.plan, task.people
        parts = part_makers(plan, sheet, people, folder, part=task.part, last=task.last, marked=task.marked)
        folder.make(parts)
    return names


def _makers(
    task: Task, sheet: Worksheet, problem: AnyProblem, recipient: Recipient
) -> Mapping[str, Callable[[], str | bytes]]:
    """Files of one student by name, and what makes each."""
    plan, stem = task.plan, recipient.stem

    @cache
    def key() -> AnswerKey:
        return key_of(plan, sheet, problem)

    if task.part:
        return {
            f"worksheets/{stem}.pdf": lambda: worksheet_pdf(sheet, problem, recipient),
            f"keys/{stem}.pdf": lambda: key_pdf(sheet, key(), recipient),
        }
    makers: dict[str, Callable[[], str | bytes]] = {
        f"answers/{stem}.csv": lambda: answers_csv(recipient.student, recipient.form, plan.asked)
    }
    if "html" in plan.formats:
        makers[f"worksheets/{stem}.html"] = lambda: worksheet_html(sheet, problem, recipient)
        makers[f"keys/{stem}.html"] = lambda: key_html(sheet, key(), recipient)
    if plan.practice:
        makers[f"practice/{stem}.html"] = lambda: practice_html(_practice_sheet(plan), problem, recipient)
    if "latex" in plan.formats:
        makers[f"worksheets/{stem}.tex"] = lambda: worksheet_latex(sheet, problem, recipient)
        makers[f"keys/{stem}.tex"] = lambda: key_latex(sheet, key(), recipient)
    return makers


_made: dict[tuple[Plan, str], Any] = {}


def _worksheet(plan: Plan) -> Worksheet:
    """The sheet without numbers, made once in each process."""
    sheet: Worksheet = _once(plan, "worksheet")
    return sheet


def _practice_sheet(plan: Plan) -> PracticeSheet:
    """What all practice pages have in common, likewise."""
    sheet: PracticeSheet = _once(plan, "practice_sheet")
    return sheet


def _once(plan: Plan, what: str) -> Any:
    alone = replace(plan, roster=Roster(students=()))
    if (alone, what) not in _made:
        if any(each != alone for each, _ in _made):
            _made.clear()
        _made[alone, what] = getattr(plan, what)()
    return _made[alone, what]


def draw(task: DrawTask) -> Sequence[AnyProblem]:
    """The numbers of some names: each hangs on seed, sheet and name alone, whoever draws it."""
    return task.plan.numbers_of(task.names)


def _manifest(plan: Plan, folder: Folder, jobs: int, executor: Executor | None) -> Manifest:
    """Everybody's numbers: drawn once, by tasks of many names each, and read back ever after."""
    if (folder.root / MANIFEST).is_file():
        return read_manifest(folder.root / MANIFEST)
    progress.stage("drawing numbers")
    alone = replace(plan, roster=Roster(students=()))
    least = _LEAST_DRAWN if isinstance(plan.problem, Problem) else _LEAST_DRAWN_FORMULAS

    def draw_all(names: Sequence[str]) -> Sequence[AnyProblem]:
        parts = shares(len(names), jobs, least=least if executor is None else min(least, LEAST))
        tasks = [DrawTask(plan=alone, names=tuple(names[part.start : part.stop])) for part in parts]
        sizes = [len(task.names) for task in tasks]
        drawn = produce(tasks, draw, jobs=jobs, executor=executor, label="drawing numbers", sizes=sizes)
        return [problem for some in drawn for problem in some]

    manifest = plan.drawn(draw_all)
    # Whoever has the seed, or this file, has every key.
    write_whole(folder.root / MANIFEST, manifest.to_json(), private=True)
    return manifest


def shared_numbers(plan: Plan, manifest: Manifest) -> int:
    """How many students have by chance the numbers of somebody for whom others were drawn."""
    if plan.same:
        return 0
    names = drawn_for(plan.roster, variants=plan.variants, groups=plan.groups)
    forms = {name: manifest.forms[student.id] for name, student in zip(names, plan.roster.students, strict=True)}
    count = Counter(forms.values())
    return sum(count[forms[name]] > 1 for name in names)


def _people(manifest: Manifest) -> People:
    stems = file_stems(student.id for student in manifest.students)
    return tuple(
        (
            manifest.variants[student.id],
            Recipient(form=manifest.forms[student.id], student=student.id, name=student.name, stem=stems[student.id]),
        )
        for student in manifest.students
    )


def _tasks(plan: Plan, root: Path, people: People, jobs: int, *, least: int) -> list[Task]:
    alone = replace(plan, roster=Roster(students=()))  # the students go with their tasks
    count = len(people)
    tasks: list[Task] = []
    if "pdf" in plan.formats:
        # The costly ones first, so that no core waits for them in the end.
        starts = range(0, count, _PART)
        for number, start in enumerate(starts):
            some, last = people[start : start + _PART], start == starts[-1]
            marked = count <= MOST_FORMS
            tasks.append(Task(plan=alone, root=root, people=some, part=f"{number:05}", last=last, marked=marked))
    pages = shares(count, jobs, least=least)
    return [*tasks, *(Task(plan=alone, root=root, people=people[each.start : each.stop]) for each in pages)]


def _cost(task: Task) -> int:
    return len(task.people) * (20 if task.part else 1)
