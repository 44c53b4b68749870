"""Schedules that stay or fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.schedules.schedule import Moment, Real, Schedule, check_unit, real
from shoal.space import Choice, static, traced
from shoal.space.checks import check_number, check_share, values_of


@dataclass(frozen=True, eq=False)
class Constant(Schedule):
    r"""The same number always: :math:`\eta_t = p`, as the number itself would be.

    There to be one of several: ``Choice(Constant(0.1), Cosine(0.1))``.

    Args:
        peak: p.

    Raises:
        RecipeError: a negative peak.

    Source: Robbins and Monro, "A stochastic approximation method", Annals of
    Mathematical Statistics 22 (1951), who show why it had better fall.
    """

    kind: ClassVar[str] = "constant"

    peak: Real = traced()

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)

    def at(self, moment: Moment) -> Array:
        return real(self.peak)

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)


ROUNDING = 1e-4
"""Of a period: a quotient this close below a whole number is that number."""


@dataclass(frozen=True, eq=False)
class Step(Schedule):
    r"""Falls by a factor every so often: :math:`\eta_t = p\,\gamma^{\lfloor t / T \rfloor}`.

    Args:
        peak: p, where it begins.
        every: T, the length of a period.
        factor: γ, 0 ≤ γ ≤ 1.
        unit: what T is counted in, ``epochs`` or ``steps``.

    Raises:
        RecipeError: a negative number, a factor above 1, an unknown unit.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 8.3.1;
    He et al., "Deep residual learning", CVPR 2016, section 3.4.
    """

    kind: ClassVar[str] = "step"

    peak: Real = traced()
    every: Real = traced(10.0)
    factor: Real = traced(0.1)
    unit: str | Choice = static("epochs")

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)
        check_number(self.every, "every", low=0.0)
        check_share(self.factor, "factor")
        check_unit(self.unit)

    def at(self, moment: Moment) -> Array:
        periods = moment.step / moment.in_steps(self.every, str(self.unit))
        return real(self.peak) * real(self.factor) ** jnp.floor(periods + ROUNDING)

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)


@dataclass(frozen=True, eq=False)
class Exponential(Schedule):
    r"""Falls without a break: :math:`\eta_t = p\,\gamma^{t}`.

    t counts epochs with their fractions (or steps), so that within an epoch too
    each step is a little smaller than the one before.

    Args:
        peak: p, where it begins.
        factor: γ, what is left of it after one unit, 0 ≤ γ ≤ 1.
        unit: what t is counted in, ``epochs`` or ``steps``.

    Raises:
        RecipeError: a negative number, a factor above 1, an unknown unit.

    Source: Bottou, "Stochastic gradient descent tricks", in *Neural Networks:
    Tricks of the Trade* (2012), for decaying rates.
    """

    kind: ClassVar[str] = "exponential"

    peak: Real = traced()
    factor: Real = traced(0.95)
    unit: str | Choice = static("epochs")

    def __post_init__(self) -> None:
        check_number(self.peak, "peak", low=0.0)
        check_share(self.factor, "factor")
        check_unit(self.unit)

    def at(self, moment: Moment) -> Array:
        return real(self.peak) * real(self.factor) ** (
            moment.step / moment.in_steps(1.0, str(self.unit))
        )

    def peaks(self) -> tuple[Any, ...]:
        return values_of(self.peak)


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
