"""Whom a run tells of its progress: the caller's ``watch``, or the display."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from shoal.display import Phase, Progress, Watch, nobody, shown


def telling(what: str, watch: Watch | None, progress: bool) -> AbstractContextManager[Watch]:
    """Whom to tell: the caller's ``watch``; else the display, unless nothing is to be shown.

    Args:
        what: what runs, such as ``shoal.search``.
        watch: as it was given.
        progress: as it was given.
    """
    if watch is None and progress:
        return shown(what)
    return nullcontext(nobody if watch is None else watch)


__all__ = ["Phase", "Progress", "Watch", "nobody", "telling"]
