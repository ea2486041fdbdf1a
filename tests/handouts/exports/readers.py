"""Readers of the files for learning platforms, written for tests alone; they grade as platforms do."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

#: A figure's grade and feedback, as a platform finds them.
Grader = Callable[[float], tuple[float, str]]


@dataclass(frozen=True)
class Read:
    """A question as a platform reads it."""

    name: str
    text: str
    grade: Grader


def _first(ranges: list[tuple[float, float, float, str]], other: str) -> Grader:
    def grade(value: float) -> tuple[float, str]:
        for low, high, share, feedback in ranges:
            if low <= value <= high:
                return share, feedback
        return 0.0, other

    return grade


def read_moodle(content: bytes) -> dict[str, Read]:
    """Moodle's importer in short: the first answer whose tolerance holds the value counts, ``*`` is for all others."""
    found: dict[str, Read] = {}
    for element in ElementTree.fromstring(content).findall("question"):
        if element.get("type") != "numerical":
            continue
        ranges, other = [], ""
        for answer in element.findall("answer"):
            assert answer.get("fraction") in ("0", "100")
            text, feedback = answer.findtext("text", ""), answer.findtext("feedback/text", "")
            if text == "*":
                other = feedback
                continue
            off = float(answer.findtext("tolerance", ""))
            ranges.append((float(text) - off, float(text) + off, float(answer.get("fraction", "")) / 100, feedback))
        name = element.findtext("idnumber", "")
        assert name not in found  # a second one would be dropped in silence
        text = element.findtext("questiontext/text", "")
        found[name] = Read(element.findtext("name/text", ""), text, _first(ranges, other))
    return found


def read_gift(text: str) -> dict[str, Read]:
    """GIFT in short: questions between empty lines, marks escaped by a backslash."""
    found: dict[str, Read] = {}
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("$CATEGORY: "):
            continue
        head = re.fullmatch(r"::((?:\\.|[^\\:])*):: ((?:\\.|[^\\{])*)\{#\n(.*)\n\}", block, re.DOTALL)
        assert head is not None, block[:200]
        ranges = []
        other = ""
        for line in head[3].split("\n"):
            if line.startswith("~#"):
                other = line[2:]
                continue
            answer = re.fullmatch(r"=%(\d+)%(-?[\d.]+):([\d.]+)#((?:\\.|[^\\#~={}:])*)", line)
            assert answer is not None, line
            value, off = float(answer[2]), float(answer[3])
            ranges.append((value - off, value + off, float(answer[1]) / 100, re.sub(r"\\(.)", r"\1", answer[4])))
        name = re.sub(r"\\(.)", r"\1", head[1])
        found[name] = Read(name, re.sub(r"\\(.)", r"\1", head[2]), _first(ranges, other))
    return found


def read_canvas(content: bytes) -> dict[str, Read]:
    """QTI 1.2: the first condition that holds, and the feedback it links to."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    check_manifest(archive)
    (name,) = [name for name in archive.namelist() if re.fullmatch(r"(\w+)/\1\.xml", name)]
    space = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}
    found: dict[str, Read] = {}
    for item in ElementTree.fromstring(archive.read(name)).iterfind(".//q:item", space):
        told = {
            each.get("ident", "").removesuffix("_fb"): "".join(each.itertext())
            for each in item.iterfind("q:itemfeedback", space)
        }
        ranges, other = [], ""
        for condition in item.iterfind(".//q:respcondition", space):
            link = condition.find("q:displayfeedback", space)
            assert link is not None
            feedback = told[link.get("linkrefid", "").removesuffix("_fb")]
            if condition.find(".//q:other", space) is not None:
                other = feedback
                continue
            low, high = (float(condition.findtext(f".//q:{sign}", "", space)) for sign in ("vargte", "varlte"))
            assert low <= float(condition.findtext(".//q:varequal", "", space)) <= high
            score = condition.findtext("q:setvar", "0", space)
            ranges.append((low, high, float(score) / 100, feedback))
        text = item.findtext(".//q:presentation//q:mattext", "", space)
        found[item.get("ident", "")] = Read(item.get("title", ""), text, _first(ranges, other))
    return found


def read_qti21(content: bytes) -> dict[str, Read]:
    """QTI 2.1: response conditions in order, and the modal feedback that the outcome names."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    check_manifest(archive)
    space = {"q": "http://www.imsglobal.org/xsd/imsqti_v2p1"}
    test = ElementTree.fromstring(archive.read("test.xml"))
    found: dict[str, Read] = {}
    for reference in test.iterfind(".//q:assessmentItemRef", space):
        item = ElementTree.fromstring(archive.read(reference.get("href", "")))
        assert item.get("identifier") == reference.get("identifier")
        assert re.fullmatch(r"[A-Za-z_]\w*", item.get("identifier", ""))
        told = {each.get("identifier"): "".join(each.itertext()) for each in item.iterfind("q:modalFeedback", space)}
        ranges, other = [], ""
        for branch in item.iterfind(".//q:responseCondition/*", space):
            outcomes = {each.get("identifier"): "".join(each.itertext())
                        for each in branch.iterfind("q:setOutcomeValue", space)}  # fmt: skip
            ends = [float(end.text or "") for end in branch.iterfind("q:and/*/q:baseValue", space)]
            if ends:
                ranges.append((ends[0], ends[1], float(outcomes.get("SCORE", "0")), told[outcomes["FEEDBACK"]]))
            elif "FEEDBACK" in outcomes:
                other = told[outcomes["FEEDBACK"]]
        body = item.find("q:itemBody", space)
        assert body is not None
        found[item.get("identifier", "")] = Read(item.get("title", ""), "".join(body.itertext()), _first(ranges, other))
    return found


def check_manifest(archive: zipfile.ZipFile) -> None:
    """Every file is listed, every listed file is there, and every dependency is a resource."""
    root = ElementTree.fromstring(archive.read("imsmanifest.xml"))
    space = {"p": root.tag.partition("}")[0].removeprefix("{")}
    resources = root.findall(".//p:resource", space)
    ids = [each.get("identifier") for each in resources]
    assert len(set(ids)) == len(ids)
    files = {each.get("href") for each in root.iterfind(".//p:file", space)}
    assert files | {"imsmanifest.xml"} == set(archive.namelist())
    assert {each.get("identifierref") for each in root.iterfind(".//p:dependency", space)} <= set(ids)
