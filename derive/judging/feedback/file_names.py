"""Safe names of files made from names of people."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from derive.files import is_device

#: Of the ASCII part; with the hash and a second try's number it stays below 80 bytes.
_LONGEST = 60
_HASH = 8


def safe_stem(name: str, taken: set[str]) -> str:
    """A file's stem for a name: ASCII letters, digits, ``-`` and ``_``, at most 80 bytes.

    The same name with the same names before it gives the same stem. A name that had to be changed carries the start
    of its SHA-256, so that two names that look alike in ASCII stay apart.

    Parameters
    ----------
    name : str
    taken : set of str
        Stems that were given out, in lower case, for file systems that do not tell cases apart; the new one is added.
    """
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", folded).strip("-_")[:_LONGEST].strip("-_")
    if stem != name or not stem or is_device(stem):
        stem = f"{stem or 'student'}-{_hash(name)}"
    found, again = stem, 2
    if found.lower() in taken:
        # Another name that differs in case alone, or a name that looks like one made here.
        found = stem = f"{stem[:_LONGEST]}-{_hash(name)}"
    while found.lower() in taken:
        found, again = f"{stem}-{again}", again + 1
    taken.add(found.lower())
    return found


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
