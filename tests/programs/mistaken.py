"""Own architectures worked by hand with one mistake in them: plain NumPy by formulas of its own, nothing of derive's.

Each work takes a `Hand`, which rounds and notes down every line, and the id of a mistake that is made wherever its line
comes; empty for honest work.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import numpy as np

Array = Any


class Hand:
    """Somebody who writes every line with so many digits, and goes on with what is written."""

    def __init__(self, digits: int) -> None:
        self.context = Context(prec=digits, rounding=ROUND_HALF_EVEN)
        self.written: dict[str, str] = {}

    def line(self, name: str, value: Array) -> Array:
        """Note down a number or an array; an index stands before ``:`` and ``#``."""
        array = np.asarray(value, dtype=float)
        head, sign, tail = name, "", ""
        for mark in ":#":
            if mark in name:
                head, sign, tail = name.partition(mark)
                break
        found = np.empty(array.shape)
        for index in np.ndindex(array.shape):
            cut = self.context.create_decimal(Decimal(float(array[index])))
            places = f"[{','.join(str(k + 1) for k in index)}]" if index else ""
            self.written[f"{head}{places}{sign}{tail}"] = format(cut, "f")
            found[index] = float(cut)
        return found


def sigmoid(x: Array) -> Array:
    """1/(1 + e^−x)."""
    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))


def softmax(x: Array, axis: int) -> Array:
    """Powers of e over their sum."""
    powers = np.exp(x)
    return powers / powers.sum(axis=axis, keepdims=True)


def texts(array: Array) -> Any:
    """Nested lists of decimals as a file has them."""
    return [texts(each) for each in array] if isinstance(array, list) else str(array)


def _file(**keys: Any) -> dict[str, Any]:
    return {"title": "Mistaken", "loss": "half_squared_error", "learning_rate": "0.3", **keys}


def _end(hand: Hand, out: Array, weights: Array, target: float) -> Array:
    """A last unit without activation function: its figures, and what goes back to each of its inputs."""
    flat = np.asarray(out).reshape(-1)
    y = float(hand.line("net_y", float(weights @ flat)))
    hand.line("out_y", y)
    delta = float(hand.line("delta_y", y - target))
    return delta * weights


# A recurrent layer of two units over three steps

RNN = {
    "W": [["0.4", "-0.7"], ["0.25", "0.6"]], "U": [["0.35", "-0.45"], ["0.8", "0.15"]], "b": ["0.12", "-0.34"],
    "h": ["0.55", "-0.65"], "x": [["0.9", "-0.2"], ["0.33", "0.71"], ["-0.52", "0.44"]], "w": ["1.3", "-0.9"],
}  # fmt: skip


def rnn(hand: Hand, wrong: str) -> None:
    """Three steps, and back through them."""
    wx, wh, b, h, x, w = (np.array(RNN[key], dtype=float) for key in ("W", "U", "b", "h", "x", "w"))
    states, zero = [h], np.zeros(2)
    for t in range(3):
        before = states[-2] if wrong == "state-of-wrong-step" and t else states[-1]
        now = x[t - 1] if wrong == "input-of-wrong-step" and t else x[t]
        first, second = (
            (wh, wx) if wrong == "weights-exchanged" else (wx, wh.T if wrong == "transposed-state-weights" else wh)
        )
        net = first @ now + (zero if wrong == "start-forgotten" else second @ before)
        net = net + (zero if wrong == "missing-bias" else b)
        net = hand.line(f"net_cell:{t + 1}", net)
        out = net if wrong == "no-activation" else sigmoid(net) if wrong == "other-activation" else np.tanh(net)
        states.append(hand.line(f"h:{t + 1}", out))
    arriving = _end(hand, states[3], w, 0.25)
    deltas: list[Array] = []
    for t in (3, 2, 1):
        arriving = hand.line(f"dE_total/dh:{t}", arriving)
        deltas.insert(0, hand.line(f"delta_cell:{t}", arriving * (1 - states[t] ** 2)))
        arriving = zero if wrong == "state-held" else wh.T @ deltas[0]
    steps = (2,) if wrong == "one-step-of-time" else (0, 1, 2)
    hand.line("dE_total/dU", sum(np.outer(deltas[t], states[t]) for t in steps))


