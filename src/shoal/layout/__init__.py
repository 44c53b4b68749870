"""Where the boxes and edges of a directed graph go: plain geometry, drawn elsewhere.

A layered drawing in four steps, one a file: boxes into rows by the longest way to
them, rows into an order with few crossings, orders into positions, and edges
around the boxes that they pass.

Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical
system structures", IEEE Transactions on Systems, Man, and Cybernetics 11 (1981).
"""

from shoal.layout.layered import Layout, layered
from shoal.layout.rows import Box
from shoal.layout.stacks import follows, stacked

__all__ = ["Box", "Layout", "follows", "layered", "stacked"]
