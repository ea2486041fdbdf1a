"""Problem files: what cannot be one is refused by name; built-in problems and the file to start from."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import ProblemError
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.loading import builtin_names, load, starter_text
from derive.given.problem import Problem
from tests.problem_files import GOOD, refused


def file_error(folder: Path, content: bytes | str) -> ProblemError:
    path = folder / "mine.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    error = refused(path)
    assert error.file == str(path)
    assert str(error).startswith(str(path))
    return error


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "empty"),
        ("  \n\t\n", "empty"),
        ("\ufeff", "empty"),
        ("# only a comment\n", "missing"),
        ("title = \n", "line 1, column 9"),
        ('title = "a\n', "line 1"),
        (GOOD + "\ntitle == 3\n", "not valid TOML"),
        (GOOD.replace('title = "t"', 'title = "t"\ntitle = "u"'), "line 2"),
        (b"\x00\x01\x02", "binary"),
        (b"title = '\xff'\n", "not UTF-8 text (line 1)"),
        (b"\n\ntitle = '\xe4'\n", "not UTF-8 text (line 3)"),
        (GOOD.encode("utf-16"), "not UTF-8"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "not UTF-8"),
        ('title = "\x1b[31m"\n', r"\x1b"),
        ("a = " + "[" * 20_000, "nested too deep"),
        ("a = " + "[" * 20_000 + "]" * 20_000, "nested too deep"),
        ("a = " + "{a=" * 10_000, "nested too deep"),
        ("a" + ".a" * 100_000 + " = 1", "more than 16 parts"),
        ("a = { a" + ".a" * 100_000 + " = 1 }", "more than 16 parts"),
        ("a" + '."\\""' * 1000 + " = 1", "more than 16 parts"),
        ("\n\nlearning_rate = " + "9" * 10_000, "integer too large for a 64-bit float (line 3)"),
        (GOOD.replace("0.50", "0x" + "f" * 100_000), "learning_rate: an integer too large"),
        (GOOD.replace("0.50", "1e999"), "learning_rate: "),
        (GOOD.replace("0.50", "1e99999999999999999999"), "too large or too small"),
        (GOOD.replace("0.50", "0." + "1" * 100_000), "at most 400"),
        (GOOD.replace("0.50", "nan"), "nan and inf"),
        (GOOD.replace("0.50", "-inf"), "nan and inf"),
        (GOOD.replace("0.50", "1979-05-27"), "a date or time"),
        (GOOD.replace("0.50", "07:32:00"), "a date or time"),
        ("x = [" + "1," * 60_000 + "]", "more than 50,000 values"),
        ("[[a]]\n" * 60_000, "more than 50,000 values"),
        ("#" * (1 << 20) + "\n", "larger than 1 MiB"),
    ],
    ids=range(32),
)
def test_file_that_is_no_problem_is_refused_by_name(tmp_path: Path, content: bytes | str, expected: str) -> None:
    """Whatever a file holds, the message begins with its name and says what is wrong in plain words."""
    assert expected in str(file_error(tmp_path, content))


def test_every_fault_of_a_file_carries_its_name(tmp_path: Path) -> None:
    """A fault found after parsing is told as file: key: message."""
    error = file_error(tmp_path, GOOD.replace("0.15", '"abc"'))
    assert re.fullmatch(r".*mine\.toml: layers\[0\]\.weights\[0\]\[0\]: 'abc' is not a number.*", str(error))


def test_absent_file_names_the_built_in_problems() -> None:
    """A mistyped name is answered with the nearest built-in problem."""
    error = refused("hmkcode-221")
    assert "did you mean hmkcode-2-2-1" in error.message
    assert error.file == "hmkcode-221"


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000, "\ud800.toml", "no/such/file.toml", "\x1b[2J"])
def test_unusable_path_is_refused(path: str) -> None:
    """A path that no file can have gets the same plain message."""
    assert refused(path).file


def test_directory_and_device_are_refused(tmp_path: Path) -> None:
    """Only regular files are read: a directory cannot be, and a pipe or device may never end."""
    assert "directory" in refused(tmp_path).message
    os.mkfifo(tmp_path / "pipe")
    assert "regular" in refused(tmp_path / "pipe").message


def test_typed_digits_survive(tmp_path: Path) -> None:
    """Trailing zeros, fractions and long decimals are kept as typed, with their exact value."""
    path = tmp_path / "mine.toml"
    path.write_text(
        GOOD.replace("0.05", '"1/3"').replace("0.20", "0.200000000000000000000001").replace("0.35", "1e-3"),
        encoding="utf-8",
    )
    problem = load(path)
    assert problem.learning_rate.text == "0.50"
    assert problem.samples[0].inputs[0].value == Fraction(1, 3)
    assert problem.samples[0].inputs[1].text == "0.10"
    assert problem.layers[0].weights[0][1].text == "0.200000000000000000000001"
    assert problem.layers[0].weights[1] == tuple(load("2-2-2").layers[0].weights[1])
    assert problem.layers[0].bias_kind == "shared"
    assert problem.layers[1].bias_kind == "per-unit"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("plain-1", "plain-1"),
        ("Übung 1", "Ubung-1"),
        ("a b; rm -rf $HOME", "a-b-rm--rf-HOME"),
        ("-.-", "problem"),
        ("神经", "problem"),
        ("CON", "problem"),
        ("v1.2", "v1.2"),
    ],
)
def test_name_is_safe_for_files(tmp_path: Path, stem: str, name: str) -> None:
    """Output files are called after the file's stem, without what a file name should not have."""
    path = tmp_path / f"{stem}.toml"
    path.write_text("\ufeff" + GOOD, encoding="utf-8")
    assert load(str(path)).name == name