# LSTM and GRU of one unit

CELL_X = ["0.42", "-0.27", "0.73"]
LSTM = {
    "Wf": "0.31", "Uf": "-0.22", "bf": "0.9", "Wi": "0.87", "Ui": "0.41", "bi": "0.13", "Wg": "-0.64", "Ug": "0.52",
    "bg": "0.21", "Wo": "0.24", "Uo": "0.71", "bo": "-0.11",
}  # fmt: skip
GRU = {
    "Wz": "0.31", "Uz": "0.22", "bz": "0.47", "Wr": "0.87", "Ur": "0.41", "br": "-0.13", "Wh": "-0.64", "Uh": "0.52",
    "bh": "0.21",
}  # fmt: skip


def lstm(hand: Hand, wrong: str) -> None:
    """Three steps of an LSTM, and back along its states."""
    p = {key: float(value) for key, value in LSTM.items()}
    h, c, gates = [0.35], [0.62], []
    for t, x in enumerate(map(float, CELL_X), start=1):
        before = h[-2] if wrong == "state-of-wrong-step" and t > 1 else c[-1] if wrong == "cell-for-state" else h[-1]
        nets = {k: p[f"W{k}"] * x + p[f"U{k}"] * before + p[f"b{k}"] for k in "figo"}
        gate = math.tanh if wrong == "tanh-for-sigmoid" else sigmoid
        f, i, o = (float(hand.line(f"{k}:{t}", gate(nets[k]))) for k in "fio")
        g = float(hand.line(f"g:{t}", (sigmoid if wrong == "sigmoid-for-tanh" else math.tanh)(nets["g"])))
        new = {
            "forgot-to-forget": c[-1] + i * g, "input-gate-forgotten": f * c[-1] + g,
            "gates-exchanged": i * c[-1] + f * g, "old-cell-state-forgotten": i * g,
            "hidden-for-cell": f * h[-1] + i * g,
        }.get(wrong, f * c[-1] + i * g)  # fmt: skip
        old = c[-1]
        c.append(float(hand.line(f"C:{t}", new)))
        shown = {
            "tanh-forgotten": o * c[-1], "output-gate-forgotten": math.tanh(c[-1]),
            "cell-state-of-this-step": o * math.tanh(old),
        }.get(wrong, o * math.tanh(c[-1]))  # fmt: skip
        h.append(float(hand.line(f"h:{t}", shown)))
        gates.append((f, i, g, o))
    dh, dc = float(_end(hand, h[3], np.array([1.7]), 0.25)[0]), 0.0
    for t in (3, 2, 1):
        f, i, g, o = gates[t - 1]
        dh = float(hand.line(f"dE_total/dh:{t}", dh))
        through = dh * o * (1 - math.tanh(c[t]) ** 2)
        dc = float(hand.line(f"dE_total/dC:{t}", through + (0 if wrong == "cell-state-held" else dc)))
        back = {
            "f": dc * c[t - 1] * f * (1 - f), "i": dc * g * i * (1 - i), "g": dc * i * (1 - g * g),
            "o": dh * math.tanh(c[t]) * o * (1 - o),
        }  # fmt: skip
        dh, dc = sum(p[f"U{k}"] * back[k] for k in "figo"), dc * f


