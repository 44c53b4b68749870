"""The protocol of a layer: one node of the graph, a simple transformation.

A layer is written for one network and one batch; the lanes of a population come from
`jax.vmap`. Its fields may hold ranges until they are bound.
"""

from __future__ import annotations

import dataclasses
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeGuard, TypeVar

import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.registry import LAYERS, Component, Registry
from shoal.space import Choice, Float, Int, Role, is_range

if TYPE_CHECKING:
    from shoal.nn.graph import Symbol

Shape = tuple[int, ...]
"""The shape of one example, without the batch axis."""

LARGEST = 2**31 - 1
"""The largest number of a field and of an axis: that of an array's axis."""

AnyLayer = TypeVar("AnyLayer", bound="Layer")

Axis = Literal["in", "out", "member"] | None
"""What an axis of a parameter runs over: input features, output features, members, or neither."""


@dataclass(frozen=True)
class ParamSpec:
    """Shape of a parameter, which of its axes a narrower lane masks, and who changes it.

    Attributes:
        shape: its shape.
        axes: for each axis, whether it runs over the features of the (first)
            input, over those of the output, over members, or over neither.
        decays: whether weight decay applies to it: to weights, not to biases.
        trained: whether the optimizer changes it; what it does not is state,
            which the layer itself carries from batch to batch of the training
            (see `Layer.apply_training`).
        offset: where in the output the features begin that its axis runs over.
    """

    shape: Shape
    axes: tuple[Axis, ...]
    decays: bool = True
    trained: bool = True
    offset: int = 0


@dataclass(frozen=True)
class Context:
    """What a layer is told beside its parameters and inputs.

    Attributes:
        training: whether noise is on, and statistics are those of the batch.
        key: two 32-bit words that key the noise of this layer at this step.
        mask: 0/1 for each feature of the output, where lanes differ in width.
        ranks: for each feature of the output its number among the unmasked
            ones, so that a feature draws the noise it would draw in a network
            of its true width.
        active_in, active_out: how many leading features of input and output
            may be other than zero; the kernels skip the rest.
        members: how many members the (first) input's axis of members holds; those
            after them are another lane's. None where there is no such axis.
        weight: 1 for each example of the batch and 0 for what only fills it up;
            None where all are examples.
    """

    training: bool
    key: Array | None = None
    mask: Array | None = None
    ranks: Array | None = None
    active_in: Array | None = None
    active_out: Array | None = None
    members: Array | int | None = None
    weight: Array | None = None


@dataclass(frozen=True, eq=False)
class Layer(Component, ABC):
    """One node of a network's graph.

    Calling a layer on a symbol makes a new node; calling it twice makes two
    nodes that share its parameters.
    """

    registry: ClassVar[Registry] = LAYERS
    inputs: ClassVar[int | None] = 1
    """How many inputs it takes; None for any number."""
    formula: ClassVar[str] = ""
    """Its equation in LaTeX: ``@h`` is the output, ``@x`` the input, ``@xs{ + }`` all inputs
    with this between them, ``@weight`` the parameter of that name, ``@rate`` the field of that
    name by its letter, ``@=mode`` the field's value, ``@?bias{…}`` what there is unless the field
    is False. A place of a map is one index. Empty: the layer's name as that of a function."""
    letters: ClassVar[Mapping[str, str]] = {}
    """What fields are called in the formula."""
    by_member: ClassVar[bool] = False
    """Whether it keeps an axis of members (see `Members`), and each member to itself."""

    keeps_features: ClassVar[bool] = False
    """Whether each feature of the output is of the same feature of the input alone."""

    keeps_categories: ClassVar[bool] = False
    """Whether the last features of the output are, as they were, the last ones of the input."""

    name: str | None = field(default=None, kw_only=True, metadata={"role": Role.HOST})

    def __call__(self, *symbols: Symbol) -> Symbol:
        """A node that applies this layer to others."""
        from shoal.nn.graph import Symbol

        return Symbol(self, symbols)

    @abstractmethod
    def out_shape(self, *shapes: Shape) -> Shape:
        """The output's shape for inputs of these shapes.

        Raises:
            NetworkError: the layer cannot take these shapes.
        """

    def param_specs(self, *shapes: Shape) -> dict[str, ParamSpec]:
        """Its parameters by name, for inputs of these shapes."""
        return {}

    @property
    def has_parameters(self) -> bool:
        """Whether it is of a kind that has any."""
        return type(self).param_specs is not Layer.param_specs

    def init(self, rng: np.random.Generator, *shapes: Shape) -> dict[str, np.ndarray]:
        """Initial values of its parameters, drawn on the host."""
        return {}

    @property
    def adapts(self) -> bool:
        """Whether it is of a kind whose first parameters depend on the training data."""
        return type(self).adapt is not Layer.adapt

    def adapt(self, params: Mapping[str, np.ndarray], inputs: np.ndarray) -> dict[str, np.ndarray]:
        """Its initial parameters once it has seen the rows that train the network.

        What a layer looks at is the network's input, so that it depends on no other layer's
        weights: one that adapts stands directly on it. It runs on the host, for a network of
        its true width, and gives the same for the same rows.

        Args:
            params: as `init` drew them.
            inputs: rows of the network's input, of shape (n, …).
        """
        return dict(params)

    @abstractmethod
    def apply(self, params: Mapping[str, Array], *inputs: Array, context: Context) -> Array:
        """The output for a batch: inputs and output of shape (batch, …)."""

    def apply_training(
        self, params: Mapping[str, Array], *inputs: Array, context: Context
    ) -> tuple[Array, dict[str, Array]]:
        """The output for a batch of the training, and what becomes of the state.

        Returns:
            the output, and the new value of each parameter that is not trained.
        """
        return self.apply(params, *inputs, context=context), {}

    def multiply_adds(self, *shapes: Shape) -> int:
        """Multiplications for one example: each weight once for every place of the output."""
        places = prod(self.out_shape(*shapes)[:-1])
        specs = self.param_specs(*shapes).values()
        return places * sum(prod(spec.shape) for spec in specs if spec.trained)

    def out_mask(self, shape: Shape, bound: Layer, *masks: np.ndarray) -> np.ndarray:
        """Which features of the output a narrower lane has.

        Args:
            shape: the shape of the first input in the widest network.
            bound: this layer as the lane has it.
            masks: for each input, which of its features the lane has.

        Returns:
            booleans, one for each feature (last axis) of the widest output.
        """
        return masks[0]

    def with_features(self, numeric: int | None, categories: Sequence[int]) -> Self:
        """The layer once it is known what features the network's input has.

        Args:
            numeric: how many are numbers, the first ones; None where it is not known.
            categories: of the last features, how many are those of one column of
                categories each: of these one is 1, or none.
        """
        return self

    def told(self, name: str) -> Any:
        """The value of a field as equations tell it."""
        return getattr(self, name)

    def describe(self) -> str:
        """The layer as a reader writes it: its name and the fields that are not default."""
        told = []
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.name == "name" or (
                item.default is not dataclasses.MISSING
                and not is_range(value)
                and value == item.default
            ):
                continue
            required = item.default is dataclasses.MISSING
            told.append(field_text(value) if required else f"{item.name}={field_text(value)}")
        return f"{type(self).__name__}({', '.join(told)})"


