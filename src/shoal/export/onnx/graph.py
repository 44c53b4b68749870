"""An ONNX graph that grows node by node, and the values in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shoal.errors import ModelError
from shoal.nn import Shape

FLOAT, DOUBLE, INT32, INT64 = np.float32, np.float64, np.int32, np.int64

BATCH = "N"
"""What the batch axis is called: its length is open."""


def library() -> Any:
    """The package onnx.

    Raises:
        ModelError: it is not installed.
    """
    try:
        import onnx
    except ImportError:
        raise ModelError(
            "the package onnx is not installed",
            expected="onnx, which writes the file",
            hint="Install it: pip install 'shoal[onnx]'.",
        ) from None
    return onnx


@dataclass
class Value:
    """The output of a node for a batch, of shape (batch, *shape).

    A map has its channels last in shoal and first in the operators of ONNX. A value knows the
    tensor of each order that has been needed; the other is transposed from it once.

    Attributes:
        shape: of one example, channels last.
        last: the tensor with channels last.
        first: the tensor with channels first.
    """

    shape: Shape
    last: str | None = None
    first: str | None = None

    @property
    def is_map(self) -> bool:
        """Whether the two orders differ."""
        return len(self.shape) > 1


@dataclass
class Graph:
    """The nodes and constants of an ONNX graph.

    Attributes:
        opset: the version of ONNX's operators.
        nodes: in their order.
        constants: tensors by name.
        inputs, outputs: what the graph takes and gives, as ONNX describes them.
        notes: what a user of the file has to do beforehand.
    """

    opset: int
    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    prefix: str = ""
    _names: dict[str, int] = field(default_factory=dict)
    _known: dict[tuple[str, tuple[int, ...], bytes], str] = field(default_factory=dict)

    def name(self, wanted: str) -> str:
        """A name that no other tensor has."""
        count = self._names[wanted] = self._names.get(wanted, 0) + 1
        return wanted if count == 1 else self.name(f"{wanted}_{count}")

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """The output of a new node.

        Args:
            operator: of ONNX.
            *inputs: tensors; an empty name leaves an optional one out.
            domain: of the operator.
            **attributes: of the operator.
        """
        helper = library().helper
        output = self.name(f"{self.prefix}{operator.lower()}")
        node = helper.make_node(
            operator, list(inputs), [output], output, domain=domain, **attributes
        )
        self.nodes.append(node)
        return output

    def named(self, tensor: str, wanted: str) -> str:
        """The tensor under a name that the graph's outputs have."""
        helper = library().helper
        self.nodes.append(helper.make_node("Identity", [tensor], [wanted], wanted))
        return wanted

    def constant(self, array: Any, dtype: Any = None, name: str = "constant") -> str:
        """A constant tensor; equal ones stand in the graph once."""
        value = np.asarray(array, dtype)
        if value.dtype.kind in "UO":
            value = value.astype(object)
            key = ("text", value.shape, "\0".join(value.ravel().tolist()).encode())
        else:
            key = (str(value.dtype), value.shape, value.tobytes())
        if key not in self._known:
            self._known[key] = made = self.name(f"{self.prefix}{name}")
            self.constants[made] = value
        return self._known[key]

    def ints(self, *numbers: int) -> str:
        """Whole numbers: axes, sizes."""
        return self.constant(np.array(numbers, INT64), name="sizes")

    def input(self, name: str, dtype: Any, shape: Sequence[int]) -> str:
        """An input of the graph, of shape (batch, *shape)."""
        self.inputs.append(self._described(self.name(name), dtype, shape))
        return str(self.inputs[-1].name)

    def output(self, tensor: str, name: str, dtype: Any, shape: Sequence[int]) -> None:
        """Make a tensor an output of the graph, of shape (batch, *shape)."""
        self.named(tensor, name)
        self.outputs.append(self._described(name, dtype, shape))

    def _described(self, name: str, dtype: Any, shape: Sequence[int]) -> Any:
        return library().helper.make_tensor_value_info(name, onnx_type(dtype), [BATCH, *shape])

    # --- what many layers need --------------------------------------------------------

    def cast(self, tensor: str, dtype: Any) -> str:
        """The numbers in another type."""
        return self.add("Cast", tensor, to=onnx_type(dtype))

    def reshape(self, tensor: str, shape: Sequence[int]) -> str:
        """The same numbers in the shape (batch, *shape)."""
        return self.add("Reshape", tensor, self.ints(0, *shape))

    def slice(self, tensor: str, start: int, end: int, axis: int = 1) -> str:
        """A part of an axis."""
        return self.add("Slice", tensor, self.ints(start), self.ints(end), self.ints(axis))

    def reduce(self, operator: str, tensor: str, *axes: int, keep: bool = False) -> str:
        """A sum, mean or maximum over some axes."""
        if operator == "ReduceMax" and self.opset < 18:
            return self.add(operator, tensor, axes=list(axes), keepdims=int(keep))
        return self.add(operator, tensor, self.ints(*axes), keepdims=int(keep))

    def concat(self, tensors: Sequence[str], axis: int = -1) -> str:
        """Tensors side by side."""
        return tensors[0] if len(tensors) == 1 else self.add("Concat", *tensors, axis=axis)

    def number(self, value: float, dtype: Any = FLOAT) -> str:
        """A single number, which goes with any shape."""
        return self.constant(value, dtype, name="number")

    # --- the two orders of a map ------------------------------------------------------

    def last(self, value: Value) -> str:
        """The tensor with channels last."""
        if value.last is None:
            assert value.first is not None
            axes = len(value.shape)
            order = [0, *range(2, axes + 1), 1]
            value.last = self.add("Transpose", value.first, perm=order)
        return value.last

    def first(self, value: Value) -> str:
        """The tensor with channels first."""
        if value.first is None:
            assert value.last is not None
            axes = len(value.shape)
            order = [0, axes, *range(1, axes)]
            value.first = self.add("Transpose", value.last, perm=order)
        return value.first

    def as_it_is(self, value: Value) -> tuple[str, bool]:
        """The tensor of the order that is there already, and whether channels come first."""
        if value.is_map and value.first is not None:
            return value.first, True
        return self.last(value), False

    def each(self, value: Value, operator: str, *more: str, **attributes: Any) -> Value:
        """An operator that takes number by number, in the order that is there."""
        tensor, first = self.as_it_is(value)
        return self.like(value, self.add(operator, tensor, *more, **attributes), first)

    @staticmethod
    def like(value: Value, tensor: str, first: bool) -> Value:
        """A value of the same shape, in the order that is told."""
        return Value(value.shape, first=tensor) if first else Value(value.shape, last=tensor)

    def of_channels(self, array: np.ndarray, value: Value, first: bool, name: str) -> str:
        """A number for each channel, shaped so that it goes with the value's tensor."""
        if not first:
            return self.constant(array, name=name)
        return self.constant(array.reshape(-1, *[1] * (len(value.shape) - 1)), name=name)


def onnx_type(dtype: Any) -> int:
    """The number by which ONNX calls a type."""
    if dtype in (str, object):
        return int(library().TensorProto.STRING)
    return int(library().helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
