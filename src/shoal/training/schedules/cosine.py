"""A number that falls along half a wave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.space import Choice, static, traced
from shoal.training.schedules.schedule import Moment, Real, Schedule, check_unit, real
from shoal.training.validity import check_number, check_share, values_of


@dataclass(frozen=True, eq=False)
class Cosine(Schedule):
    r"""Falls along half a cosine: slowly, then fast, then slowly.

    .. math:: \eta_t = p\,\bigl(e + \tfrac{1-e}{2} (1 + \cos \pi \min(t/T, 1))\bigr)

    Args:
        peak: p, where it begins.
        end: e, the share of p at which it ends, 0 ≤ e ≤ 1.
        length: T; None: the trial's whole training, whatever its epochs are.
        unit: what T is counted in, ``epochs`` or ``steps``.

    Raises:
        RecipeError: a negative number, a share above 1, an unknown unit.

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm
    restarts", ICLR 2017, equation 5, without restarts.
    """

    kind: ClassVar[str] = "cosine"

    peak: Real = traced()
    end: Real = traced(0.0)
    length: Real | None = traced(None)
    unit: str | Choice = static("epochs")

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)
        check_share(self.end, "end")
        for length in values_of(self.length):
            if length is not None:
                check_number(length, "length", low=0.0)
        check_unit(self.unit)

    def at(self, moment: Moment) -> Array:
        length = moment.steps
        if self.length is not None:
            length = moment.in_steps(self.length, str(self.unit))
        return real(self.peak) * half_wave(moment.step / length, real(1.0), real(self.end))

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)


def half_wave(share: Array, first: Array, last: Array) -> Array:
    """The value a share of the way from first to last, along half a cosine."""
    wave = (1.0 + jnp.cos(jnp.pi * jnp.clip(share, 0.0, 1.0))) / 2.0
    return last + (first - last) * wave
