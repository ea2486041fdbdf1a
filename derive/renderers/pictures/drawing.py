"""The drawing model: shapes in points, y downwards, free of any output format."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

#: Roles, not colours: each printer chooses what they look like on a light or a dark page.
Colour = Literal["ink", "muted", "faint", "accent"]
RunStyle = Literal["normal", "italic", "subscript", "superscript"]
Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of text in one style; ``of`` is the id of the quantity whose figure it is, if of any."""

    text: str
    style: RunStyle = "normal"
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A straight line, with an arrow head at its end where asked.

    ``of`` is the id of what it stands for, if any, and ``sized`` that of the quantity whose size its width tells.
    """

    kind: ClassVar[str] = "segment"
    start: Point
    end: Point
    colour: Colour = "ink"
    thickness: float = 1.2
    dashed: bool = False
    arrow: bool = False
    of: str = ""
    sized: str = ""

    @property
    def shaft(self) -> Point:
        """Where the line stops: short of its end where a head follows, so that the tip stays sharp."""
        return self._back(6.0) if self.arrow else self.end

    @property
    def head(self) -> tuple[Point, Point, Point]:
        """The corners of the arrow head, the tip first."""
        (x, y), (foot_x, foot_y) = self.end, self._back(9.0)
        across_x, across_y = (foot_y - y) * 0.36, (x - foot_x) * 0.36
        return self.end, (foot_x + across_x, foot_y + across_y), (foot_x - across_x, foot_y - across_y)

    def _back(self, distance: float) -> Point:
        (start_x, start_y), (x, y) = self.start, self.end
        length = math.hypot(x - start_x, y - start_y) or 1.0
        return x - (x - start_x) * distance / length, y - (y - start_y) * distance / length


@dataclass(frozen=True, slots=True, kw_only=True)
class Polyline:
    """An open line through two or more points."""

    kind: ClassVar[str] = "polyline"
    points: tuple[Point, ...]
    colour: Colour = "ink"
    thickness: float = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A circle, filled with its own colour (a dot) or with the colour of the page; ``of`` is what it stands for."""

    kind: ClassVar[str] = "circle"
    centre: Point
    radius: float
    colour: Colour = "ink"
    solid: bool = False
    thickness: float = 1.5
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """An upright rectangle; ``corner`` is its upper left one.

    It is filled with the colour of the page, and with as much of the accent as ``tint`` says, 0 to 1; ``of`` is the id
    of the share whose size that tells, if of any.
    """

    kind: ClassVar[str] = "rectangle"
    corner: Point
    width: float
    height: float
    colour: Colour = "ink"
    thickness: float = 1.2
    tint: float = 0.0
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One line of text.

    Attributes
    ----------
    at : Point
        The point of the anchor, at half the height of the line.
    angle : float
        Degrees, clockwise on the page.
    plate : bool
        Whether the page's colour is laid behind it, so that no line crosses the text.
    """

    kind: ClassVar[str] = "label"
    at: Point
    runs: tuple[Run, ...]
    size: float
    anchor: Anchor = "middle"
    colour: Colour = "ink"
    angle: float = 0.0
    plate: bool = False


Shape = Segment | Polyline | Circle | Rectangle | Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture: shapes in the order they are laid down.

    Attributes
    ----------
    alternative : str
        What the picture shows, in words, for readers who do not see it.
    left_out : tuple of str
        What the picture has no room or no place for, and where it stands instead, part by part.
    """

    width: float
    height: float
    alternative: str
    shapes: tuple[Shape, ...]
    left_out: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether it shows all there is."""
        return not self.left_out

    @property
    def note(self) -> str:
        """What its caption must say is left out, as a sentence; empty where nothing is."""
        return "" if self.complete else f"Left out of the picture: {'; '.join(self.left_out)}."
