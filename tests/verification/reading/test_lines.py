"""Lines such as ``net_H1 = 0.3775``."""

import pytest

from derive.verification.reading.lines import named_figure


@pytest.mark.parametrize(
    ("line", "name", "figure"),
    [
        ("net_H1=0.3775", "net_H1", "0.3775"),
        (" net_H1 \u00a0=  .3775 ", "net_H1", ".3775"),
        ("∂E/∂w5 ≈ 0.0822", "∂E/∂w5", "0.0822"),
        ("net_H1 = w1*x1 + w2*x2 + b1 = 0.3775", "net_H1", "0.3775"),
        ("E_total@1 = 0,2910", "E_total@1", "0,2910"),
        ("net_H1 =", "net_H1", ""),
    ],
)
def test_a_line_is_split_at_its_signs_of_equality(line: str, name: str, figure: str) -> None:
    """The name stands before the first sign, the figure after the last."""
    assert named_figure(line) == (name, figure)


@pytest.mark.parametrize("line", ["", "net_H1", "= 0.3775", "answers.csv", "  = "])
def test_a_line_without_a_name_and_a_sign_is_none(line: str) -> None:
    """A file's name, or a figure that nobody named, is no line of this kind."""
    assert named_figure(line) is None
