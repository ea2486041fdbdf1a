"""Several threads: what one sets, the others do not see."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from flint import ctx

import derive
from derive.arithmetic.exact import precision

NAMES = ("2-2-2", "deeplearning-ai-2-4-1", "cs231n-2-2-3", "micrograd-readme")
WAIT = 10.0


@contextmanager
def hurried() -> Iterator[None]:
    """Threads take turns after a microsecond in place of five thousandths of a second."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_a_precision_is_kept_between_two_steps() -> None:
    """While one thread works with many bits another that wants few has to wait for its turn."""
    wanted, few = threading.Event(), threading.Event()

    def other() -> None:
        wanted.set()
        with precision(30):
            few.set()

    with precision(300):
        thread = threading.Thread(target=other)
        thread.start()
        assert wanted.wait(WAIT)
        assert not few.wait(0.1)
        assert ctx.prec == 300
    assert few.wait(WAIT)
    thread.join()


def figures(name: str) -> dict[str, float]:
    solution = derive.solve(derive.load(name))
    return {quantity: solution.value(quantity) for quantity in solution.derivation.by_id}


def test_another_thread_changes_the_precision_all_the_time() -> None:
    """Values stay the nearest float64, and no route disagrees, while another thread asks for 20 bits without end."""
    expected = {name: figures(name) for name in NAMES}
    stop = threading.Event()

    def disturb() -> None:
        while not stop.is_set():
            with precision(20):
                pass

    thread = threading.Thread(target=disturb)
    with hurried():
        thread.start()
        try:
            assert {name: figures(name) for name in NAMES} == expected
        finally:
            stop.set()
            thread.join()


def test_eight_threads_give_what_one_gives() -> None:
    """Solved and explained in eight threads at once, every page is the one that a single thread writes."""

    def page(name: str) -> str:
        return derive.explain(derive.load(name), rounds=None if name == NAMES[-1] else 10).to_html()

    expected = [page(name) for name in NAMES]
    with hurried(), ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(page, NAMES * 2))
    assert pages == expected * 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_pdf_after_a_fork_is_refused_and_never_hangs() -> None:
    """A process forked after a PDF was made says what to do; the one that made it goes on making them."""
    explanation = derive.explain(derive.load("deepml-neuron"), rounds=0, brief=True)
    explanation.to_pdf()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12 on
        child = os.fork()
    if not child:
        try:
            explanation.to_pdf()
            said = "made"
        except derive.DeriveError as error:
            said = str(error)
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    said = os.read(reading, 10_000).decode()
    os.waitpid(child, 0)
    assert "forkserver" in said
    explanation.to_pdf()  # here it still works
