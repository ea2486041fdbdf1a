"""The default 2-2-2 network worked out line by line, apart from everything that the package derives."""

from __future__ import annotations

from typing import Any

from mpmath import mp, mpf

mp.dps = 60

#: What the default sheet asks for, in working order: 33 figures.
ASKED = (
    *("net_H1", "net_H2", "out_H1", "out_H2", "net_y1", "net_y2", "out_y1", "out_y2", "E_y1", "E_y2", "E_total"),
    *("delta_y1", "delta_y2", *(f"dE_total/dw{number}" for number in range(5, 9))),
    *("dE_total/dout_H1", "dE_total/dout_H2", "delta_H1", "delta_H2"),
    *(f"dE_total/dw{number}" for number in range(1, 5)),
    *(f"w{number}_new" for number in range(1, 9)),
)


def default_values() -> dict[str, Any]:
    """All 33 values to 60 digits."""
    x1, x2, t1, t2 = map(mpf, ("0.05", "0.10", "0.01", "0.99"))
    w = dict(enumerate(map(mpf, ("0.15", "0.20", "0.25", "0.30", "0.40", "0.45", "0.50", "0.55")), start=1))
    net_h1, net_h2 = w[1] * x1 + w[2] * x2 + mpf("0.35"), w[3] * x1 + w[4] * x2 + mpf("0.35")
    h1, h2 = (1 / (1 + mp.exp(-net)) for net in (net_h1, net_h2))
    net_y1, net_y2 = w[5] * h1 + w[6] * h2 + mpf("0.6"), w[7] * h1 + w[8] * h2 + mpf("0.6")
    y1, y2 = (1 / (1 + mp.exp(-net)) for net in (net_y1, net_y2))
    e1, e2 = (t1 - y1) ** 2 / 2, (t2 - y2) ** 2 / 2
    delta1, delta2 = (y1 - t1) * y1 * (1 - y1), (y2 - t2) * y2 * (1 - y2)
    arrives1, arrives2 = delta1 * w[5] + delta2 * w[7], delta1 * w[6] + delta2 * w[8]
    hidden1, hidden2 = arrives1 * h1 * (1 - h1), arrives2 * h2 * (1 - h2)
    gradients = (
        hidden1 * x1,
        hidden1 * x2,
        hidden2 * x1,
        hidden2 * x2,
        delta1 * h1,
        delta1 * h2,
        delta2 * h1,
        delta2 * h2,
    )
    values = {"net_H1": net_h1, "net_H2": net_h2, "out_H1": h1, "out_H2": h2, "net_y1": net_y1, "net_y2": net_y2}
    values |= {"out_y1": y1, "out_y2": y2, "E_y1": e1, "E_y2": e2, "E_total": e1 + e2}
    values |= {"delta_y1": delta1, "delta_y2": delta2, "dE_total/dout_H1": arrives1, "dE_total/dout_H2": arrives2}
    values |= {"delta_H1": hidden1, "delta_H2": hidden2}
    for number, gradient in enumerate(gradients, start=1):
        values |= {f"dE_total/dw{number}": gradient, f"w{number}_new": w[number] - mpf("0.5") * gradient}
    return values
