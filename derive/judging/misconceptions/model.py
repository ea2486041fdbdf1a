"""What a misconception is, and what it makes of one step."""

from __future__ import annotations

from dataclasses import dataclass

from derive.formula.expression import Expression

#: Kinds of steps whose wrong rules are those of any product, sum or derivative, whatever it is about.
GENERAL = frozenset({"local-derivative", "chain-rule", "chain-sum"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Misconception:
    """A wrong rule that people apply at one kind of step.

    Attributes
    ----------
    kind : str
        The kind of step, such as ``output-delta``; the key is (kind, id).
    id : str
        Stable: statistics and feedback hang on it.
    done : str
        One sentence that says what was done, to follow "consistent with".
    instead : str
        One sentence that says what to do instead, with ``{slope}`` and ``{below}`` for that of the unit's function.
    drawn_apart : bool
        Whether the numbers of a drawn sheet have to tell it from the right rule.
    """

    kind: str
    id: str
    done: str
    instead: str
    drawn_apart: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A misconception, or a pair of them, applied to one quantity.

    Attributes
    ----------
    ids : tuple of str
        One id, or two that hold together.
    kind : str
    at : str
        Id of the quantity whose formula is mutated.
    expression : Expression
        The wrong formula, in terms of ids of the derivation; unlike a right one it may refer to quantities that stand
        later, such as ``w5_new`` in a hidden sum, but never to itself.
    parts : frozenset of str
        The parts of the formula it changes; two misconceptions make a pair where these are disjoint.
    activation : str
        The activation function of the unit that the step belongs to; empty where there is none.
    said : tuple of Misconception
        What a recipe says of it; empty where the tables do.
    """

    ids: tuple[str, ...]
    kind: str
    at: str
    expression: Expression
    parts: frozenset[str]
    activation: str = ""
    said: tuple[Misconception, ...] = ()
