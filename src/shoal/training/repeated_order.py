"""The rows of a lane that trains on part of the training split, over and over."""

from __future__ import annotations

import numpy as np

from shoal.training.splits import epoch_order


def repeated_order(
    rows: np.ndarray, seed: int, epoch: int, needed: int, steps: int, batch: int
) -> np.ndarray:
    """The rows of each step of an epoch of the whole split, filled with passes through a part.

    A lane on a tenth of the rows goes through them ten times while its neighbors go
    through theirs once: all take the same number of steps, and none is idle. A pass
    is shuffled as an epoch of these rows alone would be, and is cut where the epoch
    ends; the next epoch goes on from there.

    Args:
        rows: of the training split, in ascending order, shape (part,).
        seed: the trial's.
        epoch: 1-based.
        needed: steps in which the whole split is gone through once.
        steps: steps of the result, at least ``needed``.
        batch: examples a step.

    Returns:
        int32 of shape (steps, batch); -1 where there is no example.
    """
    a_pass = -(-len(rows) // batch)
    first = (epoch - 1) * needed
    passes = range(first // a_pass, (first + needed - 1) // a_pass + 1)
    orders = [epoch_order(seed, one + 1, len(rows), a_pass, batch) for one in passes]
    skipped = first - passes[0] * a_pass
    places = np.concatenate(orders)[skipped : skipped + needed]
    result = np.full((steps, batch), -1, np.int32)
    result[:needed] = np.where(places >= 0, rows[places], -1)
    return result