def exactly(layer: object, cls: type[AnyLayer]) -> TypeGuard[AnyLayer]:
    """Whether a layer is of this very class: one derived from it may compute something else.

    What takes a layer's place, because it computes the same faster, asks this of it.
    """
    return type(layer) is cls


def field_text(value: Any) -> str:
    """A field's value, or its range, as a reader writes it."""
    if is_range(value):
        if hasattr(value, "options"):
            return " | ".join(str(label) for label in value.labels())
        return f"{value.low:g}…{value.high:g}"
    if isinstance(value, tuple):
        return "×".join(field_text(item) for item in value)
    if isinstance(value, Layer):
        return value.describe()
    return f"{value:g}" if isinstance(value, float) else str(value)


def checked_shape(shape: Any) -> Shape:
    """The shape of one example as a tuple of whole numbers.

    Raises:
        NetworkError: no tuple of numbers of at least 1.
    """
    axes = tuple(shape) if isinstance(shape, tuple | list) else ()
    if not axes or not all(_is_whole(n) and 1 <= n <= LARGEST for n in axes):
        raise NetworkError(
            "an input shape has axes of at least 1",
            expected="for example (784,) or (28, 28, 1), each below 2^31",
            received=short(shape),
        )
    return tuple(int(n) for n in axes)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def short(value: Any) -> str:
    """A value for a message, even a number with more digits than Python writes."""
    try:
        return reprlib.repr(value)
    except ValueError:
        return "a number of thousands of digits"


def whole_number(value: Any, what: str, *, least: int = 1) -> int:
    """The field's value as a whole number, or an error that says what it was to be.

    Raises:
        NetworkError: a range that is not bound, no whole number, or too small.
    """
    if is_range(value):
        raise NetworkError(
            f"{what} must be a number before the network is built",
            received="a range",
            hint="Use shoal.search for a family, or bind the range to a value.",
        )
    if not _is_whole(value) or not least <= value <= LARGEST:
        top = "" if not _is_whole(value) or value < least else " and below 2^31"
        raise NetworkError(
            f"{what} is a whole number", expected=f"at least {least}{top}", received=short(value)
        )
    return int(value)


def check_field(value: Any, what: str, *, least: int = 1) -> None:
    """Check a whole-number field, or every value of the range that stands there."""
    if isinstance(value, Float):
        raise NetworkError(
            f"{what} is a whole number", expected="an Int or a Choice", received="a Float"
        )
    if isinstance(value, Int):
        whole_number(int(value.low), what, least=least)
        whole_number(int(value.high), what, least=least)
    elif isinstance(value, Choice):
        for option in value.options:
            check_field(option, what, least=least)
    else:
        whole_number(value, what, least=least)


def check_real(value: Any, what: str, *, low: float, high: float) -> None:
    """Raise NetworkError unless every value lies in [low, high].

    A traced value, inside a program, stands for one that was checked outside.
    """
    for found in _values(value):
        if isinstance(found, Array):
            continue
        if isinstance(found, bool) or not isinstance(found, int | float | np.number):
            raise NetworkError(f"{what} is a number", received=repr(found))
        if not low <= found <= high:
            raise NetworkError(
                f"{what} lies in its bounds",
                expected=f"{low:g} ≤ {what} ≤ {high:g}",
                received=repr(found),
            )


def _values(value: Any) -> tuple[Any, ...]:
    """What may stand in the value's place: its bounds or options if it is a range."""
    if isinstance(value, Float | Int):
        return value.low, value.high
    if isinstance(value, Choice):
        return tuple(found for option in value.options for found in _values(option))
    return (value,)
