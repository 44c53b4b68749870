"""How far a loop is, for the display: the loop knows nothing of terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

Listener = Callable[[int, int], None]
"""Hears how many are done, and of how many."""

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let a function hear how far the loops are that run meanwhile."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def report(done: int, total: int) -> None:
    """Let whoever listens hear how many are done."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(done, total)


@contextmanager
def unheard() -> Iterator[None]:
    """Let nobody hear the loops that run meanwhile: they are parts of one that is heard."""
    token = _LISTENER.set(None)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def counted(items: Iterable[T], total: int) -> Iterator[T]:
    """The items; after each, whoever listens hears how many there were."""
    listener = _LISTENER.get()
    for done, item in enumerate(items, start=1):
        yield item
        if listener is not None:
            listener(done, total)
