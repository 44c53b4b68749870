"""ONNX: the graph of layers, the preprocessing before it and the answers behind it, in one file."""

from shoal.export.onnx.graph import Graph, Value
from shoal.export.onnx.translation import translates

__all__ = ["Graph", "Value", "translates"]
