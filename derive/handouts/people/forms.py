"""The form id that stands on sheet and key, so that neither is paired with another's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from derive.given.formula_problem import AnyProblem
from derive.given.problem_file import problem_mapping

#: No vowels and none of 0, 1, 8 or B, so that no two are mistaken for each other and no word, number or date arises.
_LETTERS = "CDFGHJKLMNPQRSTVWXZ"
_SIGNS = "2345679" + _LETTERS
_LENGTH = 8


def form_id(problem: AnyProblem, *, asked: Sequence[str] = (), digits: int = 4) -> str:
    """A short hash of a sheet's parameters, such as ``KX72M5TD``.

    It is a letter and then letters and digits, so that no spreadsheet takes it for a number. That two sheets
    of 1,600 share one has a probability of 8 in a million; that two of 100,000 do, of 3 %.

    Parameters
    ----------
    problem : Problem or FormulaProblem
        Its numbers, structure, conventions and display count; its name, title and source do not.
    asked : sequence of str
        Ids of the figures asked.
    digits : int
        Significant digits asked.
    """
    parameters = problem_mapping(problem)
    for key in ("title", "source"):
        parameters.pop(key, None)
    text = json.dumps({"problem": parameters, "asked": list(asked), "digits": digits}, separators=(",", ":"))
    number = int.from_bytes(sha256(text.encode("ascii")).digest(), "big")
    number, place = divmod(number, len(_LETTERS))
    signs = [_LETTERS[place]]
    while len(signs) < _LENGTH:
        number, place = divmod(number, len(_SIGNS))
        signs.append(_SIGNS[place])
    return "".join(signs)
