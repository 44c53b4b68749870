"""Transposed convolution of maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels import conv_transpose
from shoal.network.initialization import check_initialization, uniform
from shoal.network.layer import Context, Layer, ParamSpec, Shape, check_field, whole_number
from shoal.network.layers import window
from shoal.network.layers.bias import bias_spec, check_bias, first_bias
from shoal.network.layers.window import Size
from shoal.space import Choice, Int, host, static, width


@dataclass(frozen=True, eq=False)
class ConvTranspose(Layer):
    r"""Transposed convolution: every place of the map lays down a filter.

    .. math:: h_{s y + d i - p,\, s x + d j - p,\, n}
        = b_n + \sum_{y,x,i,j,c} x_{y,x,c}\; W_{i,j,n,c}

    It does what a convolution with this W, stride, padding and dilation does
    to gradients, so that it leads back to the size from which that one came.
    x of shape (batch, height, width, C), W of shape (kernel height, kernel
    width, channels, C), h of shape (batch, height', width', channels); lines
    and volumes likewise, as in `Conv`.

    Args:
        channels: number of channels of the output; may be a range, lanes then mask.
        kernel_size: one number or one for each direction.
        stride: distance at which neighboring places lay their filters, s,
            likewise; the factor by which the map grows.
        padding: ``same`` (default: exactly s times the size), ``valid`` (all
            that the filters cover: s (n - 1) + d (k - 1) + 1), or a number of
            cells that this is less on every side.
        dilation: distance of neighboring taps, d, likewise.
        initialization: of W: ``glorot`` (default), ``he`` or ``lecun``; b starts at zero.
        bias: whether there is a b; a layer before a `BatchNorm` needs none, which
            takes any constant away again.

    Raises:
        NetworkError: padding that leaves nothing, an input that is no map.

    Source: Zeiler et al., "Deconvolutional networks", CVPR 2010; Dumoulin and
    Visin, "A guide to convolution arithmetic for deep learning" (2016), chapter 4.
    """

    kind: ClassVar[str] = "conv_transpose"
    formula: ClassVar[str] = (
        r"@h[@stride u + @dilation i - @padding, n] = @?bias{@bias[n] + }"
        r"\sum_{u, i, c} @x[u, c]\, @weight[i, n, c]"
    )
    letters: ClassVar[Mapping[str, str]] = {"stride": "s", "dilation": "d", "padding": "p"}

    channels: int | Int | Choice = width()
    kernel_size: Size = static(3)
    stride: Size = static(1)
    padding: str | int | Int | Choice = static("same")
    dilation: Size = static(1)
    initialization: str | Choice = host("glorot")
    bias: bool | Choice = static(True)

    def __post_init__(self) -> None:
        check_field(self.channels, "channels")
        window.check_sizes(self.kernel_size, "kernel_size")
        window.check_sizes(self.stride, "stride")
        window.check_padding(self.padding)
        window.check_sizes(self.dilation, "dilation")
        check_initialization(self.initialization)
        check_bias(self.bias)

    def _slide(self, shape: Shape) -> window.Slide:
        """How a filter slides over the output, so that it stops at each place of this map."""
        directions = len(shape) - 1
        stride = window.sizes(self.stride, "stride", directions)
        if self.padding == "same":
            size = tuple(n * s for n, s in zip(shape[:-1], stride, strict=True))
        else:
            size = self._covered(shape, stride)
        return window.slide(
            size, self.kernel_size, self.stride, self.padding,
            dilation=self.dilation, what="kernel_size",
        )  # fmt: skip

    def _covered(self, shape: Shape, stride: window.Sizes) -> window.Sizes:
        """The output's size without ``same``: what the filters cover, less the padding."""
        directions = len(stride)
        kernel = window.sizes(self.kernel_size, "kernel_size", directions)
        dilation = window.sizes(self.dilation, "dilation", directions)
        cut = 0 if self.padding == "valid" else 2 * whole_number(self.padding, "padding", least=0)
        size = tuple(
            (n - 1) * s + d * (k - 1) + 1 - cut
            for n, s, k, d in zip(shape[:-1], stride, kernel, dilation, strict=True)
        )
        if min(size) < 1:
            raise NetworkError(
                "padding leaves a part of the map",
                expected=f"at most {cut // 2 + (min(size) - 1) // 2} cells on every side",
                received=cut // 2,
            )
        return size

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        window.check_map(shape, "ConvTranspose layer")
        return (*self._slide(shape).size, whole_number(self.channels, "channels"))

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        out = self.out_shape(*shapes)[-1]
        size = self._slide(shapes[0]).window
        free = (None,) * len(size)
        return {
            "weight": ParamSpec((*size, out, shapes[0][-1]), (*free, "out", "in")),
            **bias_spec(self.bias, out),
        }

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        shape = self.param_specs(*shapes)["weight"].shape
        *size, filters, channels = shape
        taps, scheme = prod(size), str(self.initialization)
        return {
            "weight": uniform(rng, shape, taps * channels, taps * filters, scheme),
            **first_bias(self.bias, filters),
        }

    def multiply_adds(self, *shapes: Shape) -> int:
        """Multiplications for one example: each weight once for every place of the input."""
        weight = self.param_specs(*shapes)["weight"].shape
        return prod(shapes[0][:-1]) * prod(weight)

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        slide = self._slide(inputs[0].shape[1:])
        return conv_transpose(
            inputs[0],
            params["weight"],
            params.get("bias"),
            size=slide.size,
            stride=slide.stride,
            padding=slide.padding,
            dilation=slide.dilation,
            active_in=context.active_in,
            active_out=context.active_out,
        )

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, ConvTranspose)
        widest = whole_number(self.channels, "channels")
        return np.arange(widest) < whole_number(bound.channels, "channels")
