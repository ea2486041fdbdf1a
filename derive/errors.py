"""Every error a user can meet. The message is complete: what, where, and what is allowed instead."""

from __future__ import annotations


class DeriveError(Exception):
    """Base of all errors with a message meant for the user; the command prints it and exits with 2."""


class ProblemError(DeriveError):
    """A problem is not usable as it is given.

    Parameters
    ----------
    message : str
        What is wrong and what is allowed, in one sentence.
    key : str
        Where in the problem, as a path such as ``layers[0].weights[1]``; empty for the whole file.
    file : str
        The file as the user named it; empty when the problem did not come from a file.
    """

    def __init__(self, message: str, *, key: str = "", file: str = "") -> None:
        self.message = message
        self.key = key
        self.file = file
        super().__init__(": ".join(part for part in (file, key, message) if part))


class UnknownQuantityError(DeriveError):
    """A quantity id that this problem does not have."""


class UnsupportedError(DeriveError):
    """A request that derive understands and does not carry out, with the reason."""


class PrecisionError(DeriveError):
    """A figure whose digits could not be certified within the largest precision tried."""


class BeyondRangeError(PrecisionError):
    """A figure that no 64-bit float can hold."""


class CrosscheckError(DeriveError):
    """Two independent routes to one quantity disagree; no document is written."""


class MalformedError(AssertionError):
    """A derivation or document that breaks its own rules: a defect of derive, never of the user's input."""
