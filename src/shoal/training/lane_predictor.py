"""What trained lanes say of examples, each in the widths of the program that trained it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.data.compact_inputs import AnyInputs
from shoal.network import HostParams, Params, forward
from shoal.training.compilation import Source
from shoal.training.compiling import CompileLog
from shoal.training.lane import Setting
from shoal.training.losses import Loss
from shoal.training.predictor import Told, padded, targets_like
from shoal.training.readout import Readout
from shoal.training.scoring_batch import scoring_batch
from shoal.training.specialize import Specialization


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

    def _told(self, params: Params, setting: Setting, x: Array, y: Array) -> Told:
        network, recipe = self.special.bound(setting.traced)
        loss = recipe.loss
        assert isinstance(loss, Loss), "bound"
        read = Readout.of(network, loss, self.task, setting.members)
        widths = setting.widths(jnp.bool_(True))
        outputs = read.averaged(forward(network, params, x, widths=widths, end=read.end))
        return Told(read(outputs), loss.per_example(outputs, y), loss.counted(outputs, y))  # type: ignore[arg-type]  # traced


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
