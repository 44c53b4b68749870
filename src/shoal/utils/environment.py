"""The environment: variables that shoal reads, processors, and memory.

Every environment variable that shoal reads, what it may be, and what it is taken for.

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
SHOAL_PREDICT        ``numpy`` or ``jax`` (the latter if unset): what computes predictions
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
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from shoal.errors import DataError, KernelError, ModelError, NetworkError, ShoalError, TrainingError

KERNELS = "SHOAL_KERNELS"
KERNELS_ISA = "SHOAL_KERNELS_ISA"
CACHE = "SHOAL_CACHE"
DATA_CACHE = "SHOAL_DATA_CACHE"
DATA_CACHE_GB = "SHOAL_DATA_CACHE_GB"
MAX_GB = "SHOAL_MAX_GB"
MAX_LAYERS = "SHOAL_MAX_LAYERS"
PREDICT = "SHOAL_PREDICT"
DEBUG = "SHOAL_DEBUG"

VARIABLES = (
    KERNELS, KERNELS_ISA, CACHE, DATA_CACHE, DATA_CACHE_GB, MAX_GB, MAX_LAYERS, PREDICT, DEBUG,
)  # fmt: skip

USUAL_LAYERS = 10_000
"""The limit of `max_layers` where nothing is said."""

USUAL_DATA_CACHE_GB = 50.0
"""The limit of `data_cache_gb` where nothing is said."""

_ALIKE = 0.85
"""How much a name resembles one of these where it is taken for a slip of the pen."""


def kernels_setting() -> str | None:
    """``"native"``, ``"xla"`` or None.

    Raises:
        KernelError: another word.
    """
    return _word(KERNELS, ("native", "xla"), "chooses the kernels", KernelError)


def instruction_set_setting() -> str | None:
    """``"baseline"``, ``"avx2"``, ``"avx512"`` or None.

    Raises:
        KernelError: another word.
    """
    allowed = ("baseline", "avx2", "avx512")
    return _word(KERNELS_ISA, allowed, "chooses the kernels' instruction set", KernelError)


def cache_setting() -> Path | str | None:
    """``"off"``, the path of a folder, or None where nothing is said.

    Raises:
        TrainingError: a word that is neither.
    """
    return _folder(CACHE, "compiled programs are kept", TrainingError)


def data_cache_setting() -> Path | str | None:
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


def predict_setting() -> str | None:
    """``"numpy"``, ``"jax"`` or None.

    Raises:
        ModelError: another word.
    """
    return _word(PREDICT, ("numpy", "jax"), "chooses what computes predictions", ModelError)


def debug_setting() -> bool:
    """Whether tracebacks are asked for.

    Raises:
        ShoalError: neither 0 nor 1.
    """
    return _word(DEBUG, ("0", "1"), "asks for tracebacks", ShoalError) == "1"


def check_environment() -> None:
    """Raise ShoalError unless every variable that is set can be understood."""
    for read in (
        kernels_setting,
        instruction_set_setting,
        cache_setting,
        data_cache_setting,
        data_cache_gb,
        max_gb,
        max_layers,
        predict_setting,
        debug_setting,
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


CGROUPS = Path("/sys/fs/cgroup")
"""Where Linux tells what a container may use."""

OWN_GROUP = Path("/proc/self/cgroup")
"""Where it tells which limits hold for this process."""

USUAL_MEMORY = 4e9
"""Bytes that are taken for granted where the system tells nothing."""


@dataclass(frozen=True)
class Machine:
    """A class of machines: what decides, besides shapes, how many lanes a program gets.

    Attributes:
        processors: that the process may use.
        memory: in bytes, the power of two that is nearest.
    """

    processors: int
    memory: float

    @classmethod
    def here(cls) -> Self:
        """The class of this one."""
        return cls(processors(), float(2 ** round(math.log2(memory()))))

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """The class that `to_json` told of."""
        return cls(int(told["processors"]), float(told["memory"]))

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def processors() -> int:
    """Number of processors that this process may use, at least 1.

    A machine may have more: the process may be bound to some of them (`taskset`, a batch
    system), or a container may have a share of them in time, of which a part counts as one.
    """
    return max(min(_bound_to(), *_shares()), 1)


def _bound_to() -> int:
    counted = getattr(os, "process_cpu_count", None)  # Python 3.13; it also knows -X cpu_count
    if counted is not None:
        return counted() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _shares() -> Iterator[int]:
    """Processors that the container, and those that hold it, give in time."""
    for told in _limits("cpu.max"):
        quota, _, period = told.partition(" ")
        if quota.isdecimal() and period.isdecimal() and int(period) > 0:
            yield math.ceil(int(quota) / int(period))
    yield 2**31


def memory() -> float:
    """Bytes of memory that this process may take: the machine's, or the container's."""
    whole = USUAL_MEMORY
    with suppress(ValueError, OSError, AttributeError):
        whole = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    limits = [float(told) for told in _limits("memory.max") if told.isdecimal()]
    return min([whole, *limits])


def _limits(name: str) -> Iterator[str]:
    """A limit of the process's control group and of those above it, as written there."""
    try:
        lines = OWN_GROUP.read_text().splitlines()
    except OSError:
        return
    own = next((line[3:] for line in lines if line.startswith("0::")), None)
    if own is None:  # no control groups, or those of the first version
        return
    folder = CGROUPS / own.lstrip("/")
    for place in (folder, *folder.parents):
        if place != CGROUPS and CGROUPS not in place.parents:
            return
        try:
            yield (place / name).read_text().strip()
        except OSError:
            continue
