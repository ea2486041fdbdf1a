"""A progress bar for long work: on a terminal only, after a second, gone at the end.

Which bar is shown is a context variable: the arithmetic deep below counts its rounds without knowing of any
terminal, and the library stays silent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO, TypeVar

#: Seconds before a bar appears, and between two drawings of it.
PATIENCE = 1.0
INTERVAL = 0.1
_CELLS = 30

Value = TypeVar("Value")


class Bar:
    """One line on a stream, drawn over and over and erased in the end.

    Parameters
    ----------
    stream : text stream
    clock : callable
        Seconds from any beginning.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._due = clock() + PATIENCE
        self._drawn = 0

    def show(self, label: str, part: float | None = None) -> None:
        """Draw the label, and the part that is done (0 to 1) where it is known, if it is time to."""
        now = self._clock()
        if now < self._due:
            return
        self._due = now + INTERVAL
        cells = "" if part is None else f"[{'#' * int(_CELLS * part):.<{_CELLS}}] {int(100 * part):3} %  "
        # ASCII, and no control but the carriage return: any terminal in any locale can show it.
        line = (cells + label)[:79]
        self._write("\r" + line.ljust(self._drawn))
        self._drawn = len(line)

    def erase(self) -> None:
        """Leave no trace on the line."""
        if self._drawn:
            self._write("\r" + " " * self._drawn + "\r")
            self._drawn = 0

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._due = float("inf")  # the terminal is gone; the work goes on without it


_shown: ContextVar[Bar | None] = ContextVar("shown", default=None)


@contextmanager
def shown_on(stream: TextIO | None) -> Iterator[None]:
    """Show the progress of what is done inside on a stream, if that is a terminal."""
    if stream is None or not stream.isatty():
        yield
        return
    bar = Bar(stream)
    token = _shown.set(bar)
    try:
        yield
    finally:
        _shown.reset(token)
        bar.erase()


def stage(label: str) -> None:
    """Say what begins now, where progress is shown."""
    bar = _shown.get()
    if bar is not None:
        bar.show(label)


def portion(label: str, part: float) -> None:
    """Say how much (0 to 1) of the work is done, where progress is shown."""
    bar = _shown.get()
    if bar is not None:
        bar.show(label, part)


def erase() -> None:
    """Clear the line for other output, where progress is shown."""
    bar = _shown.get()
    if bar is not None:
        bar.erase()


def counting(report: Callable[[Value], None], start: int, stop: int) -> Callable[[Value], None]:
    """What is called once a round, ``start`` to ``stop`` - 1; it counts them where progress is shown."""
    bar = _shown.get()
    if bar is None:
        return report
    reached = start

    def counted(value: Value) -> None:
        nonlocal reached
        report(value)
        reached += 1
        bar.show(f"round {reached:,} of {stop:,}".replace(",", " "), reached / stop)

    return counted
