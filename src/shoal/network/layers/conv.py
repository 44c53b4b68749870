"""Convolution of maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jax import Array

from shoal.kernels import conv
from shoal.network.initialization import check_initialization, uniform
from shoal.network.layer import Context, Layer, ParamSpec, Shape, check_field, whole_number
from shoal.network.layers import window
from shoal.space import Choice, Int, host, static, width

Size = int | Int | Choice | tuple[int | Int | Choice, int | Int | Choice]


@dataclass(frozen=True, eq=False)
class Conv(Layer):
    r"""Two-dimensional convolution: one small filter slides over the whole map.

    .. math:: h_{y,x,n} = b_n + \sum_{i,j,c} x_{s y + i - p,\, s x + j - p,\, c}\; W_{i,j,c,n}

    (the cross-correlation that the field calls convolution). x of shape
    (batch, height, width, C), W of shape (kernel height, kernel width, C,
    channels), h of shape (batch, height', width', channels).

    Args:
        channels: number of filters; may be a range, lanes then mask.
        kernel_size: one number or (height, width).
        stride: step of the filter, one number or (vertical, horizontal).
        padding: ``same`` (default; zeros around, so that a stride of 1 keeps
            the size), ``valid`` (none), or a number of cells on every side.
        initialization: of W: ``glorot`` (default), ``he`` or ``lecun``; b starts at zero.

    Raises:
        NetworkError: a filter larger than the padded map, an input that is no map.

    Source: LeCun et al., "Gradient-based learning applied to document
    recognition", Proc. IEEE 86 (1998).
    """

    kind: ClassVar[str] = "conv"

    channels: int | Int | Choice = width()
    kernel_size: Size = static(3)
    stride: Size = static(1)
    padding: str | int | Int | Choice = static("same")
    initialization: str | Choice = host("glorot")

    def __post_init__(self) -> None:
        check_field(self.channels, "channels")
        window.check_pair(self.kernel_size, "kernel_size")
        window.check_pair(self.stride, "stride")
        window.check_padding(self.padding)
        check_initialization(self.initialization)

    def _geometry(
        self, shape: Shape
    ) -> tuple[window.Pair, window.Pair, tuple[window.Pair, window.Pair]]:
        size = window.pair(self.kernel_size, "kernel_size")
        stride = window.pair(self.stride, "stride")
        return size, stride, window.paddings(self.padding, (shape[0], shape[1]), size, stride)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        window.check_map(shape, "Conv layer")
        size, stride, pads = self._geometry(shape)
        high, wide = window.out_size((shape[0], shape[1]), size, stride, pads, "filter")
        return (high, wide, whole_number(self.channels, "channels"))

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        out = self.out_shape(*shapes)[-1]
        size, _, _ = self._geometry(shapes[0])
        return {
            "weight": ParamSpec((*size, shapes[0][-1], out), (None, None, "in", "out")),
            "bias": ParamSpec((out,), ("out",), decays=False),
        }

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        shape = self.param_specs(*shapes)["weight"].shape
        high, wide, fan_in, fan_out = shape
        scheme = str(self.initialization)
        return {
            "weight": uniform(rng, shape, high * wide * fan_in, high * wide * fan_out, scheme),
            "bias": np.zeros(fan_out, np.float32),
        }

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        _, stride, pads = self._geometry(inputs[0].shape[1:])
        return conv(
            inputs[0],
            params["weight"],
            params["bias"],
            stride=stride,
            padding=pads,
            active_in=context.active_in,
            active_out=context.active_out,
        )

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, Conv)
        widest = whole_number(self.channels, "channels")
        return np.arange(widest) < whole_number(bound.channels, "channels")
