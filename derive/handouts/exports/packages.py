"""Packages of questions: zip files that are the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree


def package(files: Mapping[str, bytes]) -> bytes:
    """A zip file of these files, dated as early as one can be."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return stream.getvalue()


def xml_bytes(root: ElementTree.Element) -> bytes:
    """An element as a file."""
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def child(parent: ElementTree.Element, tag: str, text: str | None = None, /, **attributes: str) -> ElementTree.Element:
    """A new last element within another."""
    element = ElementTree.SubElement(parent, tag, attributes)
    element.text = text
    return element


def page_path(form: str) -> str:
    """Where the practice page of a form stands in a package."""
    return f"practice/{form}.html"


def page_resources(resources: ElementTree.Element, forms: Iterable[str]) -> None:
    """Lists the practice pages of a package in its manifest."""
    for form in forms:
        href = page_path(form)
        child(
            child(resources, "resource", identifier=f"practice_{form}", type="webcontent", href=href), "file", href=href
        )
