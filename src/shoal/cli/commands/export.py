"""`shoal export`: a study's trials as a file for other programs."""

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

TableFile = Annotated[
    Path,
    typer.Option(metavar="FILE.csv|.parquet", help="Where to write, and as what."),
]


HELP = command_help(
    "Write a study's trials as a table: CSV, or Parquet (with shoal's extra parquet).",
    examples=(
        "shoal export digits-1.study --out trials.csv",
        "shoal export digits-1.study --out trials.parquet",
    ),
)


def export(
    study: options.StudyPath,
    out: TableFile,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a table."""
    terminal = Terminal(as_json, quiet)
    check_different({"STUDY": study, "--out": out})
    check_free(out, "--out", StudyError, force=force)
    found = open_study(study)
    with terminal.working("writing the table"):
        found.export(out)
    told = {"trials": sum(found.counts().values()), "table": str(out)}
    found.close()
    terminal.result(told, Text(f"{told['trials']} trials are in {printable(str(out))}"))
