"""Schedules that rise before they fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.errors import RecipeError
from shoal.schedules.decay import half_wave
from shoal.schedules.schedule import Moment, Real, Schedule, check_unit, real
from shoal.space import Choice, Float, Int, static, traced
from shoal.space.checks import check_number, check_share, values_of


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


MOST_CYCLES = 20
"""Cycles, at most: with more the first would take a millionth of the training."""


@dataclass(frozen=True, eq=False)
class MultiCycle(Schedule):
    r"""Goes up and down along a cosine several times, each cycle twice as long as the last.

    .. math:: \eta_t = \frac{p}{2} \Bigl(1 - \cos\bigl(2 \pi \log_2(1 + (2^c - 1)\, t/N)\bigr)
        \Bigr)

    t counts steps, N are those of the trial's whole training. It begins at zero, and is
    close to zero again at the end of each cycle, where networks are good to keep: at 1/15,
    3/15, 7/15 and the end of the training with four cycles.

    Args:
        peak: p, which each cycle reaches.
        cycles: c, a whole number from 1 to 20; 4 is ``coslog4``.

    Raises:
        RecipeError: a negative peak, a number of cycles that is no whole one.

    Source: Holzmüller, Grinsztajn, Steinwart, "Better by default: strong pre-tuned MLPs
    and boosted trees on tabular data", NeurIPS 2024 (``coslog4``).
    """

    kind: ClassVar[str] = "multi_cycle"

    peak: Real = traced()
    cycles: int | Int | Choice = traced(4)

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)
        _check_cycles(self.cycles)

    def at(self, moment: Moment) -> Array:
        stretch = jnp.exp2(real(self.cycles)) - 1.0
        cycle = jnp.log2(1.0 + stretch * moment.step / moment.steps)
        return real(self.peak) * (1.0 - jnp.cos(2.0 * jnp.pi * cycle)) / 2.0

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)


def _check_cycles(cycles: Any) -> None:
    """Raise RecipeError unless every value is a whole number of cycles."""
    if isinstance(cycles, Float):
        raise RecipeError("cycles is a whole number", received="a Float", hint="Use an Int.")
    for found in values_of(cycles):
        if isinstance(found, Array):
            continue
        if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= MOST_CYCLES:
            raise RecipeError(
                "cycles is a whole number", expected=f"1 to {MOST_CYCLES}", received=repr(found)
            )


@dataclass(frozen=True, eq=False)
class WarmUp(Schedule):
    r"""Rises in a straight line, then does as another schedule, or stays.

    .. math:: \eta_t = f_0\,\bigl(s + (1-s)\,t/T\bigr) \text{ for } t < T,
        \quad \eta_t = f_{t-T} \text{ after it}

    f sees a training that is T shorter, so a `Cosine` still ends with the last epoch.

    Args:
        then: f, a number or another schedule.
        length: T.
        start: s, the share of f at which it begins, 0 ≤ s ≤ 1.
        unit: what T is counted in, ``epochs`` or ``steps``.

    Raises:
        RecipeError: a negative number, a share above 1, an unknown unit.

    Source: Goyal et al., "Accurate, large minibatch SGD", arXiv:1706.02677
    (2017), section 2.2.
    """

    kind: ClassVar[str] = "warm_up"

    then: Real | Schedule = traced()
    length: Real = traced(1.0)
    start: Real = traced(0.1)
    unit: str | Choice = static("epochs")

    def __post_init__(self) -> None:
        for then in values_of(self.then):
            if not isinstance(then, Schedule):
                check_number(then, "then", low=0.0)
        check_number(self.length, "length", low=0.0)
        check_share(self.start, "start")
        check_unit(self.unit)

    def at(self, moment: Moment) -> Array:
        length = moment.in_steps(self.length, str(self.unit))
        after = jnp.maximum(moment.step - length, 0.0)
        left = jnp.maximum(moment.steps - length, 1.0)
        value = self._then(Moment(after, left, moment.epoch))
        start = real(self.start)
        return value * jnp.minimum(start + (1.0 - start) * moment.step / length, 1.0)

    def _then(self, moment: Moment) -> Array:
        if isinstance(self.then, Choice):
            raise RecipeError("a schedule is chosen before training", where="then")
        return self.then.at(moment) if isinstance(self.then, Schedule) else real(self.then)

    def peaks(self) -> tuple[Any, ...]:
        return tuple(
            peak
            for then in values_of(self.then)
            for peak in (then.peaks() if isinstance(then, Schedule) else (then,))
        )
