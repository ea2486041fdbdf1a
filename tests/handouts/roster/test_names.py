"""Files called after students are safe and never the same, whatever the ids are."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from derive.handouts.people.names import file_stems

HOSTILE = (
    "../../etc/passwd", "CON", "con", "nul.", "nul", "x" * 300, "x" * 301, "Anna", "anna", "مريم", "علي",
    "<script>", "\\input{/etc/passwd}", "=HYPERLINK(1)", ".", "..", "", " ", "a b", "a-b", "\0", "\udc80",
)  # fmt: skip


def check(ids: list[str]) -> None:
    stems = file_stems(ids)
    assert list(stems) == ids
    assert len({stem.lower() for stem in stems.values()}) == len(ids)
    for student, stem in stems.items():
        assert re.fullmatch("[A-Za-z0-9_-]{1,80}", stem), (student, stem)
        assert stem.lower() not in ("con", "nul", "prn", "aux")


def test_hostile_ids() -> None:
    """Paths, reserved names, long ids, other scripts and case alone all give distinct plain names."""
    check(list(HOSTILE))


def test_plain_ids_are_kept() -> None:
    """An id that is a safe name already is the name of its files."""
    assert file_stems(["01", "anna", "B_2"]) == {"01": "01", "anna": "anna", "B_2": "B_2"}


@given(st.lists(st.text(max_size=90), unique=True, max_size=20))
def test_any_ids(ids: list[str]) -> None:
    """No ids give an unsafe name or the same name twice."""
    check(ids)
