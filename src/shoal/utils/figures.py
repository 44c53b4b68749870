"""Figures that a notebook shows by itself."""

from __future__ import annotations

import io

from matplotlib.figure import Figure as Plain


class Figure(Plain):
    """A matplotlib figure, bound to no window, that is shown where a cell ends with it."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()
