"""What trained lanes say of examples, each in the widths of the program that trained it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import Array

from shoal.data.compact_inputs import AnyInputs
from shoal.network import HostParams, Network, Params, forward
from shoal.training.compilation import Source
from shoal.training.compiling import CompileLog
from shoal.training.lane import Setting
from shoal.training.losses import Loss
from shoal.training.predictor import Told, judged_one_by_one, padded, targets_like
from shoal.training.readout import Readout
from shoal.training.scoring_batch import scoring_batch
from shoal.training.specialize import Specialization
from shoal.training.tiling import in_tiles, scores_in_tiles


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
        self._run: Callable[..., Told] | None = None
        self._tiled: Callable[..., Array] | None = None
        self._judging = jax.jit(self._judged)  # all lanes share what is compiled
        self.batch = 0

    def of(self, params: HostParams, setting: Setting) -> LanePredictor:
        """The predictor of one lane: its weights, as wide as the program, and its setting."""
        return LanePredictor(self, jax.device_put(params), setting)

    def compiled(self, params: Any, setting: Setting, x: AnyInputs, y: np.ndarray) -> Any:
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

    def in_tiles(self, params: Any, setting: Setting, x: AnyInputs, y: np.ndarray | None) -> Told:
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

    def _scores(self, params: Params, setting: Setting, x: Array) -> Array:
        network, read = self._reading(setting)
        widths = setting.widths()
        return read.averaged(forward(network, params, x, widths=widths, end=read.end))

    def _judged(self, setting: Setting, outputs: Array, y: Array) -> Told:
        _, read = self._reading(setting)
        loss = read.loss
        return Told(read(outputs), loss.per_example(outputs, y), loss.counted(outputs, y))  # type: ignore[arg-type]  # traced

    def _reading(self, setting: Setting) -> tuple[Network, Readout]:
        network, recipe = self.special.bound(setting.traced)
        assert isinstance(recipe.loss, Loss), "bound"
        return network, Readout.of(network, recipe.loss, self.task, setting.members)

    def _told(self, params: Params, setting: Setting, x: Array, y: Array) -> Told:
        return self._judged(setting, self._scores(params, setting, x), y)


class LanePredictor:
    """What one lane's network says of prepared inputs: for `Predictor`, but of these weights.

    Args:
        wide: what its program shares.
        params: as wide as the program.
        setting: the lane's.
    """

    def __init__(self, wide: WidePredictor, params: Any, setting: Setting) -> None:
        self.wide, self.params, self.setting = wide, params, setting

    @property
    def probabilities(self) -> bool:
        """Whether the softmax (of labels, the sigmoid) of outputs are probabilities."""
        return self.wide.read.probabilities

    def __call__(self, params: HostParams, x: AnyInputs, y: np.ndarray | None = None) -> Told:
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
        return Told(*(np.concatenate(values) for values in zip(*found, strict=True)))
