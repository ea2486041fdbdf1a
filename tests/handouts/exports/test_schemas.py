"""Questions against the schemas of their formats; Moodle publishes none for its XML, nobody one for GIFT."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from derive.given.problem import Problem
from derive.handouts.exports.canvas import canvas_zip
from derive.handouts.exports.qti21 import qti21_zip
from derive.handouts.exports.questions import Question
from derive.handouts.making.plan import Plan
from tests.schemas import PACKAGE, QTI_1_2, QTI_2_1, NoSchemaError, schema

Made = tuple[Plan, tuple[Question, ...], dict[str, Problem]]

etree: Any = pytest.importorskip("lxml.etree", reason="no lxml")


@pytest.fixture(scope="session")
def schemas() -> Path:
    """Where schemas are kept; what is not there yet is fetched, so that only who asks for it depends on a network."""
    kept = os.environ.get("DERIVE_SCHEMAS")
    if not kept:
        pytest.skip("DERIVE_SCHEMAS names no folder for the schemas of 1EdTech")
    return Path(kept)


def _schema(address: str, folder: Path) -> Any:
    try:
        return schema(address, folder)
    except NoSchemaError as error:
        pytest.skip(str(error))


def _files(package: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: etree.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")}


def test_questions_of_qti_2_1_are_valid(made: Made, schemas: Path) -> None:
    """Test and items, with practice pages and without; what is out of order is refused."""
    valid = _schema(QTI_2_1, schemas)
    _, questions, _ = made
    for pages in ({}, {questions[0].form: "<p>x</p>"}):
        files = _files(qti21_zip("A & B", questions, pages))
        del files["imsmanifest.xml"]
        assert len(files) == len(questions) + 1
        for name, root in files.items():
            assert valid.validate(root), (name, valid.error_log)
    root.append(root[0])
    assert not valid.validate(root)


def test_the_manifest_of_qti_2_1_is_valid(made: Made, schemas: Path) -> None:
    """As a content package, with practice pages."""
    valid = _schema(PACKAGE, schemas)
    _, questions, _ = made
    root = _files(qti21_zip("T", questions, {questions[0].form: "<p>x</p>"}))["imsmanifest.xml"]
    assert valid.validate(root), valid.error_log
    del root.attrib["identifier"]
    assert not valid.validate(root)


def test_questions_for_canvas_are_valid_qti_1_2(made: Made, schemas: Path) -> None:
    """The assessment with its groups of versions; its manifest follows what Canvas itself exports, not a schema."""
    valid = _schema(QTI_1_2, schemas)
    _, questions, _ = made
    root = _files(canvas_zip("A & B", questions, {questions[0].form: "<p>x</p>"}))["derive/derive.xml"]
    assert valid.validate(root), valid.error_log
    del root[0].attrib["ident"]
    assert not valid.validate(root)
