"""From what fits a figure to its finding: one table, in the order in which verdicts apply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from derive.judging.findings import Cause, Finding
from derive.judging.misconceptions.model import GENERAL, Mistake

CORRECT = Finding(verdict="correct")
ROUNDING = Finding(verdict="rounding")
TOO_COARSE = Finding(verdict="too-coarse")
WRONG = Finding(verdict="wrong")
BLANK = Finding(verdict="blank")
UNREADABLE = Finding(verdict="unreadable")

POWER_OF_TEN = Cause(ids=("power-of-ten",))
DIGITS_SWAPPED = Cause(ids=("digits-swapped",))
DIGIT_TOO_MANY = Cause(ids=("digit-too-many",))
FLOAT32 = Finding(verdict="rounding", causes=(Cause(ids=("float32",)),))


class Desk:
    """Hands out findings, each made once, however many students it is for."""

    def __init__(self) -> None:
        self._carried: dict[tuple[tuple[str, ...], bool], Finding] = {}
        self._explained: dict[tuple[int, ...], Finding] = {}
        self._causes: dict[tuple[int, str, bool], tuple[Mistake, Cause]] = {}

    def carried(self, follows_from: Iterable[str], earns: bool) -> Finding:
        """It follows from the student's own wrong figures."""
        key = (tuple(follows_from), earns)
        if key not in self._carried:
            self._carried[key] = Finding(verdict="carried", follows_from=key[0], earns=earns)
        return self._carried[key]

    def cause(self, mistake: Mistake, slip: str = "", *, strict: bool = True) -> Cause:
        """A mistake as a cause, with a slip on top of it where one is named."""
        key = (id(mistake), slip, strict)
        if key not in self._causes:
            ids = (*mistake.ids, slip) if slip else mistake.ids
            # The mistake is kept with its cause, so that no other can come to have its id.
            self._causes[key] = (mistake, Cause(ids=ids, mistake=mistake, strict=strict))
        return self._causes[key][1]

    def explained(self, causes: Sequence[Cause]) -> Finding:
        """What one cause, several or none make of a figure that is at fault; the same ids count once."""
        distinct = tuple({cause.ids: cause for cause in reversed(causes)}.values())[::-1]
        if not distinct:
            return WRONG
        named = tuple(each for each in distinct if each.mistake is None or each.mistake.kind not in GENERAL)
        if any(each.mistake is not None for each in named):
            distinct = named  # it says of the step itself what the others say of products and sums
        key = tuple(id(cause) for cause in distinct)
        if key not in self._explained:
            if len(distinct) > 1:
                self._explained[key] = Finding(verdict="ambiguous", causes=distinct)
            else:
                slip = distinct[0].mistake is None
                self._explained[key] = Finding(verdict="slip" if slip else "misconception", causes=distinct)
        return self._explained[key]