def gru(hand: Hand, wrong: str) -> None:
    """Three steps of a GRU, and back along its state."""
    p = {key: float(value) for key, value in GRU.items()}
    h, gates = [0.35], []
    for t, x in enumerate(map(float, CELL_X), start=1):
        old = h[-2] if wrong == "state-of-wrong-step" and t > 1 else h[-1]
        own = "r" if wrong == "gates-exchanged" else "z"
        state = 0.0 if wrong == "state-left-out" else p[f"U{own}"] * old
        z = float(hand.line(f"z:{t}", sigmoid(p[f"W{own}"] * x + state + p[f"b{own}"])))
        r = float(hand.line(f"r:{t}", sigmoid(p["Wr"] * x + p["Ur"] * old + p["br"])))
        net = p["Wh"] * x + p["Uh"] * (old if wrong == "reset-forgotten" else r * old) + p["bh"]
        g = float(hand.line(f"g:{t}", sigmoid(net) if wrong == "sigmoid-for-tanh" else math.tanh(net)))
        new = {
            "gates-swapped": z * old + (1 - z) * g,
            "old-state-forgotten": z * g,
            "whole-old-state-kept": old + z * g,
        }
        h.append(float(hand.line(f"h:{t}", new.get(wrong, (1 - z) * old + z * g))))
        gates.append((z, r, g))
    dh = float(_end(hand, h[3], np.array([1.7]), 0.25)[0])
    for t in (3, 2, 1):
        z, r, g = gates[t - 1]
        dh = float(hand.line(f"dE_total/dh:{t}", dh))
        dg = dh * z * (1 - g * g)
        dz, dr = dh * (g - h[t - 1]) * z * (1 - z), dg * p["Uh"] * h[t - 1] * r * (1 - r)
        ways = {
            "old-state-held": dh * (1 - z), "gates-held": p["Uz"] * dz + p["Ur"] * dr,
            "candidate-held": dg * p["Uh"] * r,
        }  # fmt: skip
        dh = sum(each for name, each in ways.items() if name != wrong)


# A convolution with padding and stride, max pooling and a dense unit

PICTURE = [["0.3", "1.1", "-0.4", "0.9"], ["-0.7", "0.6", "1.4", "0.2"], ["0.8", "-1.2", "0.5", "1.3"],
           ["1.6", "0.1", "-0.9", "0.7"]]  # fmt: skip
KERNEL = [["0.4", "-0.3", "0.7"], ["0.2", "0.9", "-0.6"], ["-0.5", "0.8", "0.1"]]


def _convolved(x: Array, k: Array, padding: int) -> Array:
    wide = np.pad(x, padding)
    size = wide.shape[0] - k.shape[0] + 1
    return np.array([[np.sum(wide[i : i + 3, j : j + 3] * k) for j in range(size)] for i in range(size)])


def convolution(hand: Hand, wrong: str) -> None:
    """4 × 4 with a kernel of 3 × 3 and padding 1, tanh, pooling of 2 × 2."""
    x, k = np.array(PICTURE, dtype=float), np.array(KERNEL, dtype=float)
    used = {"kernel-turned": k[::-1, ::-1], "rows-and-columns-exchanged": k.T}.get(wrong, k)
    net = _convolved(x, used, 1) + (0 if wrong == "missing-bias" else 0.15)
    if wrong == "padding-forgotten":
        net[:2, :2] = _convolved(x, k, 0) + 0.15
    net = hand.line("net_conv", net)
    out = hand.line("out_conv", net if wrong == "no-activation" else np.tanh(net))
    put: Callable[..., Any] = {"mean-for-maximum": np.mean, "minimum-for-maximum": np.min}.get(wrong, np.max)
    windows = [(i, j) for i in (0, 2) for j in (0, 2)]
    pool = hand.line("out_pool", np.array([put(out[i : i + 2, j : j + 2]) for i, j in windows]).reshape(2, 2))
    flat = hand.line("out_flat", pool.T.reshape(-1) if wrong == "by-columns" else pool.reshape(-1))
    weights = np.array([0.6, -0.4, 0.9, 0.3])
    back = hand.line("dE_total/dout_flat", _end(hand, flat, weights, 0.25))
    arriving = np.zeros((4, 4))
    for (i, j), gradient in zip(windows, back, strict=True):
        window = out[i : i + 2, j : j + 2]
        share = (window == window.max()).astype(float)
        share = {"gradient-to-all": np.ones((2, 2)), "gradient-shared": np.full((2, 2), 0.25),
                 "gradient-to-none": np.zeros((2, 2))}.get(wrong, share)  # fmt: skip
        arriving[i : i + 2, j : j + 2] = gradient * share
    arriving = hand.line("dE_total/dout_conv", arriving)
    delta = hand.line("delta_conv", arriving * (1 - out**2))
    wide = np.pad(x, 1)
    places = [(0, 1)] if wrong == "one-place-only" else [(i, j) for i in range(4) for j in range(4)]
    hand.line("dE_total/dK_conv", sum(delta[i, j] * wide[i : i + 3, j : j + 3] for i, j in places))


