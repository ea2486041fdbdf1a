"""Schemas of 1EdTech (questions, packages) and what they import of W3C's, each from the address that it is known by.

They are used in tests alone, and no part of this project. Their notice allows everybody to use and copy them; only a
product that carries them has to register. With ``DERIVE_SCHEMAS`` they are kept in that folder, by host and path.
"""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Any

QTI_2_1 = "http://www.imsglobal.org/xsd/imsqti_v2p1.xsd"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1.xsd"
#: The one that packages of Canvas name.
QTI_1_2 = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2p1.xsd"
_SECONDS = 20


class NoSchemaError(Exception):
    """An address does not answer."""


def schema(address: str, folder: Path) -> Any:
    """Return the ``lxml.etree.XMLSchema`` of an address, with all that it imports, kept in a folder.

    Raises
    ------
    NoSchemaError
        If a file is neither there nor to be had, or is another than it should be.
    """
    from lxml import etree

    class Kept(etree.Resolver):
        def resolve(self, url: str, _public: str, context: Any) -> Any:
            return self.resolve_filename(str(_file(url, folder)), context) if "://" in url else None

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Kept())
    try:
        return etree.XMLSchema(etree.parse(str(_file(address, folder)), parser, base_url=address))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise NoSchemaError(f"what {address} answers is no schema ({error})") from None


def _file(address: str, folder: Path) -> Path:
    path = folder / address.partition("://")[2]
    if not path.is_file():
        try:
            with urllib.request.urlopen(address, timeout=_SECONDS) as answer:
                content = answer.read()
        except OSError as error:
            raise NoSchemaError(f"{address} does not answer ({error})") from None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path
