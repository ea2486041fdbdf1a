"""QTI 2.1: a package with a test; a section for each step, of which one version is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree

from derive.handouts.exports.moodle import figure
from derive.handouts.exports.packages import child, package, page_path, page_resources, xml_bytes
from derive.handouts.exports.questions import LOOK_AGAIN, PRACTISE, Pages, Question, Range

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"


def qti21_zip(title: str, questions: Sequence[Question], pages: Pages | None = None) -> bytes:
    """The package: manifest, test, a file for each question, and practice pages."""
    pages = pages or {}
    files = {"imsmanifest.xml": _manifest(questions, pages), "test.xml": _test(title, questions)}
    files |= {f"items/{question.id}.xml": _item(question, embedded=question.form in pages) for question in questions}
    return package(files | {page_path(form): page.encode("utf-8") for form, page in pages.items()})


def _manifest(questions: Sequence[Question], pages: Pages) -> bytes:
    root = ElementTree.Element("manifest", identifier="derive_package", xmlns=_PACKAGE)
    data = child(root, "metadata")
    child(data, "schema", "QTIv2.1 Package")
    child(data, "schemaversion", "1.0.0")
    child(root, "organizations")
    resources = child(root, "resources")
    test = child(resources, "resource", identifier="test", type="imsqti_test_xmlv2p1", href="test.xml")
    child(test, "file", href="test.xml")
    for question in questions:
        child(test, "dependency", identifierref=question.id)
    for question in questions:
        href = f"items/{question.id}.xml"
        item = child(resources, "resource", identifier=question.id, type="imsqti_item_xmlv2p1", href=href)
        child(item, "file", href=href)
        if question.form in pages:
            child(item, "dependency", identifierref=f"practice_{question.form}")
    page_resources(resources, pages)
    return xml_bytes(root)


def _test(title: str, questions: Sequence[Question]) -> bytes:
    root = ElementTree.Element("assessmentTest", identifier="derive_test", title=title, xmlns=_QTI)
    part = child(root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="individual")
    for category, some in groupby(questions, key=lambda question: question.category):
        versions = list(some)
        step = f"step{versions[0].step}"
        section = child(part, "assessmentSection", identifier=step, title=category, visible="true")
        if len(versions) > 1:
            child(section, "selection", select="1")
        for question in versions:
            reference = child(section, "assessmentItemRef", identifier=question.id, href=f"items/{question.id}.xml")
            child(reference, "weight", identifier="points", value=str(question.points))
    return xml_bytes(root)


def _item(question: Question, *, embedded: bool) -> bytes:
    root = ElementTree.Element(
        "assessmentItem",
        identifier=question.id,
        title=question.name,
        adaptive="false",
        timeDependent="false",
        xmlns=_QTI,
    )
    response = child(root, "responseDeclaration", identifier="RESPONSE", cardinality="single", baseType="float")
    child(child(response, "correctResponse"), "value", figure(question.right.value))
    score = child(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    child(child(score, "defaultValue"), "value", "0")
    child(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier")
    body = child(root, "itemBody")
    given = child(body, "ul")
    for label, text in question.given:
        child(given, "li", f"{label}: {text}")
    # Formulas as text: not every player shows MathML.
    asked = child(body, "p", f"{question.task} {question.symbol} = ")
    child(asked, "textEntryInteraction", responseIdentifier="RESPONSE", expectedLength="14")
    address = f"../{page_path(question.form)}" if embedded else question.url
    if address:
        child(child(body, "p"), "a", PRACTISE, href=address)
    processing = child(child(root, "responseProcessing"), "responseCondition")
    nothing = child(processing, "responseIf")
    child(child(nothing, "isNull"), "variable", identifier="RESPONSE")
    _set(nothing, "SCORE", "float", "0")
    right = child(processing, "responseElseIf")
    _within(right, question.right)
    _set(right, "SCORE", "float", "1")
    _set(right, "FEEDBACK", "identifier", "RIGHT")
    told = [("RIGHT", question.right.feedback)]
    for place, each in enumerate(question.wrong):
        wrong = child(processing, "responseElseIf")
        _within(wrong, each)
        _set(wrong, "FEEDBACK", "identifier", f"WRONG{place}")
        told.append((f"WRONG{place}", each.feedback))
    _set(child(processing, "responseElse"), "FEEDBACK", "identifier", "OTHER")
    for name, text in (*told, ("OTHER", LOOK_AGAIN)):
        shown = child(root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier=name, showHide="show")
        child(shown, "p", text)
    return xml_bytes(root)


def _within(condition: ElementTree.Element, answer: Range) -> None:
    """Both ends compared: ``equal`` with an absolute tolerance is not understood by every player."""
    both = child(condition, "and")
    for sign, end in zip(("gte", "lte"), answer.ends, strict=True):
        comparison = child(both, sign)
        child(comparison, "variable", identifier="RESPONSE")
        child(comparison, "baseValue", figure(end), baseType="float")


def _set(parent: ElementTree.Element, outcome: str, kind: str, value: str) -> None:
    child(child(parent, "setOutcomeValue", identifier=outcome), "baseValue", value, baseType=kind)