def test_starter_loads_and_tells_every_allowed_value(tmp_path: Path) -> None:
    """The file to start from is a problem itself and mentions every key and every allowed word."""
    text = starter_text()
    path = tmp_path / "start.toml"
    path.write_text(text, encoding="utf-8")
    assert load(path).structure.sizes == (2, 2, 2)
    keys = "title source samples inputs targets units activation weights bias weight_names train_biases bias_sign"
    words = "source-major subtracted sequential mean online z-a final decimals rounded notation digits carry"
    for word in (*ACTIVATIONS, *LOSSES, *keys.split(), *words.split()):
        assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text), word


@given(st.binary(max_size=400))
def test_random_bytes_never_do_more_than_fail(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Any bytes at all give a problem or a ProblemError."""
    attempt(tmp_path_factory, content)


@given(data=st.data())
def test_mutated_files_never_do_more_than_fail(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A problem file with pieces cut out, doubled or replaced gives a problem or a ProblemError."""
    text = data.draw(st.sampled_from([GOOD, starter_text()]))
    piece = st.one_of(
        st.sampled_from(["[", "]", "{", "}", "=", ".", '"', "nan", "1e999", "true", "[[]]", "\n", "\ue000", "0x", "-"]),
        st.text(max_size=5),
    )
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(piece) + text[end:]
    attempt(tmp_path_factory, text.encode("utf-8", "surrogatepass"))


def attempt(factory: pytest.TempPathFactory, content: bytes) -> None:
    path = factory.getbasetemp() / "attempt.toml"
    path.write_bytes(content)
    try:
        assert isinstance(load(path), Problem)
    except ProblemError as error:
        assert str(path) in str(error)  # noqa: PT017
        assert str(error).isprintable()  # noqa: PT017


def test_default_problem_comes_first() -> None:
    """The default is first among the built-in names, and the file to start from is none of them."""
    assert builtin_names()[0] == "2-2-2"
    assert len(set(builtin_names())) == len(builtin_names()) >= 13
    assert not any(name.startswith("_") for name in builtin_names())


def test_built_in_name_wins_over_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file called like a built-in problem is reached by its path."""
    (tmp_path / "2-2-2").write_text(GOOD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load("2-2-2").title == "Two inputs, two hidden units, two outputs"
    assert load("./2-2-2").title == "t"
