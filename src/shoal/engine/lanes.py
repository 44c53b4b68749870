"""All lanes of a search: groups of trials that share a program, and their turns."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp

from shoal.augmentation import check_augmentation
from shoal.engine import compile_ahead
from shoal.engine.checkpoints import (
    LaneAssignment,
    TrialSnapshot,
    bytes_a_lane,
    restore_snapshots,
    take_snapshot,
)
from shoal.engine.compilation import CompileLog
from shoal.engine.early_stopping import EarlyStopping
from shoal.engine.group import Group, Use
from shoal.engine.lane_count import LaneCount, LaneRequest
from shoal.engine.memory_advice import Needs, check_fits, explaining_memory_errors
from shoal.engine.population import Population
from shoal.engine.readout import Readout
from shoal.engine.recipe import Recipe
from shoal.engine.specialize import specialize, static_key
from shoal.engine.splits import Splits
from shoal.engine.tiling import check_masks_fit
from shoal.engine.trial import EpochDone, Member, ScheduleSegment, Trial, TrialDone
from shoal.losses import Loss
from shoal.metrics import Objective
from shoal.nn import Network
from shoal.space import Point, Space

PREPARED = 8
"""Trials that are made ready while one call of the program runs."""


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
        self.ahead = compile_ahead.Ahead(self.log)
        self.use = Use()
        self.rounds = 0
        self.expected = 0
        """Trials that will come later and have room in a program's lanes, if it has so many."""
        self._groups: dict[str, Group] = {}
        self._specials: dict[Hashable, Group] = {}
        self._current: Group | None = None
        self._held: Mapping[int, TrialSnapshot] = {}

    def trial(
        self,
        number: int,
        point: Point,
        seed: int,
        members: tuple[Member, ...] = (),
        until: int | None = None,
        legs: tuple[ScheduleSegment, ...] = (),
    ) -> Trial:
        """A trial at a point of the space; members, until and legs as `Trial` has them.

        Raises:
            NetworkError: the point makes an impossible network.
            RecipeError: one whose outputs do not fit the loss and the data.
        """
        network = self.space.bind(self.family, point)
        recipe = self.space.bind(self.recipe, point)
        assert isinstance(recipe.loss, Loss)
        recipe.loss.check(self.splits.task, self.splits.outputs, network.output_shape)
        check_masks_fit(network, self.splits.task, self.splits.training.x.shape[1:])
        read = Readout.of(network, recipe.loss, self.splits.task)
        read.check_metric(self.objective.metric)
        x = self.splits.training.x
        real = jnp.issubdtype(x.dtype, jnp.floating)
        check_augmentation(
            recipe.augmentation,  # type: ignore[arg-type]  # bound
            x.shape[1:],
            real=real,
            task=self.splits.task,
        )
        for part in recipe.regularizing:
            part.check(network)
        if isinstance(recipe.early_stopping, EarlyStopping):
            recipe.early_stopping.watched(self.objective, self.splits.scale.directions)
        return Trial(number, point, seed, network, recipe, members=members, until=until, legs=legs)

    def submit(self, trial: Trial) -> None:
        """Let a trial wait for a lane of its group."""
        self._group(trial.id, trial.point).waiting.append(trial)

    def submit_heirs(self, trials: Sequence[Trial]) -> None:
        """Let trials have the next free lanes, where those whose weights they take still are.

        They are copied before any lane trains on. Should they be too late, they are
        trained from their beginning, and come to the same.
        """
        for trial in reversed(trials):
            self._group(trial.id, trial.point).waiting.appendleft(trial)

    def _group(self, number: int, point: Point) -> Group:
        decisive = static_key(self.space, point, self.levels)
        if decisive not in self._specials:
            special = specialize(self.family, self.recipe, self.space, point, self.levels)
            group = self._groups.setdefault(special.key, Group(special, number))
            self._specials[decisive] = group
        return self._specials[decisive]

    @property
    def running(self) -> list[Trial]:
        """The trials that are in a lane."""
        return [trial for group in self._groups.values() for trial in group.trials()]

    @property
    def busy(self) -> int:
        """Number of lanes that are taken."""
        return sum(group.busy for group in self._groups.values())

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
        return self._current.lanes if self._current else 0

    @property
    def most(self) -> int:
        """Lanes of the largest program so far."""
        return max((group.lanes for group in self._groups.values()), default=0)

    def round(self) -> Iterator[bool]:
        """One epoch of the group whose turn it is; yields now and then.

        A group keeps its turn until it has no trial left: changing programs
        costs nothing, but lanes empty at the end of a group's turn do.

        Yields:
            whether the epoch has begun: if not, the round can still be left out.
        """
        group = self._turn()
        self._current = group
        if group.population is None:
            yield False
            with explaining_memory_errors(self._needs):
                group.population = self._opened(group)
        population = group.population
        if not population.behind:
            with explaining_memory_errors(self._needs):
                population.place(group.next())
            yield False
            self.use.useful += population.useful_steps
        self.use.total += population.lanes * population.steps * population.calls
        for _ in self._fitting(population.epoch()):
            population.prepare(list(itertools.islice(group.waiting, PREPARED)))
            yield True
        self.rounds += 1

    def _fitting(self, steps: Iterator[None]) -> Iterator[None]:
        """The steps of an epoch; an error of memory says what would fit."""
        while True:
            with explaining_memory_errors(self._needs):
                found = next(steps, _ENDED)
            if found is _ENDED:
                return
            yield

    def _needs(self) -> Needs | None:
        return None if self._current is None else _needs_of(self._current)

    def _opened(self, group: Group) -> Population:
        lanes = group.lanes = group.lanes or self._counted(group)
        check_fits(_needs_of(group))
        population = self.ahead.take(group, lanes) or self._unopened(group, lanes)
        population.program.open(self.log)
        if group.seats:
            restore_snapshots(population, group.seats, self._held)
            group.seats = ()
        return population

    def _unopened(self, group: Group, lanes: int) -> Population:
        return Population(group.special, self.splits, self.objective, group.example, lanes)

    def _counted(self, group: Group) -> int:
        """How many lanes a group is to have."""
        wanted = max(sum(trial.size for trial in group.waiting), self.expected)
        found = self.count(LaneRequest(group.special, self.splits, wanted, group.example))
        # Whole trials: lanes that no trial of this size could take would stay empty.
        size = group.example.size
        return max(found // size, 1) * size

    def compile_next(self) -> None:
        """Go on with compiling what the next group needs; to be called while the device works.

        And only where no trial will be submitted before the present group has had its turn:
        then it is known which is next and how many trials wait for it, and it gets the lanes
        that it would get if it were opened without this.
        """
        others = [group for group in self._groups.values() if group is not self._current]
        group = _first_of(others) if others else None
        if group is None or not compile_ahead.tracing_pays():
            return
        if group.waiting and not group.seats and group.population is None:
            self.ahead.step(group, partial(self._made_ahead, group))

    def _made_ahead(self, group: Group) -> Population:
        return self._unopened(group, group.lanes or self._counted(group))

    @property
    def waiting_elsewhere(self) -> int:
        """Number of trials that wait for a lane of a program whose turn it is not."""
        return self.waiting - (len(self._current.waiting) if self._current else 0)

    def _turn(self) -> Group:
        if self._current and (self._current.busy or self._current.waiting):
            return self._current
        return _first_of(self._groups.values())

    def settle(self) -> tuple[list[EpochDone], list[TrialDone]]:
        """What the round did: epochs done and trials ended."""
        assert self._current is not None
        assert self._current.population is not None
        with explaining_memory_errors(self._needs):
            return self._current.population.settle()

    def progress(self) -> list[tuple[int, int]]:
        """For each running trial, epochs done and epochs at most."""
        return [
            (place.epoch, int(place.trial.recipe.epochs))  # type: ignore[arg-type]  # bound
            for group in self._groups.values()
            for place in group.places()
        ]

    def stop(self, trials: Collection[int]) -> list[TrialDone]:
        """End these running trials after a round, as stopped."""
        open_groups = [g.population for g in self._groups.values() if g.population]
        return [done for population in open_groups for done in population.stop(trials)]

    def release(self) -> list[TrialDone]:
        """End the running trials that have weights worth keeping, as stopped."""
        return [
            done
            for group in self._groups.values()
            if group.population
            for done in group.population.release()
        ]

    def clear(self) -> None:
        """Forget the trials that run or wait, whatever they have come to."""
        for group in self._groups.values():
            group.waiting.clear()
            group.seats = ()
            if group.population:
                group.population.clear()

    # --- breaking off and going on -------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Between two rounds: the groups in their order, their lanes and who is in them."""
        groups = list(self._groups.values())
        return {
            "current": groups.index(self._current) if self._current else None,
            "groups": [
                {
                    "first": group.first,
                    "lanes": group.lanes,
                    "seats": [[p.lanes, p.trial.id, p.epoch] for p in group.places()],
                }
                for group in groups
            ],
        }

    def restore(
        self,
        state: Mapping[str, Any],
        trials: Mapping[int, Trial],
        held: Mapping[int, TrialSnapshot],
    ) -> None:
        """Be as `state` told, in empty lanes.

        Args:
            state: what `state` returned before the break.
            trials: the first trial of each group, and those that were in lanes.
            held: copies of some of these.
        """
        self._held = held
        groups = []
        for told in state["groups"]:
            first = trials[told["first"]]
            group = self._group(first.id, first.point)
            group.lanes = int(told["lanes"])
            group.seats = [
                LaneAssignment(tuple(at), trials[n], epoch) for at, n, epoch in told["seats"]
            ]
            groups.append(group)
        self._current = None if state["current"] is None else groups[state["current"]]

    @property
    def behind(self) -> bool:
        """Whether some trial has yet to come to where it was before a break."""
        return any(
            group.population.behind if group.population else bool(group.seats)
            for group in self._groups.values()
        )

    def hold(self, trials: Sequence[int]) -> list[TrialSnapshot]:
        """Copies of these trials, for a checkpoint."""
        open_groups = [g.population for g in self._groups.values() if g.population]
        return [held for population in open_groups for held in take_snapshot(population, trials)]

    def snapshot_bytes(self) -> int:
        """Bytes that copies of all running trials would take."""
        open_groups = [g.population for g in self._groups.values() if g.population]
        return sum(bytes_a_lane(population) * population.busy for population in open_groups)


_ENDED = object()


def _needs_of(group: Group) -> Needs:
    """What a group's lanes take."""
    batch = int(group.special.recipe.batch_size)  # type: ignore[arg-type]  # specialized
    return Needs.of(group.special.network, batch, group.lanes)


def _first_of(groups: Iterable[Group]) -> Group:
    """Whose turn is next: trials in lanes first, then the most that wait."""
    return max(groups, key=lambda group: (group.busy, len(group.waiting)))
