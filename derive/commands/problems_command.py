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
    new = command("new", _new, "write a commented problem file to edit", "  derive new my.toml\n")
    new.add_argument("file", type=Path, metavar="FILE", help="file to write; it must not exist yet")


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
    from derive.given.loading import starter_text

    file = arguments.file
    if os.path.lexists(file):
        raise ProblemError("exists already; name a file that does not", file=str(file))
    write_whole(file, starter_text())
    print(f"{file}: edit it, then run  {pasted('derive', 'explain', str(file))}")
    return 0
