"""Which pages the site has, and their links and anchors.

A page is a Markdown file of the repository. Its links are those that work in the repository;
`relinked` turns them into links between pages of the site.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

PAGES = {
    "docs/index.md": "index.md",
    "docs/tutorial/first.md": "tutorial/first.md",
    "docs/tutorial/tables.md": "tutorial/tables.md",
    "docs/tutorial/pictures.md": "tutorial/pictures.md",
    "docs/tutorial/masks.md": "tutorial/masks.md",
    "docs/tutorial/texts.md": "tutorial/texts.md",
    "docs/scikit_learn.md": "scikit_learn.md",
    "docs/samplers.md": "samplers.md",
    "docs/network_files.md": "network_files.md",
    "docs/export.md": "export.md",
    "docs/tables.md": "tables.md",
    "docs/pictures.md": "pictures.md",
    "docs/pictures_in_tables.md": "pictures_in_tables.md",
    "docs/masks.md": "masks.md",
    "docs/texts.md": "texts.md",
    "docs/catalogue.md": "catalogue.md",
    "docs/architecture.md": "architecture.md",
    "docs/benchmark-history.md": "benchmark-history.md",
    "benchmarks/README.md": "benchmarks.md",
    "examples/README.md": "lessons.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Where each page comes from, and where in the site it stands."""

CONTENTS = {
    "Tutorials": [
        "tutorial/first", "tutorial/tables", "tutorial/pictures", "tutorial/masks",
        "tutorial/texts", "lessons",
    ],
    "Guides": ["scikit_learn", "samplers", "network_files", "export"],
    "What is read": ["tables", "pictures", "pictures_in_tables", "masks", "texts"],
    "Reference": ["commands/index", "reference/index", "catalogue"],
    "About": ["benchmarks", "benchmark-history", "architecture", "contributing", "changelog"],
}  # fmt: skip
"""The site's navigation; each page stands in it once."""

FENCE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1[ ]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
OUTSIDE = re.compile(r"[a-z]+:")


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with everything but its blocks of code changed."""
    parts, end = [], 0
    for block in FENCE.finditer(text):
        parts += [change(text[end : block.start()]), block[0]]
        end = block.end()
    return "".join([*parts, change(text[end:])])


def anchor(heading: str) -> str:
    """The anchor that GitHub and the site give a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """The anchors of a page."""
    found: list[str] = []
    outside_code(text, lambda part: found.extend(HEADING.findall(part)) or part)
    return {anchor(heading) for heading in found}


def links(text: str) -> Iterator[str]:
    """The targets of a page's links."""
    found: list[str] = []
    outside_code(text, lambda part: found.extend(link[2] for link in LINK.findall(part)) or part)
    yield from found


def target(source: str, link: str) -> tuple[str, str]:
    """The file of the repository that a page's link leads to, and the anchor in it."""
    path, _, place = link.partition("#")
    if not path:
        return source, place
    return os.path.normpath(os.path.join(os.path.dirname(source), path)), place


def broken(source: str) -> list[str]:
    """The links of a page that lead to no file, or to no heading of a page."""
    wrong = []
    for link in links((ROOT / source).read_text("utf-8")):
        if OUTSIDE.match(link):
            continue
        path, place = target(source, link)
        there = ROOT / path
        if not there.exists() or (
            place and place not in anchors(there.read_text("utf-8") if there.is_file() else "")
        ):
            wrong.append(link)
    return wrong


def relinked(source: str, text: str, carried: set[str]) -> str:
    """A page of the repository with the links of the site.

    Links to other pages become links to these; pictures are added to `carried`; of any other
    link to a file of the repository the text is kept.
    """

    def one(link: re.Match[str]) -> str:
        picture, words, to = link.groups()
        if OUTSIDE.match(to) or to.startswith("#"):
            return link[0]
        path, place = target(source, to)
        path = "docs/index.md" if path == "README.md" else path
        if path in PAGES:
            here = os.path.dirname(PAGES[source])
            page = os.path.relpath(PAGES[path], here or ".")
            return f"[{words}]({page}{'#' + place if place else ''})"
        if picture:
            carried.add(path)
            up = "../" * PAGES[source].count("/")
            return f"![{words}]({up}files/{path})"
        return words if "`" in words else f"`{words}`"

    return outside_code(text, lambda part: LINK.sub(one, part))
