"""`derive problems`, `derive recipes` and `derive new`: what there is to work out."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from derive.commands.arguments import AddCommand
from derive.errors import DeriveError, ProblemError

if TYPE_CHECKING:
    from derive.given.formula_problem import AnyProblem
from derive.commands.console import pasted


def add_problems(command: AddCommand) -> None:
    """Add `derive problems`, `derive recipes` and `derive new`."""
    command("problems", _problems, "list the built-in problems, by kind", "  derive problems\n")
    recipes = command(
        "recipes",
        _recipes,
        "print the layer types, update rules and functions that come as texts, to copy and edit",
        "  derive recipes\n  derive recipes lstm\n  derive recipes adam\n",
    )
    recipes.add_argument("name", nargs="?", metavar="NAME", help="one of them; left out: a list")
    new = command(
        "new",
        _new,
        "write a problem file: one with comments to edit, or one of a shape that is ready to run",
        "  derive new my.toml\n"
        "  derive new --from shape 3-4-2 --activation tanh\n"
        "  derive new --from shape 2-3-3 --activation softmax --seed 7 mine.toml\n"
        "  derive new --from problem han-kamber-3-2-1 mine.toml\n",
    )
    new.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="file to write; must not exist yet; if left out with --from, it is called after the shape or the problem",
    )
    new.add_argument(
        "--from",
        dest="origin",
        nargs=2,
        metavar=("KIND", "WHAT"),
        help="shape 3-4-2: numbers of inputs, hidden units and outputs; problem NAME: a built-in problem, as a file",
    )
    new.add_argument("--activation", metavar="NAME", help="with --from shape: the activation function; default sigmoid")
    new.add_argument("--loss", metavar="NAME", help="with --from shape: the loss; default what suits the outputs")
    new.add_argument("--seed", metavar="TEXT", help="with --from shape: draws other numbers; default 1")


def _problems(_: argparse.Namespace) -> int:
    from derive.given.loading import builtin_names, load

    rows = [(name, load(name)) for name in builtin_names()]
    width = max(len(name) for name, _ in rows)
    kinds: dict[str, list[tuple[str, AnyProblem]]] = {}
    for name, problem in rows:
        kinds.setdefault(kind_of(problem), []).append((name, problem))
    for place, (kind, members) in enumerate(kinds.items()):
        print("" if not place else "\n", end="")
        print(f"{kind}:")
        for name, problem in members:
            print(f"{name:<{width}}  {problem.title}")
            print(f"{'':<{width}}  {problem.source}")
    return 0


def kind_of(problem: AnyProblem) -> str:
    """What kind of exercise a problem is, in a word or two."""
    from derive.given.formula_problem import FormulaProblem

    if not isinstance(problem, FormulaProblem):
        return "Layered networks"
    if problem.program is None:
        return "Chains of formulas"
    if problem.counts:
        return "Counting"
    blocks = (*problem.program.given, *problem.program.worked)
    layers = problem.origin.get("layers", ())
    if any(block.key[1] is not None for block in blocks):
        return "Over time"
    wide = any(len(block.shape) > 1 and not block.name.startswith("W ") for block in blocks)
    if wide or any("type" in layer for layer in layers):  # type: ignore[attr-defined]
        return "Arrays and layer types"
    if not problem.plan.rule.plain:
        return "Update rules"
    if problem.plan.rounds or problem.plan.turns > 1:
        return "Rounds and epochs"
    return "Other formulas"


def _recipes(arguments: argparse.Namespace) -> int:
    from derive.given import fields
    from derive.given.program import recipes

    kinds = {"layers": "Layer types and cells", "rules": "Update rules"}
    if arguments.name is None:
        for kind, title in kinds.items():
            print(f"{title}:")
            for name in recipes.names(kind):
                print(f"  {name:<14}{recipes.shipped(kind, name)['title']}")
        print("Activation functions (derive recipes functions):")
        print("  " + ", ".join(recipes.texts()))
        return 0
    if arguments.name == "functions":
        print(recipes.functions_text(), end="")
        return 0
    for kind in kinds:
        if arguments.name in recipes.names(kind):
            print(recipes.text(kind, arguments.name), end="")
            return 0
    known = (*recipes.names("layers"), *recipes.names("rules"), "functions")
    raise DeriveError(f"there is no recipe {fields.shown(arguments.name)}; {fields.nearest(arguments.name, known)}"
                      f"there are {', '.join(known)}")  # fmt: skip


def _new(arguments: argparse.Namespace) -> int:
    from derive.files import write_whole

    text, name = _text_of(arguments)
    file = arguments.file or (Path(f"{name}.toml") if name else None)
    if file is None:
        raise DeriveError("new: name the file to write, as in  derive new my.toml")
    if os.path.lexists(file):
        raise ProblemError("exists already; name a file that does not", file=str(file))
    write_whole(file, text)
    then = "run" if name else "edit it, then run"
    print(f"{file}: {then}  {pasted('derive', 'explain', str(file))}")
    return 0


def _text_of(arguments: argparse.Namespace) -> tuple[str, str]:
    """What is to be written, and what it is called; nothing where the file has to be named."""
    from derive.given.loading import builtin_names, load, starter_text
    from derive.given.problem_file import problem_text

    kind, what = arguments.origin or ("", "")
    for option in ("activation", "loss", "seed"):
        if getattr(arguments, option) is not None and kind != "shape":
            raise DeriveError(f"new: --{option} goes with --from shape, as in  derive new --from shape 3-4-2")
    match kind:
        case "":
            return starter_text(), ""
        case "shape":
            from derive.bridges.shapes import problem_of_shape

            seed = "1" if arguments.seed is None else arguments.seed
            made = problem_of_shape(what, activation=arguments.activation or "sigmoid", loss=arguments.loss, seed=seed)
            return problem_text(made), what
        case "problem":
            if what not in builtin_names():
                raise DeriveError(f"new: {what} is no built-in problem; there are {', '.join(builtin_names())}")
            return problem_text(load(what)), what
    raise DeriveError(f"new: --from {kind}: allowed are shape, as in --from shape 3-4-2, and problem")
