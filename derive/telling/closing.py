"""Section 7: the table of checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.display.tree import Slot, Tree
from derive.given.naming import QuantityId
from derive.proof.checks import Check
from derive.telling.lines import Pen
from derive.telling.model import Block, Paragraph, Remark, Section, Table, Text
from derive.telling.training import spaced

_LONGEST = 120
_MOST_LEFT_OUT = 12


def checks_section(pen: Pen, checks: Sequence[Check]) -> Section:
    """Every figure of the document by independent routes, with what they differ by and what is allowed."""
    routes = tuple(dict.fromkeys(route for check in checks for route in check.routes))
    text = (
        f"Every figure was worked out by up to {len(routes)} independent routes ({', '.join(routes)}), all "
        f"{len(checks)} quantities agree, and every printed digit is proved with ball arithmetic."
    )
    if pen.carries_rounded:
        text += " Compared are the quantities with full figures; those printed above are rounded line by line."
    blocks: list[Block] = [Paragraph(text=(text,))]
    if any(check.frozen for check in checks):
        blocks.append(
            Remark(
                kind="note",
                title="Sequential update",
                blocks=(
                    Paragraph(
                        text=(
                            "Hidden figures of a sequential update are no derivatives: they mix old and new weights. "
                            "The rows marked “frozen” compare the true derivatives, with all weights held.",
                        )
                    ),
                ),
            )
        )
    shown = [check for check in checks if _stands(pen, check.quantity)][:_LONGEST]
    left_out = ""
    if len(shown) < len(checks):
        left_out = f" The {len(checks) - len(shown)} checks of quantities that are not shown agree as well."
    rows: list[tuple[Text, ...]] = []
    for check in shown:
        count = sum(value is not None for value in check.values[1:]) + 1  # a proved figure may be beyond floats
        place = "checks-frozen" if check.frozen else "checks-table"
        parts = ("value", "error", "tolerance") if count > 1 else ("value",)
        cells: list[Text] = [
            (Slot(quantity=f"{part}:{check.quantity}", place=place, role="operand"),) for part in parts
        ]
        cells += [("–",)] * (3 - len(parts))
        if check.values[0] is None:
            cells[0] = ("beyond 64-bit floats",)
        name = _checked(pen, check.quantity)
        whole = f"{count} of {len(check.routes)}" if check.left_out else str(count)
        rows.append(((*name, " (frozen)") if check.frozen else name, *cells, (whole,)))
    if any(check.left_out for check in checks):
        blocks.append(_left_out(pen, checks))
    head: tuple[Text, ...] = (("Quantity",), ("Value",), ("Largest difference",), ("Allowed",), ("Routes",))

    caption = (
        "The routes compared. The tolerance is 10⁻¹² of the figure, or 10⁻⁹ after many rounds, plus what rounding to "
        f"64 bits may do to it.{left_out}"
    )
    table = Table(
        id="checks-table",
        caption=(caption,),
        header=head,
        rows=tuple(rows),
        align="lrrrr",
        folded=True,
        on_paper=False,
    )
    return Section(id="checks", title=("Checks",), blocks=(*blocks, table))


def _left_out(pen: Pen, checks: Sequence[Check]) -> Remark:
    """Which routes are not compared, for which quantities, and why."""
    found: dict[tuple[str, str], list[Text]] = {}
    for check in checks:
        for route, reason in check.left_out:
            if _stands(pen, check.quantity):
                name = _checked(pen, check.quantity)
                found.setdefault((route, reason), []).append((*name, " (frozen)") if check.frozen else name)
    lines = [
        Paragraph(
            text=(
                "A route is left out of the comparison of a quantity that it cannot know; the printed figure is proved "
                "all the same. Such a row tells how many of its routes are compared.",
            )
        )
    ]
    for (route, reason), names in found.items():
        listed: list[str | Tree] = [f"{route[0].upper()}{route[1:]}, because {reason}: "]
        for place, name in enumerate(names[:_MOST_LEFT_OUT]):
            listed += [", " if place else "", *name]
        more = len(names) - _MOST_LEFT_OUT
        lines.append(Paragraph(text=(*listed, f", and {more} more." if more > 0 else ".")))
    return Remark(kind="note", title="Routes left out", blocks=tuple(lines))


def _stands(pen: Pen, quantity: str) -> bool:
    parsed = QuantityId.parse(quantity)
    return parsed is None or quantity in pen.standing or (parsed.round > 0 and not pen.scope.only)


def _checked(pen: Pen, quantity: str) -> Text:
    """The symbol of a quantity, with the number of rounds where it is not the first or second."""
    parsed = QuantityId.parse(quantity)
    if parsed is None or parsed.round < 2:
        return (pen.terms.inline(quantity),)
    return (pen.terms.inline(str(replace(parsed, round=0))), f" after {spaced(parsed.round)} rounds")