# One head of attention over two tokens, and one with a mask over three

TOKENS = [["1.2", "0.5"], ["0.3", "-0.8"], ["-0.6", "0.9"]]
WQ, WK, WV, WO = ([["0.7", "0.2"], ["-0.4", "0.9"]], [["0.5", "-0.3"], ["0.6", "0.8"]],
                  [["1.1", "0.4"], ["-0.2", "0.7"]], [["0.3", "0.9"], ["-0.5", "0.6"]])  # fmt: skip


def attention(hand: Hand, wrong: str) -> None:
    """A causal head over three tokens."""
    x, wq, wk, wv, wo = (np.array(each, dtype=float) for each in (TOKENS, WQ, WK, WV, WO))
    q = x @ {"queries-by-transposed-weights": wq.T, "queries-by-key-weights": wk}.get(wrong, wq)
    q = hand.line("Q", q)
    k = hand.line("K", x @ (wk.T if wrong == "keys-by-transposed-weights" else wk))
    v = hand.line("V", x @ (wv.T if wrong == "values-by-transposed-weights" else wv))
    root = {"not-scaled": 1.0, "root-forgotten": 2.0}.get(wrong, math.sqrt(2))
    s = hand.line("S", (k @ q.T if wrong == "queries-for-keys" else q @ k.T) / root)
    hidden = np.where(np.tril(np.ones((3, 3))) > 0, s, -np.inf)
    a = {
        "mask-forgotten": softmax(s, 1), "softmax-over-columns": softmax(hidden, 0), "not-normalised": np.exp(s),
    }.get(wrong, softmax(hidden, 1))  # fmt: skip
    a = hand.line("A", a)
    z = (a.T if wrong == "weights-transposed" else a) @ (k if wrong == "keys-for-values" else v)
    z = hand.line("Z", z)
    out = hand.line("out_att", z @ (wo.T if wrong == "output-by-transposed-weights" else wo))
    flat = hand.line("out_flat", out.reshape(-1))
    weights = np.array([0.6, -0.4, 0.9, 0.3, -0.7, 0.5])
    d_out = hand.line("dE_total/dout_flat", _end(hand, flat, weights, 0.25)).reshape(3, 2)
    d_out = hand.line("dE_total/dout_att", d_out)
    d_z = hand.line("dE_total/dZ", d_out @ wo.T)
    d_a = d_z @ v.T
    kept = np.tril(np.ones((3, 3))) > 0
    for i, j in zip(*np.nonzero(kept), strict=True):
        d_a[i, j] = float(hand.line(f"dE_total/dA[{i + 1},{j + 1}]", d_a[i, j]))
    if wrong == "softmax-slope-of-own-score-only":
        d_s = d_a * a * (1 - a)
    else:
        d_s = a * (d_a - np.sum(np.where(kept, d_a * a, 0), axis=1, keepdims=True))
    for i, j in zip(*np.nonzero(kept), strict=True):
        d_s[i, j] = float(hand.line(f"dE_total/dS[{i + 1},{j + 1}]", d_s[i, j]))
    d_s = np.where(kept, d_s, 0)
    hand.line("dE_total/dQ", d_s @ k / (1 if wrong == "scale-forgotten-going-back" else math.sqrt(2)))


# Norms: of a vector, and over three samples

NORM_X, GAMMA, BETA = ["0.9", "-0.4", "1.7", "0.3"], ["1.3", "0.6", "-0.8", "1.1"], ["0.2", "-0.1", "0.4", "0.3"]


