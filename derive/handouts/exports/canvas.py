"""Canvas: a package of QTI 1.2; a group for each step, of which every student gets one version."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby
from xml.etree import ElementTree

from derive.handouts.exports.moodle import figure, given_html, practice_html
from derive.handouts.exports.packages import child, package, page_path, page_resources, xml_bytes
from derive.handouts.exports.questions import LOOK_AGAIN, Pages, Question, Range, scaled

#: What Canvas keeps of an answer; smaller figures are asked times a power of ten.
DECIMALS = 4
_ID = "derive"


def canvas_zip(title: str, questions: Sequence[Question], pages: Pages | None = None) -> bytes:
    """The package: a manifest, the assessment, what Canvas wants to know of it besides, and practice pages."""
    pages = pages or {}
    root = ElementTree.Element("questestinterop", xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2")
    assessment = child(root, "assessment", ident=_ID, title=title)
    section = child(assessment, "section", ident="root_section")
    for number, (category, some) in enumerate(groupby(scaled(questions, DECIMALS), key=lambda each: each.category), 1):
        versions = list(some)
        group = child(section, "section", ident=f"step{number}", title=category)
        selection = child(child(group, "selection_ordering"), "selection")
        child(selection, "selection_number", "1")
        child(child(selection, "selection_extension"), "points_per_item", str(versions[0].points))
        for question in versions:
            _item(group, question, embedded=question.form in pages)
    return package(
        {
            "imsmanifest.xml": _manifest(pages),
            f"{_ID}/{_ID}.xml": xml_bytes(root),
            f"{_ID}/assessment_meta.xml": _meta(title, questions),
            **{page_path(form): page.encode("utf-8") for form, page in pages.items()},
        }
    )


def _item(group: ElementTree.Element, question: Question, *, embedded: bool) -> None:
    item = child(group, "item", ident=question.id, title=question.name)
    data = child(child(item, "itemmetadata"), "qtimetadata")
    for label, entry in (("question_type", "numerical_question"), ("points_possible", str(question.points))):
        pair = child(data, "qtimetadatafield")
        child(pair, "fieldlabel", label)
        child(pair, "fieldentry", entry)
    presentation = child(item, "presentation")
    power = f"10<sup>{question.power}</sup> · " if question.power else ""
    text = f"{given_html(question)}<p>{escape(question.task)} {power}{escape(question.symbol)} = ?</p>"
    # Canvas puts the address of the course's files here.
    text += practice_html(f"$IMS-CC-FILEBASE$/{page_path(question.form)}" if embedded else question.url)
    child(child(presentation, "material"), "mattext", text, texttype="text/html")
    response = child(presentation, "response_str", ident="response1", rcardinality="Single")
    child(child(response, "render_fib", fibtype="Decimal"), "response_label", ident="answer1")
    processing = child(item, "resprocessing")
    child(child(processing, "outcomes"), "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    _condition(processing, question.right, "right", score="100")
    for place, each in enumerate(question.wrong):
        _condition(processing, each, f"wrong{place}")
    other = child(processing, "respcondition", **{"continue": "Yes"})
    child(child(other, "conditionvar"), "other")
    child(other, "displayfeedback", feedbacktype="Response", linkrefid="general_incorrect_fb")
    told = [("right", question.right.feedback), ("general_incorrect", LOOK_AGAIN)]
    for name, said in (*told, *((f"wrong{place}", each.feedback) for place, each in enumerate(question.wrong))):
        material = child(child(child(item, "itemfeedback", ident=f"{name}_fb"), "flow_mat"), "material")
        child(material, "mattext", f"<p>{escape(said)}</p>", texttype="text/html")


def _condition(processing: ElementTree.Element, answer: Range, name: str, score: str = "") -> None:
    condition = child(processing, "respcondition", **{"continue": "No"})
    either = child(child(condition, "conditionvar"), "or")
    child(either, "varequal", figure(answer.value), respident="response1")
    both = child(either, "and")
    low, high = answer.ends
    child(both, "vargte", figure(low), respident="response1")
    child(both, "varlte", figure(high), respident="response1")
    if score:
        child(condition, "setvar", score, action="Set", varname="SCORE")
    child(condition, "displayfeedback", feedbacktype="Response", linkrefid=f"{name}_fb")


def _manifest(pages: Pages) -> bytes:
    root = ElementTree.Element(
        "manifest", identifier=f"{_ID}_manifest", xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
    )
    data = child(root, "metadata")
    child(data, "schema", "IMS Content")
    child(data, "schemaversion", "1.1.3")
    child(root, "organizations")
    resources = child(root, "resources")
    quiz = child(resources, "resource", identifier=_ID, type="imsqti_xmlv1p2")
    child(quiz, "file", href=f"{_ID}/{_ID}.xml")
    child(quiz, "dependency", identifierref=f"{_ID}_meta")
    kind = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
    meta = child(resources, "resource", identifier=f"{_ID}_meta", type=kind, href=f"{_ID}/assessment_meta.xml")
    child(meta, "file", href=f"{_ID}/assessment_meta.xml")
    page_resources(resources, pages)
    return xml_bytes(root)


def _meta(title: str, questions: Sequence[Question]) -> bytes:
    root = ElementTree.Element("quiz", identifier=_ID, xmlns="http://canvas.instructure.com/xsd/cccv1p0")
    child(root, "title", title)
    child(root, "quiz_type", "practice_quiz")
    points = {question.step: question.points for question in questions}
    child(root, "points_possible", str(sum(points.values())))
    return xml_bytes(root)
