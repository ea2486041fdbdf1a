"""Section 7: the table of checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.checks import Check
from derive.display.tree import Slot
from derive.naming import QuantityId
from derive.steps.lines import Pen
from derive.steps.model import Block, Paragraph, Remark, Section, Table, Text
from derive.steps.training import spaced

_LONGEST = 120


def checks_section(pen: Pen, checks: Sequence[Check]) -> Section:
    """Every figure of the document by independent routes, with what they differ by and what is allowed."""
    routes = tuple(dict.fromkeys(route for check in checks for route in check.routes))
    text = (
        f"Every figure was worked out by up to {len(routes)} independent routes ({', '.join(routes)}). All "
        f"{len(checks)} quantities agree; the printed digits are proved with ball arithmetic. The tolerance is "
        "10⁻¹² of the figure, or 10⁻⁹ after many rounds, plus what rounding to 64 bits may do to it."
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
        count = sum(value is not None for value in check.values)
        place = "checks-frozen" if check.frozen else "checks-table"
        cells = tuple(
            (Slot(quantity=f"{part}:{check.quantity}", place=place, role="operand"),)
            for part in ("value", "error", "tolerance")
        )
        name = _checked(pen, check.quantity)
        rows.append(((*name, " (frozen)") if check.frozen else name, *cells, (str(count),)))
    head: tuple[Text, ...] = (("Quantity",), ("Value",), ("Largest difference",), ("Allowed",), ("Routes",))

    table = Table(
        id="checks-table", caption=(f"The routes compared.{left_out}",), header=head, rows=tuple(rows), align="lrrrr"
    )
    return Section(id="checks", title=("Checks",), blocks=(*blocks, table))


def _stands(pen: Pen, quantity: str) -> bool:
    parsed = QuantityId.parse(quantity)
    return parsed is None or quantity in pen.standing or (parsed.round > 0 and pen.scope.only is None)


def _checked(pen: Pen, quantity: str) -> Text:
    """The symbol of a quantity, with the number of rounds where it is not the first or second."""
    parsed = QuantityId.parse(quantity)
    if parsed is None or parsed.round < 2:
        return (pen.terms.inline(quantity),)
    return (pen.terms.inline(str(replace(parsed, round=0))), f" after {spaced(parsed.round)} rounds")
