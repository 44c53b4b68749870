"""Max pooling of maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.errors import NetworkError
from shoal.kernels import max_pool
from shoal.network.layer import Context, Layer, Shape
from shoal.network.layers import window
from shoal.network.layers.window import Pair
from shoal.space import Choice, Int, static

Size = int | Int | Choice | tuple[int | Int | Choice, int | Int | Choice]


@dataclass(frozen=True, eq=False)
class MaxPool(Layer):
    r"""The largest value of each window: :math:`h_{y,x,c} = \max_{i,j} x_{s y+i,\, s x+j,\, c}`.

    x of shape (batch, height, width, C), h of shape (batch, height', width', C).

    Args:
        window: one number or (height, width).
        stride: step of the window; by default the window, so that windows do not overlap.
        padding: ``valid`` (default: rows and columns that do not fill a window
            are left out), ``same``, or a number of cells below the
            window's size, which never win.

    Raises:
        NetworkError: a window larger than the padded map or wholly in the
            padding, an input that is no map.

    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 9.3.
    """

    kind: ClassVar[str] = "max_pool"

    window: Size = static(2)
    stride: Size | None = static(None)
    padding: str | int | Int | Choice = static("valid")

    def __post_init__(self) -> None:
        window.check_pair(self.window, "window")
        if self.stride is not None:
            window.check_pair(self.stride, "stride")
        window.check_padding(self.padding)

    def _geometry(self, shape: Shape) -> tuple[Pair, Pair, tuple[Pair, Pair]]:
        size = window.pair(self.window, "window")
        stride = size if self.stride is None else window.pair(self.stride, "stride")
        pads = window.paddings(self.padding, (shape[0], shape[1]), size, stride)
        for direction, cells in zip(size, pads, strict=True):
            if max(cells) >= direction:
                raise NetworkError(
                    "every pooling window covers a part of the map",
                    expected=f"padding below the window's {direction}",
                    received=f"padding {max(cells)}",
                )
        return size, stride, pads

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        window.check_map(shape, "MaxPool layer")
        size, stride, pads = self._geometry(shape)
        return (*window.out_size((shape[0], shape[1]), size, stride, pads, "window"), shape[2])

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        size, stride, pads = self._geometry(inputs[0].shape[1:])
        return max_pool(inputs[0], size, stride, pads)
