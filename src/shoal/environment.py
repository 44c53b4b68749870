"""Every environment variable that shoal reads, what it may be, and what it is taken for.

===================  ==============================================================
variable             what it decides
===================  ==============================================================
SHOAL_KERNELS        ``native`` or ``xla``: which kernels; the best there are if unset
SHOAL_KERNELS_ISA    ``baseline``, ``avx2`` or ``avx512``: the kernels' instruction set
SHOAL_CACHE          where compiled programs are kept: ``off`` or the path of a folder
SHOAL_DATA_CACHE     where pixels of large folders are kept: ``off`` or the path of a folder
SHOAL_DATA_CACHE_GB  how much is kept there at most, in GB; ``inf``: no limit
SHOAL_MAX_GB         memory that one file may ask for, in GB; ``inf``: no limit
SHOAL_MAX_LAYERS     layers that a network from a file or from a `Repeat` may have
SHOAL_DEBUG          ``1``: the command shows where an error was raised; ``0``: not
===================  ==============================================================

A value that is none of these is refused, never ignored. A variable that is set to
nothing is as one that is not set.
"""

from __future__ import annotations

import difflib
import math
import os
import sys
from pathlib import Path

from shoal.errors import DataError, KernelError, NetworkError, ShoalError, TrainingError

KERNELS = "SHOAL_KERNELS"
KERNELS_ISA = "SHOAL_KERNELS_ISA"
CACHE = "SHOAL_CACHE"
DATA_CACHE = "SHOAL_DATA_CACHE"
DATA_CACHE_GB = "SHOAL_DATA_CACHE_GB"
MAX_GB = "SHOAL_MAX_GB"
MAX_LAYERS = "SHOAL_MAX_LAYERS"
DEBUG = "SHOAL_DEBUG"

VARIABLES = (KERNELS, KERNELS_ISA, CACHE, DATA_CACHE, DATA_CACHE_GB, MAX_GB, MAX_LAYERS, DEBUG)

USUAL_LAYERS = 10_000
"""The limit of `max_layers` where nothing is said."""

USUAL_DATA_CACHE_GB = 50.0
"""The limit of `data_cache_gb` where nothing is said."""

_ALIKE = 0.85
"""How much a name resembles one of these where it is taken for a slip of the pen."""


def kernels_asked() -> str | None:
    """``"native"``, ``"xla"`` or None.

    Raises:
        KernelError: another word.
    """
    return _word(KERNELS, ("native", "xla"), "chooses the kernels", KernelError)


def instruction_set_asked() -> str | None:
    """``"baseline"``, ``"avx2"``, ``"avx512"`` or None.

    Raises:
        KernelError: another word.
    """
    allowed = ("baseline", "avx2", "avx512")
    return _word(KERNELS_ISA, allowed, "chooses the kernels' instruction set", KernelError)


def cache_asked() -> Path | str | None:
    """``"off"``, the path of a folder, or None where nothing is said.

    Raises:
        TrainingError: a word that is neither.
    """
    return _folder(CACHE, "compiled programs are kept", TrainingError)


def data_cache_asked() -> Path | str | None:
    """``"off"``, the path of a folder, or None where nothing is said.

    Raises:
        DataError: a word that is neither.
    """
    return _folder(DATA_CACHE, "pixels of large folders are kept", DataError)


def data_cache_gb() -> float:
    """GB that pixels of large folders may take in the cache.

    Raises:
        DataError: no number above 0.
    """
    limit = _gigabytes(DATA_CACHE_GB)
    return USUAL_DATA_CACHE_GB if limit is None else limit


def user_cache() -> Path:
    """The folder for what shoal keeps and can make again."""
    told = os.environ.get("XDG_CACHE_HOME")
    if told:
        return Path(told) / "shoal"
    if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "shoal" / "cache"
    return Path.home() / ".cache" / "shoal"


def max_gb() -> float | None:
    """A number above 0, or None where nothing is said.

    Raises:
        DataError: something else.
    """
    return _gigabytes(MAX_GB)


def max_layers() -> int:
    """Layers that one network may have.

    Raises:
        NetworkError: no whole number above 0.
    """
    told = _told(MAX_LAYERS)
    if told is None:
        return USUAL_LAYERS
    if not (told.isascii() and told.isdigit() and len(told) < 16 and int(told)):
        raise NetworkError(
            f"the environment variable {MAX_LAYERS} is a whole number above 0", received=repr(told)
        )
    return int(told)


def debug_asked() -> bool:
    """Whether tracebacks are asked for.

    Raises:
        ShoalError: neither 0 nor 1.
    """
    return _word(DEBUG, ("0", "1"), "asks for tracebacks", ShoalError) == "1"


def check_environment() -> None:
    """Raise ShoalError unless every variable that is set can be understood."""
    for read in (
        kernels_asked,
        instruction_set_asked,
        cache_asked,
        data_cache_asked,
        data_cache_gb,
        max_gb,
        max_layers,
        debug_asked,
    ):
        read()
    for name in sorted(os.environ):
        if name.startswith("SHOAL_") and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, 1, _ALIKE)
            if near:
                raise ShoalError(
                    "there is no such environment variable",
                    received=name,
                    hint=f"Did you mean {near[0]}?",
                )


def _told(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None


def _folder(name: str, what: str, error: type[ShoalError]) -> Path | str | None:
    """``"off"``, the path of a folder, or None where nothing is said."""
    told = _told(name)
    if told in (None, "off"):
        return told
    if "/" not in told and os.sep not in told:
        raise error(
            f"the environment variable {name} says where {what}",
            expected="off, or a path with a / in it",
            received=repr(told),
            hint=f"Unset {name} to keep them in the user's own cache.",
        )
    return Path(told).expanduser()


def _gigabytes(name: str) -> float | None:
    """A number of GB above 0, or None where nothing is said."""
    told = _told(name)
    if told is None:
        return None
    try:
        limit = float(told)
    except ValueError:
        limit = math.nan
    if not limit > 0:
        raise DataError(
            f"the environment variable {name} is a number of GB above 0", received=repr(told)
        )
    return limit


def _word(name: str, allowed: tuple[str, ...], what: str, error: type[ShoalError]) -> str | None:
    told = _told(name)
    if told is not None and told not in allowed:
        raise error(
            f"the environment variable {name} {what}",
            expected=f"{', '.join(allowed)}, or nothing",
            received=repr(told),
            hint=f"Unset {name} to take what is usual.",
        )
    return told
