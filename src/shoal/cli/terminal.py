"""The terminal: two streams, failures, help, and what a run looks like."""

from __future__ import annotations

import errno
import json
import math
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.text import Text
from typer.core import TyperCommand

from shoal.cli.help_pages import HelpfulCommand
from shoal.display import Lines, no_callback, on_terminal
from shoal.display.working import working
from shoal.errors import ShoalError
from shoal.utils.environment import DEBUG, check_environment, debug_setting
from shoal.utils.limits import free_bytes, is_memory_error

if TYPE_CHECKING:
    from shoal.display import Watch


def printable(text: str) -> str:
    """The text with control characters spelled out, so that no file can steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


@dataclass(frozen=True)
class Terminal:
    """Where a command writes.

    Attributes:
        json: whether standard output gets one JSON object and nothing else.
        quiet: whether progress and remarks are left out.
    """

    json: bool = False
    quiet: bool = False

    @property
    def results(self) -> Console:
        """Standard output, for a reader."""
        return Console(highlight=False, markup=False, emoji=False)

    @property
    def remarks(self) -> Console:
        """Standard error."""
        return Console(stderr=True, highlight=False, markup=False, emoji=False)

    def working(self, what: str) -> AbstractContextManager[None]:
        """Say what is being done, if it takes a while."""
        return nullcontext() if self.quiet else working(self.remarks, printable(what))

    def remark(self, text: str) -> None:
        """A line beside the result."""
        if not self.quiet:
            self.remarks.print(Text(printable(text)), soft_wrap=True)

    def warn(self, text: str) -> None:
        """A line that is told even when quiet."""
        self.remarks.print(Text(printable(text), style="yellow"), soft_wrap=True)

    def result(self, data: Mapping[str, Any], *shown: RenderableType) -> None:
        """The command's result: as JSON, or as it is shown to a reader."""
        if self.json:
            typer.echo(json.dumps(_plain(data), allow_nan=False))
            return
        for part in shown:
            self.results.print(part, soft_wrap=isinstance(part, Text))


def _plain(value: Any) -> Any:
    """What JSON can hold: numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # a NumPy scalar or array
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)


BAD_INPUT = 2
UNEXPECTED = 1
INTERRUPTED = 130


@contextmanager
def reporting_failures() -> Iterator[None]:
    """End with one message instead of a traceback, and with the right exit status.

    Status 2 for what the user can mend (memory that was not enough among it), 130 for
    Ctrl-C, 1 for the rest.
    """
    try:
        check_environment()
        yield
    except ShoalError as error:
        _tell(f"Error: {error}")
        raise typer.Exit(BAD_INPUT) from None
    except KeyboardInterrupt:
        _tell("Interrupted.", trace=False)
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        if _is_typers_own(error) or getattr(error, "errno", None) == errno.EPIPE:
            raise
        if is_memory_error(error):
            _tell(f"Error: {_memory_told(error)}")
            raise typer.Exit(BAD_INPUT) from None
        _tell(
            f"Unexpected error: {type(error).__name__}: {_first_line(error)}"
            + ("" if _debugging() else f"\nRun it again with {DEBUG}=1 to see where.")
        )
        raise typer.Exit(UNEXPECTED) from None


def _is_typers_own(error: Exception) -> bool:
    """Whether it is a usage error or an exit, which typer itself tells best."""
    return isinstance(error, typer.Exit | typer.Abort) or hasattr(error, "exit_code")


def _memory_told(error: Exception) -> str:
    """What was asked for, what there is, and what would fit."""
    asked = re.search(r"([\d.]+ ?[KMGTP]?i?B|[\d.]+ bytes)", str(error))
    what = "" if asked is None else f"; {_in_words(asked[1])} more were asked for"
    free = free_bytes()
    have = "" if free is None else f", {_in_words(f'{free} bytes')} are free"
    return (
        f"the work fits into memory{what}{have}. A search takes less with fewer lanes (--lanes 4, "
        "or 1), a training with smaller batches (--batch-size), anything with smaller networks "
        "and fewer or smaller examples."
    )


def _in_words(size: str) -> str:
    """A number of bytes as it is read best."""
    number, unit = re.fullmatch(r"([\d.]+) ?(\w+)", size).groups()  # type: ignore[union-attr]
    if unit != "bytes":
        return f"{float(number):g} {unit}"
    count = float(number)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} TiB"


def _tell(message: str, *, trace: bool = True) -> None:
    if trace and _debugging():
        traceback.print_exc()
    typer.secho(printable(message), fg=typer.colors.RED, err=True)


def _debugging() -> bool:
    """Whether tracebacks are asked for; a word that is not understood is told of already."""
    try:
        return debug_setting()
    except ShoalError:
        return True


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:500] if lines else "no message"


__all__ = ["BAD_INPUT", "INTERRUPTED", "UNEXPECTED", "reporting_failures"]


NETWORK_FILE = """\
layers = [
  { kind = "conv", channels = { range = "int", low = 4, high = 16 } },
  "relu",
  { kind = "max_pool", pool_size = 2 },
  "flatten",
  { kind = "dense", units = 10 },
]
[recipe.optimizer]
kind = "adamw"
learning_rate = { range = "float", low = 1e-4, high = 1e-1, log = true }"""

OWN_NETWORK = (
    "Your own network (--network) is a TOML or JSON file of layers; wherever a number goes, "
    "a range goes. What a recipe leaves out is chosen for the data, and options win over it:"
)


CHOICES = "{choices}"
"""In the help of an option, the place of choices that are listed only when help is asked for."""


def choices_in_help(choices: Callable[[], Sequence[str]]) -> type[TyperCommand]:
    """A command whose help lists choices in the place of `CHOICES`.

    Args:
        choices: which they are. It may import what other commands do not need.
    """

    class WithChoices(HelpfulCommand):
        def format_help(self, ctx: Any, formatter: Any) -> None:
            for param in self.params:
                told = getattr(param, "help", None)
                if told and CHOICES in told:
                    vars(param)["help"] = told.replace(CHOICES, ", ".join(choices()))
            super().format_help(ctx, formatter)

    return WithChoices


def command_help(*paragraphs: str, examples: Sequence[str], network: bool = False) -> str:
    """The text of a command's ``--help``.

    Args:
        *paragraphs: what it does.
        examples: commands to copy.
        network: whether it takes ``--network``, which is then explained.
    """
    told = [*paragraphs, "[bold]Examples:[/bold]", _verbatim("\n".join(examples))]
    if network:
        told += [f"[bold]Networks:[/bold] {OWN_NETWORK}", _verbatim(NETWORK_FILE)]
    return "\n\n".join(told)


def _verbatim(text: str) -> str:
    """Lines that stay as they are, brackets included."""
    return "\b\n" + "\n".join(f"  {escape(line)}" for line in text.splitlines())


@contextmanager
def watching(terminal: Terminal, title: str) -> Iterator[Watch]:
    """What to hand to a search or a training as ``callbacks``.

    Args:
        terminal: where to; nothing is shown if it is quiet.
        title: what runs.
    """
    console = terminal.remarks
    if terminal.quiet:
        yield no_callback
    elif not console.is_terminal or console.is_dumb_terminal:
        yield Lines(terminal.remark)
    else:
        with on_terminal(console, printable(title)) as panel:
            yield panel
