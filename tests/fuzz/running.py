"""One case after another: anything but success or a shoal error is told with its file."""

from __future__ import annotations

import random
import resource
import shutil
import signal
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fuzz.readers import READERS
from fuzz.seeds import copied

from shoal.errors import ShoalError, ShoalWarning

MEMORY = 4 * 2**30
"""Bytes that a case may take beyond what the process has."""

ENDLESS = 120
"""Seconds after which a case is taken for one without end."""

LIMITS = {"SHOAL_MAX_GB": "1", "SHOAL_MAX_LAYERS": "500"}
"""So that whatever is within the limits fits, and is quickly done."""


class Endless(BaseException):
    """A case took so long that it would not end; nothing on its way may catch this."""


def failure_of(reader: str, whole: list[Path], number: int, keep: Path) -> str | None:
    """What went wrong in a case; None if nothing did.

    Args:
        reader: its name.
        whole: files of its format.
        number: of the case: the same one is the same damage.
        keep: where to leave a file that made trouble.
    """
    rng = random.Random(f"{reader} {number}")
    source = whole[number % len(whole)]
    with tempfile.TemporaryDirectory() as folder:
        path = copied(source, Path(folder) / source.name)
        READERS[reader].damage(path, rng)
        damaged = copied(path, Path(folder) / f"damaged-{source.name}")
        try:
            with warnings.catch_warnings(), limited():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", ShoalWarning)
                READERS[reader].use(path)
        except ShoalError:
            return None
        except (Exception, Endless) as error:
            keep.mkdir(parents=True, exist_ok=True)
            kept = keep / f"{reader}-{number}-{source.name}"
            shutil.rmtree(kept, ignore_errors=True)
            copied(damaged, kept)
            trace = "".join(traceback.format_exception(error))
            return f"{reader} {number}: {type(error).__name__}: {error}\n{kept}\n{trace}"
    return None


@contextmanager
def limited() -> Iterator[None]:
    """Memory and time are bounded within."""
    memory = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    before = signal.signal(signal.SIGALRM, _end)
    resource.setrlimit(resource.RLIMIT_AS, (most, memory[1]))
    signal.alarm(ENDLESS)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, memory)
        signal.signal(signal.SIGALRM, before)


def _end(*_: object) -> None:
    raise Endless(f"no end after {ENDLESS} seconds")
