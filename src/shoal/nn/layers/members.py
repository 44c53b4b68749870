"""Ensembles inside one network: the axis of members and the layers upon it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels.dense import dense
from shoal.nn.initialization import check_initialization, uniform
from shoal.nn.layer import Context, Layer, ParamSpec, Shape, check_field, short, whole_number
from shoal.nn.layers.activations.activation import over
from shoal.nn.layers.dense import check_bias
from shoal.space import Choice, Int, host, static, width

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


@dataclass(frozen=True, eq=False)
class MemberDense(Layer):
    r"""Every output from every input, for each member by weights of its own.

    .. math:: h_m = x_m W_m + b_m

    x of shape (batch, k, d), W of shape (k, d, units), b of shape (k, units), h of shape
    (batch, k, units). Members share nothing here: these are the heads of an ensemble whose
    other layers share their weights.

    Args:
        units: number of outputs of each member; may be a range, lanes then mask.
        initialization: of W, as of `Dense`, by the features of one member; b starts at
            zero.
        bias: whether there is a b.

    Raises:
        NetworkError: units below 1, an unknown initialization, or an input without an
            axis of members.

    Source: Gorishniy, Kotelnikov, Babenko, "TabM: advancing tabular deep learning with
    parameter-efficient ensembling", ICLR 2025 (prediction heads).
    """

    kind: ClassVar[str] = "member_dense"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = r"@h[m] = @x[m]\, @weight[m]@?bias{ + @bias[m]}"

    units: int | Int | Choice = width()
    initialization: str | Choice = host("glorot")
    bias: bool | Choice = static(True)

    def __post_init__(self) -> None:
        check_field(self.units, "units")
        check_initialization(self.initialization)
        check_bias(self.bias)

    def out_shape(self, *shapes: Shape) -> Shape:
        members, _ = member_shape(shapes[0], "MemberDense")
        return members, whole_number(self.units, "units")

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        members, units = self.out_shape(*shapes)
        specs = {"weight": ParamSpec((members, shapes[0][1], units), ("member", "in", "out"))}
        if self.bias:
            specs["bias"] = ParamSpec((members, units), ("member", "out"), decays=False)
        return specs

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        specs = self.param_specs(*shapes)
        _, fan_in, fan_out = shape = specs["weight"].shape
        drawn = {"weight": uniform(rng, shape, fan_in, fan_out, str(self.initialization))}
        if self.bias:
            drawn["bias"] = np.zeros(specs["bias"].shape, np.float32)
        return drawn

    def multiply_adds(self, *shapes: Shape) -> int:
        return sum(prod(spec.shape) for spec in self.param_specs(*shapes).values())

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        one = partial(dense, active_in=context.active_in, active_out=context.active_out)
        h = jax.vmap(one, in_axes=(1, 0), out_axes=1)(x, params["weight"])
        return h + over(params["bias"][None], h) if self.bias else h

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, MemberDense)
        return np.arange(whole_number(self.units, "units")) < whole_number(bound.units, "units")


@dataclass(frozen=True, eq=False)
class BatchEnsemble(Layer):
    r"""Every output from every input, for each member by its own scales of one weight.

    .. math:: h_m = s_m \odot ((r_m \odot x_m) W) + b_m

    x of shape (batch, k, d), W of shape (d, units), r of shape (k, d), s and b of shape
    (k, units), h of shape (batch, k, units). A member's weight is :math:`r_m s_m^T \odot W`:
    members differ by a matrix of rank one and train one W, so that a product serves all
    of them. r and s start at 1, as in TabM, where members differ by `Members` at first; they
    do not decay.

    Args:
        units: number of outputs of each member; may be a range, lanes then mask.
        scale_in: whether there is an r. The first layer after `Members`, which has
            scaled already, needs none.
        initialization: of W, as of `Dense`; b starts at zero.
        bias: whether there is a b.

    Raises:
        NetworkError: units below 1, an unknown initialization, or an input without an
            axis of members.

    Source: Wen, Tran, Ba, "BatchEnsemble: an alternative approach to efficient ensemble and
    lifelong learning", ICLR 2020, equation 5; Gorishniy, Kotelnikov, Babenko, "TabM:
    advancing tabular deep learning with parameter-efficient ensembling", ICLR 2025.
    """

    kind: ClassVar[str] = "batch_ensemble"
    by_member: ClassVar[bool] = True
    formula: ClassVar[str] = (
        r"@h[m] = @scale_out[m] \odot ((@?scale_in{@scale_in[m] \odot }@x[m])\, @weight)"
        r"@?bias{ + @bias[m]}"
    )

    units: int | Int | Choice = width()
    scale_in: bool | Choice = static(True)
    initialization: str | Choice = host("glorot")
    bias: bool | Choice = static(True)

    def __post_init__(self) -> None:
        check_field(self.units, "units")
        _check_flag(self.scale_in)
        check_initialization(self.initialization)
        check_bias(self.bias)

    def out_shape(self, *shapes: Shape) -> Shape:
        members, _ = member_shape(shapes[0], "BatchEnsemble")
        return members, whole_number(self.units, "units")

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        members, units = self.out_shape(*shapes)
        features = shapes[0][1]
        specs = {
            "scale_in": ParamSpec((members, features), ("member", "in"), decays=False),
            "weight": ParamSpec((features, units), ("in", "out")),
            "scale_out": ParamSpec((members, units), ("member", "out"), decays=False),
            "bias": ParamSpec((members, units), ("member", "out"), decays=False),
        }
        absent = {"scale_in": not self.scale_in, "bias": not self.bias}
        return {name: spec for name, spec in specs.items() if not absent.get(name)}

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        specs = self.param_specs(*shapes)
        drawn = {name: np.ones(spec.shape, np.float32) for name, spec in specs.items()}
        fan_in, fan_out = specs["weight"].shape
        scheme = str(self.initialization)
        drawn["weight"] = uniform(rng, (fan_in, fan_out), fan_in, fan_out, scheme)
        if self.bias:
            drawn["bias"] = np.zeros(specs["bias"].shape, np.float32)
        return drawn

    def multiply_adds(self, *shapes: Shape) -> int:
        specs = self.param_specs(*shapes)
        own = sum(prod(spec.shape) for name, spec in specs.items() if name != "weight")
        return shapes[0][0] * prod(specs["weight"].shape) + own

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        (x,) = inputs
        batch, members, features = x.shape
        if self.scale_in:
            x = x * over(params["scale_in"][None], x)
        h = dense(
            x.reshape(batch * members, features),
            params["weight"],
            active_in=context.active_in,
            active_out=context.active_out,
        ).reshape(batch, members, -1)
        h = h * over(params["scale_out"][None], h)
        return h + over(params["bias"][None], h) if self.bias else h

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, BatchEnsemble)
        return np.arange(whole_number(self.units, "units")) < whole_number(bound.units, "units")


def _check_flag(value: Any) -> None:
    """Raise NetworkError unless the value, or every option, is true or false."""
    if isinstance(value, Choice):
        for option in value.options:
            _check_flag(option)
    elif not isinstance(value, bool | np.bool_):
        raise NetworkError(
            "whether a layer scales its inputs is True or False",
            where="scale_in",
            received=short(value),
        )
