"""How much memory a file may ask for: checked before any is allocated."""

from __future__ import annotations

import math
import os
from pathlib import Path

from shoal.errors import DataError, ShoalError
from shoal.utils.environment import MAX_GB, max_gb

SHARE = 0.5
"""Share of the machine's memory that one file may take where nothing else is said."""

LEAST = 2e9
"""The limit of small machines, and of those that do not tell their memory, in bytes."""

_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def most_bytes() -> float:
    """Bytes that one data set, model or study may take.

    Raises:
        DataError: the environment variable is no number above 0.
    """
    limit = max_gb()
    return max(SHARE * _memory(), LEAST) if limit is None else limit * 1e9


def check_size(
    bytes_wanted: float, what: str, where: str | None, error: type[ShoalError] = DataError
) -> None:
    """Refuse what would take more memory than the limit.

    Args:
        bytes_wanted: as the file's header tells it, before anything is read.
        what: what would take it, such as ``"the array 'x'"``.
        where: what to call the file in messages.
        error: what is raised.

    Raises:
        ShoalError: with the limit and how it is raised.
    """
    limit = most_bytes()
    if bytes_wanted <= limit:
        return
    # By whole numbers: what a file claims may be beyond the largest float.
    tenths = (
        -(-bytes_wanted // 10**8)
        if isinstance(bytes_wanted, int)
        else math.ceil(bytes_wanted / 1e8)
    )
    gigabytes = -(-tenths // 10)
    told = f"{tenths // 10:,}.{tenths % 10}" if tenths < 10**15 else "over 10^14"
    raise error(
        f"{what} must fit into the memory that shoal may take for it",
        expected=f"at most {limit / 1e9:.3g} GB",
        received=f"{told} GB once unpacked",
        where=where,
        hint=f"If this is meant, raise the limit with {MAX_GB}="
        f"{gigabytes if gigabytes < 10**14 else 'inf'}.",
    )


def is_memory_error(error: BaseException) -> bool:
    """Whether memory was not enough: Python's, NumPy's or the compiled program's."""
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)[:200]


def free_bytes() -> int | None:
    """Memory that is free, as far as the system tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def _memory() -> float:
    """Bytes that this machine has, or the container that the program runs in."""
    try:
        total = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return 0.0
    try:
        return min(total, float(_CONTAINER.read_text()))
    except (ValueError, OSError):  # no container, or one without a limit ("max")
        return total
