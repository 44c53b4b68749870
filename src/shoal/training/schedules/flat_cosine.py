"""A number that stays for a while and then falls along half a wave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import traced
from shoal.training.schedules.cosine import half_wave
from shoal.training.schedules.schedule import Moment, Real, Schedule, real
from shoal.training.validity import check_number, check_share, values_of


@dataclass(frozen=True, eq=False)
class FlatCosine(Schedule):
    r"""Stays for a share of the training, then falls along half a cosine to its end.

    .. math:: \eta_t = p\,\Bigl(e + \tfrac{1-e}{2} (1 + \cos \pi u)\Bigr),
        \qquad u = \frac{\max(0,\; t/N - w)}{1 - w}

    t counts steps, N are those of the trial's whole training.

    Args:
        peak: p, where it stays.
        flat: w, the share of the training in which it does, 0 ≤ w ≤ 1.
        end: e, the share of p at which it ends, 0 ≤ e ≤ 1.

    Raises:
        RecipeError: a negative peak, a share outside [0, 1].

    Source: Holzmüller, Grinsztajn, Steinwart, "Better by default: strong pre-tuned MLPs
    and boosted trees on tabular data", NeurIPS 2024 (``flat_cos``).
    """

    kind: ClassVar[str] = "flat_cosine"

    peak: Real = traced()
    flat: Real = traced(0.5)
    end: Real = traced(0.0)

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)
        check_share(self.flat, "flat")
        check_share(self.end, "end")

    def at(self, moment: Moment) -> Array:
        flat, one = real(self.flat), real(1.0)
        gone = moment.step / moment.steps - flat
        return real(self.peak) * half_wave(
            jnp.maximum(gone, 0.0) / jnp.maximum(one - flat, 1e-6), one, real(self.end)
        )

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)
