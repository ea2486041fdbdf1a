"""Feedback in words: what a step is called, and sentences with symbols in the place of ids."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from derive.display.tree import Tree
from derive.given.naming import QuantityId, at_round
from derive.telling.lines import of_sample
from derive.telling.model import Text
from derive.telling.terms import Terms
from derive.telling.training import spaced

_FORWARD = frozenset({"net_input", "activation", "output_error", "total_error", "batch_error", "definition"})
_UPDATES = frozenset({"update_step", "update"})
_ID = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z][A-Za-z0-9_]*(?:/[A-Za-z][A-Za-z0-9_]*)?(?:\[[0-9]+\])?(?:@[0-9]{1,7})?")


def part_of_round(rule: str) -> str:
    """The heading under which a step of this rule stands."""
    return "Forward pass" if rule in _FORWARD else "Updates" if rule in _UPDATES else "Backward pass"


@lru_cache(maxsize=8192)
def title_of(quantity: str, rule: str) -> str:
    """What a step is called: ``Net input of H1``."""
    parsed = QuantityId.parse(quantity, aliases=False)
    if parsed is None:
        return quantity
    base, of = parsed.base, of_sample(parsed.sample)
    upper, _, lower = base.partition("/")
    _, _, name = base.partition("_")
    match rule:
        case "definition":
            return f"Value of {base}"
        case "net_input":
            return f"Net input of {name}{of}"
        case "activation":
            return f"Activation of {name}{of}"
        case "output_error":
            return f"Error of {name}{of}"
        case "total_error" | "batch_error":
            return f"Total error{of}"
        case "delta" | "softmax_delta":
            return f"Delta of {name}{of}"
        case "activation_slope":
            return f"Slope at {upper.removeprefix('dout_')}{of}"
        case "error_slope" | "total_error_slope":
            return f"Slope of the error at {lower.removeprefix('dout_')}{of}"
        case "sum_over_paths":
            return f"What reaches {lower.removeprefix('dout_')}{of}" if lower.startswith("dout_") else f"d{base[1:]}"
        case "path":
            return f"What reaches {lower.removeprefix('dout_')} from {upper.removeprefix('dE_')}{of}"
        case "weight_gradient" | "bias_gradient" | "shared_bias_gradient" | "batch_gradient":
            return f"Partial derivative by {lower.removeprefix('d')}{of}"
        case "update_step":
            return f"Step of {name}"
        case "update":
            return f"New {base.removesuffix('_new')}"
    if lower:
        return f"Derivative of {upper.removeprefix('edge_').removeprefix('d')} by {lower.removeprefix('d')}{of}"
    return quantity


@lru_cache(maxsize=8192)
def inline_symbol(terms: Terms, quantity: str) -> Tree:
    """The symbol of a quantity on one line."""
    return terms.inline(quantity)


def with_symbols(text: str, quantities: Collection[str], terms: Terms) -> Text:
    """A sentence with ids of these quantities shown as their symbols; ids that might be plain words stay."""
    found: list[str | Tree] = []
    end = 0
    for match in _ID.finditer(text):
        quantity, number = at_round(match[0])
        if quantity in quantities and re.search(r"[_/0-9]", match[0]):
            found += [text[end : match.start()], inline_symbol(terms, quantity)]
            if number:
                many = spaced(number).replace("\N{THIN SPACE}", "\N{NARROW NO-BREAK SPACE}")
                found.append(f" after {many} round{'' if number == 1 else 's'}")
            end = match.end()
    return tuple(part for part in (*found, text[end:]) if part)
