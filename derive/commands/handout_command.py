"""`derive handout`: worksheets and keys for a class."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from pathlib import Path

from derive import progress
from derive.commands.arguments import PROBLEM_HELP, AddCommand, among, whole
from derive.commands.console import pasted
from derive.commands.opening import add_open, told

PAPERS = ("a4", "letter")
HANDOUT_FORMATS = ("html", "pdf", "latex", "moodle", "gift", "canvas", "qti")


def add_handout(command: AddCommand) -> None:
    """Add `derive handout`."""
    handout = command(
        "handout",
        _handout,
        "make worksheets and keys for a class: other numbers for everyone",
        "  derive handout 2-2-2 --students 30\n"
        '  derive handout 2-2-2 --students roster.csv --seed "ML1 2026 sheet 3" --out output/sheet3\n'
        "  derive handout my.toml --variants 4 --level 1 --ask forward\n"
        "  derive handout ng-graph-J --same --to pdf\n"
        "  derive verify output/sheet3/manifest.json output/sheet3/answers.xlsx --out output/marked\n",
    )
    handout.add_argument(
        "problem", nargs="?", default="2-2-2", metavar="PROBLEM", help=PROBLEM_HELP + "; default 2-2-2"
    )
    handout.add_argument(
        "--students",
        metavar="ROSTER",
        help="a roster, CSV or XLSX, as your platform exports it: with a column id (or a student number, user name or "
        "e-mail address) and, if you like, names, group and others; or a number of students",
    )
    handout.add_argument(
        "--variants",
        type=whole(1, 26),
        metavar="N",
        help="N versions, A, B, ..., instead of one for each student: dealt out in turn to those of --students, or "
        "without them for nobody in particular",
    )
    handout.add_argument(
        "--groups",
        action="store_true",
        help="the same numbers for everyone of a group of the roster (its column group)",
    )
    handout.add_argument("--same", action="store_true", help="give everyone the file's own numbers")
    handout.add_argument(
        "--seed",
        metavar="TEXT",
        help="what the numbers are drawn from: the same text, the same numbers; default: a random one, kept in the "
        "manifest (in a folder that holds this handout already, its own)",
    )
    handout.add_argument(
        "--ask",
        default="all",
        metavar="WHAT",
        help="forward, backward, updates, all, or quantity ids, separated by commas; default all",
    )
    handout.add_argument(
        "--level",
        type=whole(1, 4),
        default=2,
        metavar="N",
        help="1: each line with its figures left blank; 2: the rule and room for the rest; 3: words and symbol; "
        "4: a list; default 2",
    )
    handout.add_argument(
        "--digits", type=whole(2, 30), metavar="N", help="significant digits asked for, 2 to 30; default 4"
    )
    handout.add_argument(
        "--points",
        action="append",
        default=[],
        metavar="ID=N",
        help="points of a figure, or of all that forward, backward or updates ask, as in dE/dw1=3,updates=2; default 1",
    )
    handout.add_argument("--title", default="", metavar="TEXT", help="title of the sheets; default the problem's")
    handout.add_argument("--course", default="", metavar="TEXT", help="the course, printed above the title")
    handout.add_argument("--date", default="", metavar="TEXT", help="a date, printed as it is typed")
    handout.add_argument(
        "--instructions",
        metavar="FILE",
        help="your own instructions, a text file in Markdown: paragraphs, lists, **strong**, *emphasis*",
    )
    handout.add_argument("--paper", choices=PAPERS, default="a4", help="what the sheets are printed on; default a4")
    handout.add_argument("--formulas", action="store_true", help="add a sheet of formulas")
    handout.add_argument("--example", action="store_true", help="begin with a worked example with other numbers")
    handout.add_argument(
        "--practice",
        action="store_true",
        help="also pages with the same numbers that check each figure as it is typed: a hint first, then the cause, "
        "then the step",
    )
    handout.add_argument(
        "--practice-url",
        default="",
        metavar="URL",
        help="where you will put these pages: questions for learning platforms link to them there",
    )
    handout.add_argument(
        "--to",
        type=among(HANDOUT_FORMATS),
        default=("html", "pdf"),
        metavar="FORMATS",
        help="html, pdf, latex, and for learning platforms moodle, gift, canvas, qti, separated by commas; default "
        "html,pdf",
    )
    handout.add_argument("--out", type=Path, metavar="DIR", help="folder to write to; default output/PROBLEM-handout")
    add_open(handout)
    handout.add_argument(
        "--jobs", type=whole(1, 256), metavar="N", help="processes to use; default as many as there are cores"
    )
    handout.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="the scheduler of a Dask cluster that does the work instead, such as tcp://10.0.0.1:8786; its workers "
        "have derive and see the folder",
    )


def _handout(arguments: argparse.Namespace) -> int:
    from derive.given.loading import load

    problem = load(arguments.problem)  # before anything is derived: a bad problem is told at once
    from derive.handouts.making.class_files import MARKING_KEY
    from derive.handouts.making.cluster import cluster
    from derive.handouts.making.export_files import exported
    from derive.handouts.making.folder import seed_of
    from derive.handouts.making.handing_out import shared_numbers, write_handout
    from derive.handouts.making.plan import plan
    from derive.renderers.coverage import displayable
    from derive.work.production import cores

    out = arguments.out or Path("output") / f"{problem.name}-handout"
    progress.stage("deriving")
    ordered = plan(
        problem,
        students=arguments.students,
        variants=arguments.variants,
        same=arguments.same,
        seed=seed_of(out) if arguments.seed is None else arguments.seed,
        ask=arguments.ask,
        level=arguments.level,
        digits=arguments.digits,
        formats=arguments.to,
        formulas=arguments.formulas,
        example=arguments.example,
        points=arguments.points,
        title=arguments.title,
        course=arguments.course,
        date=arguments.date,
        instructions=arguments.instructions,
        paper=arguments.paper,
        groups=arguments.groups,
        practice=arguments.practice,
        practice_url=arguments.practice_url,
    )
    workers = nullcontext() if arguments.scheduler is None else cluster(arguments.scheduler)
    with workers as executor:
        index, manifest = write_handout(ordered, out, jobs=arguments.jobs or cores(), executor=executor)
    progress.erase()
    if ordered.roster.taken:
        print(ordered.roster.taken)
    shared = shared_numbers(ordered, manifest)
    if shared:
        print(f"{shared} students have by chance the numbers of another: this problem has few that show every mistake")
    students = len(manifest.students)
    print(f"{students} sheet{'s' * (students != 1)} with {'their keys' if students != 1 else 'its key'}: {index}")
    if "pdf" in arguments.to:
        print(out / "class-worksheets.pdf")
        print(out / "class-keys.pdf")
        if (out / MARKING_KEY).is_file():
            print(out / MARKING_KEY)
    if arguments.practice:
        print(out / "practice")
    for name in exported(ordered):
        print(out / name)
    by_hand = sum(displayable(student.name) != student.name for student in manifest.students)
    if by_hand and set(arguments.to) & {"pdf", "latex"}:
        print(
            f"{by_hand} name{'s' * (by_hand != 1)} in letters that the fonts of PDF and LaTeX lack: "
            "left to be written by hand there; the HTML sheets show them"
        )
    paths = [str(out / name) for name in ("manifest.json", "answers.xlsx", "marked")]
    print(f"mark what comes back:  {pasted('derive', 'verify', *paths[:2], '--out', paths[2])}")
    told([index], opened=arguments.open)
    return 0
