"""The protocol of pooling: a window slides over the map, each channel for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from shoal.errors import NetworkError
from shoal.network.layer import Layer, Shape
from shoal.network.layers.window import (
    Size,
    Slide,
    check_map,
    check_padding,
    check_sizes,
    slide,
)
from shoal.space import Choice, Int, static


@dataclass(frozen=True, eq=False)
class WindowPool(Layer):
    """One number a window and channel.

    Args:
        window: one number or one for each direction.
        stride: step of the window; by default the window, so that windows do not overlap.
        padding: ``valid`` (default: rows and columns that do not fill a window
            are left out), ``same``, or a number of cells below the
            window's size.
    """

    letters: ClassVar[Mapping[str, str]] = {"window": "k", "stride": "s", "padding": "p"}

    window: Size = static(2)
    stride: Size | None = static(None)
    padding: str | int | Int | Choice = static("valid")

    def __post_init__(self) -> None:
        check_sizes(self.window, "window")
        if self.stride is not None:
            check_sizes(self.stride, "stride")
        check_padding(self.padding)

    def told(self, name: str) -> Any:
        if name == "stride" and self.stride is None:
            return self.window
        return super().told(name)

    def slide(self, shape: Shape) -> Slide:
        """How the window slides over a map of this shape.

        Raises:
            NetworkError: it does not fit, or lies wholly in the padding somewhere.
        """
        stride = self.window if self.stride is None else self.stride
        placed = slide(shape[:-1], self.window, stride, self.padding, what="window")
        for size, cells in zip(placed.window, placed.padding, strict=True):
            if max(cells) >= size:
                raise NetworkError(
                    "every pooling window covers a part of the map",
                    expected=f"padding below the window's {size}",
                    received=f"padding {max(cells)}",
                )
        return placed

    def out_shape(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        check_map(shape, f"{type(self).__name__} layer")
        return (*self.slide(shape).out, shape[-1])
