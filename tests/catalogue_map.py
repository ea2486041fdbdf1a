"""The published rows of `catalogue/`, each with the quantity of a built-in problem that it is a figure of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CATALOGUE = Path(__file__).parent / "catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One published figure.

    Attributes
    ----------
    file : str
        The catalogue file, without its ending.
    author_name : str
        The author's name for the quantity.
    published : str
        The digits as printed.
    exact : float
        What float64 gives under the author's conventions, to 12 significant digits.
    verdict : str
        ``ok``, ``last_digit``, ``carry`` or ``wrong``.
    problem, quantity : str or None
        Built-in problem and our id; None where no quantity of a layered network fits, and then ``reason`` says why.
    factor : int
        The author's figure is this multiple of ours.
    """

    file: str
    author_name: str
    published: str
    exact: float
    verdict: str
    problem: str | None
    quantity: str | None
    factor: int = 1
    reason: str = ""


def entry(file: str) -> dict[str, Any]:
    """A whole catalogue file."""
    loaded: dict[str, Any] = yaml.safe_load((CATALOGUE / f"{file}.yaml").read_text(encoding="utf-8"))
    return loaded


def files() -> tuple[str, ...]:
    """The catalogue's files, without their endings."""
    return tuple(sorted(path.stem for path in CATALOGUE.glob("*.yaml") if path.stem != "mapping"))


def rows() -> Iterator[Row]:
    """Every published row of every file; a row or file without a mapping is a KeyError."""
    mapping = yaml.safe_load((CATALOGUE / "mapping.yaml").read_text(encoding="utf-8"))
    for file in files():
        mapped = mapping[file]
        for published in entry(file)["published"]:
            target = mapped if "none" in mapped else mapped["rows"][published["q"]]
            reason = target["none"] if isinstance(target, dict) else ""
            quantity, factor = (target[0], target[1]) if isinstance(target, list) else (target, 1)
            yield Row(
                file=file,
                author_name=published["q"],
                published=published["pub"],
                exact=float(published["exact"]),
                verdict=published["v"],
                problem=None if reason else mapped["problem"],
                quantity=None if reason else quantity,
                factor=factor,
                reason=reason,
            )
