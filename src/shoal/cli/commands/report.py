"""`shoal report`: a study as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from shoal.cli import options
from shoal.cli.files import check_different, check_free
from shoal.cli.reading import open_study
from shoal.cli.terminal import Terminal, command_help, printable
from shoal.errors import StudyError

ReportFile = Annotated[Path, typer.Option(metavar="FILE.html", help="Where to write.")]


HELP = command_help(
    "Write a study's report: one HTML file that needs nothing else.",
    examples=("shoal report digits-1.study --out report.html",),
)


def report(
    study: options.StudyPath,
    out: ReportFile,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a report."""
    terminal = Terminal(as_json, quiet)
    check_different({"STUDY": study, "--out": out})
    check_free(out, "--out", StudyError, force=force)
    found = open_study(study)
    with terminal.working("writing the report"):
        found.report(out)
    found.close()
    terminal.result({"report": str(out)}, Text(f"The report is in {printable(str(out))}"))
