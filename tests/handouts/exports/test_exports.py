"""Questions for learning platforms, read back by readers written for these tests alone, and graded as platforms do."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from derive.errors import UnsupportedError
from derive.given.loading import load
from derive.given.problem import Problem
from derive.handouts.exports.canvas import canvas_zip
from derive.handouts.exports.moodle import gift, moodle_xml
from derive.handouts.exports.qti21 import qti21_zip
from derive.handouts.exports.questions import Question
from derive.handouts.making.handing_out import write_handout
from derive.handouts.making.plan import Plan, plan
from derive.numeric.quantities import values
from derive.proof.values import given_numbers
from tests.handouts.exports.readers import Read, check_manifest, read_canvas, read_gift, read_moodle, read_qti21
from tests.handouts.sheets.sheets import HOSTILE

READERS: Mapping[str, Callable[[tuple[Question, ...]], dict[str, Read]]] = {
    "moodle": lambda questions: read_moodle(moodle_xml("T", questions)),
    "canvas": lambda questions: read_canvas(canvas_zip("T", questions)),
    "qti": lambda questions: read_qti21(qti21_zip("T", questions)),
    "gift": lambda questions: {
        question.id: read for question, read in zip(questions, read_gift(gift("T", questions)).values(), strict=True)
    },
}


@pytest.mark.parametrize("platform", list(READERS))
def test_right_figures_are_right_and_mistakes_are_named(
    platform: str, made: tuple[Plan, tuple[Question, ...], dict[str, Problem]]
) -> None:
    """The figures of an independent network earn the point; each known mistake gets its own feedback; others none."""
    order, questions, problems = made
    read = READERS[platform](questions)
    assert len(read) == len(questions) == 2 * len(order.asked)
    named = 0
    for question in questions:
        found = read[question.id]
        true = values(problems[question.form])[order.asked[question.step - 1]]
        power = 1.0
        if platform == "canvas":
            told = re.search(r"times 10 to the power (\d+)", found.text)
            power = 10.0 ** int(told[1]) if told else 1.0
            assert abs(true * power) >= 0.1 or float(f"{true:.3e}") == round(true, 4)
        assert found.grade(float(f"{true * power:.3e}"))[0] == 1.0, question.name
        assert found.grade(float(f"{true * power:.6e}"))[0] == 1.0, question.name
        assert found.grade(true * power * 1.5 + 3.21 * power)[0] == 0.0
        feedbacks = set()
        for wrong in question.wrong:
            grade, feedback = found.grade(wrong.value * power)
            assert grade == 0.0
            assert (
                re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]+>", "", feedback)))[:40]
                == re.sub(r"\s+", "", wrong.feedback)[:40]
            )
            feedbacks.add(wrong.feedback)
            named += 1
        assert len(feedbacks) >= min(2, len(question.wrong))
    assert named > 300


def test_a_question_holds_all_it_needs(made: tuple[Plan, tuple[Question, ...], dict[str, Problem]]) -> None:
    """Its numbers, what is asked in words and as a symbol, how many digits; and no answer."""
    order, questions, problems = made
    for read in (READERS["moodle"](questions), READERS["qti"](questions)):
        for question in questions:
            text = read[question.id].text
            problem = problems[question.form]
            numbers = [number.text for number in (*problem.samples[0].inputs, problem.learning_rate)]
            assert all(number.replace("-", "−") in text for number in numbers)
            assert question.words in text
            assert "4 significant digits" in text
            true = values(problem)[order.asked[question.step - 1]]
            assert f"{abs(true):.5f}" not in text
    (weight, *_) = [question for question in questions if question.step == 22]
    assert (weight.words, weight.points) == ("gradient of w1 from x1 to H1", 3)


def test_a_category_a_step(made: tuple[Plan, tuple[Question, ...], dict[str, Problem]]) -> None:
    """Versions of a step stand together, so that a platform deals one of them to each student."""
    order, questions, _ = made
    steps = len(order.asked)
    quiz = ElementTree.fromstring(moodle_xml("a/b", questions))
    kinds = [question.get("type") for question in quiz.findall("question")]
    assert kinds == ["category", "numerical", "numerical"] * steps
    assert quiz.findtext("question/category/text", "").startswith("$course$/top/a//b/01 ")
    assert gift("T", questions).count("$CATEGORY: ") == steps
    canvas = zipfile.ZipFile(io.BytesIO(canvas_zip("T", questions)))
    assert canvas.read("derive/derive.xml").count(b"<selection_number>1</selection_number>") == steps
    assert b"<points_possible>35</points_possible>" in canvas.read("derive/assessment_meta.xml")
    test = zipfile.ZipFile(io.BytesIO(qti21_zip("T", questions))).read("test.xml")
    assert test.count(b'<selection select="1"') == steps


def test_no_figure_needs_more_decimals_than_canvas_keeps(
    made: tuple[Plan, tuple[Question, ...], dict[str, Problem]],
) -> None:
    """All versions of a step are asked times the same power of ten; a band survives four decimals."""
    _, questions, _ = made
    powers: dict[str, set[str]] = {}
    for name, read in READERS["canvas"](questions).items():
        powers.setdefault(name.partition("_")[0], set()).update(re.findall(r"to the power (\d+)", read.text) or ["0"])
    assert all(len(found) == 1 for found in powers.values())
    assert len({next(iter(found)) for found in powers.values()}) > 1


@pytest.mark.parametrize("text", HOSTILE[:-1])
def test_hostile_titles_are_data(text: str, made: tuple[Plan, tuple[Question, ...], dict[str, Problem]]) -> None:
    """Whatever a title is, every file can be read and holds as many questions."""
    _, questions, _ = made
    some = questions[:4]
    title = " ".join(text.split())
    assert len(read_moodle(moodle_xml(title, some))) == 4
    assert len(read_canvas(canvas_zip(title, some))) == 4
    assert len(read_qti21(qti21_zip(title, some))) == 4
    assert gift(title, some).count("::") >= 8


def test_files_of_a_handout(tmp_path: Path) -> None:
    """Each is the same bytes every time, and the teacher's page links to it and says what platforms cannot."""
    formats = ("moodle", "gift", "canvas", "qti")
    written = []
    for name in ("one", "two"):
        order = plan(load("2-2-2"), students=3, same=True, ask="forward", formats=formats, seed="x")
        index, _ = write_handout(order, tmp_path / name)
        page = index.read_text(encoding="utf-8")
        files = ("moodle.xml", "questions.gift", "canvas.zip", "qti21.zip")
        assert all(f'href="{file}"' in page for file in files)
        assert "does not know a student’s earlier ones" in page
        written.append([(tmp_path / name / file).read_bytes() for file in files])
    assert written[0] == written[1]
    assert len(read_moodle(written[0][0])) == 11  # three students with the same numbers are one version


