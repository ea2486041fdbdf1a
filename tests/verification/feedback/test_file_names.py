"""Names of people as names of files: safe, short, distinct, the same every time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.judging.feedback.file_names import safe_stem

HOSTILE = [
    "../../etc/passwd",
    "CON",
    "com1",
    "nul.txt",
    "",
    ".",
    "..",
    " ",
    "a" * 300,
    "x\0y",
    "a/b\\c:d*?",
    "-rf",
    "名前",
    "\ud800",
]


@pytest.mark.parametrize("name", ["ada", "Ada-Lovelace", "group_7"])
def test_a_plain_name_stays(name: str) -> None:
    """What is a safe stem already is not touched."""
    assert safe_stem(name, set()) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_a_plain_stem(name: str) -> None:
    """No separator, no dot, no name that a system keeps, no option."""
    stem = safe_stem(name, set())
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", stem)
    assert len(stem) <= 80
    assert stem.lower() not in {"con", "com1", "nul"}


def test_accents_are_readable() -> None:
    """An accented name keeps its letters, and a hash tells it from the plain one."""
    assert re.fullmatch(r"Emile-Zoe-[0-9a-f]{8}", safe_stem("Émile Zoë", set()))


@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from([*HOSTILE, "Ada", "ADA", "ada", "Ada-"])), max_size=20))
def test_stems_are_distinct_and_repeat(names: list[str]) -> None:
    """Whatever the names, stems differ even where case does not count, and come out the same again."""
    taken: set[str] = set()
    stems = [safe_stem(name, taken) for name in names]
    assert len({stem.lower() for stem in stems}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}", stem) for stem in stems)
    again: set[str] = set()
    assert [safe_stem(name, again) for name in names] == stems
