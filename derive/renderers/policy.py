"""The Content-Security-Policy of a page: it runs and shows what it was made with, and nothing that got in since.

A page holds everything it needs, so nothing is ever fetched; styles and scripts are allowed by their hashes, which are
taken of what the templates were given and never of a finished page: a script that got into one is not blessed by it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup


def content_policy(
    styles: Sequence[str], scripts: Sequence[str] = (), style_hash: str = "", *, works: bool = False
) -> Markup:
    """The ``meta`` element, to stand before everything that it is about.

    Parameters
    ----------
    styles, scripts : sequence of str
        What stands between the tags of each ``style`` and ``script`` element, to the letter. Data in a ``script``
        element of another type are not run and need no leave.
    style_hash : str
        The `source_hash` of one more style, or the marker of a hole for it.
    works : bool
        Whether its script may start a worker from its own text.
    """
    hashes = [*map(source_hash, styles), *filter(None, [style_hash])]
    rules = ["default-src 'none'", f"style-src {' '.join(hashes)}", "font-src data:"]
    if scripts:
        rules.append(f"script-src {' '.join(map(source_hash, scripts))}")
    if works:
        rules.append("worker-src blob:")
    rules += ["base-uri 'none'", "form-action 'none'"]
    return Markup(f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}">')


@lru_cache(maxsize=64)
def source_hash(text: str) -> str:
    """What a policy calls a style or script by (https://www.w3.org/TR/CSP3/#grammardef-hash-source)."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