def layer_norm(hand: Hand, wrong: str) -> None:
    """Numbers of a dense layer, normalised with an ε that shows."""
    weights = np.array([[0.7, -0.2], [0.5, 0.9], [-0.6, 0.4], [1.2, 0.3]])
    x = hand.line("net_d", weights @ np.array([0.8, -0.5]))
    x = hand.line("out_d", x)
    epsilon, gamma, beta = 0.05, np.array(GAMMA, dtype=float), np.array(BETA, dtype=float)
    mean = hand.line("mean_n", [x.sum() if wrong == "sum-for-mean" else x.mean()])
    squares = x**2 if wrong == "mean-of-squares" else (x - mean) ** 2
    divisor = {"divided-by-n-minus-one": 3, "sum-for-variance": 1}.get(wrong, 4)
    var = hand.line("var_n", [squares.sum() / divisor])
    root = {
        "root-forgotten": var + epsilon,
        "epsilon-forgotten": np.sqrt(var),
        "epsilon-outside": np.sqrt(var) + epsilon,
    }
    below = root.get(wrong, np.sqrt(var + epsilon))
    normal = hand.line("normal_n", (x if wrong == "mean-not-subtracted" else x - mean) / below)
    out = {
        "scale-forgotten": normal + beta, "shift-forgotten": gamma * normal,
        "shift-before-scale": gamma * (normal + beta),
    }.get(wrong, gamma * normal + beta)  # fmt: skip
    out = hand.line("out_n", out)
    d_out = hand.line("dE_total/dout_n", _end(hand, out, np.array([0.6, -0.4, 0.9, 0.3]), 0.25))
    d_normal = hand.line("dE_total/dnormal_n", d_out * gamma)
    d_var = hand.line("dE_total/dvar_n", [np.sum(d_normal * (x - mean)) * -0.5 * (var[0] + epsilon) ** -1.5])
    through_var = 0.0 if wrong == "variance-held" else float(d_var[0] * np.sum(-2 * (x - mean)) / 4)
    d_mean = hand.line("dE_total/dmean_n", [-d_normal.sum() / math.sqrt(var[0] + epsilon) + through_var])
    ways = {"mean": d_mean / 4, "variance": d_var * 2 * (x - mean) / 4}
    kept = [each for name, each in ways.items() if name not in wrong.removesuffix("-held").split("-and-")]
    hand.line("dE_total/dout_d", d_normal / math.sqrt(var[0] + epsilon) + sum(kept))


def batch_norm(hand: Hand, wrong: str) -> None:
    """One unit over three samples."""
    inputs, targets, gamma, beta = np.array([1.1, 0.4, 2.3]), np.array([0.9, -0.3, 0.5]), 1.4, 0.3
    x = np.array([float(hand.line(f"net_d#{s + 1}", 0.7 * value)) for s, value in enumerate(inputs)])
    mean = float(hand.line("mean_n[1]", x.sum() if wrong == "sum-for-mean" else x.mean()))
    each = x if wrong == "mean-not-subtracted" else x - mean
    centred = np.array([float(hand.line(f"centred_n[1]#{s + 1}", value)) for s, value in enumerate(each)])
    square = np.array([float(hand.line(f"square_n[1]#{s + 1}", value**2)) for s, value in enumerate(centred)])
    var = float(
        hand.line("var_n[1]", square.sum() / {"divided-by-n-minus-one": 2, "sum-for-variance": 1}.get(wrong, 3))
    )
    below = {"root-forgotten": var, "epsilon-forgotten": math.sqrt(var), "epsilon-outside": math.sqrt(var) + 0.02}
    root = below.get(wrong, math.sqrt(var + 0.02))
    normal = np.array([float(hand.line(f"normal_n[1]#{s + 1}", value)) for s, value in enumerate(centred / root)])
    outs = {
        "scale-forgotten": normal + beta, "shift-forgotten": gamma * normal,
        "shift-before-scale": gamma * (normal + beta),
    }.get(wrong, gamma * normal + beta)  # fmt: skip
    d_normal = []
    for s, value in enumerate(outs):
        out = float(hand.line(f"out_n[1]#{s + 1}", value))
        y = float(hand.line(f"out_y#{s + 1}", 1.5 * out))
        delta = float(hand.line(f"delta_y#{s + 1}", y - targets[s]))
        d_normal.append(float(hand.line(f"dE_total/dnormal_n[1]#{s + 1}", delta * 1.5 * gamma)))
    d_normal = np.array(d_normal)
    d_var = float(hand.line("dE_total/dvar_n[1]", np.sum(d_normal * centred) * -0.5 * (var + 0.02) ** -1.5))
    square_way = 0 if wrong == "variance-held" else d_var / 3 * 2 * centred
    d_centred = d_normal / math.sqrt(var + 0.02) + square_way
    d_centred = np.array(
        [float(hand.line(f"dE_total/dcentred_n[1]#{s + 1}", value)) for s, value in enumerate(d_centred)]
    )
    d_x = d_centred - (0 if wrong == "mean-held" else d_centred.sum() / 3)
    for s, value in enumerate(d_x):
        hand.line(f"delta_d#{s + 1}", value)


