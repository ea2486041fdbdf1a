"""Recipes: layer types, activation functions and update rules as texts, shipped ones and a problem's own."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from derive.errors import ProblemError
from derive.formula.functions import ACTIVATIONS
from derive.given import fields
from derive.given.program import syntax

#: The kinds of recipes, as folders.
KINDS = ("layers", "rules")


@cache
def names(kind: str) -> tuple[str, ...]:
    """The recipes of a kind that come with derive."""
    folder = resources.files("derive.recipes") / kind
    return tuple(sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")))


def text(kind: str, name: str) -> str:
    """A recipe as it is shipped, to print and to copy."""
    return (resources.files("derive.recipes") / kind / f"{name}.toml").read_text(encoding="utf-8")


@cache
def shipped(kind: str, name: str) -> Mapping[str, Any]:
    """A recipe that comes with derive."""
    return tomllib.loads(text(kind, name), parse_float=Decimal)


@cache
def _functions() -> Mapping[str, Any]:
    return tomllib.loads(functions_text(), parse_float=Decimal)


def texts() -> tuple[str, ...]:
    """The activation functions that are texts."""
    return tuple(_functions())


def functions_text() -> str:
    """The activation functions that are texts, to print and to copy."""
    return (resources.files("derive.recipes") / "functions.toml").read_text(encoding="utf-8")


@cache
def plain_mistakes() -> Mapping[str, Any]:
    """Wrong formulas for the lines that every network has, by line and id."""
    text = (resources.files("derive.recipes") / "plain_mistakes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class Activations:
    """The activation functions of a problem: built in, shipped as texts, and its own."""

    def __init__(self, own: Mapping[str, object]) -> None:
        """Raises `ProblemError` where one of the problem's own has the name of a built-in one."""
        self.own: dict[str, str] = {}
        for name, formula in own.items():
            path = fields.inside("functions", name)
            fields.name(name, path)
            if name in ACTIVATIONS or name in _functions():
                raise ProblemError(f"{name} is built in; give yours another name", key=path)
            tree = syntax.parsed(formula, path)
            used = syntax.names_in(tree)
            if used != ("net",):
                raise ProblemError(f"a function of net is needed, such as exp(-net**2); it uses {fields.listed(used)}",
                                   key=path)  # fmt: skip
            self.own[name] = str(formula)

    def names(self) -> tuple[str, ...]:
        """All that a layer may have."""
        return (*ACTIVATIONS, *_functions(), *self.own)

    def options(self, name: str) -> Mapping[str, object]:
        """What may be set for a function in a layer, with what is taken otherwise."""
        # The leaky relu with a slope of its own is the text "leaky".
        found: Mapping[str, object] = _functions().get("leaky" if name == "leaky_relu" else name, {}).get("options", {})
        return found

    def says(self, name: str) -> str:
        """A sentence: what it does."""
        if name in ACTIVATIONS:
            return ACTIVATIONS[name].does
        return str(_functions()[name]["says"]) if name in _functions() else ""

    def applied(self, name: str, argument: str, options: Mapping[str, object]) -> str:
        """The text of a function of an argument."""
        if name == "identity":
            return argument
        if name in ACTIVATIONS:
            return f"{name}({argument})"
        formula = self.own.get(name) or str(_functions()[name]["formula"])
        for key in options:
            formula = _functions().get(name, {}).get("with", {}).get(key, formula)
        given = {**self.options(name), **options}
        tree = syntax.parsed(formula, f"functions.{name}")
        return substituted(tree, {"net": argument, **{key: _plain(value) for key, value in given.items()}})


def _plain(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def substituted(tree: ast.expr, texts: Mapping[str, str]) -> str:
    """A formula with texts in place of names."""
    parts = {name: ast.parse(text, mode="eval").body for name, text in texts.items()}

    class Substitution(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return parts.get(node.id, node)

        def visit_Call(self, node: ast.Call) -> ast.expr:
            node.args = [self.visit(argument) for argument in node.args]
            for keyword in node.keywords:
                keyword.value = self.visit(keyword.value)
            return node

    copied = ast.parse(ast.unparse(tree), mode="eval").body
    return ast.unparse(ast.fix_missing_locations(Substitution().visit(copied)))


def without(tree: ast.expr, missing: frozenset[str]) -> ast.expr:
    """A formula without the terms and factors that are left out: a bias that is none, a scale that is not there."""

    class Removal(ast.NodeTransformer):
        def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
            left, right = self.visit(node.left), self.visit(node.right)
            if isinstance(right, ast.Name) and right.id in missing:
                found: ast.expr = left
                return found
            if isinstance(left, ast.Name) and left.id in missing and isinstance(node.op, ast.Add | ast.Mult):
                other: ast.expr = right
                return other
            node.left, node.right = left, right
            return node

    copied: ast.expr = ast.parse(ast.unparse(tree), mode="eval").body
    return Removal().visit(copied)  # type: ignore[no-any-return]
