"""What a user reads when something goes wrong, and the exit status that goes with it."""

from __future__ import annotations

import errno
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from shoal.cli.terminal import printable
from shoal.environment import DEBUG, check_environment, debug_asked
from shoal.errors import ShoalError
from shoal.limits import free_bytes, is_memory_error

BAD_INPUT = 2
UNEXPECTED = 1
INTERRUPTED = 130


@contextmanager
def failures_told() -> Iterator[None]:
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
        return debug_asked()
    except ShoalError:
        return True


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:500] if lines else "no message"


__all__ = ["BAD_INPUT", "INTERRUPTED", "UNEXPECTED", "failures_told"]
