"""The next program, compiled while the present one trains."""

from __future__ import annotations

from collections.abc import Callable

import jax

from shoal.engine.compilation import CompileLog
from shoal.engine.group import Group
from shoal.engine.population import Population
from shoal.utils.environment import processors

COMPILER = 2
"""Processors that XLA's compiler keeps busy, about."""


def tracing_pays() -> bool:
    """Whether the next program may be traced while the present one trains.

    A single processor would be taken from the training, whose threads wait for each other.
    """
    return processors() > 1


def compiling_pays() -> bool:
    """Whether XLA may compile it as well.

    Training on a CPU takes all processors, and so does the compiler where it can have no
    more than `COMPILER`: at once the two only hinder each other.
    """
    return processors() > COMPILER or (tracing_pays() and jax.default_backend() != "cpu")


class Ahead:
    """At most one population that is made ready before its group's turn.

    Its functions are traced one at a time, while the device works, and where that pays XLA
    compiles them meanwhile. It takes no memory of the device before it is opened. What goes
    wrong is left to be found again when the group is opened, where it belongs.

    Args:
        log: where compilations are counted, once the population is opened.
    """

    def __init__(self, log: CompileLog) -> None:
        self._log = log
        self._group: Group | None = None
        self._population: Population | None = None

    def step(self, group: Group, make: Callable[[], Population]) -> None:
        """Go on with what this group will need.

        Args:
            group: the one whose turn is next.
            make: its population, yet to be compiled.
        """
        try:
            if group is not self._group:
                self.give_up()
                self._group = group
                self._population = make()
            if self._population is not None:
                self._log.trace(self._population.program.compilation)
                if compiling_pays():
                    self._population.program.compilation.begin()
        except Exception:
            self._drop()

    def take(self, group: Group, lanes: int) -> Population | None:
        """What has been made of this group's population, if it has that many lanes."""
        population = self._population
        if group is self._group and population is not None and population.lanes == lanes:
            self._group = self._population = None
            return population
        self.give_up()
        return None

    def give_up(self) -> None:
        """Compile nothing more ahead of its turn, until the next step."""
        self._drop()
        self._group = None

    def _drop(self) -> None:
        if self._population is not None:
            self._population.program.compilation.give_up()
        self._population = None
