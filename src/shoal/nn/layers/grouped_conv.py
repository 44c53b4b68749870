"""Convolutions whose channels do not all see each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels.conv import conv
from shoal.nn.initialization import check_initialization, uniform
from shoal.nn.layer import Context, Layer, ParamSpec, Shape, check_field, whole_number
from shoal.nn.layers import windows
from shoal.nn.layers.dense import bias_spec, check_bias, first_bias
from shoal.nn.layers.windows import Size
from shoal.space import Choice, Int, host, is_range, static, width


def check_widths(channels: Any, groups: Any) -> None:
    """Raise NetworkError if some value of a range of channels cannot be grouped."""
    if is_range(groups) or groups == 1:
        return  # of two ranges, which values meet is known once they are bound
    values: Iterable[Any] = (channels,)
    if isinstance(channels, Int):
        values = range(int(channels.low), int(channels.high) + 1)
    elif isinstance(channels, Choice):
        values = (value for value in channels.options if not is_range(value))
    for value in values:
        check_divides(int(groups), int(value), "channels")


def check_divides(groups: int, count: int, what: str) -> None:
    """Raise NetworkError unless the channels fall into groups of one size."""
    if count % groups:
        raise NetworkError(
            f"groups divide the {what}",
            expected=f"a multiple of {groups}",
            received=count,
            hint="Write a range of widths as a Choice of multiples.",
        )


def check_input(mask: np.ndarray, groups: int) -> None:
    """Raise NetworkError unless a lane has the same channels of each group.

    Args:
        mask: booleans, the channels that the lane has.
        groups: how many groups the widest network has.
    """
    parts = mask.reshape(groups, -1)
    if (parts != parts[0]).any():
        raise NetworkError(
            "a grouped convolution takes channels that each lane has alike in every group",
            expected="an input of fixed width, or from a convolution with as many groups",
            received=f"lanes with {[int(n) for n in parts.sum(axis=1)]} channels of the groups",
            hint="Fix the width before it, group that layer too, or use DepthwiseConv.",
        )


def first_of_each(widest: int, own: int, groups: int) -> np.ndarray:
    """Booleans of shape (widest,): the first own / groups channels of each group."""
    place: np.ndarray = np.arange(widest) % (widest // groups)
    return place < own // groups


@dataclass(frozen=True, eq=False)
class DepthwiseConv(Layer):
    r"""Each channel is filtered by itself, m times over.

    .. math:: h_{y,x,cm+k} = b_{cm+k}
        + \sum_{i,j} x_{s y + d i - p,\, s x + d j - p,\, c}\; W_{i,j,cm+k}

    for k < m. x of shape (batch, height, width, C), W of shape (kernel height,
    kernel width, 1, C·m), h of shape (batch, height', width', C·m); lines and
    volumes likewise, as in `Conv`. It is a grouped convolution with as many
    groups as channels. Before a ``Conv(n, kernel_size=1)`` it makes a separable
    convolution.

    A lane with c of C channels before it has the c·m filters of those; the
    multiplier may be a range too, a lane then has the first filters of each
    channel.

    Args:
        multiplier: filters for each channel, m.
        kernel_size: one number or one for each direction.
        stride: step of the filter, s, likewise.
        padding: ``same`` (default), ``valid``, or a number of cells on every side.
        dilation: distance of neighboring taps, d, likewise.
        initialization: of W: ``glorot`` (default), ``he`` or ``lecun``; b starts at zero.
        bias: whether there is a b; a layer before a `BatchNorm` needs none, which
            takes any constant away again.

    Raises:
        NetworkError: a filter larger than the padded map, an input that is no map.

    Source: Chollet, "Xception: deep learning with depthwise separable
    convolutions", CVPR 2017.
    """

    kind: ClassVar[str] = "depthwise_conv"
    formula: ClassVar[str] = (
        r"@h[u, @multiplier c + j] = @?bias{@bias[@multiplier c + j] + }"
        r"\sum_{i} @x[@stride u + @dilation i - @padding, c]\, @weight[i, @multiplier c + j]"
    )
    letters: ClassVar[Mapping[str, str]] = {
        "stride": "s",
        "dilation": "d",
        "padding": "p",
        "multiplier": "m",
    }

    multiplier: int | Int | Choice = width(1)
    kernel_size: Size = static(3)
    stride: Size = static(1)
    padding: str | int | Int | Choice = static("same")
    dilation: Size = static(1)
    initialization: str | Choice = host("glorot")
    bias: bool | Choice = static(True)

    def __post_init__(self) -> None:
        check_field(self.multiplier, "multiplier")
        windows.check_sizes(self.kernel_size, "kernel_size")
        windows.check_sizes(self.stride, "stride")
        windows.check_padding(self.padding)
        windows.check_sizes(self.dilation, "dilation")
        check_initialization(self.initialization)
        check_bias(self.bias)

    def slide(self, shape: Shape) -> windows.Slide:
        return windows.slide(
            shape[:-1], self.kernel_size, self.stride, self.padding,
            dilation=self.dilation, what="kernel_size",
        )  # fmt: skip

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        windows.check_map(shape, "DepthwiseConv layer")
        return (*self.slide(shape).out, shape[-1] * whole_number(self.multiplier, "multiplier"))

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        filters = self.out_shape(*shapes)[-1]
        size = self.slide(shapes[0]).window
        free = (None,) * len(size)
        return {
            "weight": ParamSpec((*size, 1, filters), (*free, None, "out")),
            **bias_spec(self.bias, filters),
        }

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        shape = self.param_specs(*shapes)["weight"].shape
        taps, scheme = prod(shape[:-2]), str(self.initialization)
        fan_out = taps * whole_number(self.multiplier, "multiplier")
        return {
            "weight": uniform(rng, shape, taps, fan_out, scheme),
            **first_bias(self.bias, shape[-1]),
        }

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        slide = self.slide(inputs[0].shape[1:])
        return conv(
            inputs[0],
            params["weight"],
            params.get("bias"),
            stride=slide.stride,
            padding=slide.padding,
            dilation=slide.dilation,
            groups=inputs[0].shape[-1],
            active_in=context.active_in,
            active_out=context.active_out,
        )

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, DepthwiseConv)
        own = np.arange(whole_number(self.multiplier, "multiplier"))
        kept = own < whole_number(bound.multiplier, "multiplier")
        return np.outer(masks[0], kept).astype(bool).ravel()
