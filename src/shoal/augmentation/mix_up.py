"""Mix-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array

from shoal.augmentation.transform import Augmentation, Draws, Strength, number
from shoal.space import traced
from shoal.space.checks import check_number

TRIES = 8
"""Candidates for a gamma variate; each is taken with a probability above 0.95."""


@dataclass(frozen=True, eq=False)
class MixUp(Augmentation):
    r"""Trains on blends of two examples.

    .. math:: \tilde x = \lambda x + (1 - \lambda) x', \qquad
        E = \lambda E(o, t) + (1 - \lambda) E(o, t'), \qquad
        \lambda \sim \mathrm{Beta}(\alpha, \alpha)

    where (x', t') is the batch's next example. Batches are shuffled, so that is
    one at random. For cross entropy the mixed loss is the loss of the mixed
    targets; it makes sense for the other losses too. λ and 1 - λ are
    equally likely; the larger is taken, so that an example stays the main part of
    its own blend. After all other transforms, wherever it is listed.

    Args:
        alpha: α; 0 does nothing, 0.2 is usual, 1 draws every blend alike.

    Raises:
        RecipeError: an α that is negative or no number.

    Source: Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: beyond empirical risk
    minimization", ICLR 2018.
    """

    kind: ClassVar[str] = "mix_up"
    for_images: ClassVar[bool] = False

    alpha: Strength = traced(0.2)

    def __post_init__(self) -> None:
        check_number(self.alpha, "alpha", low=0.0, high=1e3)

    def share(self, draws: Draws) -> Array:
        """Max(λ, 1 - λ) for each example, of shape (batch,)."""
        alpha = number(self.alpha)
        normal, u = draws.normal(2 * TRIES), draws.uniform(4 * TRIES + 2)[:, 2 * TRIES :]
        one = log_gamma_variate(normal[:, :TRIES], u[:, : TRIES + 1], alpha)
        other = log_gamma_variate(normal[:, TRIES:], u[:, TRIES + 1 :], alpha)
        mixed = jax.nn.sigmoid(jnp.abs(one - other))
        return jnp.where(alpha > 0, mixed, 1.0)


def partners(index: Array) -> Array:
    """For each place of a batch the next one that holds an example, the last one's is the first.

    Args:
        index: row numbers of shape (batch,), -1 where there is no example; examples
            come first.
    """
    count = jnp.sum(index >= 0, dtype=jnp.int32)
    return (jnp.arange(index.shape[0], dtype=jnp.int32) + 1) % jnp.maximum(count, 1)


def log_gamma_variate(normal: Array, u: Array, shape: Array) -> Array:
    r"""Logarithm of a variate of Gamma(shape, 1), for each row.

    Marsaglia and Tsang's method for shape + 1, of whose candidates the first that
    is accepted is taken; then :math:`G_a = G_{a+1} U^{1/a}`, in logarithms,
    which do not underflow for a small shape.

    Args:
        normal: standard normal of shape (rows, tries).
        u: uniform in [0, 1) of shape (rows, tries + 1).
        shape: a scalar, at least 0; for 0 the result means nothing.

    Source: Marsaglia and Tsang, "A simple method for generating gamma
    variables", ACM Transactions on Mathematical Software 26 (2000).
    """
    d = shape + 1.0 - 1.0 / 3.0
    v = (1.0 + normal / jnp.sqrt(9.0 * d)) ** 3
    log_v = jnp.log(jnp.maximum(v, 1e-30))
    accepted = jnp.log1p(-u[:, 1:]) < 0.5 * normal**2 + d - d * v + d * log_v
    first = jnp.argmax((v > 0) & accepted, axis=1)
    taken = jnp.take_along_axis(log_v, first[:, None], axis=1)[:, 0]
    return jnp.log(d) + taken + jnp.log1p(-u[:, 0]) / jnp.maximum(shape, 1e-6)
