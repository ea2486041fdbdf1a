"""The LaTeX source: harmless, ASCII, and set by pdflatex without a complaint."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.renderers.latex import render_latex
from tests.paper import Typeset
from tests.renderers.sample import sample_document, sample_filling


def test_hostile_text_is_harmless() -> None:
    """No command of a title survives as a command, and no template delimiter is evaluated."""
    source = render_latex(sample_document(), sample_filling())
    assert source.isascii()
    assert "\\input" not in source
    assert "\\textbackslash{}input" in source


def test_source_is_the_same_every_time() -> None:
    """The same document and filling give the same source."""
    first = render_latex(sample_document(), sample_filling())
    assert first == render_latex(sample_document(), sample_filling())


@pytest.mark.parametrize(
    ("text", "digits"),
    [("A title", "0.082167040"), (None, "-0.082167040"), ("x" * 300, "-123456789.01234567890123456789")],
)
def test_pdflatex_has_no_complaint(run_pdflatex: Callable[[str], Typeset], text: str | None, digits: str) -> None:
    """Plain, hostile and overlong texts and figures are set without an error, a warning or an overfull line."""
    document = sample_document() if text is None else sample_document(text)
    done = run_pdflatex(render_latex(document, sample_filling(long=digits)))
    assert done.complaints == ()
    assert done.pdf.startswith(b"%PDF")


@given(st.text(max_size=60))
def test_any_title_gives_ascii(text: str) -> None:
    """Whatever a title holds, the source is ASCII with balanced braces."""
    source = render_latex(sample_document(text), sample_filling(text="x"))
    assert source.isascii()
    bare = source.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
    assert bare.count("{") == bare.count("}")
