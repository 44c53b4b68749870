"""Networks: directed acyclic graphs of layers.

`graph.py` has the rules of a graph, `network.py` the network, `layer.py` the protocol of a
layer, `layers/` the layers by family. `forward.py` computes a network, `fusion/` several of its
layers as one operation.
"""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)
