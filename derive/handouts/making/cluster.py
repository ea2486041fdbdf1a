"""A Dask cluster that is there already, as an executor; Dask is imported when it is asked for, and no dependency."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager

from derive.errors import DeriveError, UnsupportedError

#: Seconds to wait for a scheduler, and how often a task is given to another worker when one is lost.
_PATIENCE, _RETRIES = 15, 3


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a scheduler; they must see the folder that is written to, under the same path.

    Parameters
    ----------
    address : str
        Such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    UnsupportedError
        If Dask is not installed.
    DeriveError
        If no scheduler answers there, it has no workers, or they are lost on the way.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise UnsupportedError("--scheduler needs Dask: pip install 'derive-backprop[cluster]'") from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise DeriveError(
            f"--scheduler {address[:200]}: no Dask scheduler answers there ({type(error).__name__})"
        ) from None
    try:
        if not client.scheduler_info()["workers"]:
            raise DeriveError(f"--scheduler {address[:200]}: this scheduler has no workers")
        executor: Executor = client.get_executor(pure=False, retries=_RETRIES)
        yield executor
    except (KilledWorker, CancelledError):
        raise DeriveError(
            f"--scheduler {address[:200]}: workers were lost too often, or the scheduler was; the same command goes on "
            "where it stopped"
        ) from None
    finally:
        client.close()
