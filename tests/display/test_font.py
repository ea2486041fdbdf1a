"""The embedded subset has every character that the MathML printer sets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from derive.display import numerals
from derive.display.letters import GREEK
from derive.display.mathml import MathmlPrinter
from derive.display.printer import RELATIONS
from derive.display.tree import Relation
from derive.formula.figures import Figure
from tests.display.samples import EVERY_KIND, X, name

FONTS = Path("templates/html/fonts")


def code_points(text: str) -> set[int]:
    """The code points that a list for pyftsubset names."""
    found: set[int] = set()
    for token in re.sub(r"#.*", "", text).replace(",", " ").split():
        first, _, last = token.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


def italic(letter: str) -> int:
    """The code point that an ``mi`` of one letter is set with (MathML Core, section 4.2)."""
    if letter.isascii() and letter.isalpha():
        return 0x210E if letter == "h" else (0x1D434 if letter.isupper() else 0x1D44E - 32) + ord(letter) - 65
    if "α" <= letter <= "ω":
        return 0x1D6FC + ord(letter) - ord("α")
    return {"∂": 0x1D715}.get(letter, ord(letter))


def emitted() -> set[int]:
    """Every code point of the printed samples, of all Greek and Latin letters and of all relations."""
    printer = MathmlPrinter(slot=lambda _: numerals.mathml(Figure(negative=True, digits="0.5", exponent=-5), "tight"))
    letters = [*GREEK, *map(chr, (*range(65, 91), *range(97, 123)))]
    trees = [*EVERY_KIND.values(), *map(name, letters), *(Relation(X, sign, X) for sign in RELATIONS)]
    text = "".join(map(printer.tree, trees)).replace("&lt;", "<").replace("&gt;", ">")
    single = re.findall(r"<mi>(.)</mi>", text)
    return set(map(ord, re.sub(r"<[^<>]+>", "", text))) | set(map(italic, single)) | set(range(0x20, 0x7F))


def test_the_list_covers_what_is_emitted(root: Path) -> None:
    """No code point that the printer emits is missing from the list the subset is made by."""
    listed = code_points((root / FONTS / "unicodes.txt").read_text(encoding="utf-8"))
    assert {f"U+{point:04X}" for point in emitted() - listed} == set()


def test_the_font_is_small_and_licensed(root: Path) -> None:
    """The file is a woff2 of at most 90 kB with the Open Font License beside it."""
    data = (root / FONTS / "stix-two-math-subset.woff2").read_bytes()
    assert data[:4] == b"wOF2"
    assert len(data) <= 90_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in (root / FONTS / "OFL.txt").read_text(encoding="utf-8")


def test_the_font_itself_has_them(root: Path) -> None:
    """The font's own table has every listed character that its source has, and a MATH table (needs fontTools)."""
    tools = pytest.importorskip("fontTools.ttLib", reason="fontTools is not installed")
    pytest.importorskip("brotli", reason="brotli is not installed")
    font = tools.TTFont(root / FONTS / "stix-two-math-subset.woff2")
    assert "MATH" in font
    assert {f"U+{point:04X}" for point in emitted() - font.getBestCmap().keys()} == set()
