"""What is laid out: boxes, and of which other boxes each takes something."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A node of the graph with the room that it needs.

    Attributes:
        name: unique.
        width, height: of the box.
        inputs: names of the boxes from which an edge leads here.
    """

    name: str
    width: float
    height: float
    inputs: tuple[str, ...] = ()