# Dropout, an embedding, a skip connection, two parts end to end, average pooling


def _dense_below(hand: Hand) -> Array:
    x = hand.line("net_a", np.array([[0.7, -0.2], [0.5, 0.9], [-0.6, 0.4]]) @ np.array([0.8, -0.5]))
    return hand.line("out_a", np.tanh(x))


def dropout(hand: Hand, wrong: str) -> None:
    """Three numbers, of which the mask drops one."""
    x, mask, keep, one = _dense_below(hand), np.array([1.0, 0.0, 1.0]), 0.8, np.ones(3)
    factors = {
        "not-divided": mask, "multiplied-by-share": mask * keep, "divided-by-dropped-share": mask / (1 - keep),
        "mask-turned": (1 - mask) / keep, "mask-forgotten": one / keep,
    }  # fmt: skip
    out = hand.line("out_d", x * factors.get(wrong, mask / keep))
    d_out = hand.line("dE_total/dout_d", _end(hand, out, np.array([0.6, -0.4, 0.9]), 0.25))
    back = {"mask-forgotten-going-back": one / keep, "not-divided-going-back": mask}.get(wrong, mask / keep)
    hand.line("dE_total/dout_a", d_out * back)


TABLE = [["0.9", "-0.4"], ["0.2", "1.1"], ["-0.7", "0.5"]]


def embedding(hand: Hand, wrong: str) -> None:
    """Two words of three: the third, then the first."""
    table, words = np.array(TABLE, dtype=float), [2, 0]
    rows = {"row-before": -1, "row-after": 1}.get(wrong, 0)
    out = np.array([table[(word + rows) % 3] for word in words])
    out = hand.line("out_e", out[::-1] if wrong == "words-in-other-order" else out)
    flat = hand.line("out_flat", out.reshape(-1))
    back = hand.line("dE_total/dout_flat", _end(hand, flat, np.array([0.6, -0.4, 0.9, 0.3]), 0.25)).reshape(2, 2)
    back = hand.line("dE_total/dout_e", back)
    gradient = np.zeros((3, 2))
    for word, each in zip(words, back, strict=True):
        if wrong == "gradient-to-every-row":
            gradient += each
        else:
            gradient[word] += each
    hand.line("dE_total/dT_e", gradient)


def skip(hand: Hand, wrong: str) -> None:
    """out = tanh(b(a) + a)."""
    a = _dense_below(hand)[:2]
    for name in ("net_a[3]", "out_a[3]"):
        hand.written.pop(name)
    weights = np.array([[0.4, -0.6], [0.7, 0.3]])
    b = hand.line("out_b", hand.line("net_b", weights @ a))
    both = {"one-way-only": b, "multiplied": b * a, "averaged": (b + a) / 2}.get(wrong, b + a)
    net = hand.line("net_s", both)
    out = hand.line("out_s", net if wrong == "no-activation" else np.tanh(net))
    d_out = hand.line("dE_total/dout_s", _end(hand, out, np.array([0.6, -0.4]), 0.25))
    d_net = hand.line("delta_s", d_out * (1 - out**2))
    d_b = hand.line("delta_b", d_net * (wrong != "gradient-of-first-way-forgotten"))
    hand.line("dE_total/dout_a", weights.T @ d_b + d_net * (wrong != "gradient-of-second-way-forgotten"))


