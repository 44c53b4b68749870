"""The page: all sections in order, in one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from shoal.errors import StudyError
from shoal.report.facts import Facts, read_facts
from shoal.report.markup import Markup, tag
from shoal.report.sections.cost import draw_cost, draw_repeat
from shoal.report.sections.examples import draw_messages
from shoal.report.sections.overview import draw_glance, draw_overview, short_name
from shoal.report.sections.search import (
    draw_best,
    draw_curves,
    draw_hyperparameters,
    draw_parallel_section,
)
from shoal.report.sections.trust import draw_beginning, draw_ensembles, draw_trust
from shoal.report.sections.winner import draw_mistakes, draw_pictures, draw_winner
from shoal.store import StudyFile


def write_report(study: StudyFile, out: str | os.PathLike[str]) -> None:
    """Write the report of a study as one self-contained HTML file.

    Everything in it comes from the study file. A file at `out` is replaced.

    Raises:
        StudyError: the study is damaged, or `out` cannot be written.
    """
    content = render_report(read_facts(study))
    out = Path(out)
    temporary = out.with_name(f".{out.name}.{secrets.token_hex(4)}.tmp")
    try:
        if out.is_dir():
            raise IsADirectoryError(0, "this is a folder")
        temporary.write_text(content, encoding="utf-8")
        os.replace(temporary, out)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise StudyError(
            "cannot write the report",
            received=error.strerror or str(error),
            where=str(out),
            hint="Choose a path in a folder that exists and can be written",
        ) from error


def render_report(facts: Facts) -> str:
    """Return the page's HTML."""
    sections = [
        draw_glance(facts),
        draw_winner(facts),
        draw_mistakes(facts),
        draw_pictures(facts),
        draw_messages(facts),
        draw_trust(facts),
        draw_ensembles(facts),
        draw_best(facts),
        draw_beginning(facts),
        draw_curves(facts),
        draw_hyperparameters(facts),
        draw_parallel_section(facts),
        draw_cost(facts),
        draw_repeat(facts),
    ]
    body = tag("body", draw_overview(facts), tag("main", sections), _footer(facts), _script())
    return "<!doctype html>\n" + tag("html", _head(facts), body, lang="en")


def _head(facts: Facts) -> Markup:
    name = short_name(facts)
    return tag("head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy()),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{name} · shoal report"),
        tag("style", Markup(_asset("style.css"))),
    )  # fmt: skip


def _policy() -> str:
    """Nothing is loaded from anywhere, and no script runs but the page's own."""
    digest = base64.b64encode(hashlib.sha256(_asset("behavior.js").encode()).digest()).decode()
    sources = f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return f"default-src 'none'; img-src data:; {sources}"


def _script() -> Markup:
    return tag("script", Markup(_asset("behavior.js")))


def _footer(facts: Facts) -> Markup:
    return tag("footer", tag("p", "Made by shoal from the study file alone, begun ",
                             facts.header.created.replace("T", " ").replace("+00:00", " UTC"),
                             "."))  # fmt: skip


def _asset(name: str) -> str:
    return files("shoal.report").joinpath(name).read_text(encoding="utf-8")
