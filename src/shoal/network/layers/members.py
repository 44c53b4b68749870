"""The axis of members: where an ensemble inside one network begins, and where it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.network.layer import Context, Layer, ParamSpec, Shape, check_field, short, whole_number
from shoal.network.layers.activations.activation import over
from shoal.space import Choice, Int, host, width

Draw = Callable[[np.random.Generator, Shape], np.ndarray]

SCALES: dict[str, Draw] = {
    # The two values that keep the size of a feature and tell members apart the most.
    "random_signs": lambda rng, shape: rng.integers(0, 2, shape) * 2.0 - 1.0,
    "normal": lambda rng, shape: rng.standard_normal(shape),
}
"""How the scales that tell members apart are drawn."""


@dataclass(frozen=True, eq=False)
class Members(Layer):
    r"""Opens the axis of members: each member scales the features by its own :math:`r_m`.

    .. math:: h_m = r_m \odot x, \qquad m = 1, \dots, k

    x of shape (batch, d), r and h of shape (k, d) and (batch, k, d). What follows treats
    the axis of members as the places of a row: activations and dropout number by number,
    `Dense` with one weight for all members (TabM-mini), `BatchEnsemble` with one weight
    and scales of each member's own (TabM), `MemberDense` with weights of each member's own
    (the heads). `MemberMean` closes the axis. r is where members differ at first; it does
    not decay.

    Args:
        members: k, how many networks share the weights; may be a range, lanes then leave
            those out that they have not, in the time that the most members take.
        initialization: of r: ``random_signs``, each 1 or -1 (default), or ``normal``,
            for features that come from an embedding.

    Raises:
        NetworkError: members below 1, an unknown initialization, or an input that is
            not flat.

    Source: Gorishniy, Kotelnikov, Babenko, "TabM: advancing tabular deep learning with
    parameter-efficient ensembling", ICLR 2025 (the first adapter).
    """

    kind: ClassVar[str] = "members"
    formula: ClassVar[str] = r"@h[m] = @scale_in[m] \odot @x"

    members: int | Int | Choice = width()
    initialization: str | Choice = host("random_signs")

    def __post_init__(self) -> None:
        check_field(self.members, "members")
        _check_scales(self.initialization)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if len(shape) != 1:
            raise NetworkError(
                "members take flat features",
                expected="shape (features,)",
                received=f"shape {shape}",
                hint="Put Flatten() before it; members are opened once.",
            )
        return (whole_number(self.members, "members"), *shape)

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        return {"scale_in": ParamSpec(self.out_shape(*shapes), ("member", "out"), decays=False)}

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        drawn = SCALES[str(self.initialization)](rng, self.out_shape(*shapes))
        return {"scale_in": drawn.astype(np.float32)}

    def multiply_adds(self, *shapes: Shape) -> int:
        return prod(self.out_shape(*shapes))

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        scale = params["scale_in"]
        each = jnp.broadcast_to(x[:, None], (x.shape[0], *scale.shape))
        return each * over(scale[None], each)


@dataclass(frozen=True, eq=False)
class MemberMean(Layer):
    r"""Closes the axis of members: the mean of what they say, :math:`h = \frac1k \sum_m x_m`.

    x of shape (batch, k, d), h of shape (batch, d). As the last layer it makes the members
    an ensemble: training minimizes the mean of the members' losses, each of its own
    output, and not the loss of the mean; metrics, early stopping and predictions are of
    the ensemble, whose probabilities are the mean of the members' probabilities and whose
    values the mean of theirs. Elsewhere it is a mean and nothing more.

    Raises:
        NetworkError: an input without an axis of members.

    Source: Gorishniy, Kotelnikov, Babenko, "TabM: advancing tabular deep learning with
    parameter-efficient ensembling", ICLR 2025, section 3.
    """

    kind: ClassVar[str] = "member_mean"
    formula: ClassVar[str] = r"@h = \frac{1}{k} \sum_m @x[m]"

    def out_shape(self, *shapes: Shape) -> Shape:
        return member_shape(shapes[0], "MemberMean")[1:]

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        used = x.shape[1] if context.members is None else context.members
        share = member_shares(x.shape[1], used)
        return jnp.sum(x * over(share[None, :, None], x), axis=1)


def member_shares(members: int, used: Array | int) -> Array:
    """How much each member counts in their mean, of shape (members,): nothing beyond the used."""
    # A product: of a quotient XLA makes one with some numbers of lanes, with others not.
    share = 1.0 / jnp.asarray(used, jnp.float32)
    return jnp.where(jnp.arange(members, dtype=jnp.int32) < used, share, 0.0)


def member_shape(shape: Shape, taker: str) -> tuple[int, int]:
    """Members and features of an input of such a layer.

    Raises:
        NetworkError: there is no axis of members.
    """
    if len(shape) != 2:
        raise NetworkError(
            f"{taker} takes the features of each member",
            expected="shape (members, features)",
            received=f"shape {shape}",
            hint="Open the axis of members with Members(32) before it.",
        )
    return shape[0], shape[1]


def _check_scales(name: Any) -> None:
    """Raise NetworkError unless the name, or every option, is that of an initialization."""
    if isinstance(name, Choice):
        for option in name.options:
            _check_scales(option)
    elif not isinstance(name, str) or name not in SCALES:
        raise NetworkError(
            "an initialization of scales is known by name",
            expected=", ".join(SCALES),
            received=short(name),
        )
