"""Handouts: pages a second beside SymPy and beside constant bytes, and the whole command's time and memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sympy

from derive import load
from derive.arithmetic.code import Arithmetic, evaluate
from derive.given.formula_problem import AnyProblem
from derive.handouts.making.plan import plan
from derive.handouts.people.manifest import Manifest
from derive.handouts.sheets.key import answer_key
from derive.handouts.sheets.recipient import Recipient
from derive.handouts.sheets.sheet_html import key_html, worksheet_html
from derive.judging.routes import routes_of
from derive.proof.values import given_numbers
from tests.benchmarks.measuring import ROOT, Row, medians, several, shown, timed

_BY_SYMPY = 3
_HTML_AIM, _PDF_AIM, _ALL = 10.0, 180.0, 1600  # seconds on two cores, for so many students

# Runs a command from a small process: the peak of a child counts what its parent held when it was started.
_WATCHED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def pages(folder: Path, students: int, repeats: int) -> list[Row]:
    """Worksheets and keys of some students, written to files in one process that has made one before."""
    ordered = plan(load("2-2-2"), students=students, formats=("html",))
    sheet, manifest = ordered.worksheet(), ordered.drawn()
    named = [(manifest.variants[each.id], _recipient(manifest, each.id)) for each in manifest.students]

    def drawn(problem: AnyProblem, recipient: Recipient) -> tuple[bytes, bytes]:
        key = answer_key(problem, ordered.asked, digits=ordered.digits)
        texts = worksheet_html(sheet, problem, recipient), key_html(sheet, key, recipient)
        return texts[0].encode("utf-8"), texts[1].encode("utf-8")

    constant = drawn(*named[0])

    def write(number: int, both: tuple[bytes, bytes]) -> None:
        (folder / f"sheet-{number}.html").write_bytes(both[0])
        (folder / f"key-{number}.html").write_bytes(both[1])

    def ours() -> None:
        for number, (problem, recipient) in enumerate(named):
            write(number, drawn(problem, recipient))

    def bytes_alone() -> None:
        for number in range(students):
            write(number, constant)

    by_sympy = _by_sympy(ordered.asked, [problem for problem, _ in named[:_BY_SYMPY]])
    times = medians({"derive": timed(ours), "SymPy": timed(by_sympy), "constant bytes": timed(bytes_alone)}, repeats)
    each = {name: seconds / (_BY_SYMPY if name == "SymPy" else students) for name, seconds in times.items()}
    work = f"HTML worksheets with keys ({sum(map(len, constant)) // 1000} kB a student), warm, one process"
    times_of_all = f"a student: {several(each)}"
    return [
        Row(work=work, beside=f"the key's {len(ordered.asked)} lines by SymPy: `subs`, `evalf`, `latex`", aim="",
            measured=f"{2 / each['derive']:.0f} documents a second, {each['SymPy'] / each['derive']:.0f} times faster",
            times=times_of_all, met=None),
        Row(work="the same", beside="writing constant bytes of their size", aim="",
            measured=f"{each['derive'] / each['constant bytes']:.1f} times the time", times="as above", met=None),
    ]  # fmt: skip


def whole_command(folder: Path, html: int, pdf: int) -> list[Row]:
    """`derive handout` as a whole on all cores, by the clock, once each."""
    seconds = {form: _clock(folder / form, count, form) for form, count in (("html", html), ("pdf", pdf))}
    rows = []
    for form, count, aim in (("html", html, _HTML_AIM), ("pdf", pdf, _PDF_AIM)):
        scaled = seconds[form] * _ALL / count
        through = "" if count == _ALL else f", {shown(scaled)} for {_ALL}"
        documents = 2 * count / seconds[form]
        rows.append(
            Row(work=f"`derive handout 2-2-2 --students {count} --to {form}`, sheets and keys, whole process",
                beside="the clock, all cores", aim=f"{aim:.0f} s for {_ALL} on two cores",
                measured=f"{shown(seconds[form])}{through}; {documents:.0f} documents a second",
                times=f"by the clock, once: {shown(seconds[form])}", met=scaled <= aim)
        )  # fmt: skip
    return rows


def memory(folder: Path, few: int, many: int) -> Row:
    """The most memory that one process holds, for a class and for one four times as large."""
    peaks = []
    for count in (few, many):
        command = [sys.executable, "-c", _WATCHED, *_command(folder / f"memory-{count}", count, "html"), "--jobs", "1"]
        ran = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
        peaks.append(int(ran.stdout) * (1 if sys.platform == "darwin" else 1024) / 1e6)
    ratio = peaks[1] / peaks[0]
    return Row(work=f"peak memory of `derive handout --to html`, {many} students", beside=f"{few} students",
               aim="flat within 1.1", measured=f"{ratio:.2f}", times=f"{peaks[1]:.0f} MB; {peaks[0]:.0f} MB",
               met=ratio <= 1.1)  # fmt: skip


def _recipient(manifest: Manifest, student: str) -> Recipient:
    return Recipient(form=manifest.forms[student], student=student, name="")


def _by_sympy(asked: tuple[str, ...], problems: list[AnyProblem]) -> Callable[[], None]:
    """Each asked line with its numbers put in, and its value: the formulas are there, as SymPy has them."""
    way = routes_of(problems[0].structure).nearest
    symbols = {name: sympy.Symbol(name) for name in way.ids}
    arithmetic = Arithmetic(
        functions={"sigmoid": lambda x: 1 / (1 + sympy.exp(-x)), "exp": sympy.exp, "ln": sympy.log},
        constant=lambda value: sympy.Rational(value.numerator, value.denominator),
    )
    formulas = {each.id: evaluate(each.expression, symbols, arithmetic) for each in way.quantities}

    def work() -> None:
        for problem in problems:
            values: dict[Any, Any] = {
                symbols[name]: sympy.Float(number.text) for name, number in given_numbers(problem).items()
            }
            for name, formula in formulas.items():
                if name in asked:
                    with sympy.evaluate(False):
                        sympy.latex(formula.subs(values))
                values[symbols[name]] = formula.subs(values).evalf()
                if name in asked:
                    sympy.latex(values[symbols[name]].evalf(4))

    return work


def _command(out: Path, students: int, form: str) -> list[str]:
    return [sys.executable, "-m", "derive", "handout", "2-2-2", "--students", str(students), "--to", form,
            "--out", str(out)]  # fmt: skip


def _clock(out: Path, students: int, form: str) -> float:
    started = time.perf_counter()
    subprocess.run(_command(out, students, form), check=True, cwd=ROOT, capture_output=True)
    return time.perf_counter() - started
