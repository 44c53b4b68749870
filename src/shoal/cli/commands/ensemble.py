"""`shoal ensemble`: trials of a study together, as one model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from shoal.cli import options
from shoal.cli.files import Claims, check_different
from shoal.cli.finish import file_lines
from shoal.cli.reading import open_study
from shoal.cli.terminal import Terminal, command_help, printable
from shoal.cli.winner import finite, metrics_table
from shoal.errors import ModelError

if TYPE_CHECKING:
    from shoal.models.ensemble import Ensemble

HELP = command_help(
    "Save an ensemble of a study's trials as one model, for evaluate and predict.",
    "It is the one that the search chose, without a look at the test rows, and scored beside the "
    "winner; "
    "with --best the mean of the K best trials. Its answers are means of its members'.",
    examples=(
        "shoal ensemble digits-1.study --out together.safetensors",
        "shoal ensemble digits-1.study --best 5 --out five.safetensors",
        "shoal predict together.safetensors new-digits.npz --out predictions.csv",
    ),
)

Out = Annotated[Path, typer.Option(metavar="FILE", help="Where to save the ensemble.")]
Best = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="K",
        help="The K best trials, all alike; the study has the weights of as many as --keep said.",
        show_default=False,
    ),
]


def ensemble(
    study: options.StudyPath,
    out: Out,
    best: Best = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Save an ensemble."""
    terminal = Terminal(as_json, quiet)
    check_different({"STUDY": study, "--out": out})
    with Claims() as claims:
        claims.take(out, "--out", ModelError, force=force)
        found = open_study(study)
        together = found.best_ensemble if best is None else found.ensemble(best)
        together.save(out)
        found.close()
    _tell(terminal, together, out)


def _tell(terminal: Terminal, together: Ensemble, out: Path) -> None:
    from shoal.report.sentences import SPLITS

    info = together.info
    splits = {name: finite(info[name]) for name in SPLITS if info.get(name)}
    members = [
        {"trial": model.info["trial"], "share": share}
        for model, share in zip(together.models, together.shares, strict=True)
    ]
    positive = together.preprocessing.positive_class
    named = {SPLITS[name]: metrics for name, metrics in splits.items()}
    shown: list[RenderableType] = ["", metrics_table(named, positive)] if splits else []
    terminal.result(
        {"members": members, **splits, "model": str(out)},
        Text(printable(str(together))),
        *shown,
        "",
        *file_lines({"model": out}),
    )
