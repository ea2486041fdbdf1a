"""What follows in the pictures of a live page: figures in them, and marks on curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derive.given.formula_problem import AnyProblem, FormulaProblem
from derive.given.naming import sample_indices, symbol, with_sample
from derive.renderers.live.slots import LiveSlots
from derive.renderers.pictures.drawing import Drawing, Label, Rectangle, Segment
from derive.telling.filling import Filling
from derive.telling.model import PICTURE_DIGITS, Picture


def picture_data(
    drawings: Mapping[Picture, Drawing], filling: Filling, slots: LiveSlots, anchors: Mapping[str, str]
) -> dict[str, Any]:
    """Figures and shares in the drawings, net inputs on curves, as numbers of quantities; rounds of the error curve.

    Parameters
    ----------
    drawings : mapping of Picture to Drawing
    filling : Filling
    slots : LiveSlots
    anchors : mapping of str to str
        Of the pictures.
    """
    pictured = {
        run.of: slots.quantity(run.of)
        for drawing in drawings.values()
        for shape in drawing.shapes
        if isinstance(shape, Label)
        for run in shape.runs
        if run.of
    }
    sized = {
        shape.sized: slots.quantity(shape.sized)
        for drawing in drawings.values()
        for shape in drawing.shapes
        if isinstance(shape, Segment) and shape.sized
    }
    shares = [
        shape.of
        for drawing in drawings.values()
        for shape in drawing.shapes
        if isinstance(shape, Rectangle) and shape.of
    ]
    curves = {
        anchors[picture.id]: {"function": picture.subject, "marks": _marks(picture.subject, filling, slots)}
        for picture in drawings
        if picture.kind == "activation"
    }
    of_arrays = isinstance(filling.problem, FormulaProblem)
    return {
        "short": PICTURE_DIGITS,
        # Givens of more digits are shortened, too; those of a network stand as they were typed.
        "longest": PICTURE_DIGITS + 2 if of_arrays else None,
        "pictured": pictured | sized,
        "shares": [*shares, *sized],
        "curves": curves,
        "rounds": max(len(filling.errors) - 1, 0),
    }


def _marks(activation: str, filling: Filling, slots: LiveSlots) -> list[tuple[str, int]]:
    problem: AnyProblem = filling.problem
    if isinstance(problem, FormulaProblem):
        return []
    names = (
        with_sample(f"net_{unit}", sample)
        for layer in problem.layers
        if layer.activation == activation
        for unit in layer.units
        for sample in sample_indices(problem.structure)
    )
    shown = ((name, symbol(name, problem.display.notation)) for name in names if name in filling.numbers)
    return [(each.letters + each.subscript + each.superscript, slots.quantity(name)) for name, each in shown]
