"""Outputs and losses of trained networks, over any number of examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.data.encode.compact_inputs import AnyInputs
from shoal.engine.compilation import CompileLog, Source
from shoal.engine.lane import LaneInputs
from shoal.engine.readout import Readout
from shoal.engine.recipe import Recipe, recipe_from_json
from shoal.engine.specialize import Specialization
from shoal.engine.tiling import in_tiles, scores_in_tiles
from shoal.losses import Loss
from shoal.nn import HostParams, Network, Params, network_from_json
from shoal.nn.forward import forward

MOST = 256
"""Large enough to be efficient for small examples."""

LEAST = 8

NUMBERS = 1 << 18
"""Numbers of a batch's inputs, about: activations of many lanes must fit into memory."""


def scoring_batch(input_shape: tuple[int, ...]) -> int:
    """Examples a batch, for inputs of this shape."""
    return min(max(NUMBERS // max(prod(input_shape), 1), LEAST), MOST)


PIECE = 1 << 25
"""Outputs that are held at a time where only what follows from them is asked for."""


class Outputs(NamedTuple):
    """What a network says of examples, row by row.

    Attributes:
        outputs: scores or values, as `Loss.readout` has them.
        losses: of each example; without targets they mean nothing.
        counted: whether the loss counts it.
    """

    outputs: np.ndarray
    losses: np.ndarray
    counted: np.ndarray


class Predictor:
    """A network's outputs, compiled at the first call for batches of a fixed size.

    Args:
        network: bound, its input shape known.
        loss: decides how outputs are read.
        task: what is predicted.
    """

    def __init__(self, network: Network, loss: Loss, task: str) -> None:
        read = Readout.of(network, loss, task)

        def scores(params: Params, x: Array) -> Array:
            return read.averaged(forward(network, params, x, end=read.end))

        def judged(outputs: Array, y: Array) -> Outputs:
            return Outputs(read(outputs), loss.per_example(outputs, y), loss.counted(outputs, y))  # type: ignore[arg-type]  # traced

        def run(params: Params, x: Array, y: Array) -> Outputs:
            return judged(scores(params, x), y)

        self._source, self._of_tiles, self._judged = run, scores, jax.jit(judged)
        self._run: Callable[..., Outputs] | None = None
        self._tiled: Callable[..., Array] | None = None
        self._read = read
        # The last examples of a call are padded, so that one program serves all.
        assert network.input_shape is not None
        self.input_shape = network.input_shape
        self.batch = scoring_batch(network.input_shape)
        last = jax.ShapeDtypeStruct((1, *network.output_shape), jnp.float32)
        self.output_shape: tuple[int, ...] = jax.eval_shape(read, last).shape[1:]
        self.probabilities = read.probabilities

    def __call__(self, params: HostParams, x: AnyInputs, y: np.ndarray | None = None) -> Outputs:
        """What the network says of prepared inputs, and with targets its losses."""
        if in_tiles(x.shape[1:], self.input_shape):
            return self._in_tiles(params, x, y)
        y = targets_like(self._read.task, len(x), self.output_shape) if y is None else y
        told = Outputs(
            np.empty((len(x), *self.output_shape), np.float32),
            np.empty(len(x), np.float32),
            np.empty(len(x), np.float32),
        )
        weights = jax.device_put(params)
        run = self.compile(weights, x, y)
        for start in range(0, len(x), self.batch):
            part = slice(start, min(start + self.batch, len(x)))
            found = run(weights, padded(x[part], self.batch), padded(y[part], self.batch))
            for whole, some in zip(told, found, strict=True):
                whole[part] = np.asarray(some)[: part.stop - part.start]
        return told

    def _in_tiles(self, params: HostParams, x: AnyInputs, y: np.ndarray | None) -> Outputs:
        """What the network says of pictures that it sees in tiles."""
        weights = jax.device_put(params)
        run = self.compile(weights, x, np.zeros(0))
        found = scores_in_tiles(lambda some: run(weights, some), x, self.input_shape, self.batch)
        return judged_one_by_one(self._judged, found, y)

    def compile(
        self,
        params: Params | HostParams,
        x: AnyInputs,
        y: np.ndarray,
        log: CompileLog | None = None,
    ) -> Callable[..., Any]:
        """The program for inputs and targets like these, compiled if that is still to be done."""
        if self._ready(x) is None:
            log = CompileLog() if log is None else log
            (run,) = log.compile(self._waiting(params, x, y))
            self._take(x, run)
        return self._ready(x)  # type: ignore[return-value]  # it is there now

    def _ready(self, x: AnyInputs) -> Callable[..., Any] | None:
        return self._tiled if in_tiles(x.shape[1:], self.input_shape) else self._run

    def _take(self, x: AnyInputs, run: Callable[..., Any]) -> None:
        if in_tiles(x.shape[1:], self.input_shape):
            self._tiled = run
        else:
            self._run = run

    def _waiting(self, params: Params | HostParams, x: AnyInputs, y: np.ndarray) -> Source:
        if in_tiles(x.shape[1:], self.input_shape):
            return Source(
                self._of_tiles, (params, np.zeros((self.batch, *self.input_shape), np.float32))
            )
        some = (padded(x[: self.batch], self.batch), padded(y[: self.batch], self.batch))
        return Source(self._source, (params, *some))

    @staticmethod
    def compile_all(
        each: Sequence[tuple[Predictor, HostParams]], x: AnyInputs, y: np.ndarray, log: CompileLog
    ) -> None:
        """Compile what is still to be compiled of these networks', side by side."""
        waiting = {id(one): (one, params) for one, params in each if one._ready(x) is None}
        sources = [one._waiting(params, x, y) for one, params in waiting.values()]
        if sources:
            for (one, _), run in zip(waiting.values(), log.compile(*sources), strict=True):
                one._take(x, run)


def judged_one_by_one(
    judged: Callable[[Any, Any], Outputs], outputs: np.ndarray, y: np.ndarray | None
) -> Outputs:
    """What scores of whole pictures say, and with targets the losses, a picture at a time.

    Args:
        judged: from scores and targets to what they say, compiled by `jax.jit`.
        outputs: of shape (n, height, width, scores).
        y: masks; None: no losses are wanted.
    """
    masks = np.zeros(outputs.shape[:3], np.int32) if y is None else y
    found = [judged(outputs[i : i + 1], masks[i : i + 1]) for i in range(len(outputs))]
    return Outputs(
        *(np.concatenate([np.asarray(v) for v in each]) for each in zip(*found, strict=True))
    )


def pieces(count: int, numbers: int) -> Iterator[slice]:
    """All examples, in pieces, so that their results take little memory.

    Args:
        count: of examples.
        numbers: results of each example.
    """
    size = max(PIECE // max(numbers, 1), 1)
    return (slice(start, start + size) for start in range(0, max(count, 1), size))


def targets_like(task: str, count: int, shape: tuple[int, ...]) -> np.ndarray:
    """Targets of the right shape, where none are known.

    Args:
        task: what is predicted.
        count: of examples.
        shape: of one example's outputs.
    """
    if task in ("classification", "segmentation"):
        return np.zeros((count, *shape[:-1]), np.int32)
    return np.zeros((count, *shape), np.int32 if task == "multi-label" else np.float32)


def padded(values: np.ndarray, count: int) -> np.ndarray:
    """Examples with zeros behind them, so that there are ``count``."""
    if len(values) == count:
        return values
    return np.pad(values, [(0, count - len(values))] + [(0, 0)] * (values.ndim - 1))


def predictor_for(network: Network, recipe: Recipe, task: str) -> Predictor:
    """The predictor of a network; networks that are alike share one."""
    import json

    shape = json.dumps(network.to_json())
    return _cached(shape, json.dumps(recipe.to_json()["loss"]), task)


@lru_cache(maxsize=32)
def _cached(network_json: str, loss_json: str, task: str) -> Predictor:
    import json

    network = network_from_json(json.loads(network_json))
    loss = recipe_from_json({"loss": json.loads(loss_json)}).loss
    assert isinstance(loss, Loss)
    return Predictor(network, loss, task)


class WidePredictor:
    """The function that all lanes of a program share, compiled at the first call.

    Networks that differ in widths need no compilation each, as with `predictor_for`.

    Args:
        special: network and recipe of the program.
        task: what is predicted.
    """

    def __init__(self, special: Specialization, task: str) -> None:
        self.special, self.task = special, task
        assert isinstance(special.recipe.loss, Loss)
        self.read = Readout.of(special.network, special.recipe.loss, task)
        self._run: Callable[..., Outputs] | None = None
        self._tiled: Callable[..., Array] | None = None
        self._judging = jax.jit(self._judged)  # all lanes share what is compiled
        self.batch = 0

    def of(self, params: HostParams, setting: LaneInputs) -> LanePredictor:
        """The predictor of one lane: its weights, as wide as the program, and its setting."""
        return LanePredictor(self, jax.device_put(params), setting)

    def compiled(self, params: Any, setting: LaneInputs, x: AnyInputs, y: np.ndarray) -> Any:
        """The function for batches of these types, and as many rows as the first call has."""
        if self._run is None:
            network = self.special.network
            assert network.input_shape is not None
            self.batch = min(scoring_batch(network.input_shape), max(len(x), 1))
            some = (padded(x[: self.batch], self.batch), padded(y[: self.batch], self.batch))
            computes = self.special.computing("told", self.task)
            source = Source(self._told, (params, setting, *some), computes=computes)
            (self._run,) = CompileLog().compile(source)
        return self._run

    def in_tiles(
        self, params: Any, setting: LaneInputs, x: AnyInputs, y: np.ndarray | None
    ) -> Outputs:
        """What a lane says of pictures that its network sees in tiles."""
        shape = self.special.network.input_shape
        assert shape is not None
        batch = scoring_batch(shape)
        if self._tiled is None:
            computes = self.special.computing("scores", self.task)
            some = np.zeros((batch, *shape), np.float32)
            source = Source(self._scores, (params, setting, some), computes=computes)
            (self._tiled,) = CompileLog().compile(source)
        run = self._tiled
        found = scores_in_tiles(lambda some: run(params, setting, some), x, shape, batch)
        return judged_one_by_one(partial(self._judging, setting), found, y)

    def _scores(self, params: Params, setting: LaneInputs, x: Array) -> Array:
        network, read = self._reading(setting)
        widths = setting.widths()
        return read.averaged(forward(network, params, x, widths=widths, end=read.end))

    def _judged(self, setting: LaneInputs, outputs: Array, y: Array) -> Outputs:
        _, read = self._reading(setting)
        loss = read.loss
        return Outputs(read(outputs), loss.per_example(outputs, y), loss.counted(outputs, y))  # type: ignore[arg-type]  # traced

    def _reading(self, setting: LaneInputs) -> tuple[Network, Readout]:
        network, recipe = self.special.bound(setting.traced)
        assert isinstance(recipe.loss, Loss), "bound"
        return network, Readout.of(network, recipe.loss, self.task, setting.members)

    def _told(self, params: Params, setting: LaneInputs, x: Array, y: Array) -> Outputs:
        return self._judged(setting, self._scores(params, setting, x), y)


class LanePredictor:
    """What one lane's network says of prepared inputs: for `Predictor`, but of these weights.

    Args:
        wide: what its program shares.
        params: as wide as the program.
        setting: the lane's.
    """

    def __init__(self, wide: WidePredictor, params: Any, setting: LaneInputs) -> None:
        self.wide, self.params, self.setting = wide, params, setting

    @property
    def probabilities(self) -> bool:
        """Whether the softmax (of labels, the sigmoid) of outputs are probabilities."""
        return self.wide.read.probabilities

    def __call__(self, params: HostParams, x: AnyInputs, y: np.ndarray | None = None) -> Outputs:
        """What the network says, and with targets its losses; its own weights count."""
        wide = self.wide
        if in_tiles(x.shape[1:], wide.special.network.input_shape):
            return wide.in_tiles(self.params, self.setting, x, y)
        last = wide.special.network.output_shape
        y = targets_like(wide.task, len(x), last) if y is None else y
        run = wide.compiled(self.params, self.setting, x, y)
        found = []
        for start in range(0, len(x), wide.batch):
            part = slice(start, min(start + wide.batch, len(x)))
            some = padded(x[part], wide.batch), padded(y[part], wide.batch)
            told = run(self.params, self.setting, *some)
            found.append([np.asarray(value)[: part.stop - start] for value in told])
        return Outputs(*(np.concatenate(values) for values in zip(*found, strict=True)))
