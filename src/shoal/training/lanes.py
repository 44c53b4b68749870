"""All lanes of a search: groups of trials that share a program, and their turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

import jax.numpy as jnp

from shoal.network import Network
from shoal.space import Point, Space
from shoal.training.augmentation import check_augmentation
from shoal.training.compiling import CompileLog
from shoal.training.lane_count import LaneCount, LaneRequest
from shoal.training.losses import Loss
from shoal.training.metrics import Objective
from shoal.training.population import Population
from shoal.training.recipe import Recipe
from shoal.training.specialize import Specialization, deciding, specialize
from shoal.training.splits import Splits
from shoal.training.trial import EpochDone, Standing, Trial, TrialDone


@dataclass
class Use:
    """How full the lanes were: steps of trials over steps of all lanes."""

    useful: int = 0
    total: int = 0

    @property
    def occupancy(self) -> float:
        """Useful lane steps over all lane steps; 1 before the first."""
        return self.useful / self.total if self.total else 1.0


@dataclass
class _Group:
    special: Specialization
    waiting: deque[Trial] = field(default_factory=deque)
    population: Population | None = None

    @property
    def busy(self) -> int:
        return self.population.busy if self.population else 0


class Lanes:
    """Trains trials in lanes, those of one program side by side, program after program.

    Args:
        family, recipe: with ranges.
        space: of both.
        splits: the data.
        objective: what decides which epoch was the best.
        count: how many lanes a program gets.
        levels: number of width buckets.
    """

    def __init__(
        self,
        family: Network,
        recipe: Recipe,
        space: Space,
        splits: Splits,
        objective: Objective,
        count: LaneCount,
        levels: int,
    ) -> None:
        self.family, self.recipe, self.space = family, recipe, space
        self.splits, self.objective = splits, objective
        self.count, self.levels = count, levels
        self.log = CompileLog()
        self.use = Use()
        self.rounds = 0
        self._groups: dict[str, _Group] = {}
        self._specials: dict[Hashable, _Group] = {}
        self._current: _Group | None = None

    def trial(self, number: int, point: Point, seed: int) -> Trial:
        """A trial at a point of the space.

        Raises:
            NetworkError: the point makes an impossible network.
            RecipeError: one whose outputs do not fit the loss and the data.
        """
        network = self.space.bind(self.family, point)
        recipe = self.space.bind(self.recipe, point)
        assert isinstance(recipe.loss, Loss)
        recipe.loss.check(self.splits.task, self.splits.outputs, network.output_shape)
        x = self.splits.training.x
        real = jnp.issubdtype(x.dtype, jnp.floating)
        check_augmentation(recipe.augmentation, x.shape[1:], real=real)  # type: ignore[arg-type]  # bound
        for part in recipe.regularizing:
            part.check(network)
        return Trial(number, point, seed, network, recipe)

    def submit(self, trial: Trial) -> None:
        """Let a trial wait for a lane of its group."""
        decisive = deciding(self.space, trial.point, self.levels)
        if decisive not in self._specials:
            special = specialize(self.family, self.recipe, self.space, trial.point, self.levels)
            self._specials[decisive] = self._groups.setdefault(special.key, _Group(special))
        self._specials[decisive].waiting.append(trial)

    @property
    def running(self) -> list[Trial]:
        """The trials that are in a lane."""
        return [standing.trial for standing in self._standings()]

    @property
    def waiting(self) -> int:
        """Number of trials that wait for a lane."""
        return sum(len(group.waiting) for group in self._groups.values())

    @property
    def groups(self) -> int:
        """Number of programs so far."""
        return len(self._groups)

    @property
    def size(self) -> int:
        """Lanes of the program whose turn it is."""
        current = self._current
        return current.population.lanes if current and current.population else 0

    @property
    def most(self) -> int:
        """Lanes of the largest program so far."""
        return max((g.population.lanes for g in self._groups.values() if g.population), default=0)

    def round(self) -> Iterator[None]:
        """One epoch of the group whose turn it is; yields now and then.

        A group keeps its turn until it has no trial left: changing programs
        costs nothing, but lanes empty at the end of a group's turn do.
        """
        group = self._turn()
        self._current = group
        if group.population is None:
            yield
            group.population = self._opened(group)
        population = group.population
        count = min(len(group.waiting), population.free)
        population.place([group.waiting.popleft() for _ in range(count)])
        yield
        self.use.useful += population.busy * population.useful_steps
        self.use.total += population.lanes * population.steps * population.calls
        yield from population.epoch()
        self.rounds += 1

    def _opened(self, group: _Group) -> Population:
        special, example = group.special, group.waiting[0]
        request = LaneRequest(special, self.splits, len(group.waiting), example, self.log)
        lanes = self.count(request)
        return Population(special, self.splits, self.objective, example, lanes, self.log)

    def _turn(self) -> _Group:
        if self._current and (self._current.busy or self._current.waiting):
            return self._current
        return max(self._groups.values(), key=lambda g: (g.busy, len(g.waiting)))

    def settle(self) -> tuple[list[EpochDone], list[TrialDone]]:
        """What the round did: epochs done and trials ended."""
        assert self._current is not None
        assert self._current.population is not None
        return self._current.population.settle()

    def progress(self) -> list[tuple[int, int]]:
        """For each running trial, epochs done and epochs at most."""
        return [
            (standing.epoch, int(standing.trial.recipe.epochs))  # type: ignore[arg-type]  # bound
            for standing in self._standings()
        ]

    def release(self) -> list[TrialDone]:
        """End the running trials that have weights worth keeping, as stopped."""
        return [
            done
            for group in self._groups.values()
            if group.population
            for done in group.population.release()
        ]

    def _standings(self) -> list[Standing]:
        return [
            standing
            for group in self._groups.values()
            if group.population
            for standing in group.population.standings
            if standing
        ]
