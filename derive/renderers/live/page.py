"""The live page of a document: the static page with marked figures, the panel, the script, and the script's data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from markupsafe import Markup, escape

from derive.display.mathml import MathmlPrinter
from derive.display.tree import Slot
from derive.formula.losses import LOSSES
from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import sample_indices, symbol, with_sample
from derive.given.problem import Number
from derive.given.problem_file import marked_text, problem_text
from derive.renderers.environment import templates_folder
from derive.renderers.html import HtmlPrinting, draw, printed_page
from derive.renderers.live.plain_formulas import definitions
from derive.renderers.live.slots import Graphs, LiveSlots, formulas_of, is_live, tapes
from derive.renderers.printing import document_anchors, slot_digits
from derive.renderers.skeleton import Holes, fill, slot_mark
from derive.telling.filling import Filling
from derive.telling.model import Document

#: The parts of the script, which runs in the page and a second time in the page's worker.
_PARTS = ("exact", "figures", "strips", "engine", "judge", "worker", "page", "controls", "keep", "own", "main")


def render_live(
    document: Document,
    filling: Filling,
    graphs: Graphs,
    given: Mapping[str, Number],
    extra: Mapping[str, Any] | None = None,
) -> str:
    """The page of a document with its figures, and a script that follows when a given is changed.

    Parameters
    ----------
    document : Document
    filling : Filling
    graphs : Graphs
        The formulas by which the figures are worked out.
    given : mapping of str to Number
        Everything the problem states, by quantity id.
    extra : mapping, optional
        More data for the script, as JSON has them, such as the mistakes that it can name.

    Raises
    ------
    KeyError
        If the filling lacks a slot of the document.
    """
    holes, slots = Holes(), LiveSlots(document=document, graphs=graphs)

    def figure(slot: Slot) -> str:
        marker = holes.marker(slot, "mathml")
        if not is_live(slot):
            return marker
        if slot.role == "mark":
            return f'<span data-h="{slots.number(slot)}">{marker}</span>'
        result = f' data-value-of="{escape(slot.quantity)}"' if slot.role == "result" else ""
        return f'<mrow data-h="{slots.number(slot)}"{result}>{marker}</mrow>'

    printing = LivePrinting(
        printer=MathmlPrinter(slot=figure, spoken=holes.slot("plain"), slot_digits=slot_digits(filling)),
        flavour="mathml",
        holes=holes,
        anchors=document_anchors(document),
        slots=slots,
    )
    skeleton = printed_page(document, printing, style="live/live", script=page_script())
    data = {**_given(filling.problem, given), **slots.records(), **_mathematics(graphs), **(extra or {})}
    return fill(skeleton, filling, draw, _as_json(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePrinting(HtmlPrinting):
    """Marks every figure, and every text alternative with figures in it, by the number of its slot."""

    slots: LiveSlots

    def inline(self, mathematics: str, alternative: str, *, display: bool) -> str:
        """Mathematics within a line of text; its alternative a second time, with numbers of slots for figures."""
        plain = HtmlPrinting.inline(self, mathematics, alternative, display=display)
        holes = tuple(self.holes.numbers)
        changes = False

        def number(found: re.Match[str]) -> str:
            nonlocal changes
            slot = holes[int(found[1])].what
            assert isinstance(slot, Slot)
            if not is_live(slot):
                return found[0]
            changes = True
            return f"⟦{self.slots.number(slot)}⟧"

        pattern = re.sub("\ue000([0-9]+)\ue001", number, alternative)
        return Markup(str(plain).replace("<math", f'<math data-a="{pattern}"', 1)) if changes else plain

    def number(self, slot: Slot) -> str:
        """A figure as text."""
        marker = HtmlPrinting.number(self, slot)
        return Markup(f'<span data-p="{self.slots.number(slot)}">{marker}</span>') if is_live(slot) else Markup(marker)

    def live_data(self) -> str:
        """The hole for the data of the script."""
        return Markup(self.holes.marker(None, "live data"))


@cache
def page_script() -> str:
    """The script of every live page: constant, so that the page's policy can name it by its hash."""
    folder = templates_folder() / "html" / "live"
    lines = (
        line.strip() for part in _PARTS for line in (folder / f"{part}.js").read_text(encoding="utf-8").splitlines()
    )
    # Comments and spaces that only people need stay behind; no template string of the script spans lines.
    kept = (line for line in lines if line and not line.startswith("//"))
    return '"use strict";\n' + "".join(f"{_QUOTED.sub(_squeezed, line)}\n" for line in kept)


#: A string of any kind, or what stands between strings.
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)|[^"'`]+""")


def _squeezed(part: re.Match[str]) -> str:
    return part[0] if part[1] else re.sub(r" ?(=>|[=!]==|&&|\|\||[=?:,;{}<>*]) ?", r"\1", part[0])


def _given(problem: AnyProblem, numbers: Mapping[str, Number]) -> dict[str, Any]:
    """What is given, and how the page names it and writes it down."""
    notation = "net-out" if isinstance(problem, FormulaProblem) else problem.display.notation
    return {
        "name": problem.name,
        # What a browser keeps of the page is kept by this.
        "key": sha256(problem_text(problem).encode()).hexdigest()[:16],
        "given": {name: number.text for name, number in numbers.items()},
        "symbols": {name: _spelled(name, notation) for name in numbers},
        "digits": problem.display.digits,
        "decimals": problem.display.decimals,
        "carry": problem.display.carry,
        "file": marked_text(problem),
        "mark": slot_mark("mathml"),
        "rules": _rules(problem),
    }


def _rules(problem: AnyProblem) -> list[list[Any]]:
    """What must hold of the givens, as problem files have it: a rule's name, and whom it is about."""
    rules: list[list[Any]] = [["positive", ["eta"]]] if problem.learning_rate is not None else []
    if isinstance(problem, FormulaProblem):
        return rules
    loss, structure = LOSSES[problem.loss], problem.structure
    for sample in sample_indices(structure):
        targets = [with_sample(f"t_{unit}", sample) for unit in structure.outputs]
        if loss.both:
            rules.append(["between", targets])
        if loss.shares:
            rules.append(["shares", targets])
    return rules


def _spelled(name: str, notation: Any) -> list[str]:
    """Letters, subscript, superscript."""
    shown = symbol(name, notation)
    return [shown.letters, shown.subscript, shown.superscript]


def _mathematics(graphs: Graphs) -> dict[str, Any]:
    main = graphs[""][0]
    return {
        "objective": main.objective,
        "names": list(main.givens),
        "trained": list(main.trained),
        "functions": definitions(formulas_of(graphs)),
        "graphs": tapes(graphs),
    }


def _as_json(data: Mapping[str, Any]) -> str:
    """JSON that ends no script element and begins no comment in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
