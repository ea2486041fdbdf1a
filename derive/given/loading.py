"""Problems from files, built-in names and parsed mappings."""

from __future__ import annotations

import os
import re
import stat
import tomllib
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from importlib import resources

from derive.errors import ProblemError
from derive.files import is_device
from derive.given import fields
from derive.given.chain_reading import formula_problem_from, is_formula_problem
from derive.given.formula_problem import AnyProblem
from derive.given.program.recognise import uses_program
from derive.given.validation import problem_from

DEFAULT_PROBLEM = "2-2-2"
LARGEST_FILE = 1 << 20
MOST_VALUES = 50_000

_STARTER = "_starter"
# tomllib needs time that grows with the square of the parts of a dotted key; the contract has at most three.
_LONG_KEY = re.compile(
    r"""(?<![A-Za-z0-9_\\-])(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
    r"""(?:[ \t]*+\.[ \t]*+(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')){16}"""
)


def load(source: str | os.PathLike[str] | Mapping[str, object]) -> AnyProblem:
    """A validated problem: a layered network or a chain of formulas.

    Parameters
    ----------
    source : str, path or mapping
        A built-in name such as ``2-2-2`` (see `builtin_names`), the path of a TOML file, or an already parsed
        mapping with the same keys, whose numbers may be int, float, Decimal, Fraction or text. A built-in name
        wins over a file of the same name, which ``./2-2-2`` reaches.

    Raises
    ------
    ProblemError
        If there is no such file or it is no usable problem; its text names the file, the key and what is allowed.
    """
    if isinstance(source, Mapping):
        return problem_named(source, "problem")
    if isinstance(source, str) and source in builtin_names():
        return _parsed(_builtin_text(source), source, f"built-in problem {source}")
    path = os.fsdecode(source)
    file = path if path.isprintable() and path else repr(path)
    if len(file) > 1000:
        file = file[:1000] + "..."
    return _parsed(_text(_content(path, file), file), _safe_stem(path), file)


def builtin_names() -> tuple[str, ...]:
    """Names of the problems that come with derive, the default first."""
    stems = sorted(
        entry.name.removesuffix(".toml")
        for entry in (resources.files("derive.given") / "problems").iterdir()
        if entry.name.endswith(".toml") and not entry.name.startswith("_")
    )
    return (DEFAULT_PROBLEM, *(stem for stem in stems if stem != DEFAULT_PROBLEM))


def starter_text() -> str:
    """A commented problem file to start from, which is itself a valid problem."""
    return _builtin_text(_STARTER)


def _builtin_text(name: str) -> str:
    return (resources.files("derive.given") / "problems" / f"{name}.toml").read_text(encoding="utf-8")


def _safe_stem(path: str) -> str:
    """The file's stem as ASCII letters, digits, dots, dashes and underscores; accents are dropped."""
    stem = os.path.splitext(os.path.basename(path))[0]
    plain = unicodedata.normalize("NFKD", stem[:400]).encode("ascii", "ignore").decode("ascii")
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)[:80].strip("-.")
    return "problem" if not safe or is_device(safe) else safe


def _content(path: str, file: str) -> bytes:
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise ProblemError("a directory, where a TOML file is needed", file=file)
        if not stat.S_ISREG(mode):
            raise ProblemError("not a regular file, where a TOML file is needed", file=file)
        with open(path, "rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        near = fields.nearest(path, builtin_names())
        raise ProblemError(
            f"no such file, and no built-in problem; {near}derive problems lists what is built in, derive new FILE "
            "makes a file",
            file=file,
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable file name"
        raise ProblemError(f"cannot be read: {reason}", file=file) from None
    if len(content) > LARGEST_FILE:
        raise ProblemError("larger than 1 MiB, the most a problem file may have", file=file)
    return content


def _text(content: bytes, file: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProblemError(
            f"not UTF-8 text (line {line}); a problem is a TOML file saved as UTF-8", file=file
        ) from None
    if "\0" in text:
        raise ProblemError("a binary file, where a TOML file saved as UTF-8 text is needed", file=file)
    if not text.strip():
        raise ProblemError("the file is empty; `derive new FILE` writes one to start from", file=file)
    return text


def problem_named(mapping: Mapping[str, object], name: str) -> AnyProblem:
    """The problem in a mapping, called by the name it had.

    Raises
    ------
    ProblemError
        If it is no usable problem.
    """
    if uses_program(mapping):
        from derive.given.program.architecture import architecture_from  # needs NumPy

        return architecture_from(mapping, name)
    return formula_problem_from(mapping, name) if is_formula_problem(mapping) else problem_from(mapping, name)


def _parsed(text: str, name: str, file: str) -> AnyProblem:
    """The problem in a TOML text; every error names the file."""
    try:
        return problem_named(_mapping(text), name)
    except ProblemError as error:
        raise ProblemError(error.message, key=error.key, file=file) from None


def _mapping(text: str) -> dict[str, object]:
    values = text.count(",") + text.count("=") + text.count("[")
    if values > MOST_VALUES:
        raise ProblemError(f"more than {MOST_VALUES:,} values, the most a problem file may have")
    long_key = _LONG_KEY.search(text)
    if long_key:
        raise ProblemError(f"a key of more than 16 parts (line {_line(text, long_key.start())})")
    try:
        return tomllib.loads(text, parse_float=_decimal)
    except tomllib.TOMLDecodeError as error:
        raise ProblemError(f"not valid TOML: {_plain(str(error))}") from None
    except RecursionError:
        raise ProblemError("lists or tables are nested too deep; the deepest a problem has is three") from None
    except ValueError:
        # Python refuses to read an integer of more than 4,300 digits.
        found = re.search(r"[0-9_]{4000,}", text)
        where = f" (line {_line(text, found.start())})" if found else ""
        raise ProblemError(f"an integer too large for a 64-bit float{where}") from None


def _decimal(typed: str) -> Decimal:
    try:
        return Decimal(typed)
    except InvalidOperation:
        raise ProblemError(f"{typed[:60]} is too large or too small for a 64-bit float") from None


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _plain(message: str) -> str:
    """A parser's message on one line, with nothing unprintable and not too long."""
    shown = "".join(character if character.isprintable() else repr(character)[1:-1] for character in message)
    return shown if len(shown) <= 300 else shown[:150] + " ... " + shown[-100:]
