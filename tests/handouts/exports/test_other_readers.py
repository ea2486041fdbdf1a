"""What we wrote, read by programs that others wrote: a player of QTI 3 with its converter of 2.1, a grammar of GIFT."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from derive.given.problem import Problem
from derive.handouts.exports.moodle import gift
from derive.handouts.exports.qti21 import qti21_zip
from derive.handouts.exports.questions import Question
from derive.handouts.making.plan import Plan
from derive.numeric.quantities import values
from tests.browser import Browser, Page

Made = tuple[Plan, tuple[Question, ...], dict[str, Problem]]

#: Puts each item into the player, types each figure, and tells the score and the feedback that is shown.
PLAY = """(async () => {
    const told = [];
    for (const [name, xml, figures] of %s) {
        const player = document.createElement("qti-item"), box = document.createElement("item-container");
        player.append(box);
        room.replaceChildren(player);
        await box.updateComplete;
        box.itemXML = xml;
        await box.updateComplete;
        const item = box.shadowRoot.querySelector("qti-assessment-item");
        await item.updateComplete;
        for (const figure of figures) {
            item.updateResponseVariable("RESPONSE", figure);
            item.processResponse();
            await new Promise(done => setTimeout(done, 0));
            const score = item.variables.find(variable => variable.identifier === "SCORE").value;
            const open = [...item.querySelectorAll("qti-modal-feedback")].filter(
                feedback => feedback.shadowRoot.querySelector("dialog")?.open);
            told.push([name, figure, Number(score), open.map(feedback => feedback.textContent.trim()).join("|")]);
        }
    }
    return told;
})()"""


def _figures(question: Question, problem: Problem, order: Plan) -> list[tuple[str, bool, str | None]]:
    """Return what is typed, whether it is right, and the feedback it must meet (None: that of no known mistake)."""
    true = values(problem)[order.asked[question.step - 1]]
    typed: list[tuple[str, bool, str | None]] = [(f"{true:.3e}", True, "Right."), (f"{true:.7f}", True, "Right.")]
    typed += [(repr(wrong.value), False, wrong.feedback) for wrong in question.wrong]
    typed.append((repr(true * 1.5 + 3.21), False, None))
    return typed


def _same(told: str, wanted: str | None) -> bool:
    return "no mistake that is known" in told if wanted is None else told.split() == wanted.split()


def test_a_player_of_qti_grades_as_we_meant(
    made: Made, npm: Callable[..., Path], browser: Browser, browser_page: Callable[..., Page], tmp_path: Path
) -> None:
    """Every right figure earns the point, every known mistake meets its own feedback, anything else the general one."""
    order, questions, problems = made
    modules = npm("@citolab/qti-components", "@citolab/qti-convert")
    (tmp_path / "ours.zip").write_bytes(qti21_zip("T", questions))
    converter = modules / "@citolab/qti-convert/dist/qti-convert-pkg.mjs"
    subprocess.run(
        ["node", converter, tmp_path / "ours.zip"], check=True, capture_output=True, stdin=subprocess.DEVNULL
    )
    with zipfile.ZipFile(tmp_path / "ours-qti3.zip") as archive:
        items = {
            Path(name).stem: archive.read(name).decode() for name in archive.namelist() if name.startswith("items/")
        }
    assert len(items) == len(questions)
    player = (modules / "@citolab/qti-components/cdn/index.global.js").as_uri()
    page = tmp_path / "player.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><script src="{player}"></script><div id="room"></div>', "utf-8"
    )
    assert browser_page(page).complaints == ()
    wanted: list[tuple[str, bool, str | None]] = []
    played: list[Any] = []
    for question in questions:
        figures = _figures(question, problems[question.form], order)
        wanted += figures
        played.append([question.id, items[_identifier(question, items)], [figure for figure, _, _ in figures]])
    answer = browser.command(
        "Runtime.evaluate", expression=PLAY % json.dumps(played), awaitPromise=True, returnByValue=True
    )
    assert "exceptionDetails" not in answer, answer
    told = answer["result"]["value"]
    assert len(told) == len(wanted) > 400
    for (name, typed, score, feedback), (figure, right, words) in zip(told, wanted, strict=True):
        assert typed == figure
        assert (score, _same(feedback, words)) == (float(right), True), (name, figure, score, feedback, words)


def _identifier(question: Question, items: dict[str, str]) -> str:
    (found,) = [name for name in items if name == re.sub(r"\W", "_", question.id)]
    return found


def test_a_grammar_of_gift_reads_what_we_wrote(made: Made, npm: Callable[..., Path], tmp_path: Path) -> None:
    """Each question is numerical, each figure and feedback is the one that was meant, in the order that counts."""
    order, questions, problems = made
    modules = npm("gift-pegjs")
    (tmp_path / "ours.gift").write_text(gift("a/b: {50 %} = #1", questions), "utf-8")
    script = (
        "const {parse} = require(process.argv[1] + '/gift-pegjs');"
        "process.stdout.write(JSON.stringify(parse(require('fs').readFileSync(process.argv[2], 'utf8'))))"
    )
    ended = subprocess.run(
        ["node", "-e", script, modules, tmp_path / "ours.gift"],
        check=True, capture_output=True, text=True, encoding="utf-8", stdin=subprocess.DEVNULL,
    )  # fmt: skip
    read = json.loads(ended.stdout)
    assert sum(each["type"] == "Category" for each in read) == len(order.asked)
    numerical = [each for each in read if each["type"] == "Numerical"]
    assert len(numerical) == len(questions)
    for question, found in zip(questions, numerical, strict=True):
        assert question.words in found["stem"]["text"]
        for figure, right, words in _figures(question, problems[question.form], order):
            share, feedback = _graded(found, float(figure))
            assert (share, _same(feedback, words)) == (float(right), True), (question.name, figure, feedback, words)


def _graded(question: dict[str, Any], figure: float) -> tuple[float, str]:
    for choice in question["choices"]:
        band = choice["text"]
        if band.get("type") != "range":  # the last one is for whatever is left
            return 0.0, choice["feedback"]["text"]
        if abs(band["number"] - figure) <= band["range"] * (1 + 1e-9):
            return choice["weight"] / 100, choice["feedback"]["text"]
    raise AssertionError(f"nothing is said of {figure}")
