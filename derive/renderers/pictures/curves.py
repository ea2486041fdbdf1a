"""Curves: an activation function with a network's net inputs marked on it, and the error over the rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from derive.given.naming import Symbol
from derive.renderers.pictures.axes import Scale, Tick, drawable, plain_ticks, power_ticks, widened
from derive.renderers.pictures.drawing import Circle, Drawing, Label, Point, Polyline, Segment, Shape
from derive.renderers.pictures.frame import framed
from derive.renderers.pictures.geometry import boxes_meet, segment_meets
from derive.renderers.pictures.marks import mark_labels
from derive.renderers.pictures.text import label_box, spoken, word_runs

_WIDTH, _HEIGHT = 540.0, 220.0
_SIZE = 17.0
#: More marks than this carry no labels.
_LABEL_LIMIT = 8
#: How far a tangent reaches to either side at most, in net input.
_REACH = 2.0
#: More rounds than this are drawn on a logarithmic axis.
_LINEAR_ROUNDS = 100
#: Fewer points than this are drawn as dots as well.
_DOTS = 25
#: Where round 0, which has no logarithm, stands on a logarithmic axis: this many decades before round 1.
_ZERO = -0.5


def activation_drawing(
    name: str,
    points: Sequence[tuple[float, float]],
    marks: Sequence[tuple[Symbol, float, float]],
    unmarked: int = 0,
    slope: float | None = None,
) -> Drawing:
    """The curve of an activation function, with units marked on it.

    Parameters
    ----------
    name : str
        Of the function, for the alternative text.
    points : sequence of (float, float)
        Net inputs in ascending order and activations; a point that is not finite is a gap.
    marks : sequence of (Symbol, float, float)
        Unit, net input, activation. More than eight are drawn as dots only.
    slope : float, optional
        Of the curve at the first mark, where its tangent is drawn.
    unmarked : int
        Net inputs of the network that are not among the marks, since their figures are not on the page.
    """
    shown = [mark for mark in marks if drawable(mark[1]) and drawable(mark[2])]
    numbers = [point for point in points if drawable(point[0]) and drawable(point[1])]
    numbers += [(net, out) for _, net, out in shown]
    numbers = numbers or [(-1.0, 0.0), (1.0, 0.0)]
    # Both axes are in the picture: a curve without its zero misleads.
    low, high = widened([net for net, _ in numbers] + [0.0], 0.02)
    across = Scale(low=low, high=high, start=0.0, end=_WIDTH)
    low, high = widened([out for _, out in numbers] + [0.0], 0.06)
    down = Scale(low=low, high=high, start=_HEIGHT, end=0.0)
    zero = (across.place(0.0), down.place(0.0))

    curves = [Polyline(points=line, colour="accent", thickness=2.2) for line in _lines(points, across, down)]
    lines = [pair for curve in curves for pair in pairwise(curve.points)]
    dots = [(across.place(net), down.place(out)) for _, net, out in shown]
    feet = [
        Segment(start=dot, end=(dot[0], zero[1]), colour="muted", thickness=1.0, dashed=True)
        for dot in dots
        if len(shown) <= _LABEL_LIMIT and abs(dot[1] - zero[1]) > 4
    ]
    tangent: list[Segment] = []
    if marks and slope is not None and shown[:1] == marks[:1]:
        tangent = _tangent(marks[0], slope, (across, down))
    lines += [(line.start, line.end) for line in tangent]
    axes, texts = _crossed_axes(across, down, zero, [*lines, *((foot.start, foot.end) for foot in feet)])
    shapes: list[Shape] = [*axes, *texts, *feet, *curves, *tangent]
    named: Sequence[Shape] = ()
    if len(shown) <= _LABEL_LIMIT:
        named = mark_labels(
            [symbol for symbol, _, _ in shown],
            dots,
            lines=[*lines, *((axis.start, axis.end) for axis in axes[:2])],
            faint_lines=[(dot, (dot[0], zero[1])) for dot in dots],
            obstacles=[label_box(text) for text in texts],
            page=(-20.0, -20.0, _WIDTH + 20.0, _HEIGHT + 20.0),
            size=_SIZE,
        )
    shapes += named
    shapes += [Circle(centre=dot, radius=3.3, colour="ink", solid=True) for dot in dots]
    left_out = []
    count = unmarked + len(marks)
    if unmarked:
        left_out.append(f"{unmarked} of the {count} net inputs, those of samples that are not worked line by line")
    if len(shown) < len(marks):
        left_out.append(f"{len(marks) - len(shown)} of the {count} net inputs, which lie beyond every scale")
    if shown and not named:
        left_out.append("the names of the marks, for which there is no room; the forward pass has their figures")
    return framed(shapes, _activation_words(name, numbers, shown), left_out)


def _tangent(mark: tuple[Symbol, float, float], slope: float, scales: tuple[Scale, Scale]) -> list[Segment]:
    """The tangent at a mark, as far as it stays in the picture and no farther than its reach."""
    (_, net, out), (across, down) = mark, scales
    if not math.isfinite(slope):
        return []
    reach = _REACH
    for side in (-1, 1):
        room = (down.high if side * slope > 0 else down.low) - out
        if slope:
            reach = min(reach, room / (side * slope))
    ends = [(across.place(net + side * reach), down.place(out + side * reach * slope)) for side in (-1, 1)]
    return [Segment(start=ends[0], end=ends[1], colour="ink", thickness=1.4)] if reach > 0.2 else []


def error_drawing(rounds: Sequence[int], errors: Sequence[float], off: int = 0, name: str = "error") -> Drawing:
    """The error over the rounds on a logarithmic axis; beyond 100 rounds theirs is logarithmic too.

    An error that is zero, negative or not finite has no place on a logarithmic axis and leaves a gap.

    Parameters
    ----------
    rounds : sequence of int
        Ascending, from 0 on.
    errors : sequence of float
        The error after each of these rounds.
    name : str
        What stands on the upright axis.
    off : int
        Rounds of the training, drawn or not, whose error has no place.
    """
    logarithmic = max(rounds, default=0) > _LINEAR_ROUNDS
    points = [
        (_round_place(number, logarithmic), math.log10(error) if 0 < error < math.inf else math.nan)
        for number, error in zip(rounds, errors, strict=True)
    ]
    logarithms = [height for _, height in points if math.isfinite(height)]
    low, high = min(logarithms, default=-1.0), max(logarithms, default=0.0)
    # At least a twentieth of a decade, so that a constant error is a level line and not noise.
    room = max(0.06 * (high - low), 0.025)
    down = Scale(low=low - room, high=high + room, start=_HEIGHT, end=0.0)
    left = min((place for place, _ in points), default=0.0)
    right = max((place for place, _ in points), default=1.0)
    across = Scale(low=left, high=right if right > left else left + 1.0, start=0.0, end=_WIDTH)

    shapes = _frame(across, down, _round_ticks(rounds, across, logarithmic), power_ticks(down.low, down.high), name)
    shapes += _broken_axis(across) if logarithmic and 0 in rounds else []
    lines = _lines(points, across, down)
    shapes += [Polyline(points=line, colour="accent", thickness=2.2) for line in lines if len(line) > 1]
    finite = [(across.place(place), down.place(height)) for place, height in points if math.isfinite(height)]
    # A line of one point is invisible.
    dots = finite if len(finite) <= _DOTS else [line[0] for line in lines if len(line) == 1]
    shapes += [Circle(centre=dot, radius=3.2, colour="accent", solid=True) for dot in dots]
    if not finite:
        shapes.append(Label(at=(_WIDTH / 2, _HEIGHT / 2), runs=word_runs("no positive error"), size=_SIZE, plate=True))
    count = "one round, whose error is" if off == 1 else f"{off} rounds, whose errors are"
    left_out = [f"{count} zero or not finite and so without a place on the axis"] if off else []
    return framed(shapes, _error_words(rounds, errors), left_out)


def _lines(points: Sequence[Point], across: Scale, down: Scale) -> list[tuple[Point, ...]]:
    """Points on the page, parted where one is missing; a line of one point stays."""
    lines: list[list[Point]] = [[]]
    for number, height in points:
        if drawable(number) and drawable(height):
            lines[-1].append((across.place(number), down.place(height)))
        elif lines[-1]:
            lines.append([])
    return [tuple(line) for line in lines if line]


def _crossed_axes(
    across: Scale, down: Scale, zero: Point, lines: Sequence[tuple[Point, Point]]
) -> tuple[list[Segment], list[Label]]:
    """Axes through the origin with their ticks, on the side where no line of the curve runs; the axes come first."""
    x, y = zero
    axes = [
        Segment(start=(-8.0, y), end=(_WIDTH + 16, y), colour="muted", arrow=True),
        Segment(start=(x, _HEIGHT + 8), end=(x, -18.0), colour="muted", arrow=True),
    ]
    texts = [
        Label(at=(_WIDTH + 16, y + 38), runs=word_runs("net input"), size=_SIZE, anchor="end"),
        Label(at=(x + 10, -16.0), runs=word_runs("activation"), size=_SIZE, anchor="start"),
    ]
    for tick in plain_ticks(across.low, across.high, 8):
        place = across.place(tick.at)
        if tick.at:
            axes.append(Segment(start=(place, y - 4), end=(place, y + 4), colour="muted"))
            texts.append(Label(at=(place, y + 16), runs=tick.runs, size=_SIZE - 1, colour="muted", plate=True))
    for tick in plain_ticks(down.low, down.high, 5):
        place = down.place(tick.at)
        if tick.at:
            axes.append(Segment(start=(x - 4, place), end=(x + 4, place), colour="muted"))
            left = Label(at=(x - 9, place), runs=tick.runs, size=_SIZE - 1, anchor="end", colour="muted", plate=True)
            sides = (left, replace(left, at=(x + 9, place), anchor="start"))
            tried = [replace(side, at=(side.at[0], place + step)) for step in (0.0, -11.0, 11.0) for side in sides]
            free = (each for each in tried if not any(segment_meets(label_box(each), *line) for line in lines))
            texts.append(next(free, left))
    return axes, texts


def _frame(across: Scale, down: Scale, below: Sequence[Tick], beside: Sequence[Tick], name: str) -> list[Shape]:
    """Axes on the left and below with light lines across at each of the error's ticks."""
    shapes: list[Shape] = []
    figures: list[Label] = []
    for tick in beside:
        y = down.place(tick.at)
        shapes.append(Segment(start=(0.0, y), end=(_WIDTH, y), colour="faint", thickness=0.8))
        figures.append(Label(at=(-10.0, y), runs=tick.runs, size=_SIZE, anchor="end"))
    for tick in below:
        x = across.place(tick.at)
        shapes.append(Segment(start=(x, _HEIGHT), end=(x, _HEIGHT + 6)))
        figures.append(Label(at=(x, _HEIGHT + 20), runs=tick.runs, size=_SIZE))
    for number, figure in enumerate(figures):
        # Ticks crowd where a short range lies at the end of a logarithmic axis: those keep their stroke alone.
        if not any(
            boxes_meet(label_box(figure, 2.0), label_box(other)) for other in figures[:number] if other in shapes
        ):
            shapes.append(figure)
    shapes += [
        Segment(start=(0.0, _HEIGHT), end=(_WIDTH, _HEIGHT)),
        Segment(start=(0.0, _HEIGHT), end=(0.0, 0.0)),
        Label(at=(_WIDTH / 2, _HEIGHT + 44), runs=word_runs("round"), size=_SIZE),
        Label(at=(0.0, -24.0), runs=word_runs(name), size=_SIZE),
    ]
    return shapes


