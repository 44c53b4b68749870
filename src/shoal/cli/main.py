"""The command `shoal`: its commands, and how it starts and ends.

Nothing here imports jax, and no command does before it is called: help and
mistakes in the command line are answered at once.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import shoal
from shoal.cli.commands import (
    curve,
    ensemble,
    evaluate,
    export,
    predict,
    report,
    resume,
    search,
    show,
    train,
)
from shoal.cli.help_pages import HelpfulCommand
from shoal.cli.terminal import INTERRUPTED, choices_in_help, reporting_failures


class _Commands(TyperGroup):
    """The commands, with one answer to whatever goes wrong inside them."""

    def invoke(self, ctx: Any) -> Any:
        with reporting_failures():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    name="shoal",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=HelpfulCommand, help=train.HELP)(train.train)
app.command(help=search.HELP, cls=choices_in_help(search.sampler_names))(search.search)
app.command(cls=HelpfulCommand, help=resume.HELP)(resume.resume)
app.command(cls=HelpfulCommand, help=curve.HELP)(curve.curve)
app.command(cls=HelpfulCommand, help=ensemble.HELP)(ensemble.ensemble)
app.command(cls=HelpfulCommand, help=evaluate.HELP)(evaluate.evaluate)
app.command(cls=HelpfulCommand, help=predict.HELP)(predict.predict)
app.command(cls=HelpfulCommand, help=report.HELP)(report.report)
app.command(cls=HelpfulCommand, help=show.HELP)(show.show)
app.command(cls=HelpfulCommand, help=export.HELP)(export.export)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"shoal {shoal.__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Train and tune neural networks, hundreds at a time, as one compiled program.

    [bold]Start here[/bold]: shoal search digits

    A search trains a family of networks side by side, confirms the best on fresh
    seeds and scores it once on data that nothing has seen. It leaves a study, the
    winner's model and, if you like, a report to look at.
    """


def _asked_to_end(number: int, frame: FrameType | None) -> None:
    """Do for another signal what Ctrl-C would do now."""
    as_ctrl_c = signal.getsignal(signal.SIGINT)
    if callable(as_ctrl_c):
        as_ctrl_c(signal.SIGINT, frame)


def _end_in_order() -> None:
    """Let a batch system's word to end, or a closed terminal, keep what is done as Ctrl-C does."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores it
            signal.signal(number, _asked_to_end)


def main() -> None:
    """Run the command; what `shoal` on the command line calls."""
    _end_in_order()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("jax").setLevel(logging.ERROR)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a terminal that lacks a character shows "?"
            reconfigure(errors="replace")
    try:
        app(prog_name="shoal")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
