"""The live page of a document: the static page with marked figures, the panel, the script, and the script's data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from derive.display.mathml import MathmlPrinter
from derive.display.tree import Slot
from derive.given.problem import Number
from derive.renderers.drawings import drawing_for, left_out
from derive.renderers.html import HtmlPrinting, printed_page
from derive.renderers.live.packed import packed
from derive.renderers.live.picture_data import picture_data
from derive.renderers.live.plain_formulas import definitions
from derive.renderers.live.problem_data import given_data, lights, spoken
from derive.renderers.live.slots import Graphs, LiveSlots, formulas_of, is_live, tapes
from derive.renderers.pictures.svg import print_svg
from derive.renderers.printing import document_anchors, slot_digits
from derive.renderers.skeleton import Holes, fill
from derive.renderers.templates import templates_folder
from derive.telling.build import blocks_of
from derive.telling.document_slots import block_slots
from derive.telling.filling import Filling
from derive.telling.meaning import FURTHER
from derive.telling.model import Document, Picture, Told
from derive.telling.terms import Terms

#: The parts of the script: what page and worker share, what the worker runs, and what the page does.
_SHARED = ("exact", "figures", "formulas")
_WORKER = ("strips", "engine", "judge", "worker")
_PAGE = ("unpack", "page", "controls", "keep", "own", "steps", "pictures", "lights", "alone")


def render_live(
    document: Document,
    filling: Filling,
    graphs: Graphs,
    given: Mapping[str, Number],
    terms: Terms,
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
    terms : Terms
        What the problem's quantities are called.
    extra : mapping, optional
        More data for the script, as JSON has them, such as the mistakes that it can name.

    Raises
    ------
    KeyError
        If the filling lacks a slot of the document.
    """
    holes, slots = Holes(), LiveSlots(document=document, graphs=graphs)
    # Numbered first, so that no number hangs on what is said.
    for block in blocks_of(document):
        for each in block_slots(block) if isinstance(block, Told) else ():
            slots.number(each)

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
    problem, anchors = filling.problem, printing.anchors
    skeleton = printed_page(document, printing, style="live/live", script=page_script())
    pictures = [block for block in blocks_of(document) if isinstance(block, Picture)]
    drawings = {picture: drawing_for(picture, filling) for picture in pictures}
    told = list(_told(document, printing))
    seen = picture_data(drawings, filling, slots, anchors)
    records = slots.records()
    names = (name for _, name, *_ in records["quantities"])
    data = {
        **given_data(problem, given),
        **_mathematics(graphs),
        **records,
        **seen,
        "lights": lights(problem),
        "spoken": spoken(terms, names),
        "told": [about for about, _ in told],
        **(extra or {}),
    }

    def draw(picture: Picture, _: Filling) -> tuple[str, str]:
        return print_svg(drawings[picture], named=True), escape(left_out(drawings[picture]))

    # Its own holes are filled first: the data go into the page as they are.
    cases = fill(holes.cut(_BETWEEN.join(html for _, html in told)), filling, draw) if told else ""
    data["cases"] = [html.split(_CASE) for html in cases.split(_BETWEEN)] if told else []
    return fill(skeleton, filling, draw, packed(as_json(data)))


#: Between what different sentences might say, and between the cases of one; they are printed for no user.
_BETWEEN, _CASE = "\ue003", "\ue004"


def _told(document: Document, printing: LivePrinting) -> Iterator[tuple[list[Any], str]]:
    """Of what hangs on figures: anchor, the case that holds, what each needs (quantities, signs); and the cases."""
    for block in blocks_of(document):
        if isinstance(block, Told):
            holds = [[[printing.slots.quantity(name), sign] for name, sign in case.holds] for case in block.cases]
            html = _CASE.join(f"<p>{printing.text(case.text)}</p>" for case in block.cases)
            yield [printing.anchor(block.id), -1 if block.chosen is None else block.chosen, holds], html


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
    worker = json.dumps(packed(source_of(_WORKER)), ensure_ascii=False).replace("<", "\\u003c")
    parts = (
        '"use strict";\n',
        source_of(_SHARED),
        "/*page*/\n",
        f"const PACKED={worker};\n",
        source_of(_PAGE),
        source_of(("main",)),
    )
    return "".join(parts)


def source_of(names: Sequence[str]) -> str:
    """Parts of the script without comments and without spaces that only people need."""
    folder = templates_folder() / "html" / "live"
    lines = (line.strip() for name in names for line in (folder / f"{name}.js").read_text("utf-8").splitlines())
    # No template string of the script spans lines.
    return "".join(f"{_QUOTED.sub(_squeezed, line)}\n" for line in lines if line and not line.startswith("//"))


#: A string of any kind, or what stands between strings.
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)|[^"'`]+""")


def _squeezed(part: re.Match[str]) -> str:
    return part[0] if part[1] else re.sub(r" ?(=>|[=!]==|&&|\|\||[=?:,;{}<>*]) ?", r"\1", part[0])


def _mathematics(graphs: Graphs) -> dict[str, Any]:
    main = graphs[""][0]
    return {
        "objective": main.objective,
        "further": FURTHER,
        "names": list(main.givens),
        "trained": list(main.trained),
        "functions": definitions(formulas_of(graphs)),
        "graphs": tapes(graphs),
    }


def as_json(data: Mapping[str, Any]) -> str:
    """JSON that ends no script element and begins no comment in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