def test_too_many_versions_are_refused(tmp_path: Path) -> None:
    """With a way out."""
    order = plan(load("2-2-2"), students=201, ask="net_H1", formats=("gift",), seed="x")
    with pytest.raises(UnsupportedError, match="--variants 26"):
        write_handout(order, tmp_path / "sheet")


def test_each_question_has_the_practice_page_of_its_own_numbers(tmp_path: Path) -> None:
    """Inside the file, where the platform looks for it, with these numbers and no others'; GIFT holds no files."""
    formats = ("moodle", "gift", "canvas", "qti")
    order = plan(load("2-2-2"), variants=2, ask="net_H1,out_H1", formats=formats, seed="x", practice=True)
    _, manifest = write_handout(order, tmp_path / "sheet")
    given = {
        form: {name: number.text for name, number in given_numbers(manifest.variants[student]).items()}
        for student, form in manifest.forms.items()
    }

    def numbers(page: str) -> Any:
        found = re.search(r'<script type="application/json" id="practice">(.*?)</script>', page, re.DOTALL)
        assert found is not None
        return json.loads(found[1])["given"]

    quiz = ElementTree.parse(tmp_path / "sheet/moodle.xml")
    seen = []
    for question in quiz.findall("question[@type='numerical']"):
        file = question.find("questiontext/file")
        assert file is not None
        assert f'href="@@PLUGINFILE@@{file.get("path")}{file.get("name")}"' in question.findtext(
            "questiontext/text", ""
        )
        form = question.findtext("idnumber", "").partition("_")[2]
        assert numbers(base64.b64decode(file.text or "").decode()) == given[form]
        seen.append(form)
    assert Counter(seen) == dict.fromkeys(given, 2)
    for name, told in (("canvas.zip", "$IMS-CC-FILEBASE$/practice/{}.html"), ("qti21.zip", "../practice/{}.html")):
        archive = zipfile.ZipFile(tmp_path / "sheet" / name)
        check_manifest(archive)
        texts = [archive.read(each).decode() for each in archive.namelist() if each.endswith(".xml")]
        for form, own in given.items():
            assert numbers(archive.read(f"practice/{form}.html").decode()) == own
            assert sum(text.count(told.format(form)) for text in texts) == 2
    assert "ractise" not in (tmp_path / "sheet/questions.gift").read_text("utf-8")


def test_many_practice_pages_are_linked_to(tmp_path: Path) -> None:
    """Of more than 40 versions, or where an address is said: by the names of their files; without one it is refused."""
    one: dict[str, Any] = {"ask": "net_H1", "formats": ("gift", "qti"), "seed": "x", "practice": True}
    order = plan(load("2-2-2"), students=2, practice_url="https://x.org/p/", **one)
    write_handout(order, tmp_path / "two")
    gift_file = (tmp_path / "two/questions.gift").read_text("utf-8")
    for path in (tmp_path / "two/practice").iterdir():
        assert f"https\\://x.org/p/{path.name}" in gift_file
    items = zipfile.ZipFile(tmp_path / "two/qti21.zip")
    assert not [name for name in items.namelist() if name.endswith(".html")]
    with pytest.raises(UnsupportedError, match="--practice-url"):
        write_handout(plan(load("2-2-2"), students=41, **one), tmp_path / "many")