def _broken_axis(across: Scale) -> list[Shape]:
    """Two strokes between 0 and 1, where the logarithmic axis begins."""
    middle = across.place(_ZERO / 2)
    return [
        Segment(start=(middle + step - 3, _HEIGHT + 6), end=(middle + step + 3, _HEIGHT - 6)) for step in (-3.0, 3.0)
    ]


def _round_place(number: int, logarithmic: bool) -> float:
    if not logarithmic:
        return float(number)
    return math.log10(number) if number > 0 else _ZERO


def _round_ticks(rounds: Sequence[int], across: Scale, logarithmic: bool) -> list[Tick]:
    if not logarithmic:
        return [Tick(at=float(number), runs=word_runs(str(number))) for number in _whole_ticks(across.low, across.high)]
    start = [Tick(at=_ZERO, runs=word_runs("0"))] if 0 in rounds else []
    first, last = min(number for number in rounds if number > 0), max(rounds)
    if last > 4 * first:
        return [*start, *power_ticks(math.log10(first), math.log10(last))]
    whole = _whole_ticks(first, last) if first < last else [first]
    return [*start, *(Tick(at=math.log10(number), runs=word_runs(str(number))) for number in whole)]


def _whole_ticks(low: float, high: float) -> list[int]:
    """Rounds are whole: the fractions that a step below 1 gives are left out."""
    return list(
        dict.fromkeys(round(tick.at) for tick in plain_ticks(low, high) if abs(tick.at - round(tick.at)) < 1e-6)
    )


