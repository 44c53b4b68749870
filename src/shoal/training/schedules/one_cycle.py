"""A number that rises and falls once."""

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
class OneCycle(Schedule):
    r"""Rises to its peak and falls to nearly nothing, both along half a cosine.

    .. math:: p_t = p \left( s + (1 - s)\, \frac{1 - \cos \pi u}{2} \right),
        \qquad p_t = p \left( e + (1 - e)\, \frac{1 + \cos \pi v}{2} \right)

    with u from 0 to 1 while it rises, then v from 0 to 1 while it falls: from s p at
    the first step to p after a share w of the training's N steps (at step w N - 1,
    counted from 0), and to e p at the last one, N - 1.

    Args:
        peak: p.
        warm_up: w, the share of the training in which it rises.
        start: s, the share of p at which it begins, 0 ≤ s ≤ 1.
        end: e, the share of p at which it ends, 0 ≤ e ≤ 1.

    Raises:
        RecipeError: a negative peak, a share outside [0, 1].

    Source: Smith and Topin, "Super-convergence: very fast training of neural
    networks using large learning rates", arXiv:1708.07120 (2017).
    """

    kind: ClassVar[str] = "one_cycle"

    peak: Real = traced()
    warm_up: Real = traced(0.3)
    start: Real = traced(0.04)
    end: Real = traced(4e-6)

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)
        for name in ("warm_up", "start", "end"):
            check_share(getattr(self, name), name)

    def at(self, moment: Moment) -> Array:
        top = real(self.warm_up) * moment.steps - 1.0
        one, last = real(1.0), moment.steps - 1.0
        rise = half_wave(moment.step / jnp.maximum(top, 1e-6), real(self.start), one)
        fall = half_wave((moment.step - top) / jnp.maximum(last - top, 1e-6), one, real(self.end))
        return real(self.peak) * jnp.where(moment.step <= top, rise, fall)

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)
