"""Numbers as people write them: their exact value, the place of the last digit, and how many digits count."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.given.parser import parse_formula
from derive.judging.reading.written import OutsideLimitsError, exactly, plain_formula, read_written

SMALL = ("0.0004386", "1e-7", 4)
NUMBERS = {
    "-.0495": ("-0.0495", "1e-4", 3),
    "−0.0495": ("-0.0495", "1e-4", 3),
    "–0.0495": ("-0.0495", "1e-4", 3),
    "- 0.0495": ("-0.0495", "1e-4", 3),
    "+0.5": ("0.5", "0.1", 1),
    "4.386e-4": SMALL,
    "4.386E-4": SMALL,
    "4.386e−4": SMALL,
    "4.386×10^-4": SMALL,
    "4.386*10^-4": SMALL,
    "4.386*10**-4": SMALL,
    "4.386 x 10^-4": SMALL,
    "4.386 X 10^(-4)": SMALL,
    "4.386·10⁻⁴": SMALL,
    "4.386 ⋅ 10⁻⁴": SMALL,
    "4.386\u00a0×\u00a010^−4": SMALL,
    r"4.386 \times 10^{-4}": SMALL,
    r"4.386\cdot 10^{-4}": SMALL,
    "10^-4": ("0.0001", "1e-4", 1),
    "-10⁻⁴": ("-0.0001", "1e-4", 1),
    "1/3": ("1/3", "0", 0),
    "-3/8": ("-3/8", "0", 0),
    "−3 / 8": ("-3/8", "0", 0),
    "3⁄8": ("3/8", "0", 0),
    ".5": ("0.5", "0.1", 1),
    "5.": ("5", "1", 1),
    "0.0200": ("0.02", "1e-4", 3),
    "0": ("0", "1", 0),
    "0.00": ("0", "0.01", 0),
    "-0": ("0", "1", 0),
    "1500": ("1500", "1", 4),
    "1.50e3": ("1500", "10", 3),
    "007": ("7", "1", 1),
    "≈ 0.3775": ("0.3775", "1e-4", 4),
    "~0.3775": ("0.3775", "1e-4", 4),
    "=0.3775": ("0.3775", "1e-4", 4),
    "\u00a0\u20090.5\u202f\ufeff": ("0.5", "0.1", 1),
}


@pytest.mark.parametrize("text", NUMBERS)
@pytest.mark.parametrize("decimal_comma", [False, True])
def test_every_spelling_of_a_number_is_read(text: str, decimal_comma: bool) -> None:
    """Each spelling gives the exact value, one unit of the last place and its significant digits; a point may stay."""
    value, unit, digits = NUMBERS[text]
    written = read_written(text, decimal_comma=decimal_comma)
    assert (written.kind, written.value, written.unit, written.digits) == (
        "number",
        Fraction(value),
        Fraction(unit),
        digits,
    )


@pytest.mark.parametrize("text", ["4,386", "-,5", "4,386×10^-4", "5,"])
def test_a_comma_is_a_point_only_where_it_is_asked_for(text: str) -> None:
    """With the decimal comma a comma reads as the point would; without it the reason says what to do."""
    asked = read_written(text, decimal_comma=True)
    same = read_written(text.replace(",", "."))
    assert (asked.value, asked.unit, asked.digits, asked.text) == (same.value, same.unit, same.digits, text)
    refused = read_written(text)
    assert refused.kind == "unreadable"
    assert "decimal comma" in refused.reason


@pytest.mark.parametrize("text", ["-", "–", "?", "n/a", "N/A", "...", " - "])
def test_what_people_type_into_a_cell_they_leave_blank(text: str) -> None:
    """It is a blank, and no figure that cannot be read."""
    assert read_written(text).kind == "blank"


@pytest.mark.parametrize(
    "text",
    [
        "0.5933...",
        "0.5933…",
        "ca. 0.5933",
        "approx 0.5933",
        "0.5933 (rounded)",
        "(0.5933)",
        "59.33%",
        "59.33 %",
        "$0.5933$",
        r"\(0.5933\)",
        "out_H1 = 0.5933",
        "0.59327 ≈ 0.5933",
        "ca. (0.5933)",
    ],
)
def test_what_stands_around_a_figure(text: str) -> None:
    """Four digits, and the text as it was typed."""
    written = read_written(text)
    assert (written.kind, written.value, written.unit) == ("number", Fraction("0.5933"), Fraction(1, 10**4))
    assert (written.digits, written.text) == (4, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,234.5", "a point and a comma in one number"),
        ("1.234,5", "a point and a comma in one number"),
        ("1 234", "a blank within a number"),
        ("nan", "no number"),
        ("-inf", "no number"),
        ("-much", "the word"),
        ("Infinity", "no number"),
        ("wrong", "the word 'wrong'"),
        ("do not know", "neither a number nor a formula"),
        ("1/0", "divides by zero"),
        ("2*3", "without quantity names"),
        ("--5", "half a number"),
        ("1e", "neither"),
        ("1.2.3", "neither"),
        ("510^2", "without quantity names"),
        ("5 10^2", "neither"),
        ("1e5*10^3", "without quantity names"),
        ("<b>0.5</b>", "the character '<'"),
        (r"\frac{1}{2}", r"the character '\\'"),
        ('=HYPERLINK("x")', "the character '\"'"),
        ("٣", "the character"),
        ("\ud800", r"the character '\ud800'"),
    ],
)
def test_what_is_neither_is_unreadable_with_the_reason(text: str, reason: str) -> None:
    """Words, markup and broken numbers are unreadable, under both ways of reading commas, and the reason says why."""
    for decimal_comma in (False, True):
        written = read_written(text, decimal_comma=decimal_comma)
        assert (written.kind, written.value, written.unit) == ("unreadable", 0, 0)
        assert reason in written.reason
        assert written.reason.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "(out_y1 - t_y1)*out_y1*(1 - out_y1)*out_H1",
        "out_H1",
        "eta",
        "a",
        "-w5",
        "delta_y1[2]@1 * dout_y1/dnet_y1[2]",
        "max(a, 0)",
        "2·a² − ½".replace("½", "0.5"),
        "= a*b",
    ],
)
def test_names_with_signs_between_them_are_a_formula(text: str) -> None:
    """A formula is told by its looks and kept as written."""
    written = read_written(text)
    assert (written.kind, written.text) == ("formula", text)


@pytest.mark.parametrize("text", ["", "  ", "\u00a0\t\u200b"])
def test_nothing_written_is_a_blank(text: str) -> None:
    """Blanks and invisible marks are nothing."""
    assert (read_written(text).kind, read_written(text).text) == ("blank", "")


@pytest.mark.parametrize(
    "text",
    ["1" * 10_000, "1" * 201, "0." + "0" * 210, "1e301", "-1e-301", "10^400", "1" * 150 + "e200",
     "0." + "0" * 99 + "1e-290", "a+" * 2_000, "(" * 5_000, "1e" + "9" * 150, "1/" + "9" * 199 + "0" * 199],
)  # fmt: skip
def test_what_is_too_long_or_too_large_is_not_read(text: str) -> None:
    """Beyond the limits nothing is worked out; the message is short."""
    with pytest.raises(OutsideLimitsError) as caught:
        read_written(text)
    assert len(str(caught.value)) < 200


def test_the_limits_themselves_are_read() -> None:
    """Exponent 300 and 200 digits after the point are a number; 2,000 characters are a formula."""
    assert read_written("1e300").value == 10**300
    assert read_written("0." + "3" * 198).digits == 198
    assert read_written("a+" * 999 + "bb").kind == "formula"


def test_a_fraction_of_python_says_exactly_what_it_says() -> None:
    """A whole Fraction has no last place that may have been rounded; one too large is refused."""
    written = exactly(Fraction(3))
    assert (written.text, written.value, written.unit, written.digits) == ("3", 3, 0, 0)
    for value in (Fraction(10) ** 400, 1 / Fraction(10) ** 400):
        with pytest.raises(OutsideLimitsError):
            exactly(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6))
def test_a_decimal_is_worth_what_it_says(value: object) -> None:
    """Any plain decimal has its exact value and the unit of its places."""
    written = read_written(format(value, "f"))  # type: ignore[str-format]
    assert (written.value, written.unit) == (Fraction(str(value)), Fraction(1, 10**6))


@given(st.text(max_size=60) | st.text(alphabet="0123456789.,eExX*^+-−/ ()aw_10⁻⁴%=≈×", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text raises anything else; what is no number has no value; only what is unreadable has a reason."""
    for decimal_comma in (False, True):
        try:
            written = read_written(text, decimal_comma=decimal_comma)
        except OutsideLimitsError:
            continue
        assert written.kind == "number" or (written.value, written.unit, written.digits) == (0, 0, 0)
        assert bool(written.reason) == (written.kind == "unreadable")
        assert written.reason.isprintable()


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("2·a² − 0,5×b", "2*a**2 - 0.5*b"), ("= a ÷ b", "a / b"), ("max(0,5)", "max(0,5)"), ("a⁻²", "a**-2"),
     ("a\u00a0+\u2009b", "a + b"), ("a^2", "a**2")],
)  # fmt: skip
def test_a_formula_is_put_into_the_signs_of_the_parser(typed: str, plain: str) -> None:
    """The signs people type become those the parser of formulas knows."""
    assert plain_formula(typed) == plain
    parse_formula(plain_formula(typed), "value", ["a", "b"])


@pytest.mark.parametrize(
    "text", ["1" * 1_999 + "g", "1." * 999 + "g", "⁻" * 1_999, "10" * 900 + "^$", "(a" * 900 + "$"]
)
def test_long_nonsense_is_refused_with_a_short_reason(text: str) -> None:
    """What is almost a number, over 2,000 characters, is unreadable; the reason does not repeat it all."""
    written = read_written(text)
    assert written.kind == "unreadable"
    assert len(written.reason) < 250
