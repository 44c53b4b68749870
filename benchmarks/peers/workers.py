"""Worker processes that share the trials of a search."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from typing import Any

WORKERS = 2

Work = Callable[[Connection, "Synchronized[int]"], None]
"""What a worker does. Until it is sent None it takes a request, answers when it is
ready, is sent the time at which the search began, takes trials while any are left, and
answers what it did."""


class Workers:
    """Processes that wait for a search; they end with the block.

    Args:
        work: what each does.
    """

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self._left: Synchronized[int] = context.Value("i", 0)
        self._connections: list[Connection] = []
        for _ in range(WORKERS):
            here, there = context.Pipe()
            context.Process(target=work, args=(there, self._left), daemon=True).start()
            self._connections.append(here)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *error: object) -> None:
        for connection in self._connections:
            connection.send(None)

    def run(self, request: Mapping[str, Any]) -> tuple[list[dict[str, Any]], float]:
        """What each did of the ``trials`` asked for, and the seconds that it took.

        Each has a seed of its own. The clock runs once all are ready.
        """
        self._left.value = request["trials"]
        for number, connection in enumerate(self._connections):
            connection.send({**request, "seed": request["seed"] * WORKERS + number})
        for connection in self._connections:
            connection.recv()
        start = time.perf_counter()
        for connection in self._connections:
            connection.send(time.time())  # the one clock that processes have in common
        results = [connection.recv() for connection in self._connections]
        return results, time.perf_counter() - start


def take(left: Synchronized[int]) -> bool:
    """Takes one trial from those left, if there is one."""
    with left.get_lock():
        if left.value == 0:
            return False
        left.value -= 1
        return True
