"""The site's source: the repository's pages as Sphinx reads them, and the generated ones."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from docs.site.commands import command_pages
from docs.site.kinds import kinds
from docs.site.pages import CONTENTS, PAGES, ROOT, broken, relinked
from docs.site.reference import reference_pages

TITLES = {"lessons": "Ten lessons", "architecture": "Architecture"}
"""What pages are called in the navigation where their own title says less there."""

KINDS = "<!-- kinds -->"
"""Where `docs/network_files.md` lists every kind that a file can name."""


def write_source(folder: Path) -> None:
    """Write everything that Sphinx reads.

    Raises:
        SystemExit: a link of a page leads nowhere.
    """
    wrong = {page: bad for page in PAGES if (bad := broken(page))}
    if wrong:
        raise SystemExit("\n".join(f"{page}: no such place: {bad}" for page, bad in wrong.items()))
    shutil.rmtree(folder, ignore_errors=True)
    carried: set[str] = set()
    pages = {to: _page(source, carried) for source, to in PAGES.items()}
    pages["index.md"] += _contents()
    pages |= command_pages() | reference_pages()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in carried:
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, path)
    shutil.copyfile(Path(__file__).with_name("conf.py"), folder / "conf.py")
    shutil.copyfile(Path(__file__).with_name("shoal.css"), folder / "shoal.css")


def _page(source: str, carried: set[str]) -> str:
    text = (ROOT / source).read_text("utf-8")
    if KINDS in text:
        text = text.replace(KINDS, kinds())
    return for_myst(relinked(source, text, carried))


def for_myst(text: str) -> str:
    """GitHub's mathematics and fences as MyST's."""
    text = re.sub(r"^```math$", "```{math}", text, flags=re.MULTILINE)
    text = re.sub(r"^```(\w+) long$", r"```\1", text, flags=re.MULTILINE)
    text = re.sub(r"^```py$", "```python", text, flags=re.MULTILINE)
    return re.sub(r"\$`([^`]*)`\$", r"{math}`\1`", text)


def _contents() -> str:
    return "\n" + "\n".join(
        "\n".join(
            ["```{toctree}", ":hidden:", f":caption: {caption}", "", *map(_entry, names), "```", ""]
        )
        for caption, names in CONTENTS.items()
    )


def _entry(name: str) -> str:
    return f"{TITLES[name]} <{name}>" if name in TITLES else name
