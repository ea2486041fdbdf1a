"""Terminals and shells: characters that a console lacks, and commands that can be pasted where they are printed."""

from __future__ import annotations

import codecs
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

#: Whether commands are quoted as Windows' shells read them.
WINDOWS = os.name == "nt"

_SIGNS = str.maketrans(
    {
        "∂": "d", "δ": "delta", "η": "eta", "σ": "sigma", "Σ": "sum", "Δ": "Delta", "α": "alpha", "β": "beta",
        "−": "-", "–": "-", "—": "-", "·": "*", "⋅": "*", "×": "*", "÷": "/", "½": "1/2", "√": "sqrt",
        "≈": "~", "≤": "<=", "≥": ">=", "≠": "!=", "→": ">", "↦": ">", "′": "'", "…": "...", "⋮": "...",
        "✓": "+", "✗": "x", "∞": "inf", "²": "^2", "³": "^3",
        "‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2060": "",
    }
)  # fmt: skip
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED_RUN = "[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]{2,}|[⁰⁴⁵⁶⁷⁸⁹⁻⁺]"


def plain_signs(text: str) -> str:
    """Mathematical signs in ASCII, as people type them: ``∂`` as d, ``·`` as *, ``10⁻⁵`` as 10^-5.

    Letters of names stay: a name without its accents would be another name.
    """
    import re

    return re.sub(_RAISED_RUN, lambda run: "^" + run[0].translate(_RAISED), text).translate(_SIGNS)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = plain_signs(error.object[error.start : error.end])
    return plain.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error("derive", _replaced)


def speak_plainly(stream: TextIO | None) -> None:
    """Let a stream print signs that its encoding lacks in ASCII, and other letters as escapes."""
    if stream is not None and hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="derive")


def pasted(*words: str) -> str:
    """A command as it can be pasted into the shell at hand, whatever its console can print.

    Words that the console's encoding lacks are spelled by their bytes, as bash and zsh read them.
    """
    if WINDOWS:
        import subprocess

        return subprocess.list2cmdline(words)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return " ".join(_quoted(word, encoding) for word in words)


def _quoted(word: str, encoding: str) -> str:
    try:
        word.encode(encoding)
    except UnicodeEncodeError:
        spelled = "".join(
            chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\{byte:03o}" for byte in os.fsencode(word)
        )
        return f"$'{spelled}'"
    import shlex

    return shlex.quote(word)
