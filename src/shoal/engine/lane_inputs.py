"""What is put into a lane with a trial: its first weights, its numbers, its masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from shoal.engine.lane import LaneInputs
from shoal.engine.specialize import Specialization, traced_values
from shoal.engine.splits import Splits
from shoal.engine.trial import Member, Trial
from shoal.nn import (
    HostParams,
    active_of,
    feature_masks,
    initialize,
    member_counts,
    narrow_down,
    ranks_of,
    widen,
)

MOST_READY = 64e6
"""Bytes of weights that are made ready ahead of their turn, about."""


class Filling:
    """Fits trials into the lanes of one program.

    Args:
        special: the program's network and recipe.
        splits: the data, for layers that look at them.
        lanes: its number of lanes.
        epoch: optimizer steps of one epoch, of a member whose rows are not fewer.
    """

    def __init__(self, special: Specialization, splits: Splits, lanes: int, epoch: int) -> None:
        self.special, self.splits = special, splits
        self.epoch = epoch
        self._ready: dict[tuple[int, int, int], tuple[HostParams, LaneInputs]] = {}
        self._bytes = 0
        self._looked_at: dict[int | None, np.ndarray] = {}
        # Whether a node needs a mask is a matter of the program, not of the trial.
        narrowest = feature_masks(special.network, special.narrowest)
        self._masked = [name for name, mask in narrowest.items() if not mask.all()]
        counts = member_counts(special.network, special.network)
        fewest = member_counts(special.network, special.narrowest)
        self._membered = [name for name, count in counts.items() if fewest[name] < count]
        # Bounds let the kernels skip idle lanes; one lane alone is never idle.
        self._bounded = [n.name for n in special.network.nodes] if lanes > 1 else self._masked

    def prepare(self, trial: Trial, member: int, epoch: int) -> None:
        """Have ready what `fill` will be asked for, unless that is much already."""
        asked = (trial.id, member, epoch)
        if asked not in self._ready and self._bytes < MOST_READY:
            ready = self._ready[asked] = self._filled(trial, member, epoch)
            self._bytes += sum(leaf.nbytes for leaf in jax.tree.leaves(ready[0]))

    def fill(
        self, trial: Trial, member: int = 0, epoch: int | None = None
    ) -> tuple[HostParams, LaneInputs]:
        """A member's initial weights, as wide as the program, and its setting."""
        epoch = self.epoch if epoch is None else epoch
        ready = self._ready.pop((trial.id, member, epoch), None)
        if ready is None:
            return self._filled(trial, member, epoch)
        self._bytes -= sum(leaf.nbytes for leaf in jax.tree.leaves(ready[0]))
        return ready

    def _filled(self, trial: Trial, member: int, epoch: int) -> tuple[HostParams, LaneInputs]:
        wide = self.special.network
        one, start = trial.members[member], trial.start
        own = start.params if start else self._initial(trial, one)
        masks, members = feature_masks(wide, trial.network), member_counts(wide, trial.network)
        return widen(own, wide, masks, members), self._setting(trial, epoch, masks, members)

    def _initial(self, trial: Trial, member: Member) -> HostParams:
        return initialize(trial.network, member.seed, lambda: self._inputs(trial, member))

    def setting(self, trial: Trial, epoch: int | None = None) -> LaneInputs:
        """A trial's numbers and masks; ``epoch`` is the optimizer steps of one epoch."""
        epoch = self.epoch if epoch is None else epoch
        wide = self.special.network
        masks, members = feature_masks(wide, trial.network), member_counts(wide, trial.network)
        return self._setting(trial, epoch, masks, members)

    def _setting(
        self,
        trial: Trial,
        epoch: int,
        masks: Mapping[str, np.ndarray],
        members: Mapping[str, int],
    ) -> LaneInputs:
        values: dict[str, Any] = {
            "traced": {
                k: np.float32(v)
                for k, v in traced_values(self.special, trial.point_after(0)).items()
            },
            "steps": np.float32(epoch * int(trial.recipe.epochs)),  # type: ignore[arg-type]  # bound
            "epoch": np.float32(epoch),
            "masks": {name: masks[name].astype(np.float32) for name in self._masked},
            "ranks": {name: ranks_of(masks[name]) for name in self._masked},
            "active": {name: np.int32(active_of(masks[name])) for name in self._bounded},
            "members": {name: np.int32(members[name]) for name in self._membered},
        }
        return LaneInputs(**values)

    def _inputs(self, trial: Trial, member: Member) -> np.ndarray:
        """The rows that layers of a member's network adapt to."""
        if trial.rows is not None:
            return self.splits.looked_at(member.fold, trial.rows)
        if member.fold not in self._looked_at:
            self._looked_at[member.fold] = self.splits.looked_at(member.fold)
        return self._looked_at[member.fold]

    def narrow(self, params: HostParams, trial: Trial) -> HostParams:
        """A trial's own weights out of arrays as wide as the program."""
        wide, own = self.special.network, trial.network
        return narrow_down(params, wide, feature_masks(wide, own), member_counts(wide, own))
