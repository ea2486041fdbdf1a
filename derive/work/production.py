"""Tasks run one after the other, on all cores, or by any executor; the first failure ends them all."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from derive import progress
from derive.errors import DeriveError

if TYPE_CHECKING:  # what makes processes is loaded where there are several: one figure is judged in this one
    from concurrent.futures import Executor, Future

#: Students in a task, unless the class is smaller: less is not worth sending to another process or machine.
LEAST = 1000
_WAIT = 0.5

Task = TypeVar("Task")
Result = TypeVar("Result")


def shares(count: int, jobs: int, *, least: int = LEAST) -> list[range]:
    """The places 0 to ``count`` - 1 in tasks of almost the same size.

    A task has ``least`` to twice as many places, or all of them where there are fewer: large enough to pay for its way
    to another process, small enough that memory stays flat and the last task does not keep the others waiting. Where
    each place is costly, as a PDF is, a smaller ``least`` lets even a small class use all cores. Sizes never change
    what is written, only when.

    Parameters
    ----------
    count : int
    jobs : int
        There are at least so many tasks where ``least`` allows it.
    least : int
    """
    if count < 1:
        return []
    number = max(1, min(count // least, max(jobs, -(-count // (2 * least)))))
    edges = [count * place // number for place in range(number + 1)]
    return [range(start, stop) for start, stop in pairwise(edges)]


def cores() -> int:
    """How many processes may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def produce(
    tasks: Sequence[Task],
    worker: Callable[[Task], Result],
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    label: str = "writing",
    sizes: Sequence[int] | None = None,
) -> list[Result]:
    """Run a worker on every task.

    Parameters
    ----------
    tasks : sequence
    worker : callable
        A function of a module (other processes import it); it writes files and returns their paths, never documents.
    jobs : int
        Processes; 1 runs everything in this one.
    executor : Executor or None
        Used instead of processes of our own, and left open: a Dask client's ``get_executor()``, for instance.
    label : str
        What is done, for the progress bar.
    sizes : sequence of int or None
        How much each task is of the work; None: all the same.

    Returns
    -------
    list
        Results in the order of the tasks.

    Raises
    ------
    DeriveError
        What a worker raised, or that a process ended by force; the tasks not yet begun are then given up.
    """
    pace = _Pace(label, sizes or [1] * len(tasks))
    if executor is None and (jobs <= 1 or len(tasks) <= 1):
        results: list[Result] = []
        for place, task in enumerate(tasks):
            results.append(worker(task))
            pace.done(place)
        return results
    if executor is not None:
        return _gathered(executor, tasks, worker, pace)
    with _processes(min(jobs, len(tasks))) as own:
        return _gathered(own, tasks, worker, pace)


def _gathered(executor: Executor, tasks: Sequence[Task], worker: Callable[[Task], Result], pace: _Pace) -> list[Result]:
    from concurrent.futures import FIRST_EXCEPTION, wait
    from concurrent.futures.process import BrokenProcessPool

    futures: list[Future[Result]] = []
    try:
        futures += [executor.submit(worker, task) for task in tasks]
        places = {future: place for place, future in enumerate(futures)}
        waiting = set(futures)
        while waiting:
            finished, waiting = wait(waiting, timeout=_WAIT, return_when=FIRST_EXCEPTION)
            for future in finished:
                future.result()
                pace.done(places[future])
            pace.show()
        return [future.result() for future in futures]
    except BrokenProcessPool:
        raise DeriveError(
            "a process of this run was ended from outside, perhaps for want of memory; the same command goes on where "
            "it stopped"
        ) from None
    finally:
        for future in futures:
            future.cancel()


@contextmanager
def _processes(count: int) -> Iterator[Executor]:
    """Processes of our own that end when this one is interrupted, or is gone."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # Not by fork: a fork of a process with threads may hang, and NumPy keeps threads.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context(method), initializer=_start)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        # What is half done is done again: every file is written under another name first.
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start() -> None:
    """In each process: Ctrl-C ends it without a word, and so does the end of the process that started it."""
    import multiprocessing

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.join,), daemon=True).start()


def _end_after(joined: Callable[[], None]) -> None:
    joined()
    os._exit(1)


class _Pace:
    """How far the work is, and how long it will still take at the rate so far."""

    def __init__(self, label: str, sizes: Sequence[int]) -> None:
        self._label = label
        self._sizes = sizes
        self._whole = sum(sizes)
        self._reached = 0
        self._began = time.monotonic()

    def done(self, place: int) -> None:
        """Count one task."""
        self._reached += self._sizes[place]
        self.show()

    def show(self) -> None:
        """Draw the bar."""
        if not self._whole:
            return
        counted = f"{self._label} {self._reached:,} of {self._whole:,}".replace(",", " ")
        progress.portion(counted + self._left(), self._reached / self._whole)

    def _left(self) -> str:
        if not self._reached:
            return ""
        seconds = (time.monotonic() - self._began) * (self._whole - self._reached) / self._reached
        return f", {time_left(seconds)} left"


def time_left(seconds: float) -> str:
    """A length of time in words short enough for a progress bar."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = -(-whole // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
