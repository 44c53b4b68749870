"""The checks of a loss find what is wrong with one."""

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import pytest

from shoal import Float, traced
from shoal.losses import Loss
from shoal.testing import ConformanceError, check_loss


@dataclass(frozen=True, eq=False)
class LogCosh(Loss):
    """The logarithm of the hyperbolic cosine of the error, by its scale."""

    kind: ClassVar[str] = "check_loss:log_cosh"
    tasks: ClassVar[tuple[str, ...]] = ("regression",)

    scale: Any = traced(1.0)

    def check(self, task, outputs, output_shape):
        pass

    def per_example(self, outputs, targets):
        error = jnp.abs(outputs - targets) / self.scale
        return (error + jnp.log1p(jnp.exp(-2.0 * error)) - jnp.log(2.0)).mean(axis=-1)


@dataclass(frozen=True, eq=False)
class OfTheBatch(LogCosh):
    """One number for the batch."""

    kind: ClassVar[str] = "check_loss:of_the_batch"

    def per_example(self, outputs, targets):
        return super().per_example(outputs, targets).mean()


@dataclass(frozen=True, eq=False)
class Ranked(LogCosh):
    """An example's loss beside the mean of the batch."""

    kind: ClassVar[str] = "check_loss:ranked"

    def per_example(self, outputs, targets):
        own = super().per_example(outputs, targets)
        return own + 0.1 * own.mean()


@dataclass(frozen=True, eq=False)
class Overflowing(LogCosh):
    """The same formula, written so that it overflows."""

    kind: ClassVar[str] = "check_loss:overflowing"

    def per_example(self, outputs, targets):
        return jnp.log(jnp.cosh(outputs - targets)).mean(axis=-1)


@dataclass(frozen=True, eq=False)
class Halved(LogCosh):
    """Half of its gradient is lost."""

    kind: ClassVar[str] = "check_loss:halved"

    def per_example(self, outputs, targets):
        kept = jax.lax.stop_gradient(outputs)
        return super().per_example(0.5 * (outputs + kept), targets)


class Nameless(LogCosh):
    """No file can name it."""


FAULTS = {
    "not per example": (OfTheBatch(), r"not one number for each example; expected shape \(4,\)"),
    "beside others": (Ranked(), "depends on the others of its batch"),
    "not finite": (Overflowing(), "loss is not finite where outputs are about 10000"),
    "wrong gradient": (Halved(), "gradient with respect to the outputs is not that of the values"),
    "not in the JSON": (Nameless(), "no kind of its own"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name):
    loss, message = FAULTS[name]
    with pytest.raises(ConformanceError, match=f"{type(loss).__name__}: .*{message}"):
        check_loss(loss)


def test_a_sound_loss_passes():
    check_loss(LogCosh(Float(0.5, 2.0)))
