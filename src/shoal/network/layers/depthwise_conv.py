"""Convolution of each channel by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np
from jax import Array

from shoal.kernels import conv
from shoal.network.initialization import check_initialization, uniform
from shoal.network.layer import Context, Layer, ParamSpec, Shape, check_field, whole_number
from shoal.network.layers import window
from shoal.network.layers.bias import bias_spec, check_bias, first_bias
from shoal.network.layers.window import Size
from shoal.space import Choice, Int, host, static, width


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
        window.check_sizes(self.kernel_size, "kernel_size")
        window.check_sizes(self.stride, "stride")
        window.check_padding(self.padding)
        window.check_sizes(self.dilation, "dilation")
        check_initialization(self.initialization)
        check_bias(self.bias)

    def _slide(self, shape: Shape) -> window.Slide:
        return window.slide(
            shape[:-1], self.kernel_size, self.stride, self.padding,
            dilation=self.dilation, what="kernel_size",
        )  # fmt: skip

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        window.check_map(shape, "DepthwiseConv layer")
        return (*self._slide(shape).out, shape[-1] * whole_number(self.multiplier, "multiplier"))

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        filters = self.out_shape(*shapes)[-1]
        size = self._slide(shapes[0]).window
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
        slide = self._slide(inputs[0].shape[1:])
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
