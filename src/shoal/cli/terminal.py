"""The two streams: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from shoal.display import working


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
