"""Average pooling of maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from jax import Array

from shoal.kernels import avg_pool
from shoal.network.layer import Context
from shoal.network.layers.window_pool import WindowPool


@dataclass(frozen=True, eq=False)
class AvgPool(WindowPool):
    r"""The mean of each window: :math:`h_{y,x,c} = \frac1n \sum_{i,j} x_{s y+i,\, s x+j,\, c}`.

    n is the number of cells of the window that lie inside the map: padding
    does not count. x of shape (batch, height, width, C), h of shape (batch,
    height', width', C); lines (length, C) and volumes (depth, height, width, C)
    likewise.

    Args:
        window: one number or one for each direction.
        stride: step of the window; by default the window, so that windows do not overlap.
        padding: ``valid`` (default: rows and columns that do not fill a window
            are left out), ``same``, or a number of cells below the window's size.

    Raises:
        NetworkError: a window larger than the padded map or wholly in the
            padding, an input that is no map.

    Source: LeCun et al., "Gradient-based learning applied to document
    recognition", Proc. IEEE 86 (1998), section II.
    """

    kind: ClassVar[str] = "avg_pool"
    formula: ClassVar[str] = (
        r"@h[u, c] = \operatorname{mean}_{i < @window} @x[@stride u + i - @padding, c]"
    )

    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        slide = self.slide(inputs[0].shape[1:])
        return avg_pool(inputs[0], slide.window, slide.stride, slide.padding)
