"""Training of the 2-2-2 network: generated straight-line code beside a plain NumPy loop, PyTorch and C."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from derive import load, train_many
from derive.proof.crosscheck import derivations
from derive.proof.values import error_curve
from tests.benchmarks.measuring import Row, medians, several, timed

_C_SOURCE = r"""
#include <math.h>
static double sigmoid(double net) { return 1.0 / (1.0 + exp(-net)); }
void train(double *w, int rounds, double *errors) {
    const double x1 = 0.05, x2 = 0.10, b1 = 0.35, b2 = 0.60, t1 = 0.01, t2 = 0.99, rate = 0.5;
    for (int k = 0; k < rounds; k++) {
        double h1 = sigmoid(w[0] * x1 + w[1] * x2 + b1), h2 = sigmoid(w[2] * x1 + w[3] * x2 + b1);
        double y1 = sigmoid(w[4] * h1 + w[5] * h2 + b2), y2 = sigmoid(w[6] * h1 + w[7] * h2 + b2);
        errors[k] = 0.5 * (t1 - y1) * (t1 - y1) + 0.5 * (t2 - y2) * (t2 - y2);
        double d1 = (y1 - t1) * y1 * (1 - y1), d2 = (y2 - t2) * y2 * (1 - y2);
        double e1 = (d1 * w[4] + d2 * w[6]) * h1 * (1 - h1), e2 = (d1 * w[5] + d2 * w[7]) * h2 * (1 - h2);
        w[0] -= rate * e1 * x1; w[1] -= rate * e1 * x2; w[2] -= rate * e2 * x1; w[3] -= rate * e2 * x2;
        w[4] -= rate * d1 * h1; w[5] -= rate * d1 * h2; w[6] -= rate * d2 * h1; w[7] -= rate * d2 * h2;
    }
}
"""
_WEIGHTS = (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55)


def one_network(folder: Path, rounds: int, repeats: int) -> list[Row]:
    """Rounds of one 2-2-2 network, and the error of every round."""
    problem = load("2-2-2")
    derivation_of_turn = derivations(problem)
    found: dict[str, float] = {}

    def ours() -> None:
        found["ours"] = error_curve(problem, derivation_of_turn, rounds - 1)[-1]

    def plain() -> None:
        found["NumPy"] = _numpy_loop(rounds)

    works = {"derive": timed(ours), "NumPy loop": timed(plain)}
    compiled = _compiled_c(folder)
    if compiled is not None:
        run = compiled

        def in_c() -> None:
            found["C"] = run(rounds)

        works["C -O3"] = timed(in_c, times=20)
    torch = _torch_loop(max(rounds // 10, 1)) if importlib.util.find_spec("torch") else None
    if torch is not None:
        works["PyTorch, a tenth of the rounds"] = timed(torch)
    times = medians(works, repeats)
    for route, error in found.items():
        assert abs(error - found["ours"]) <= 1e-9 * abs(error), f"{route} trains to {error}, derive to {found['ours']}"
    work = f"{rounds} rounds of 2-2-2"
    ratio = times["NumPy loop"] / times["derive"]
    rows = [Row(work=work, beside="plain NumPy loop", aim="10 times faster", measured=f"{ratio:.1f} times faster",
                times=several(times), met=ratio >= 10)]  # fmt: skip
    if "C -O3" in times:
        slower = times["derive"] / times["C -O3"]
        rows.append(Row(work=work, beside="C -O3", aim="within 20 times", measured=f"{slower:.1f} times C",
                        times="as above", met=slower <= 20))  # fmt: skip
    else:
        rows.append(Row(work=work, beside="C", aim="within 20 times", measured="no compiler here", times="", met=None))
    if torch is not None:
        faster = 10 * times["PyTorch, a tenth of the rounds"] / times["derive"]
        rows.append(Row(work=work, beside="PyTorch", aim="", measured=f"{faster:.0f} times faster", times="as above",
                        met=None))  # fmt: skip
    else:
        rows.append(Row(work=work, beside="PyTorch", aim="", measured="not installed here", times="", met=None))
    return rows


def many_networks(variants: int, rounds: int, repeats: int) -> Row:
    """Rounds of many 2-2-2 networks at once; the time of one round does not depend on how many there are."""
    problem = load("2-2-2")
    starts = np.random.default_rng(1).uniform(-1, 1, (variants, 8))
    found: dict[str, Any] = {}

    def ours() -> None:
        found["ours"] = train_many(problem, starts, rounds=rounds, recorded=()).parameters

    def stacked() -> None:
        found["matmul"] = _stacked(starts, rounds)

    times = medians({"derive": timed(ours), "stacked matmul": timed(stacked)}, repeats)
    assert np.allclose(found["ours"], found["matmul"], rtol=1e-9)
    ratio = times["stacked matmul"] / times["derive"]
    return Row(
        work=f"10000 rounds for {variants} variants as arrays (timed: {rounds})",
        beside="stacked `matmul`",
        aim="5 times faster",
        measured=f"{ratio:.1f} times faster",
        times=several(times),
        met=ratio >= 5,
    )


def _numpy_loop(rounds: int) -> float:
    """Rounds as everyone first writes them: matrices and column vectors."""
    hidden = np.array(_WEIGHTS[:4]).reshape(2, 2)
    output = np.array(_WEIGHTS[4:]).reshape(2, 2)
    inputs, targets = np.array([0.05, 0.10]), np.array([0.01, 0.99])
    error = 0.0
    for _ in range(rounds):
        out_hidden = 1 / (1 + np.exp(-(hidden @ inputs + 0.35)))
        out = 1 / (1 + np.exp(-(output @ out_hidden + 0.60)))
        error = float(0.5 * np.sum((targets - out) ** 2))
        delta = (out - targets) * out * (1 - out)
        delta_hidden = (output.T @ delta) * out_hidden * (1 - out_hidden)
        output -= 0.5 * np.outer(delta, out_hidden)
        hidden -= 0.5 * np.outer(delta_hidden, inputs)
    return error


def _stacked(starts: Any, rounds: int) -> Any:
    """The same with one more axis: one matrix a variant."""
    hidden = starts[:, :4].reshape(-1, 2, 2).copy()
    output = starts[:, 4:].reshape(-1, 2, 2).copy()
    inputs, targets = np.array([[0.05], [0.10]]), np.array([[0.01], [0.99]])
    for _ in range(rounds):
        out_hidden = 1 / (1 + np.exp(-(hidden @ inputs + 0.35)))
        out = 1 / (1 + np.exp(-(output @ out_hidden + 0.60)))
        delta = (out - targets) * out * (1 - out)
        delta_hidden = (output.transpose(0, 2, 1) @ delta) * out_hidden * (1 - out_hidden)
        output -= 0.5 * (delta @ out_hidden.transpose(0, 2, 1))
        hidden -= 0.5 * (delta_hidden @ inputs.T)
    return np.concatenate([hidden.reshape(-1, 4), output.reshape(-1, 4)], axis=1)


def _compiled_c(folder: Path) -> Callable[[int], float] | None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    source, library = folder / "train.c", folder / "train.so"
    source.write_text(_C_SOURCE, encoding="utf-8")
    subprocess.run([compiler, "-O3", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=True)
    if importlib.util.find_spec("cffi"):
        import cffi

        ffi = cffi.FFI()
        ffi.cdef("void train(double *weights, int rounds, double *errors);")
        loaded = ffi.dlopen(str(library))

        def by_cffi(rounds: int) -> float:
            errors = ffi.new("double[]", rounds)
            loaded.train(ffi.new("double[]", list(_WEIGHTS)), rounds, errors)
            return float(errors[rounds - 1])

        return by_cffi
    train = ctypes.CDLL(str(library)).train

    def by_ctypes(rounds: int) -> float:
        errors = (ctypes.c_double * rounds)()
        train((ctypes.c_double * 8)(*_WEIGHTS), rounds, errors)
        return float(errors[rounds - 1])

    return by_ctypes


def _torch_loop(rounds: int) -> Callable[[], None]:
    import torch

    def run() -> None:
        hidden = torch.tensor(_WEIGHTS[:4], dtype=torch.float64).reshape(2, 2).requires_grad_()
        output = torch.tensor(_WEIGHTS[4:], dtype=torch.float64).reshape(2, 2).requires_grad_()
        inputs = torch.tensor([0.05, 0.10], dtype=torch.float64)
        targets = torch.tensor([0.01, 0.99], dtype=torch.float64)
        optimizer = torch.optim.SGD([hidden, output], lr=0.5)
        for _ in range(rounds):
            optimizer.zero_grad()
            out = torch.sigmoid(output @ torch.sigmoid(hidden @ inputs + 0.35) + 0.60)
            (0.5 * ((targets - out) ** 2).sum()).backward()
            optimizer.step()

    return run