def _activation_words(name: str, numbers: Sequence[Point], marks: Sequence[tuple[Symbol, float, float]]) -> str:
    low, high = min(net for net, _ in numbers), max(net for net, _ in numbers)
    words = f"Curve of the activation function {name} for net inputs from {_brief(low)} to {_brief(high)}."
    if not marks:
        return words
    if len(marks) > _LABEL_LIMIT:
        return f"{words} {len(marks)} units are marked on it."
    listed = [
        f"{spoken(symbol)} at net input {_brief(net)} with activation {_brief(out)}" for symbol, net, out in marks
    ]
    return f"{words} Marked on it: {'; '.join(listed)}."


def _error_words(rounds: Sequence[int], errors: Sequence[float]) -> str:
    finite = [(number, error) for number, error in zip(rounds, errors, strict=True) if 0 < error < math.inf]
    if not finite:
        return "Error over the rounds: no error is positive and finite, so the logarithmic axis shows no curve."
    (first, start), (last, end) = finite[0], finite[-1]
    words = f"Error over the rounds on a logarithmic axis: {_brief(start)} after round {first}"
    words += f", {_brief(end)} after round {last}." if last != first else "."
    missing = len(errors) - len(finite)
    return words + (f" {missing} errors that are zero or not finite are left out." if missing else "")


def _brief(number: float) -> str:
    digits, _, power = f"{number:.4g}".partition("e")
    return (digits + (f" times 10 to the {int(power)}" if power else "")).replace("-", "\u2212")
