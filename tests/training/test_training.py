"""`derive train`: the error curve, its milestones, and the files it writes."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import derive
from derive.cli import main
from derive.errors import UnsupportedError
from derive.given.problem import Display, Problem
from derive.numeric.network import Network
from derive.numeric.training import train as matrix_train
from derive.proof import values as trajectory
from tests.numeric.problems import layer, problem


def runaway(rate: str = "50") -> Problem:
    """A linear unit whose every round overshoots: the error grows until it leaves the floats."""
    return problem([layer("y", "identity", [["1"]])], [["1"]], [["0"]], loss="half_squared_error", rate=rate)


@pytest.fixture(scope="module")
def trained() -> derive.Training:
    """The built-in network after 10,000 rounds."""
    return derive.train(derive.load("2-2-2"), rounds=10_000)


def test_milestones_are_the_published_ones(trained: derive.Training) -> None:
    """Mazur (2015) prints 0.298371109, 0.291027924 with his rounding, and 0.0000351085 after 10,000 updates."""
    shown = {number: figure.ascii for number, figure in trained.milestones.items()}
    assert list(shown) == [0, 1, 10, 100, 1000, 10_000]
    assert shown[0] == "0.298371109"
    assert shown[1] == "0.291027774"
    assert math.isclose(float(shown[10_000]), 0.0000351085, rel_tol=3e-4)


def test_curve_and_parameters_agree_with_matrices(trained: derive.Training) -> None:
    """Every error and the final weights are those of the NumPy core."""
    matrix = matrix_train(Network.of(derive.load("2-2-2")), 10_000)
    assert len(trained.errors) == 10_001
    np.testing.assert_allclose(trained.errors, matrix.errors, rtol=1e-9)
    weights = [float(w) for layer_ in matrix.network.layers for row in layer_.weights for w in row]
    np.testing.assert_allclose(list(trained.parameters.values()), weights, rtol=1e-9)
    assert list(trained.parameters) == [f"w{number}" for number in range(1, 9)]


def test_csv_reads_back_to_the_last_bit(trained: derive.Training) -> None:
    """Each line is a round and its error at full precision."""
    head, *lines = trained.to_csv().splitlines()
    assert head == "round,E_total"
    pairs = [line.split(",") for line in lines]
    assert [int(number) for number, _ in pairs] == list(range(10_001))
    assert tuple(float(error) for _, error in pairs) == trained.errors


def test_svg_is_a_picture_of_its_own(trained: derive.Training) -> None:
    """It is well-formed and its root is an SVG element with a size."""
    root = ElementTree.fromstring(trained.to_svg())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in root.attrib


def test_page_shows_curve_milestones_and_parameters(trained: derive.Training) -> None:
    """One self-contained page with the error curve and the final figures."""
    page = trained.to_html()
    assert 'id="error-curve"' in page
    assert 'id="final-parameters"' in page
    assert trained.solution.figure("w5@10000").digits in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_text_lists_outputs_against_targets(trained: derive.Training) -> None:
    """The terminal's table has milestones, parameters, outputs and the time."""
    text = trained.to_text()
    assert "10 000  3.51018778e-5" in text
    assert any(line.split() == ["out_y1", "0.01", "0.751365070", "0.0159136204"] for line in text.splitlines())
    assert "10 000 rounds in" in text


def test_divergence_is_said_and_the_curve_ends_there() -> None:
    """The error grows 2401-fold a round and leaves the floats after some ninety."""
    training = derive.train(runaway(), rounds=1000)
    assert "diverges" in training.ending
    assert training.rounds < 1000
    assert len(training.errors) == training.rounds + 1
    assert training.errors[-1] * 2401 > 1e308
    assert "diverges" in training.to_html()
    assert "diverges" in training.to_text()


def test_rounds_that_cannot_be_proved_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the work that balls may cost the figures end at the last milestone that is proved."""
    given = derive.load("2-2-2")
    size = len(derive.solve(given).derivation.quantities)
    monkeypatch.setattr(trajectory, "LARGEST_WORK", 500 * size)
    training = derive.train(given, rounds=1000)
    assert training.rounds == 100
    assert "Figures of later rounds cannot be proved" in training.ending


def test_rounded_carry_trains_by_its_printed_figures() -> None:
    """The curve of a problem that carries rounded figures is the one of its own figures."""
    given = replace(derive.load("2-2-2"), display=Display(decimals=4, carry="rounded"))
    training = derive.train(given, rounds=20)
    for number in (1, 10, 20):
        assert training.errors[number] == float(training.milestones[number].value)


def test_samples_that_take_turns_report_the_error_over_all() -> None:
    """With one update a sample, the error before each is over both."""
    given = problem(
        [layer("y", "sigmoid", [["0.3", "-0.2"]], "0.1")],
        [["0.5", "1"], ["1", "-0.5"]],
        [["1"], ["0"]],
        loss="half_squared_error",
        batch="online",
    )
    training = derive.train(given, rounds=50)
    np.testing.assert_allclose(training.errors, matrix_train(Network.of(given), 50).errors, rtol=1e-12)


@pytest.mark.parametrize("rounds", [0, -1, 1_000_001])
def test_rounds_out_of_range(rounds: int) -> None:
    """From 1 to a million."""
    with pytest.raises(UnsupportedError, match="are allowed"):
        derive.train(derive.load("2-2-2"), rounds=rounds)


def test_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table goes to standard output, the files into the folder."""
    out = tmp_path / "made"
    assert main(["train", "2-2-2", "--rounds", "10", "--to", "csv,svg,html", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert "0.220918592" in printed.out
    assert not printed.err
    assert sorted(path.name for path in out.iterdir()) == [f"2-2-2-training.{form}" for form in ("csv", "html", "svg")]
    assert (out / "2-2-2-training.csv").read_text().count("\n") == 12


def test_command_writes_nothing_unless_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without formats the table is all."""
    monkeypatch.chdir(tmp_path)
    assert main(["train", "2-2-2", "--rounds", "3"]) == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [["--rounds", "0"], ["--rounds", "x"], ["--to", "pdf"], ["--digits", "1"]])
def test_command_refuses(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad options exit with 2, say what is allowed, and write nothing."""
    with pytest.raises(SystemExit) as left:
        main(["train", "2-2-2", "--out", str(tmp_path / "made"), *wrong])
    assert left.value.code == 2
    assert "allowed" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
