"""The sampler, against its recipe written down a second time with hashlib alone."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.handouts.variants.sampler import Draws

FROZEN_BLOCK = "aa8f597dbd99397c0d6d31fc7ac7ef3076a6eec35493bec560a4f38d1372598a"


def block(seed: str, sheet: str, student: str, number: int) -> bytes:
    parts = [part.encode("utf-8", "surrogatepass") for part in (seed, sheet, student)]
    key = sha256(b"derive draws 1" + b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()
    return sha256(key + number.to_bytes(8, "big")).digest()


def words(seed: str, sheet: str, student: str, blocks: range) -> list[int]:
    stream = b"".join(block(seed, sheet, student, number) for number in blocks)
    return [int.from_bytes(stream[start : start + 4], "big") for start in range(0, len(stream), 4)]


def test_frozen_bytes() -> None:
    """The first block of one student is the digest that it was when the recipe was fixed."""
    assert block("ML1 2026 sheet 3", "2-2-2", "01", 0).hex() == FROZEN_BLOCK
    assert [Draws("ML1 2026 sheet 3", "2-2-2", "01").below(1 << 32)] == [int(FROZEN_BLOCK[:8], 16)]


@given(st.tuples(st.text(), st.text(), st.text()), st.lists(st.integers(1, 1 << 32), min_size=1, max_size=40))
def test_below_follows_the_recipe(texts: tuple[str, str, str], limits: list[int]) -> None:
    """Every integer is the remainder of the next word that is below the largest multiple of its limit."""
    draws, stream = Draws(*texts), iter(words(*texts, range(400)))
    for limit in limits:
        fair = (1 << 32) // limit * limit
        expected = next(word for word in stream if word < fair) % limit
        assert draws.below(limit) == expected


@given(st.lists(st.integers(1, 200), min_size=1, max_size=30), st.integers(0, 50), st.integers(1, 5))
def test_rows_follow_the_recipe(limits: list[int], first: int, number: int) -> None:
    """A row is the remainders of the words of its own blocks, wherever the table of rows begins."""
    integers, fair = Draws("seed", "sheet", "anna").rows(limits, first, number)
    each = -(-len(limits) // 8)
    for place in range(number):
        row = first + place
        own = words("seed", "sheet", "anna", range(row * each, (row + 1) * each))
        assert integers[place].tolist() == [word % limit for word, limit in zip(own, limits, strict=False)]
        assert fair[place] == all(word < (1 << 32) // limit * limit for word, limit in zip(own, limits, strict=False))


def test_a_row_with_a_word_that_would_favour_small_numbers_is_not_fair() -> None:
    """With a limit of just over half of all words, almost half of the rows are not fair."""
    _, fair = Draws("seed", "sheet", "anna").rows([(1 << 31) + 1], 0, 2000)
    assert 0.45 < fair.mean() < 0.55


def test_parts_are_kept_apart() -> None:
    """A letter that moves from the seed to the sheet makes another stream."""
    assert Draws("ab", "c", "d").below(1 << 32) != Draws("a", "bc", "d").below(1 << 32)


def test_integers_are_uniform() -> None:
    """Of 70,000 integers below 7 every one comes up within 4 % of 10,000 times."""
    draws = Draws("seed", "sheet", "anna")
    found = Counter(draws.below(7) for _ in range(70_000))
    assert set(found) == set(range(7))
    assert all(abs(count - 10_000) < 400 for count in found.values())


def test_choices_and_signs() -> None:
    """Choices come from what is offered, all of it; signs are 1 and -1."""
    draws = Draws("seed", "sheet", "anna")
    assert {draws.choice("abc") for _ in range(100)} == set("abc")
    assert {draws.sign() for _ in range(100)} == {1, -1}


@pytest.mark.parametrize("limit", [0, -1, (1 << 32) + 1])
def test_impossible_limits(limit: int) -> None:
    """A limit below 1 or beyond the words there are is refused."""
    with pytest.raises(ValueError, match="limit"):
        Draws("seed", "sheet", "anna").below(limit)


def test_half_a_surrogate_pair_is_no_failure() -> None:
    """A seed typed in a broken encoding is a seed."""
    assert Draws("\udc80", "s", "a").below(1000) != Draws("?", "s", "a").below(1000)
