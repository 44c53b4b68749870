"""From a network's outputs to sums, and from the sums over a split to its metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shoal.metrics.metric import Direction, Measure, Scored, Sums, Units


def metric_sums(measures: Sequence[Measure], batch: Scored) -> dict[str, Any]:
    """What a batch adds to the sums from which the metrics of a split are made.

    Args:
        measures: what to measure.
        batch: examples, outputs and losses, all of NumPy or all of jax.

    Returns:
        arrays by ``measure.sum``.
    """
    # Outputs of a network that diverged may be infinite, or no numbers; so are its metrics then.
    with np.errstate(invalid="ignore", over="ignore"):
        return {
            f"{measure.name}.{name}": value
            for measure in measures
            for name, value in measure.sums(batch).items()
        }


def added(measures: Sequence[Measure], by_batch: Mapping[str, Any]) -> dict[str, Any]:
    """The sums over all batches, which stand along the first axis; what is whole is strung up."""
    whole = {measure.name for measure in measures if measure.whole}
    return {
        name: value.reshape(-1, *value.shape[2:])
        if name.partition(".")[0] in whole
        else value.sum(axis=0)
        for name, value in by_batch.items()
    }


def by_measure(sums: Mapping[str, Any]) -> dict[str, dict[str, np.ndarray]]:
    """The sums of `metric_sums`, on the host, by measure and by their own names."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for name, value in sums.items():
        measure, _, own = name.partition(".")
        found.setdefault(measure, {})[own] = np.asarray(value)
    return found


@dataclass(frozen=True)
class Scale:
    """Makes metrics, in the user's units, of the sums over a split.

    Attributes:
        measures: what was measured.
        units: of the targets.
    """

    measures: tuple[Measure, ...]
    units: Units

    @classmethod
    def of(
        cls,
        task: str,
        measures: Sequence[Measure],
        targets: np.ndarray,
        target_scale: np.ndarray,
        weight: np.ndarray | None = None,
        positive: int = 1,
    ) -> Scale:
        """The scale of a split with these standardized targets and weights of its examples.

        Args:
            task: what is predicted.
            measures: what is measured.
            targets: standardized; of classes nothing is read.
            target_scale: what a standardized 1 is, for each target.
            weight: how much each example counts.
            positive: of two classes, the place of the one that IoU, Dice and F1 are of.
        """
        variance = np.ones(1)
        if task == "regression" and len(targets):
            values = targets.astype(np.float64)
            counted = values if weight is None else values[weight > 0]
            mean = np.average(values, axis=0, weights=weight)
            variance = np.average((values - mean) ** 2, axis=0, weights=weight)
            # The mean of equal numbers may be rounded, and is then none of them.
            variance = np.where(np.ptp(counted, axis=0) > 0, variance, 0.0)
        units = Units(np.asarray(target_scale, np.float64), variance, positive)
        return cls(tuple(measures), units)

    @property
    def directions(self) -> dict[str, Direction]:
        """The metrics that are made, and which way is better."""
        return {name: way for one in self.measures for name, way in one.directions.items()}

    def metrics(self, sums: Mapping[str, np.ndarray]) -> dict[str, float]:
        """The metrics by name, from the sums of `metric_sums` over all batches."""
        return self.metrics_of(by_measure(sums))

    def metrics_of(self, sums: Mapping[str, Sums]) -> dict[str, float]:
        """The same from `by_measure` of these sums."""
        found: dict[str, float] = {}
        for measure in self.measures:
            found.update(measure.metrics(sums[measure.name], self.units))
        return found
