"""The command line; the only code that reads argv. What answers a command from what is kept imports little."""

from __future__ import annotations

import gc
import os
import sys

from derive.commands.console import speak_plainly
from derive.commands.kept import answered
from derive.errors import DeriveError, ProblemError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def command() -> int:
    """Run the command in a process of its own."""
    # It is over before garbage matters, and looking for cycles among SymPy's objects takes a fifth of its time.
    gc.disable()
    return main()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, or 2 for anything the user can mend."""
    for stream in (sys.stdout, sys.stderr):
        speak_plainly(stream)
    line = sys.argv[1:] if argv is None else argv
    if not line:
        from derive.commands.opening import opening

        print(opening(), end="")
        return 0
    arguments = None
    try:
        if answered(line):
            status = 0
        else:
            from derive import progress
            from derive.commands.parsing import read

            arguments = read(line)
            with progress.shown_on(sys.stderr):
                status = arguments.run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except DeriveError as error:
        if isinstance(error, ProblemError) and not error.file:  # found only while the problem was worked out
            error = ProblemError(error.message, key=error.key, file=getattr(arguments, "problem", ""))
        print(f"derive: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("derive: interrupted; nothing half-written is left behind", file=sys.stderr)
        return 130
    except BrokenPipeError:
        _drop_output()  # whoever read it has stopped
        return 0
    except OSError as error:
        # Problems and documents name their files themselves; without one it is standard output that takes no more.
        _drop_output()
        named = error.filename or "standard output"
        print(f"derive: {named}: cannot be read or written: {error.strerror or error}", file=sys.stderr)
        return 2
    return status


def _drop_output() -> None:
    """Let what is still to be printed go nowhere, or Python complains once more at exit."""
    from contextlib import suppress

    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(command())
