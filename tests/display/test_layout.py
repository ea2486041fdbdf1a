"""Where rows break, and how wide they are taken to be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from derive.display.layout import Mark, Piece, is_tall, line_width, pieces, width
from derive.display.plain import PlainPrinter
from derive.display.tree import Digits, Fraction, Function, Minus, Parentheses, Partial, Product, Ratio, Sum, Tree
from tests.display.samples import ERROR, NET, ONE, SLOT, W5, WEIGHT_PARTIAL, X


def shown(tree: Tree) -> list[str]:
    """The row's pieces as plain text."""
    return list(PlainPrinter(slot=lambda _: "0.5").chunks(tree))


def test_a_short_row_is_one_piece() -> None:
    """What fits a phone's line is not cut."""
    assert pieces(Sum((X, Minus(ONE)))) == (Piece(tree=Sum((X, Minus(ONE)))),)


def test_a_long_sum_breaks_before_each_sign() -> None:
    """Each term starts a piece with its sign leading; a product that is short enough stays whole."""
    term = Product((SLOT, SLOT))
    assert shown(Sum((term, term, Minus(term)))) == ["0.5 · 0.5", "+ 0.5 · 0.5", "− 0.5 · 0.5"]


def test_a_leading_minus_stays_with_its_operand() -> None:
    """The sign of the first term belongs to its piece, without the space of a subtraction."""
    assert shown(Minus(Product((SLOT, SLOT, SLOT)))) == ["−0.5", "· 0.5", "· 0.5"]


def test_a_wide_bracket_breaks_inside() -> None:
    """A wide sum in brackets is cut inside them, and its brackets stay with its first and last piece."""
    inner = Parentheses(Sum((SLOT, SLOT, Minus(SLOT), SLOT)))
    assert shown(Product((X, inner, X))) == ["x", "· (0.5", "+ 0.5", "− 0.5", "+ 0.5)", "· x"]
    assert shown(Ratio(inner, Digits("2"))) == ["(0.5", "+ 0.5", "− 0.5", "+ 0.5)", "/ 2"]


def test_a_wide_list_breaks_after_its_commas() -> None:
    """The largest of four numbers of a map fits a phone."""
    assert shown(Function("max", (SLOT, SLOT, SLOT, SLOT))) == ["max(", "0.5,", "0.5,", "0.5,", "0.5)"]


def test_brackets_around_fractions_are_marked_tall() -> None:
    """A bracket cut off from its partner is tall where there is a fraction between them."""
    partials = Product(tuple(Partial(NET, W5) for _ in range(4)))
    found = pieces(Product((Parentheses(Sum((partials, partials))), X)))
    assert found[0].before == (Mark.OPEN_TALL,)
    assert [piece.after for piece in found if piece.after] == [(Mark.CLOSE_TALL,)]


def test_wider_slots_break_sooner() -> None:
    """The digits a slot is expected to take decide."""
    row = Sum((SLOT, SLOT))
    assert len(pieces(row, slot_digits=6)) == 1
    assert len(pieces(row, slot_digits=40)) == 2


def test_a_fraction_met_after_a_sign_keeps_its_brackets_on_one_line() -> None:
    """A piece that begins with a minus under its fraction bar is bracketed behind a sign."""
    row = Product((SLOT, SLOT, SLOT, Fraction(Minus(X), ONE)))
    assert shown(row)[-1] == "· (−x/1)"


def test_widths() -> None:
    """A fraction is as wide as its wider part, a sum is wider than its terms, and a line counts all of itself."""
    assert width(Fraction(ONE, Sum((ONE, X)))) < width(Sum((ONE, X))) + 0.5
    assert 5.0 < width(SLOT) < 6.5
    assert width(Partial(ERROR, W5)) < 4.0
    assert line_width(WEIGHT_PARTIAL) > 13.0


def test_tall() -> None:
    """A fraction makes what holds it tall; one in an exponent's place or a single line does not."""
    assert is_tall(Sum((ONE, Minus(Fraction(ONE, X)))))
    assert not is_tall(Ratio(ONE, X))


@given(st.lists(st.sampled_from([X, SLOT, Minus(SLOT), Product((SLOT, X)), Parentheses(Sum((X, SLOT)))]), min_size=1))
def test_pieces_hold_the_whole_row(terms: list[Tree]) -> None:
    """Put together, the pieces read as the row does unbroken."""
    row = Sum(tuple(terms))
    assert " ".join(shown(row)) == PlainPrinter(slot=lambda _: "0.5").tree(row)
