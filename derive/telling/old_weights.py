"""The remark on where readers go wrong most: which weights the error travels back through."""

from __future__ import annotations

from derive.display.tree import Slot
from derive.given.naming import weight_ids, with_sample
from derive.given.problem import Structure
from derive.telling.lines import Pen
from derive.telling.model import Paragraph, Remark, Text

#: Before the id of a quantity of the same problem with the other kind of update.
OTHER_UPDATE = "other:"


def old_weights_remark(structure: Structure, pen: Pen) -> Remark:
    """What the figures would be with the other kind of update; for networks with a hidden layer.

    Its slots are named by ids that begin with `OTHER_UPDATE`.
    """
    place, names = "old-weights", pen.terms.name
    weight = weight_ids(structure)[-2][0][0]
    above = [name for row in weight_ids(structure)[-1] for name in row]
    online = structure.conventions.batch == "online" and structure.sample_count > 1
    gradient = with_sample(f"dE_total/d{weight}", 1 if online else None)
    after = "E_total@1"

    def other(quantity: str) -> Slot:
        return Slot(quantity=OTHER_UPDATE + quantity, place=place)

    figures: Text = (
        pen.terms.inline(gradient),
        " would come out as ",
        other(gradient),
        " instead of ",
        pen.figure(gradient, place),
        ", and the total error after this round as ",
        other(after),
        " instead of ",
        pen.figure(after, place),
        ".",
    )
    joint = " and " if len(above) == 2 else " to "
    span: Text = (names(above[0]),) if len(above) == 1 else (names(above[0]), joint, names(above[-1]))
    if structure.conventions.update == "simultaneous":
        text: Text = ("The old ", *span, " are used here, not the updated ones. With the new ones ", *figures)
        title = "Old weights, not new ones"
    else:
        text = (
            "Here the error travels back through the updated ",
            *span,
            ", as the author of this problem does it. With the old ones, which the gradient asks for, ",
            *figures,
        )
        title = "Updated weights, on purpose"
    return Remark(kind="warning", title=title, blocks=(Paragraph(text=text),))
