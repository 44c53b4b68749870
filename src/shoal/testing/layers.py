"""What holds of every layer: shapes, gradients, narrow lanes, neighbors, noise, JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from shoal.nn import (
    INPUT,
    Activation,
    Context,
    Conv,
    Dense,
    Input,
    Layer,
    MemberMean,
    Network,
    Sequential,
    Shape,
    initialize,
    member_axes,
)
from shoal.nn.forward import forward
from shoal.nn.layer import checked_shape
from shoal.space import Choice, Int, Role, Space
from shoal.testing.conformance import check_documented, check_slopes, read_back, require
from shoal.testing.lanes import KEY, check_lane, random_params

BATCH = 3


def check_layer(
    layer: Layer,
    *shapes: Shape,
    tokens: int | None = None,
    narrow: bool = True,
    gradients: bool = True,
) -> None:
    """Check a layer: its shapes, values, gradients, lanes, noise, JSON and docstring.

    The layer may hold ranges: lanes of its narrowest and its widest are then compared. Its
    inputs come out of a layer whose width is a range, so that a lane may have fewer of them.

    Args:
        layer: which layer.
        *shapes: of its inputs, without the batch axis, such as ``(6,)`` or ``(5, 4, 6)``.
        tokens: its input is whole numbers below this; None: real numbers.
        narrow: whether lanes may have fewer input features; not for layers that stand
            directly on the network's input.
        gradients: whether its output is a differentiable function.

    Raises:
        ConformanceError: the layer breaks a rule of `shoal.Layer`.
    """
    check_documented(layer)
    again = read_back(layer)
    inputs = tuple(checked_shape(shape) for shape in shapes)
    family = _family(layer, inputs, narrow and tokens is None)
    wide, small = (_bound(family, largest) for largest in (True, False))
    x = _inputs(wide, tokens)
    params = random_params(wide, 1)
    _check_shapes(wide, layer, params, x)
    outputs = _outputs(wide, params, x)
    _check_values(layer, outputs)
    _check_noise(wide, layer, params, x, outputs)
    other = _bound(_family(again, inputs, narrow and tokens is None), True)
    same = np.array_equal(_outputs(other, params, x), outputs, equal_nan=True)
    require(same, "the layer that comes back from JSON computes something else", layer,
            hint="All that the output depends on is a field of the dataclass.")  # fmt: skip
    _check_neighbors(wide, layer, params, x, outputs)
    if gradients:
        _check_gradients(wide, layer, params, x)
    check_lane(wide, small, x, layer)
    _check_padding(wide, small, layer, x)
    if isinstance(layer, Activation):
        _check_claims(layer)


def _family(layer: Layer, shapes: tuple[Shape, ...], narrow: bool) -> Network:
    """The layer as the end of a network whose widths are ranges."""
    if not narrow:
        require(len(shapes) == 1, "a layer on the network's input has one input", layer)
        return _closed(Network(layer(Input(shapes[0]))))
    features = shapes[0][-1]
    units: Any = Int(max(1, features // 2), features) if features > 1 else features
    first = (*shapes[0][:-1], 2)
    x = Input(first)
    before = [
        (Dense(units) if len(shape) < 3 else Conv(units, kernel_size=1))(x) for shape in shapes
    ]
    return _closed(Network(layer(*before)))


def _closed(network: Network) -> Network:
    """The network with the mean over members at its end, where it has members there."""
    bound = _bound(network, True)
    if bound.output not in member_axes(bound):
        return network
    return Sequential(network, MemberMean(), input_shape=network.input_shape)


def _bound(family: Network, largest: bool) -> Network:
    """The family with the largest or the smallest of all its widths, else with defaults."""
    space = Space(family)
    widths: dict[str, int | float] = {}
    for entry in space:
        if entry.role == Role.WIDTH:
            if isinstance(entry.range, Choice):
                options = [int(option) for option in entry.range.options]
                widths[entry.name] = options.index((max if largest else min)(options))
            else:
                widths[entry.name] = entry.range.high if largest else entry.range.low
    bound: Network = space.bind(family, space.filled(widths))
    return bound


def _inputs(network: Network, tokens: int | None) -> Any:
    assert network.input_shape is not None
    rng = np.random.default_rng(6)
    shape = (BATCH, *network.input_shape)
    if tokens is not None:
        return jnp.asarray(rng.integers(0, tokens, shape), jnp.int32)
    return jnp.asarray(rng.normal(size=shape), jnp.float32)


def _outputs(network: Network, params: Any, x: Any, training: bool = True) -> np.ndarray:
    key = jnp.asarray(KEY)

    @jax.jit
    def run(params: Any, x: Any) -> Any:
        return forward(network, params, x, training=training, key=key if training else None)

    return np.asarray(run(params, x))


def _check_shapes(network: Network, layer: Layer, params: Mapping[str, Any], x: Any) -> None:
    """Parameters and output have the shapes that the layer announces."""
    node = next(node for node in reversed(network.nodes) if type(node.layer) is type(layer))
    known = {INPUT: tuple(x.shape[1:]), **network.shapes()}
    shapes = [known[name] for name in node.inputs]
    assert isinstance(node.layer, Layer)
    specs = node.layer.param_specs(*shapes)
    made = node.layer.init(np.random.default_rng(0), *shapes)
    require(set(specs) == set(made), "the parameters that are drawn are not those that are "
            "announced", layer, expected=sorted(specs), received=sorted(made))  # fmt: skip
    for name, spec in specs.items():
        array = made[name]
        require(array.shape == spec.shape and array.dtype == np.float32,
                f"the parameter {name!r} is drawn otherwise than announced", layer,
                expected=f"float32 of shape {spec.shape}",
                received=f"{array.dtype} of shape {array.shape}")  # fmt: skip
    announced = (BATCH, *node.layer.out_shape(*shapes))
    given = [jax.ShapeDtypeStruct((BATCH, *shape), x.dtype) for shape in shapes]
    context = Context(training=True, key=jnp.asarray(KEY))
    apply = node.layer.apply
    try:
        found = jax.eval_shape(lambda p, xs: apply(p, *xs, context=context), made, given).shape
    except (TypeError, ValueError) as error:
        require(False, "the layer does not compute an output of its inputs", layer,
                received=str(error))  # fmt: skip
        raise AssertionError from error
    require(found == announced, "the output has another shape than out_shape says", layer,
            expected=announced, received=found)  # fmt: skip
    alike = jax.tree.map(np.array_equal, initialize(network, 4), initialize(network, 4))
    require(all(jax.tree.leaves(alike)), "weights of one seed are not the same", layer,
            hint="Draw from the generator that init is given, and from nothing else.")  # fmt: skip


def _check_values(layer: Layer, outputs: np.ndarray) -> None:
    require(np.isfinite(outputs).all(), "the output holds infinities or no numbers", layer)


def _check_noise(network: Network, layer: Layer, params: Any, x: Any, outputs: np.ndarray) -> None:
    """Equal keys draw equal noise, and without training there is none."""
    require(np.array_equal(_outputs(network, params, x), outputs),
            "two passes with one key differ", layer,
            hint="Draw noise from context.key, and from nothing else.")  # fmt: skip
    quiet = [_outputs(network, params, x, training=False) for _ in range(2)]
    require(np.array_equal(quiet[0], quiet[1]), "two passes without training differ", layer,
            hint="Where context.training is False there is no noise.")  # fmt: skip


def _check_neighbors(
    network: Network, layer: Layer, params: Any, x: Any, outputs: np.ndarray
) -> None:
    """In a population, a lane's output does not depend on its neighbors."""
    key = jnp.asarray(KEY)

    @jax.jit
    @jax.vmap
    def lanes(params: Any, x: Any) -> Any:
        return forward(network, params, x, training=True, key=key)

    def first(neighbor: Any) -> np.ndarray:
        both = jax.tree.map(lambda a, b: jnp.stack([a, b]), (params, x), neighbor)
        found: np.ndarray = np.asarray(lanes(*both))[0]
        return found

    once = first((random_params(network, 8), x))
    again = first((random_params(network, 9), x[::-1]))
    require(np.array_equal(once, again), "a lane's output depends on its neighbor", layer)


