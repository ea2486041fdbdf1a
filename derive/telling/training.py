"""Section 6: training, the error over many rounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.given.formula_problem import FormulaStructure
from derive.given.naming import sample_indices, weight_ids, with_sample
from derive.given.problem import Structure
from derive.telling.lines import Pen
from derive.telling.model import Block, Paragraph, Picture, Remark, Section, Table, Text


def milestones(rounds: int) -> tuple[int, ...]:
    """The rounds whose figures are printed: 0, the powers of ten, and the last."""
    powers = [10**k for k in range(8) if 10**k < rounds]
    return tuple(dict.fromkeys((0, *powers, rounds)))


def training_section(
    structure: Structure | FormulaStructure, pen: Pen, rounds: int, ending: str = "", *, outputs_above: bool = False
) -> Section:
    """The error curve, milestones, and of a network the final outputs against their targets.

    With ``outputs_above`` these stand on paper above.
    """
    steps = milestones(rounds)
    table, objective = "milestones", pen.derivation.objective
    online = pen.derivation.turns > 1
    network = isinstance(structure, Structure)
    whole: Text = ("The total error",) if network else ("The value of ", pen.terms.name(objective))
    caption: Text = (*whole, " after so many rounds; 0 is before the first.")
    rows: list[tuple[Text, ...]] = [
        ((spaced(number),), (pen.figure(_at(objective, number), table),)) for number in steps
    ]
    head: tuple[Text, ...] = (("Rounds",), (pen.terms.name(objective),))
    blocks: list[Block] = [
        Paragraph(
            text=(
                f"{'A round for each sample in turn' if online else 'The same round'}, again and again, "
                f"{spaced(rounds)} in all; each starts where the last ended.",
            )
        ),
        pen.table(table, caption, head, rows, align="rr"),
        Picture(
            id="error-curve",
            kind="error_curve",
            subject=objective,
            caption=(*whole, f" over the rounds, on {'logarithmic axes' if rounds > 100 else 'a logarithmic axis'}."),
            alternative=f"{'The total error' if network else objective} over {rounds} rounds; the table beside it "
            "gives its values.",
            beside=1,
        ),
        *(
            (replace(_outputs(structure, pen, rounds), on_paper=not outputs_above),)
            if isinstance(structure, Structure)
            else ()
        ),
    ]
    if isinstance(structure, Structure):
        blocks.append(_way_of_weights(structure, pen, rounds))
    if ending:
        blocks.append(Remark(kind="note", title="Where it ends", blocks=(Paragraph(text=(ending,)),)))
    return Section(id="training", title=("Training",), blocks=tuple(blocks))


def spaced(number: int) -> str:
    """A whole number with thin spaces between its thousands."""
    return f"{number:,}".replace(",", "\N{THIN SPACE}")


def outputs_and_targets(structure: Structure) -> Iterator[tuple[str, str]]:
    """Ids of every output of every sample, with its target's."""
    for sample in sample_indices(structure):
        for unit in structure.outputs:
            yield with_sample(f"out_{unit}", sample), with_sample(f"t_{unit}", sample)


def _at(quantity: str, number: int) -> str:
    return f"{quantity}@{number}" if number else quantity


def _way_of_weights(structure: Structure, pen: Pen, rounds: int) -> Paragraph:
    """From where to where the first weight of the last layer and of the first one went."""
    table = weight_ids(structure)
    parts: list[object] = []
    for name in dict.fromkeys((table[-1][0][0], table[0][0][0])):
        start, end = pen.terms.slot(name, "way"), pen.terms.slot(_at(name, rounds), "way")
        parts += [", and " if parts else "During training ", pen.terms.name(name), " went from ", start, " to ", end]
    return Paragraph(text=(*parts, "."))  # type: ignore[arg-type]


def _outputs(structure: Structure, pen: Pen, rounds: int) -> Table:
    table = "final-outputs"
    rows: list[tuple[Text, ...]] = []
    for out, target in outputs_and_targets(structure):
        cells = (pen.figure(target, table), pen.figure(out, table), pen.figure(_at(out, rounds), table))
        rows.append(((pen.terms.name(out),), *((cell,) for cell in cells)))
    head: tuple[Text, ...] = (("Output",), ("Target",), ("Before training",), ("After training",))
    return pen.table(table, ("The outputs against their targets.",), head, rows)
