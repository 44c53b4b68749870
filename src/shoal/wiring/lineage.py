"""Where a trial's weights have come from: as a study tells it, and as training follows it."""

from __future__ import annotations

from typing import Any

from shoal.space import Space
from shoal.store import TrialRecord
from shoal.training import Leg

Lineage = list[dict[str, Any]]


def lineage_after(parent: TrialRecord, epoch: int, space: Space) -> Lineage:
    """That of an heir which takes a trial's weights after some epoch.

    An entry says which trial was trained up to which epoch, and with what.
    """
    last = {"trial": parent.id, "epoch": epoch, "hyperparams": space.describe(parent.point),
            "point": dict(parent.point)}  # fmt: skip
    return [*parent.lineage, last]


def legs_of(record: TrialRecord) -> tuple[Leg, ...]:
    """The epochs of a trial that are not its own."""
    return tuple(Leg(one["trial"], one["epoch"], one["point"]) for one in record.lineage)
