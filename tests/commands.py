"""Commands run as from a shell, in an empty folder, and files of answers for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from derive.cli import main
from derive.given.loading import load
from derive.judging.reading.form import form_quantities
from derive.judging.routes import routes_for
from tests.students import Habit, script


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a command left: exit status, standard output and error."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        """The JSON it printed."""
        return json.loads(self.out)

    def answer(self, quantity: str, student: str | None = None) -> Any:
        """The only answer of a student to a quantity."""
        found = [each for each in self.report["answers"] if (each["quantity"], each["student"]) == (quantity, student)]
        assert len(found) == 1, self.out
        return found[0]


Command = Callable[..., Run]


def runner(capsys: pytest.CaptureFixture[str], *first: str) -> Command:
    """What runs a command, with these arguments before its own."""

    def command(*argv: object) -> Run:
        try:
            status = main((*first, *map(str, argv)))
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
        printed = capsys.readouterr()
        return Run(status=status, out=printed.out, err=printed.err)

    return command


def answers(name: str, *rows: str, columns: str = "quantity,value") -> str:
    """Write a CSV file and return its name."""
    Path(name).write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return name


def honest(problem: str = "2-2-2", habit: Habit | None = None) -> dict[str, str]:
    """What an honest student writes into the whole form."""
    given = load(problem)
    return script(given, routes_for([given]).nearest, form_quantities(given), habit or Habit())


def rows_of(figures: Mapping[str, str]) -> Iterable[str]:
    """Rows of CSV."""
    return (f"{name},{value}" for name, value in figures.items())
