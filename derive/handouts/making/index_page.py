"""The teacher's page of a handout: what there is, what to print, how to mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.handouts.people.manifest import Manifest
from derive.renderers.environment import html_environment
from derive.renderers.html import page_style

_ENDINGS = {"html": ("HTML", ".html"), "pdf": ("PDF", ".pdf"), "latex": ("LaTeX", ".tex")}


def index_html(
    manifest: Manifest,
    stems: Mapping[str, str],
    formats: Sequence[str],
    *,
    marked: bool = False,
    exports: Sequence[str] = (),
    practice: bool = False,
) -> str:
    """The page with a link to every sheet and key.

    Parameters
    ----------
    manifest : Manifest
    stems : mapping of str to str
        What the files of each student are called, by the student's id.
    formats : sequence of str
    marked : bool
        Whether there is a marking key.
    exports : sequence of str
        Files for learning platforms.
    practice : bool
        Whether there are practice pages.
    """
    title = next(iter(manifest.variants.values())).title if manifest.variants else manifest.problem
    return (
        html_environment()
        .get_template("html/handout_index.html.j2")
        .render(
            manifest=manifest,
            title=title,
            stems=stems,
            formats=[_ENDINGS[name] for name in formats if name in _ENDINGS],
            exports=exports,
            practice=practice,
            pdf="pdf" in formats,
            marked=marked,
            named=any(student.name for student in manifest.students),
            grouped=any(student.group for student in manifest.students),
            style=page_style("handout"),
        )
    )