def concat(hand: Hand, wrong: str) -> None:
    """Two layers of two units, end to end."""
    a = hand.line("out_a", hand.line("net_a", np.array([[0.7, -0.2], [0.5, 0.9]]) @ np.array([0.8, -0.5])))
    b = hand.line("out_b", hand.line("net_b", np.array([[-0.6, 0.4], [1.2, 0.3]]) @ np.array([0.8, -0.5])))
    parts = {"other-order": [b, a], "added": [a + b, np.array([0.0, 0.0])]}.get(wrong, [a, b])
    whole = np.concatenate(parts)
    out = hand.line("out_c", whole)
    d_out = hand.line("dE_total/dout_c", _end(hand, out, np.array([0.6, -0.4, 0.9, 0.3]), 0.25))
    first, second = d_out[:2], d_out[2:]
    if wrong == "gradients-exchanged":
        first, second = second, first
    hand.line("delta_a", first * (wrong != "gradient-of-first-part-forgotten"))
    hand.line("delta_b", second * (wrong != "gradient-of-second-part-forgotten"))


def average_pool(hand: Hand, wrong: str) -> None:
    """Of a convolution with a kernel of one number."""
    net = hand.line("net_conv", 0.7 * np.array(PICTURE, dtype=float))
    out = hand.line("out_conv", net)
    put: Callable[..., Any] = {"maximum-for-mean": np.max, "sum-for-mean": np.sum}.get(wrong, np.mean)
    step = 1 if wrong == "stride-of-one" else 2
    windows = [(i, j) for i in (0, 1) for j in (0, 1)]
    pool = np.array([put(out[step * i : step * i + 2, step * j : step * j + 2]) for i, j in windows])
    pool = hand.line("out_pool", pool.reshape(2, 2))
    flat = hand.line("out_flat", pool.reshape(-1))
    back = hand.line("dE_total/dout_flat", _end(hand, flat, np.array([0.6, -0.4, 0.9, 0.3]), 0.25))
    back = back.reshape(2, 2).T.reshape(-1) if wrong == "gradient-by-columns" else back
    back = hand.line("dE_total/dout_pool", back.reshape(2, 2)).reshape(-1)
    arriving = np.zeros((4, 4))
    for (i, j), gradient in zip(windows, back, strict=True):
        window = out[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        share = {"gradient-not-divided": np.ones((2, 2)), "gradient-to-largest": (window == window.max()).astype(float),
                 "gradient-to-none": np.zeros((2, 2))}.get(wrong, np.full((2, 2), 0.25))  # fmt: skip
        arriving[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = gradient * share
    hand.line("delta_conv", arriving)


INPUTS = {"x1": "0.8", "x2": "-0.5"}
BELOW: dict[str, Any] = {
    "name": "a", "units": 3, "activation": "tanh", "weights": [["0.7", "-0.2"], ["0.5", "0.9"], ["-0.6", "0.4"]],
}  # fmt: skip


def _unit(*weights: str) -> dict[str, Any]:
    return {"units": ["y"], "activation": "identity", "weights": [list(weights)]}


PROBLEMS: Mapping[str, Mapping[str, Any]] = {
    "rnn": _file(
        inputs={"x": {"over": "time", "values": RNN["x"]}},
        layers=[
            {"name": "cell", "type": "rnn", "state": {"h": RNN["h"]}, "parameters": {k: RNN[k] for k in "WUb"}},
            {"units": ["y"], "from": "cell.h", "at": "last", "activation": "identity", "weights": [RNN["w"]]},
        ],
        targets={"y": "0.25"},
    ),
    **{
        name: _file(
            inputs={"x": {"over": "time", "values": CELL_X}},
            layers=[
                {"name": "cell", "type": name, "state": state, "parameters": parameters},
                {"units": ["y"], "from": "cell.h", "at": "last", "activation": "identity", "weights": [["1.7"]]},
            ],
            targets={"y": "0.25"},
        )
        for name, parameters, state in (
            ("lstm", LSTM, {"h": "0.35", "C": "0.62"}),
            ("gru", GRU, {"h": "0.35"}),
        )
    },
    "convolution": _file(
        inputs={"image": PICTURE},
        layers=[
            {"name": "conv", "type": "convolution", "kernels": [KERNEL], "bias": ["0.15"], "padding": 1,
             "activation": "tanh"},
            {"name": "pool", "type": "max_pool", "size": 2},
            {"name": "flat", "type": "flatten"},
            {"units": ["y"], "activation": "identity", "weights": [["0.6", "-0.4", "0.9", "0.3"]]},
        ],
        targets={"y": "0.25"},
    ),
    "attention": _file(
        inputs={"X": TOKENS},
        layers=[
            {"name": "att", "type": "attention", "causal": True, "Wq": WQ, "Wk": WK, "Wv": WV, "Wo": WO},
            {"name": "flat", "type": "flatten"},
            {"units": ["y"], "activation": "identity", "weights": [["0.6", "-0.4", "0.9", "0.3", "-0.7", "0.5"]]},
        ],
        targets={"y": "0.25"},
    ),
    "layer_norm": _file(
        inputs=INPUTS,
        layers=[
            {"name": "d", "units": 4, "activation": "identity",
             "weights": [["0.7", "-0.2"], ["0.5", "0.9"], ["-0.6", "0.4"], ["1.2", "0.3"]]},
            {"name": "n", "type": "layer_norm", "gamma": GAMMA, "beta": BETA, "epsilon": "0.05"},
            _unit("0.6", "-0.4", "0.9", "0.3"),
        ],
        targets={"y": "0.25"},
    ),
    "batch_norm": _file(
        samples={"inputs": ["x1"], "targets": ["y"], "rows": [["1.1", "0.9"], ["0.4", "-0.3"], ["2.3", "0.5"]]},
        layers=[
            {"name": "d", "units": 1, "activation": "identity", "weights": [["0.7"]]},
            {"name": "n", "type": "batch_norm", "gamma": "1.4", "beta": "0.3", "epsilon": "0.02"},
            _unit("1.5"),
        ],
    ),
    "dropout": _file(
        inputs=INPUTS,
        layers=[BELOW, {"name": "d", "type": "dropout", "mask": [1, 0, 1], "keep": "0.8"}, _unit("0.6", "-0.4", "0.9")],
        targets={"y": "0.25"},
    ),
    "embedding": _file(
        inputs={"X": [[0, 0, 1], [1, 0, 0]]},
        layers=[{"name": "e", "type": "embedding", "table": TABLE}, {"name": "flat", "type": "flatten"},
                _unit("0.6", "-0.4", "0.9", "0.3")],
        targets={"y": "0.25"},
    ),
    "skip": _file(
        inputs=INPUTS,
        layers=[
            {**BELOW, "units": 2, "weights": BELOW["weights"][:2]},
            {"name": "b", "units": 2, "activation": "identity", "weights": [["0.4", "-0.6"], ["0.7", "0.3"]]},
            {"name": "s", "type": "add", "from": ["b", "a"], "activation": "tanh"},
            _unit("0.6", "-0.4"),
        ],
        targets={"y": "0.25"},
    ),
    "concat": _file(
        inputs=INPUTS,
        layers=[
            {"name": "a", "units": 2, "activation": "identity", "weights": [["0.7", "-0.2"], ["0.5", "0.9"]]},
            {"name": "b", "units": 2, "from": "inputs", "activation": "identity",
             "weights": [["-0.6", "0.4"], ["1.2", "0.3"]]},
            {"name": "c", "type": "concat", "from": ["a", "b"]},
            _unit("0.6", "-0.4", "0.9", "0.3"),
        ],
        targets={"y": "0.25"},
    ),
    "average_pool": _file(
        inputs={"image": PICTURE},
        layers=[
            {"name": "conv", "type": "convolution", "kernels": [[["0.7"]]]},
            {"name": "pool", "type": "average_pool", "size": 2},
            {"name": "flat", "type": "flatten"},
            _unit("0.6", "-0.4", "0.9", "0.3"),
        ],
        targets={"y": "0.25"},
    ),
}  # fmt: skip
