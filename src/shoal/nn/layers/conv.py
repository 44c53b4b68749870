"""Convolutions of maps, and transposed ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.kernels.conv import conv
from shoal.kernels.conv_max import conv_max
from shoal.kernels.conv_transpose import conv_transpose
from shoal.kernels.conv_upsampled import conv_upsampled
from shoal.nn.initialization import check_initialization, uniform
from shoal.nn.layer import Context, Layer, ParamSpec, Shape, check_field, whole_number
from shoal.nn.layers import grouped_conv, windows
from shoal.nn.layers.dense import bias_spec, check_bias, first_bias
from shoal.nn.layers.windows import Size
from shoal.space import Choice, Int, host, static, width


@dataclass(frozen=True, eq=False)
class Conv(Layer):
    r"""Convolution: one small filter slides over the whole map, in one to three directions.

    .. math:: h_{y,x,n} = b_n + \sum_{i,j,c} x_{s y + d i - p,\, s x + d j - p,\, c}\; W_{i,j,c,n}

    (the cross-correlation that the field calls convolution). x of shape
    (batch, height, width, C), W of shape (kernel height, kernel width,
    C / groups, channels), h of shape (batch, height', width', channels). The
    input decides the directions: (length, C) is a line, (depth, height, width,
    C) a volume.

    With ``groups`` = g, channels and filters fall into g parts in their order,
    and filters see the channels of their own part only. What may be a range
    then: ``channels``, if g divides every value; a lane with n of N filters
    has the first n / g of each part. The layer before must have all its
    channels in every lane, or be grouped alike; an ordinary layer with a range
    of widths before a grouped one is refused, because its lanes use leading
    channels, which would all belong to the first parts. `DepthwiseConv`, whose
    parts are single channels, has no such limit.

    Args:
        channels: number of filters; may be a range, lanes then mask.
        kernel_size: one number or one for each direction.
        stride: step of the filter, s, likewise.
        padding: ``same`` (default; zeros around, so that a stride of 1 keeps
            the size), ``valid`` (none), or a number of cells on every side.
        dilation: distance of neighboring taps, d, likewise.
        groups: parts into which channels and filters fall, g.
        initialization: of W: ``glorot`` (default), ``he`` or ``lecun``; b starts at zero.
        bias: whether there is a b; a layer before a `BatchNorm` needs none, which
            takes any constant away again.

    Raises:
        NetworkError: a filter larger than the padded map, an input that is no
            map, channels that the groups do not divide.

    Source: LeCun et al., "Gradient-based learning applied to document
    recognition", Proc. IEEE 86 (1998); groups: Krizhevsky, Sutskever, Hinton,
    "ImageNet classification with deep convolutional neural networks", NIPS
    2012; dilation: Yu and Koltun, "Multi-scale context aggregation by dilated
    convolutions", ICLR 2016.
    """

    kind: ClassVar[str] = "conv"
    formula: ClassVar[str] = (
        r"@h[u, n] = @?bias{@bias[n] + }"
        r"\sum_{i, c} @x[@stride u + @dilation i - @padding, c]\, @weight[i, c, n]"
    )
    letters: ClassVar[Mapping[str, str]] = {
        "stride": "s",
        "dilation": "d",
        "padding": "p",
        "groups": "g",
    }

    channels: int | Int | Choice = width()
    kernel_size: Size = static(3)
    stride: Size = static(1)
    padding: str | int | Int | Choice = static("same")
    dilation: Size = static(1)
    groups: int | Int | Choice = static(1)
    initialization: str | Choice = host("glorot")
    bias: bool | Choice = static(True)

    def __post_init__(self) -> None:
        check_field(self.channels, "channels")
        windows.check_sizes(self.kernel_size, "kernel_size")
        windows.check_sizes(self.stride, "stride")
        windows.check_padding(self.padding)
        windows.check_sizes(self.dilation, "dilation")
        check_field(self.groups, "groups")
        grouped_conv.check_widths(self.channels, self.groups)
        check_initialization(self.initialization)
        check_bias(self.bias)

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        windows.check_map(shape, "Conv layer")
        groups, out = self._groups(), whole_number(self.channels, "channels")
        grouped_conv.check_divides(groups, shape[-1], "channels of its input")
        grouped_conv.check_divides(groups, out, "channels")
        return (*self.slide(shape).out, out)

    def slide(self, shape: Shape) -> windows.Slide:
        return windows.slide(
            shape[:-1], self.kernel_size, self.stride, self.padding,
            dilation=self.dilation, what="kernel_size",
        )  # fmt: skip

    def _groups(self) -> int:
        return whole_number(self.groups, "groups")

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        ((*_, channels), out) = shapes[0], self.out_shape(*shapes)[-1]
        size = self.slide(shapes[0]).window
        free = (None,) * len(size)
        return {
            "weight": ParamSpec((*size, channels // self._groups(), out), (*free, "in", "out")),
            **bias_spec(self.bias, out),
        }

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        shape = self.param_specs(*shapes)["weight"].shape
        *size, fan_in, filters = shape
        fan_out = filters // self._groups()
        scheme = str(self.initialization)
        return {
            "weight": uniform(rng, shape, prod(size) * fan_in, prod(size) * fan_out, scheme),
            **first_bias(self.bias, filters),
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
            groups=self._groups(),
            active_in=context.active_in,
            active_out=context.active_out,
        )

    def under_windows(
        self,
        params: Mapping[str, Array],
        x: Array,
        window: tuple[int, int],
        *,
        rectified: bool,
        context: Context,
    ) -> Array:
        """The maxima of `apply` under windows side by side, at least 0 if rectified."""
        slide = self.slide(x.shape[1:])
        return conv_max(
            x,
            params["weight"],
            params.get("bias"),
            window=window,
            rectified=rectified,
            stride=slide.stride,
            padding=slide.padding,
            dilation=slide.dilation,
            groups=self._groups(),
            active_in=context.active_in,
            active_out=context.active_out,
        )

    def may_be_upsampled(self, shape: Shape) -> bool:
        """Whether `upsampled` can stand for a map of this shape, and takes less."""
        if len(shape) != 3 or self._groups() != 1:
            return False
        slide = self.slide(shape)
        plain = (*slide.stride, *slide.dilation) == (1, 1, 1, 1)
        within = all(max(pads) < k for k, pads in zip(slide.window, slide.padding, strict=True))
        return plain and within and min(slide.window) > 1

    def upsampled(self, params: Mapping[str, Array], x: Array, *, context: Context) -> Array:
        """What `apply` makes of the map that is twice as large, the bias left out."""
        high, wide = (2 * n for n in x.shape[1:3])
        return conv_upsampled(
            x,
            params["weight"],
            padding=self.slide((high, wide, x.shape[-1])).padding,
            active_in=context.active_in,
            active_out=context.active_out,
        )

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        assert isinstance(bound, Conv)
        grouped_conv.check_input(masks[0], self._groups())
        return grouped_conv.first_of_each(
            whole_number(self.channels, "channels"),
            whole_number(bound.channels, "channels"),
            self._groups(),
        )


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
        windows.check_sizes(self.kernel_size, "kernel_size")
        windows.check_sizes(self.stride, "stride")
        windows.check_padding(self.padding)
        windows.check_sizes(self.dilation, "dilation")
        check_initialization(self.initialization)
        check_bias(self.bias)

    def slide(self, shape: Shape) -> windows.Slide:
        """How a filter slides over the output, so that it stops at each place of this map."""
        directions = len(shape) - 1
        stride = windows.sizes(self.stride, "stride", directions)
        if self.padding == "same":
            size = tuple(n * s for n, s in zip(shape[:-1], stride, strict=True))
        else:
            size = self._covered(shape, stride)
        return windows.slide(
            size, self.kernel_size, self.stride, self.padding,
            dilation=self.dilation, what="kernel_size",
        )  # fmt: skip

    def _covered(self, shape: Shape, stride: windows.Sizes) -> windows.Sizes:
        """The output's size without ``same``: what the filters cover, less the padding."""
        directions = len(stride)
        kernel = windows.sizes(self.kernel_size, "kernel_size", directions)
        dilation = windows.sizes(self.dilation, "dilation", directions)
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
        windows.check_map(shape, "ConvTranspose layer")
        return (*self.slide(shape).size, whole_number(self.channels, "channels"))

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        out = self.out_shape(*shapes)[-1]
        size = self.slide(shapes[0]).window
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
        slide = self.slide(inputs[0].shape[1:])
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
