"""`derive help`: the pages of help, printed."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from functools import partial

from derive.commands.arguments import AddCommand
from derive.errors import DeriveError

_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
#: Links to other pages and pictures, which lead nowhere on a terminal.
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_PAGE = re.compile(r"\[([^\]]*)\]\((\w+)\.md\)")
_FILE = re.compile(r"\[([^\]]*)\]\((?!\w+:)[^)]*\)")


def add_help(command: AddCommand, commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """Add `derive help`; the parsers of the other commands print theirs."""
    made = command(
        "help",
        partial(_help, commands),
        "print a page of help: problem files, names, verdicts, conventions and others",
        "  derive help\n  derive help problems\n  derive help explain\n",
    )
    made.add_argument("topic", nargs="?", metavar="TOPIC", help="a topic or a command; left out: a list")


def topics() -> dict[str, str]:
    """The text of each page of help, by its name, in Markdown."""
    from importlib import resources

    pages = (resources.files("derive") / "help").iterdir()
    return {
        page.name.removesuffix(".md"): page.read_text(encoding="utf-8") for page in sorted(pages, key=lambda p: p.name)
    }


def _help(commands: Mapping[str, argparse.ArgumentParser], arguments: argparse.Namespace) -> int:
    pages, topic = topics(), arguments.topic
    if topic is None:
        width = max(map(len, pages))
        for name, text in pages.items():
            print(f"{name:<{width}}  {text.partition(chr(10))[0].removeprefix('# ')}")
        print("\nderive help TOPIC prints one of them, derive help COMMAND the options of a command.")
    elif topic in pages:
        print(_for_a_terminal(pages[topic]), end="")
    elif topic in commands:
        commands[topic].print_help()
    else:
        from derive.given import fields

        known = tuple(dict.fromkeys((*pages, *commands)))
        raise DeriveError(
            f"help: there is no page {fields.shown(topic)}; {fields.nearest(topic, known)}there are {', '.join(known)}"
        )
    return 0


def _for_a_terminal(page: str) -> str:
    """A page without links: a picture is told by what it shows, another page by the command that prints it."""
    parts = _FENCED.split(page)
    for place, text in enumerate(parts[::2]):
        text = _PICTURE.sub(r"[picture: \1]", text)
        text = _PAGE.sub(_page_named, text)
        parts[2 * place] = _FILE.sub(r"\1", text)
    return "".join(parts)


def _page_named(link: re.Match[str]) -> str:
    said, name = link.groups()
    return f"derive help {name}" if said == name else f"{said} (derive help {name})"
