"""The checks of a sampler, an augmentation and a schedule find what is wrong with one."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import pytest

from shoal import Float, traced
from shoal.augmentation import Augmentation, Noise, Recoloring, Shift
from shoal.samplers import Random, Sampler
from shoal.samplers.sampler import checked_seed, generator
from shoal.schedules import Cosine, OneCycle, Schedule
from shoal.testing import ConformanceError, check_augmentation, check_sampler, check_schedule


@dataclass(frozen=True)
class Own(Random):
    """Random points, by another name."""

    kind: ClassVar[str] = "check_sampler:own"


@dataclass(frozen=True)
class Outside(Own):
    """Points one step beyond the space."""

    kind: ClassVar[str] = "check_sampler:outside"

    def ask(self, space, state, count):
        points, state = super().ask(space, state, count)
        return [{name: value + 1000 for name, value in p.items()} for p in points], state


@dataclass(frozen=True)
class Forgetful(Own):
    """What it has drawn stands in the object."""

    kind: ClassVar[str] = "check_sampler:forgetful"
    drawn: ClassVar[list[int]] = []

    def ask(self, space, state, count):
        self.drawn.extend([1] * count)
        return super().ask(space, {**state, "seed": len(self.drawn)}, count)


@dataclass(frozen=True)
class Deaf(Own):
    """Says that it learns, and does not of points that it never proposed."""

    kind: ClassVar[str] = "check_sampler:deaf"
    adaptive: ClassVar[bool] = True


@dataclass(frozen=True)
class Strict(Sampler):
    """Fails where it is told of a point that it does not know."""

    kind: ClassVar[str] = "check_sampler:strict"
    adaptive: ClassVar[bool] = True

    def start(self, space, seed):
        return {"kind": self.kind, "seed": checked_seed(seed), "asked": 0, "open": {}}

    def ask(self, space, state, count):
        first, points, waiting = state["asked"], [], dict(state["open"])
        for number in range(first, first + count):
            rng = generator(state["seed"], number)
            points.append(space.from_unit(rng.uniform(size=len(space))))
            waiting[repr(points[-1])] = number
        return points, {**state, "asked": first + count, "open": waiting}

    def tell(self, space, state, results):
        waiting = dict(state["open"])
        for one in results:
            waiting[repr(one.point)] += 0
        return {**state, "open": waiting}


SAMPLERS = {
    "outside": (Outside(), "a proposed point is none of the space"),
    "not resumable": (Forgetful(), "two searches of one seed differ|is not asking for 9"),
    "deaf": (Deaf(), "nothing is learned from the result of a point that was given by hand"),
    "strict": (Strict(), "a point by hand, and the sampler fails.*KeyError"),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_fault_of_a_sampler_is_found(name):
    sampler, message = SAMPLERS[name]
    with pytest.raises(ConformanceError, match=f"{type(sampler).__name__}: .*({message})"):
        check_sampler(sampler)


def test_a_sound_sampler_passes():
    check_sampler(Own())


@dataclass(frozen=True, eq=False)
class Tinted(Recoloring):
    """Adds the mean of the batch."""

    kind: ClassVar[str] = "check_augmentation:tinted"
    strength: Any = traced(0.5)

    def recolor(self, x, draws):
        return x + draws.uniform(1)[0, 0] * jnp.ones_like(x)


@dataclass(frozen=True, eq=False)
class Cropped(Recoloring):
    """Leaves a row out."""

    kind: ClassVar[str] = "check_augmentation:cropped"

    def recolor(self, x, draws):
        return x[:, 1:]


def test_faults_of_augmentation_are_found():
    with pytest.raises(ConformanceError, match="otherwise at another place of the batch"):
        check_augmentation(Tinted())
    with pytest.raises(ConformanceError, match=r"changes the shape.*\(8, 12, 2\)"):
        check_augmentation(Cropped())
    for transform in (Noise(Float(0.1, 0.3)), Shift(0.1)):
        assert isinstance(transform, Augmentation)
        check_augmentation(transform)


@dataclass(frozen=True, eq=False)
class Sawtooth(Schedule):
    """Up to twice what it announces."""

    kind: ClassVar[str] = "check_schedule:sawtooth"
    peak: Any = traced(0.1)

    def at(self, moment):
        return 2.0 * self.peak * (moment.step % 7.0) / 6.0

    def peaks(self):
        return (self.peak,)


def test_faults_of_schedules_are_found():
    with pytest.raises(ConformanceError, match=r"exceeds the peak that it announces.*most 0\.1"):
        check_schedule(Sawtooth())
    for schedule in (Cosine(Float(0.1, 0.3)), OneCycle(0.2)):
        check_schedule(schedule)
