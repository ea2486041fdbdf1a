"""`derive values`: figures by their quantity ids."""

from __future__ import annotations

import argparse
import json

from derive import progress
from derive.commands.arguments import DEFAULT, PROBLEM_HELP, AddCommand, is_problem, loaded, whole
from derive.commands.kept import add_fresh, kept, tell


def add_values(command: AddCommand) -> None:
    """Add `derive values`."""
    values = command(
        "values",
        _values,
        "print figures of a problem by their quantity ids",
        "  derive values 2-2-2 E_total out_y1 dE/dw5\n"
        "  derive values E_total@10000 out_y1@10000\n"
        "  derive values my.toml --json\n",
    )
    values.add_argument("problem", nargs="?", default=DEFAULT, metavar="PROBLEM", help=PROBLEM_HELP + "; default 2-2-2")
    values.add_argument(
        "ids",
        nargs="*",
        metavar="ID",
        help="quantity ids, such as dE/dw5 or w5@100, or other names, such as z_H1; default all of rounds 0 and 1",
    )
    values.add_argument("--json", action="store_true", help="print {id: number} at full float64 precision")
    values.add_argument("--digits", type=whole(2, 30), metavar="N", help="significant digits to print, 2 to 30")
    add_fresh(values)


def names_a_quantity(problem: str, text: str) -> bool:
    """Whether a text is the name of a quantity of a built-in problem."""
    from derive.errors import UnknownQuantityError
    from derive.given.loading import load
    from derive.judging.quantity_names import names_of
    from derive.proof.crosscheck import derivations

    given = load(problem)
    try:
        names_of(derivations(given)(1), given.display.notation).known(text)
    except UnknownQuantityError:
        return False
    return True


def _values(arguments: argparse.Namespace) -> int:
    tell(kept(arguments, lambda: {"/printed": _printed(arguments).encode("utf-8")}))
    return 0


def _printed(arguments: argparse.Namespace) -> str:
    if not is_problem(arguments.problem) and names_a_quantity(DEFAULT, arguments.problem):
        arguments.ids.insert(0, arguments.problem)
        arguments.problem = DEFAULT
    from derive.judging.quantity_names import names_of
    from derive.network.wider import with_derivatives
    from derive.proof.crosscheck import derivations
    from derive.proof.stopping import DONE, has_stop
    from derive.solved.solution import solve, solve_for

    problem = with_derivatives(loaded(arguments), arguments.ids)
    known = names_of(derivations(problem)(1), problem.display.notation).known
    ends = DONE if has_stop(problem) else ()
    names = [name if name in ends else known(name) for name in arguments.ids]
    solution = solve_for(problem, names) if names else solve(problem)
    names = names or [*solution.ids(), *ends]
    solution.announce(name for name in names if name not in ends)
    if arguments.json:
        asked = arguments.ids or names
        numbers = {shown: solution.value(name) for shown, name in zip(asked, names, strict=True)}
        progress.erase()
        return json.dumps(numbers, indent=1)
    figures = {name: solution.figure(name).ascii for name in names}
    progress.erase()
    width = max(map(len, figures))
    return "\n".join(f"{name:<{width}}  {shown}" for name, shown in figures.items())
