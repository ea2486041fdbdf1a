"""Which characters the fonts that come with Typst can show; a tagged PDF with another one would not be made."""

from __future__ import annotations

#: First and last code points, found with Typst 0.15: upright and bold, without fonts of the system.
_RANGES = (
    (0x20, 0x7E), (0xA0, 0x377), (0x37A, 0x37F), (0x384, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x4FF),
    (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x2040), (0x2044, 0x2052), (0x2070, 0x2071), (0x2074, 0x208E),
    (0x2090, 0x209C), (0x20A0, 0x20C0), (0x2100, 0x211E), (0x2126, 0x2151), (0x2153, 0x2184), (0x2190, 0x221A),
    (0x221E, 0x221F), (0x2222, 0x23FF),
)  # fmt: skip


def displayable(text: str) -> str:
    """The text with characters that no font shows spelled as their code point, such as ``U+4E2D``."""
    return "".join(
        character if _shown(character) else " " if character.isspace() else f"U+{ord(character):04X}"
        for character in text
    )


def _shown(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _RANGES)
