"""Findings in words: kind, exact and short; always "consistent with", never "you believe"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from derive.given.naming import at_round, updated_id
from derive.judging.findings import Cause, Finding
from derive.judging.misconceptions.programs import OF_ROUNDS
from derive.judging.misconceptions.said import said_of
from derive.judging.model import Written

#: What a slip, or a whole-training hypothesis, did, to follow "consistent with", and what to do instead.
OTHER_CAUSES: Mapping[str, tuple[str, str]] = {
    "power-of-ten": ("the right digits with the decimal point in another place", "Count the places again."),
    "digit-too-many": ("a digit too many", "Compare the digits one by one."),
    "written-down": ("a slip in writing it down, as what comes after it goes on with the right figure", ""),
    "cells-exchanged": ("the figures of two cells exchanged", "Look which figure belongs in which cell."),
    "column-shifted": ("figures shifted by a row", "Put each figure into the row of its own quantity."),
    "digits-swapped": ("two neighbouring digits swapped in writing", "Compare the digits one by one."),
    "sequential-update": (
        "hidden gradients taken with the already updated output weights",
        "Take all gradients with the weights the round began with, then update all of them at once.",
    ),
    "simultaneous-update": (
        "hidden gradients taken with the weights from before the update",
        "Here the output weights are updated first, and the hidden gradients use the new ones.",
    ),
    "one-round-early": ("one update fewer than the round named", "Do one more update."),
    "one-round-late": ("one update more than the round named", "Do one update less."),
    "biases-trained": ("training the biases too", "Leave the biases as they are; here only the weights are trained."),
    "biases-per-unit": (
        "training a bias for each unit",
        "A shared bias is one number: its gradient is the sum of its layer's deltas.",
    ),
    "biases-frozen": ("leaving the biases as they are", "Update the biases too."),
    "averaged-twice": ("a gradient averaged twice", "Take the mean over the samples once."),
    "summed-for-mean": ("the samples' gradients summed", "Divide by the number of samples."),
    "mean-for-sum": ("the samples' gradients averaged", "Add them up; nothing is divided here."),
    "weights-of-epoch-start": (
        "working with the parameters that the epoch began with",
        "Each update leaves new parameters: the next sample is worked with these.",
    ),
    **{each.id: (each.done, each.instead) for each in OF_ROUNDS.values()},
    "carried-rounding": ("carrying rounded figures from line to line", "Carry more digits than you write."),
    "float32": ("single-precision arithmetic (float32)", "Use double precision."),
}


#: Below it a figure is shown by a power of ten.
_SMALL = Decimal("0.001")
#: Said once in a script, at the first figure for which no cause is known.
UNEXPLAINED = "No mistake that is known gives this figure."


def explanation(
    quantity: str, written: Written, finding: Finding, *, again: str, asked: int | None, right: str, first: bool = True
) -> str:
    """One to three sentences about a figure.

    Parameters
    ----------
    quantity : str
    written : Written
    finding : Finding
    again : str
        What to do where no cause is known.
    asked : int or None
        Significant digits asked for.
    right : str
        The right figure.
    first : bool
        Whether it is the first figure of its script that no cause explains: that is said once.
    """
    origin = listed(finding.follows_from)
    match finding.verdict:
        case "blank":
            return "Left blank."
        case "unreadable":
            reason = finding.reason or written.reason
            return f"Not a number or a formula: {reason.rstrip('.')}." if reason else "Not a number or a formula."
        case "too-coarse":
            return _too_few(written, asked or 2, right)
        case "correct":
            return "Right."
        case "carried":
            if not finding.earns:
                return f"It follows from {origin}, but nothing of the calculation is left to see in it."
            return f"Follows correctly from {origin}, which went wrong before."
        case "rounding":
            reason = f" ({sentence_parts(finding.causes[0], quantity)[0]})" if finding.causes else ""
            return f"Right but for rounding on the way{reason}."
        case "convention":
            return "Right under the convention named above."
        case "wrong" if finding.reason:
            return f"{finding.reason[:1].upper()}{finding.reason[1:].rstrip('.')}."
        case "wrong":
            return f"{UNEXPLAINED} {again}" if first else again
        case _:
            again = f" It is the same as at your {finding.repeats[0]}" if finding.repeats else ""
            again += (" and costs no further mark." if finding.earns else ".") if again else ""
            return _causes(quantity, finding.causes) + again


def _too_few(written: Written, asked: int, right: str) -> str:
    told = f"Written with {count(written.digits, 'significant digit')}; write at least {asked}."
    if not right.lstrip("-").startswith("0.0") and "e-" not in right:
        return told
    value = Decimal(right)
    digits = len(value.as_tuple().digits)
    shown = right if abs(value) >= _SMALL else f"{value:.{digits - 1}e}"
    return f"{told} Zeros at the beginning do not count: {shown} has {digits} digits."


def _causes(quantity: str, causes: Sequence[Cause]) -> str:
    parts = [sentence_parts(cause, quantity) for cause in causes]
    if len(parts) == 1:
        done, instead = parts[0]
        return f"Consistent with {done}. {instead}"
    distinct = list(dict.fromkeys(done for done, _ in parts))
    options = "; or ".join(distinct[:4]) + ("; or others" if len(distinct) > 4 else "")
    return f"Consistent with {options}. These figures alone cannot tell which."


def sentence_parts(cause: Cause, quantity: str) -> tuple[str, str]:
    """What was done, and what to do instead, of a cause whose ids hold together."""
    mistake = cause.mistake
    pairs = []
    for name in cause.ids:
        if cause.given:
            pairs.append((f"{cause.given} taken as {cause.used}", f"Look {cause.given} up again in what is given."))
            continue
        if cause.used:
            pairs.append(
                (
                    f"working with the numbers of form {cause.used}",
                    "Look whether the numbers are those of your own sheet.",
                )
            )
            continue
        known = said_of(mistake, name) if mistake is not None else None
        pairs.append(known if known is not None else OTHER_CAUSES.get(name, (name, "")))
    done = " and ".join(done for done, _ in pairs)
    base, _ = at_round(quantity)
    if mistake is not None and mistake.at not in (quantity, base, updated_id(base)):
        done += f" (in {mistake.at})"
    return done, " ".join(instead for _, instead in pairs if instead)


def legend(read_as: Mapping[str, str]) -> str:
    """A sentence that says which quantities names stand for, by name."""
    names, ids = (all_of(tuple(each)) for each in (read_as, read_as.values()))
    return f"{names} {'is' if len(read_as) == 1 else 'are'} read as {ids}{', in this order' * (len(read_as) > 1)}."


def all_of(names: Sequence[str]) -> str:
    """``net_H1``, ``net_H1 and out_H2``, ``net_H1, net_H2 and out_H2``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def count(number: int, noun: str) -> str:
    """``1 digit``, ``3 digits``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """``your net_H1``, ``your net_H1 and out_H2``."""
    if not names:
        return "your own figures"
    shown = list(names[:4]) + (["others"] if len(names) > 4 else [])
    return "your " + all_of(shown)
