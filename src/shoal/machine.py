"""What this process has of the machine: processors and memory, each counted in one place."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

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
