"""The practice page: a worksheet that checks each figure as it is typed, with the judge of the live page.

It works everything out in the browser. Whoever has it can find every figure of its numbers; the worksheet that is
graded is another file, without formulas and without any solution.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any

from markupsafe import Markup, escape

from derive.display.tree import Line, Row, Slot
from derive.errors import UnsupportedError
from derive.given.formula_problem import AnyProblem
from derive.handouts.sheets.asking import sheet_routes
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_html import Extras, filled, recipient_texts, script_json, skeleton_of
from derive.handouts.sheets.sheet_model import Worksheet
from derive.handouts.sheets.sheet_writer import SheetWriter
from derive.handouts.sheets.worksheet import sheet_figures
from derive.judging.own_figures_on_page import own_figures
from derive.proof.values import given_numbers
from derive.renderers.live.packed import packed
from derive.renderers.live.page import as_json, source_of
from derive.renderers.live.plain_formulas import definitions
from derive.renderers.live.problem_data import spoken
from derive.renderers.live.slots import formulas_of, tapes
from derive.renderers.skeleton import Skeleton
from derive.solved.explanation import MOST_LIVE
from derive.telling.problem_terms import problem_terms

#: Where figures of a step stand that the page's script fills in.
_STEP = "practice"
_PARTS = ("exact", "figures", "formulas", "strips", "engine", "judge", "unpack", "page", "own", "practice")


def see_to_practice(problem: AnyProblem, asked: tuple[str, ...]) -> None:
    """Refuse what no page can check.

    Raises
    ------
    UnsupportedError
        With the reason.
    """
    count = len(sheet_routes(problem).nearest.quantities)
    if count > MOST_LIVE:
        raise UnsupportedError(f"--practice: {count:,} numbers are too many for a page to check; {MOST_LIVE:,} at most")
    later = next((name for name in asked if "@" in name), None)
    if later:
        raise UnsupportedError(
            f"--practice: {later}: a page checks the figures of the first round only: --ask forward,backward,updates"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class PracticeSheet:
    """What all practice pages of a structure have in common.

    Attributes
    ----------
    sheet : Worksheet
        With words and symbols alone: the rules are the hints.
    problem : Problem or FormulaProblem
        Of its numbers none is used.
    """

    sheet: Worksheet
    problem: AnyProblem


def practice_html(practice: PracticeSheet, problem: AnyProblem, recipient: Recipient) -> str:
    """One student's practice page.

    Parameters
    ----------
    practice : PracticeSheet
    problem : Problem or FormulaProblem
        The student's own numbers.
    recipient : Recipient

    Raises
    ------
    PrecisionError
    """
    figures = sheet_figures(practice.sheet, problem)
    given = {name: number.text for name, number in given_numbers(problem).items()}
    key = sha256(json.dumps([recipient.form, given]).encode()).hexdigest()[:16]
    texts = recipient_texts(recipient) | {"practice": script_json({"given": given, "key": key})}
    return filled(practice_skeleton(practice), figures, texts, lambda quantity, flavour: "…")


@lru_cache(maxsize=4)
def practice_skeleton(practice: PracticeSheet) -> Skeleton:
    """The page with holes for given numbers and for what is said about the recipient."""
    sheet, writer = practice.sheet, SheetWriter(practice.problem, practice.sheet.asked, 2, practice.sheet.digits)
    rules: dict[str, Line] = {}
    steps: dict[str, Line] = {}
    for item in sheet.items:
        rules[item.quantity] = writer.rule_line(item.quantity)
        formula = writer.formula(item.quantity)
        assert formula is not None  # none is of a later round
        trees = (writer.terms.numbers(formula, _STEP), Slot(quantity=item.quantity, place=_STEP, role="result"))
        steps[item.quantity] = Line(
            left=writer.terms.name(item.quantity), rows=tuple(Row(relation="=", tree=tree) for tree in trees)
        )
    instructions = (
        f"Work out each figure to {sheet.digits} significant digits and type it: it is checked at once, from your own "
        "earlier figures. A hint comes first, then the cause, then the step. Full figures are carried in a step that "
        "is shown."
    )
    extras = Extras(
        place=_STEP,
        hole=lambda slot: f'<mrow data-of="{escape(slot.quantity)}" data-wrap="{slot.wrap}"></mrow>',
        names={
            "rules": rules,
            "steps": steps,
            "script": Markup(practice_script()),
            "data": Markup(packed(as_json(_data(practice.problem)))),
            "instructions": instructions,
        },
    )
    return skeleton_of(sheet, "html/worksheet.html.j2", extras)


@cache
def practice_script() -> str:
    """The script of every practice page."""
    return '"use strict";\n' + source_of(_PARTS)


def _data(problem: AnyProblem) -> Mapping[str, Any]:
    """What the script knows of a structure; a student's numbers are apart."""
    nearest = sheet_routes(problem).nearest
    graphs = {"": (nearest,)}
    return {
        "objective": nearest.objective,
        "names": list(nearest.givens),
        "trained": list(nearest.trained),
        "functions": definitions(formulas_of(graphs)),
        "graphs": tapes(graphs),
        "carry": problem.display.carry,
        "digits": problem.display.digits,
        "mark": "," if problem.display.decimal_mark == "comma" else ".",
        "spoken": spoken(problem_terms(problem, nearest), (*nearest.givens, *nearest.by_id)),
        "own": own_figures(problem),
    }
