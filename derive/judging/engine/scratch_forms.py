"""How far the usual forms of an activation function stray where each of their operations is rounded.

A sigmoid is worked as 1/(1 + e⁻ⁿ), as eⁿ/(1 + eⁿ) or as 1 − 1/(1 + eⁿ); tanh by eⁿ and e⁻ⁿ, by e²ⁿ or e⁻²ⁿ alone, as
2σ(2n) − 1, or as 1 − 2/(e²ⁿ + 1). The form that strays farthest counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np

from derive.judging.engine.ball_arrays import Floats

#: The most that rounding a value changes it by.
Lost = Callable[[Floats], Floats]


def _most(*forms: Floats) -> Floats:
    return np.asarray(reduce(np.maximum, forms))


def _sigmoid(net: Floats, lost: Lost) -> Floats:
    falling, rising = np.exp(-net), np.exp(net)
    out = 1.0 / (1.0 + falling)
    rest = 1.0 - out
    return _most(
        out**2 * (lost(falling) + lost(1.0 + falling)),
        rest**2 * lost(rising) + out * rest * lost(1.0 + rising),
        rest**2 * (lost(rising) + lost(1.0 + rising)) + lost(rest),
    )


def _by_square(power: Floats, lost: Lost) -> Floats:
    """(p − 1)/(p + 1)."""
    value = np.abs(power - 1.0) / (power + 1.0)
    return 2.0 * lost(power) / (power + 1.0) ** 2 + (lost(power - 1.0) + value * lost(power + 1.0)) / (power + 1.0)


def _tanh(net: Floats, lost: Lost) -> Floats:
    rising, falling = np.exp(net), np.exp(-net)
    above, below = rising - falling, rising + falling
    both = lost(rising) + lost(falling)
    plain = (both + lost(above) + np.abs(above / below) * (both + lost(below))) / below
    doubled = 2.0 * _sigmoid(2.0 * net, lost) + 2.0 * lost(1.0 / (1.0 + falling**2)) + lost(2.0 / (1.0 + falling**2))
    power, share = rising**2, 2.0 / (rising**2 + 1.0)
    from_one = share / (power + 1.0) * (lost(power) + lost(power + 1.0)) + lost(share)
    return _most(plain, _by_square(power, lost), _by_square(falling**2, lost), doubled, from_one)


def _softplus(net: Floats, lost: Lost) -> Floats:
    rising = np.exp(net)
    return np.asarray((lost(rising) + lost(1.0 + rising)) / (1.0 + rising))


#: What roundings within each function cost; a function of one operation is not among them.
FORMS: Mapping[str, Callable[[Floats, Lost], Floats]] = {"sigmoid": _sigmoid, "tanh": _tanh, "softplus": _softplus}

#: Sizes of the terms that a form adds, on the scale of its value, where that is the larger: (eⁿ − e⁻ⁿ)/(eⁿ + e⁻ⁿ).
SIZES: Mapping[str, float] = {"tanh": 1.0}
