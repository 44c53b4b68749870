"""Max pooling of maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.kernels import max_pool
from shoal.network.layer import Context
from shoal.network.layers.window_pool import WindowPool


@dataclass(frozen=True, eq=False)
class MaxPool(WindowPool):
    r"""The largest value of each window: :math:`h_{y,x,c} = \max_{i,j} x_{s y+i,\, s x+j,\, c}`.

    x of shape (batch, height, width, C), h of shape (batch, height', width',
    C); lines (length, C) and volumes (depth, height, width, C) likewise. Among
    equal values the gradient goes to the first, row by row.

    Args:
        window: one number or one for each direction.
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
    formula: ClassVar[str] = r"@h[u, c] = \max_{i < @window} @x[@stride u + i - @padding, c]"

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        slide = self.slide(inputs[0].shape[1:])
        return max_pool(inputs[0], slide.window, slide.stride, slide.padding)