def _check_gradients(network: Network, layer: Layer, params: Any, x: Any) -> None:
    """Gradients for weights and inputs are those of the values, by finite differences."""
    key = jnp.asarray(KEY)
    with jax.enable_x64(True):
        exact = jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), params)
        real = jnp.issubdtype(x.dtype, jnp.floating)
        given = jnp.asarray(x, jnp.float64) if real else x

        @jax.jit
        def total(params: Any, x: Any) -> Any:
            y = forward(network, params, x, training=True, key=key)
            return (y * jnp.cos(jnp.arange(y.size, dtype=y.dtype)).reshape(y.shape)).sum()

        found = jax.jit(jax.grad(total, argnums=(0, 1) if real else 0))(exact, given)
        own, of_x = found if real else (found, None)
        if of_x is not None:
            check_slopes(lambda a: float(total(exact, jnp.asarray(a))), np.asarray(of_x),
                         np.asarray(given), layer, "inputs")  # fmt: skip
        trained = network.trained_specs()
        for owner, name in ((o, n) for o, names in trained.items() for n in names):

            def at(a: np.ndarray, owner: str = owner, name: str = name) -> float:
                changed = {**exact, owner: {**exact[owner], name: jnp.asarray(a)}}
                return float(total(changed, given))

            check_slopes(at, np.asarray(own[owner][name]), np.asarray(exact[owner][name]), layer,
                         f"{owner}.{name}")  # fmt: skip


def _check_padding(wide: Network, narrow: Network, layer: Layer, x: Any) -> None:
    """Features that a lane does not have are zero in its output."""
    from shoal.nn import feature_masks, member_counts, widen
    from shoal.testing.lanes import widths_of

    masks, members = feature_masks(wide, narrow), member_counts(wide, narrow)
    end = masks[wide.output]
    if end.all():
        return
    params = widen(random_params(narrow, 5), wide, masks, members)
    widths = widths_of(masks, True, members)

    @jax.jit
    def run(params: Any, x: Any) -> Any:
        return forward(wide, params, x, training=True, key=jnp.asarray(KEY), widths=widths)

    rest = np.asarray(run(params, x))[..., ~end]
    require(not rest.any(), "features that a narrow lane does not have are not zero", layer,
            received=f"for example {rest.reshape(-1)[np.argmax(np.abs(rest))]:.4g}",
            hint="Multiply the output by context.mask where there is one.")  # fmt: skip


def _check_claims(layer: Activation) -> None:
    """What an activation says of itself is so."""
    space = Space(layer)
    bound = space.bind(layer, space.default_point())
    x = np.linspace(-6.0, 6.0, 241, dtype=np.float32)
    y = np.asarray(bound.function(jnp.asarray(x)[None]))[0]
    require(not layer.keeps_zero or abs(y[120]) == 0, "keeps_zero is claimed, and f(0) is not 0",
            layer, received=f"{y[120]:.4g}")  # fmt: skip
    falls = np.diff(y).min()
    require(not layer.monotone or falls >= -1e-6, "monotone is claimed, and f decreases", layer,
            received=f"{falls:.4g} within 0.05")  # fmt: skip
