"""Files called after students."""

from __future__ import annotations

from collections.abc import Iterable

from derive.judging.feedback.file_names import safe_stem


def file_stems(ids: Iterable[str]) -> dict[str, str]:
    """A safe stem for each id, no two alike on any file system: ASCII letters, digits, - and _, at most 80 bytes.

    Whatever had to be changed carries a hash of the id: ``../../etc/passwd`` becomes ``etc-passwd-8ffc5aac``.

    Parameters
    ----------
    ids : iterable of str
        All of a class, in the order of the roster.
    """
    taken: set[str] = set()
    return {student: safe_stem(student, taken) for student in ids}
