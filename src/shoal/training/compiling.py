"""Compiling ahead of time, and counting what was compiled."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax


@dataclass
class CompileLog:
    """How many programs were compiled, and how long it took.

    A program is compiled once, for fixed shapes, before it first runs; called
    with others it refuses. So the count cannot grow unseen.
    """

    count: int = 0
    seconds: float = 0.0

    def compile(
        self, function: Callable[..., Any], *examples: Any, donate: tuple[int, ...] = ()
    ) -> Callable[..., Any]:
        """The compiled function, for arguments of these examples' shapes and types.

        Args:
            function: pure; its arguments are trees of arrays.
            examples: arrays or `jax.ShapeDtypeStruct`.
            donate: positions of arguments whose memory the result may take over.
        """
        began = time.perf_counter()
        compiled = jax.jit(function, donate_argnums=donate).lower(*examples).compile()
        self.seconds += time.perf_counter() - began
        self.count += 1
        return compiled


def shapes_of(tree: Any, lanes: int | None = None) -> Any:
    """Shapes and types of a tree's arrays, with a lane axis in front where given."""
    front = () if lanes is None else (lanes,)
    return jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(front + tuple(leaf.shape), leaf.dtype), tree
    )
