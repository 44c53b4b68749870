"""What has a figure, and is shown by it in a notebook."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawn:
    """Something with a figure, which a notebook shows in place of its name."""

    def _as_figure(self) -> Figure:
        """The figure that is shown."""
        draw: Any = self.figure  # type: ignore[attr-defined]  # each class has its own
        figure: Figure = draw()
        return figure

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self._as_figure().savefig(buffer, format="png")
        return buffer.getvalue()
