"""What other processes take of the machine while a pair is measured."""

from __future__ import annotations

import os
import time
from pathlib import Path

QUIET = 0.15
"""Cores that others may keep busy while a machine still counts as quiet."""

Ticks = tuple[int, int, int]


def read_ticks() -> Ticks | None:
    """Clock ticks: worked by all, altogether, and worked by this process and its children.

    None where the system does not tell.
    """
    try:
        fields = Path("/proc/stat").read_text(encoding="ascii").split(maxsplit=9)[1:9]
        ticks = [int(field) for field in fields]
        return sum(ticks) - ticks[3] - ticks[4], sum(ticks), tree_ticks(os.getpid())
    except (OSError, ValueError, IndexError):
        return None


def tree_ticks(process: int) -> int:
    """Clock ticks that a process and everything below it have worked."""
    folder = Path("/proc") / str(process)
    try:
        # The name, in parentheses, may hold blanks; the numbers start after it.
        fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        own = sum(int(field) for field in fields[11:15])
        children = (folder / "task" / str(process) / "children").read_text(encoding="ascii")
    except OSError:
        return 0
    return own + sum(tree_ticks(int(child)) for child in children.split())


def others_load(before: Ticks | None, after: Ticks | None) -> float:
    """Cores that others kept busy between two readings; 0 where it cannot be told."""
    if before is None or after is None or after[1] <= before[1]:
        return 0.0
    busy, total, own = (then - now for now, then in zip(before, after, strict=True))
    return max(0.0, (busy - own) / total) * (os.cpu_count() or 1)


def wait_for_quiet(patience: float, look: float = 0.5) -> None:
    """Waits up to `patience` seconds for others to fall silent."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        before = read_ticks()
        time.sleep(look)
        if others_load(before, read_ticks()) < QUIET:
            return
