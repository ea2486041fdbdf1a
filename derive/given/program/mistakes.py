"""Mistakes that a recipe names: which of its lines is worked wrongly, how, and what is said of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from derive.errors import ProblemError
from derive.formula.expression import Ref
from derive.given import fields
from derive.given.program import language, recipes, syntax
from derive.given.program.language import UnfitError
from derive.given.program.model import Named, Site
from derive.given.program.operations import Formulas
from derive.given.program.plan import Rule
from derive.given.program.rule_formulas import rule_formula
from derive.given.program.scope import Blocks, Names

_EXAMPLE = '{ at = "h", instead = "tanh(W @ x)", says = "leaving out …", advice = "Add …" }'
_KEYS = ("at", "instead", "back", "held", "part", "says", "advice")
_HOW = ("instead", "back", "held")
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_ID = 40
_RULE_NAMES = ("parameter", "g", "eta", "k", "epoch", "x", "t", "out", "net")


def read_mistakes(given: object, path: str, lines: Mapping[str, str]) -> Iterator[tuple[Named, str]]:
    """The mistakes of ``[mistakes]``, one for each line that has one, each with the path of its formula.

    Parameters
    ----------
    given : object
        The table.
    path : str
    lines : mapping of str to str
        The lines of the recipe, and their formulas.

    Raises
    ------
    ProblemError
    """
    for name, entry in fields.table(given, path, example=f"wrong-state = {_EXAMPLE}").items():
        where = fields.inside(path, name)
        if len(name) > _LONGEST_ID or not _ID.fullmatch(name):
            raise ProblemError(
                f"{fields.shown(name)} is no name of a mistake: small letters, digits and single hyphens, at most "
                f"{_LONGEST_ID} characters, such as wrong-state",
                key=path,
            )
        keys = fields.table(entry, where, example=_EXAMPLE)
        fields.only_keys(keys, _KEYS, where)
        for key in ("at", "says", "advice"):
            if key not in keys:
                raise ProblemError(f"missing; a mistake looks like {_EXAMPLE}", key=f"{where}.{key}")
        how = [key for key in _HOW if key in keys]
        if len(how) != 1:
            raise ProblemError(
                "one of instead (a wrong formula), back (one whose slopes are taken) and held (names taken for "
                f"constants on the way back) is needed; here {'is none' if not how else f'are {fields.listed(how)}'}",
                key=where,
            )
        at = tuple(fields.choice(each, tuple(lines), f"{where}.at") for each in _several(keys["at"], f"{where}.at"))
        formulas = _several(keys[how[0]], f"{where}.{how[0]}")
        plain = Named(
            id=name,
            at=at,
            back=how == ["back"],
            says=fields.text(keys["says"], f"{where}.says", longest=200, lines=True),
            advice=fields.text(keys["advice"], f"{where}.advice", longest=200, lines=True),
        )
        if how == ["held"]:
            yield replace(plain, held=tuple(each.replace(" ", "") for each in formulas)), f"{where}.held"
            continue
        for line in at:
            texts = formulas
            if "part" in keys:
                texts = tuple(_with_part(lines[line], keys["part"], each, where) for each in formulas)
            yield replace(plain, at=(line,), texts=texts), f"{where}.{how[0]}"


def _several(given: object, path: str) -> tuple[str, ...]:
    found = [given] if isinstance(given, str) else fields.sequence(given, path, what="a text in quotes, or several")
    return tuple(fields.text(each, path, longest=400, lines=False) for each in found)


def _with_part(line: str, part: object, other: str, where: str) -> str:
    """A line with another formula, or the name of another function, in place of a part of it."""
    old = ast.dump(syntax.parsed(part, f"{where}.part"))
    new = syntax.parsed(other, f"{where}.instead")

    class Exchange(ast.NodeTransformer):
        found = False

        def visit(self, node: ast.AST) -> ast.AST:
            if ast.dump(node) == old:
                self.found = True
                return new
            return self.generic_visit(node)

    exchange = Exchange()
    changed = exchange.visit(syntax.parsed(line, where))
    if not exchange.found:
        raise ProblemError(f"{fields.shown(str(part))} is no part of {fields.shown(line)}", key=f"{where}.part")
    return ast.unparse(changed)


def finished(
    named: Named, path: str, finish: Callable[[str, str], str], missing: frozenset[str] = frozenset()
) -> Named:
    """A mistake with each of its formulas as its layer has it: options put in, what is left out left out."""
    texts = dict.fromkeys(finish(text, path) for text in named.texts)
    whole = (text for text in texts if missing.isdisjoint(syntax.names_in(syntax.parsed(text, path))))
    return replace(named, texts=tuple(whole))


def formulas_of(text: str, path: str, site: Site, blocks: Blocks) -> Formulas | None:
    """A wrong formula at one site; None where its arrays do not go together there.

    Raises
    ------
    ProblemError
        If it is none, or uses what is not there.
    """
    key, scope = site
    try:
        return language.read(text, syntax.parsed(text, path), path, Names(blocks, key, scope))
    except UnfitError:
        return None


def held_ids(name: str, site: Site, blocks: Blocks) -> tuple[str, ...]:
    """The numbers that a held name stands for: ``mean``, or ``before(h)``."""
    key, scope = site
    names = Names(blocks, key, scope)
    earlier = re.fullmatch(r"before\((\w+)\)", name)
    if earlier:
        names.before(earlier[1])
    else:
        for find in (names.named, names.over_samples, names.series):
            if find(name) is not None:
                break
    return tuple(each for keys in names.used.values() for key in keys for each in blocks[key].ids)


def checked(wrong: Named, path: str, site: Site, blocks: Blocks) -> None:
    """Raise `ProblemError` where a mistake of a problem's own recipe cannot be read."""
    for text in wrong.texts:
        formulas_of(text, path, site, blocks)
    for name in wrong.held:
        if not held_ids(name, site, blocks):
            raise ProblemError(f"{fields.shown(name)} is no name that this line uses", key=path)


def with_mistakes(rule: Rule, keys: Mapping[str, object]) -> Rule:
    """An update rule with the mistakes that its recipe, or a problem's own ``[update.mistakes]``, names.

    Raises
    ------
    ProblemError
    """
    own = "mistakes" in keys
    given = keys["mistakes"] if own else {}
    if not own and rule.name in recipes.names("rules"):
        given = recipes.shipped("rules", rule.name).get("mistakes", {})
    states = dict(rule.states)
    lines = dict(rule.steps) | ({"ahead": rule.ahead} if rule.ahead else {})
    found: list[Named] = []
    for named, path in read_mistakes(given, "update.mistakes", lines):
        if named.back or named.held:
            raise ProblemError("a rule has no way back; instead is needed, a wrong formula", key=path)
        if own:
            names = {name: Ref(name) for name in (*lines, *states, *dict(rule.options), *_RULE_NAMES)}
            for text in named.texts:
                rule_formula(text, names, {name: Ref(name) for name in states}, path)
        found.append(named)
    return replace(rule, mistakes=tuple(found))


@cache
def plain_mistakes(line: str) -> tuple[Named, ...]:
    """The mistakes of a line that every network has: net, out, or a loss; their words stand in the catalogue."""
    table: Mapping[str, Any] = recipes.plain_mistakes().get(line, {})
    return tuple(
        Named(id=name, at=(line,), texts=(texts,) if isinstance(texts, str) else tuple(texts))
        for name, texts in table.items()
    )
