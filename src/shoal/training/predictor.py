"""Outputs and losses of one trained network, over any number of examples."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import jax
import numpy as np
from jax import Array

from shoal.network import HostParams, Network, Params, forward, network_from_json
from shoal.training.compiling import CompileLog
from shoal.training.lane import logits_end
from shoal.training.losses import Loss
from shoal.training.recipe import Recipe, recipe_from_json

BATCH = 256
"""Examples of one call; the last ones are padded, so that one program serves all."""


class Predictor:
    """A network's outputs, compiled at the first call for batches of a fixed size.

    Args:
        network: bound, its input shape known.
        loss: decides whether outputs are taken before a final softmax.
    """

    def __init__(self, network: Network, loss: Loss) -> None:
        end = logits_end(network, loss)

        def run(params: Params, x: Array, y: Array) -> tuple[Array, Array]:
            outputs = forward(network, params, x, end=end)
            return outputs, loss.per_example(outputs, y)

        self._source = run
        self._run: Callable[..., tuple[Array, Array]] | None = None
        self.outputs = network.output_shape[-1]
        self.on_logits = loss.on_logits

    def __call__(
        self, params: HostParams, x: np.ndarray, y: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Outputs of shape (n, outputs) and each example's loss, of shape (n,).

        Without targets the losses mean nothing.
        """
        if y is None:
            y = np.zeros(len(x), np.int32)
        outputs = np.empty((len(x), self.outputs), np.float32)
        losses = np.empty(len(x), np.float32)
        weights = jax.device_put(params)
        run = self.compile(weights, x, y)
        for start in range(0, len(x), BATCH):
            part = slice(start, min(start + BATCH, len(x)))
            n = part.stop - part.start
            found, loss = run(weights, _padded(x[part]), _padded(y[part]))
            outputs[part], losses[part] = np.asarray(found)[:n], np.asarray(loss)[:n]
        return outputs, losses

    def compile(
        self,
        params: Params | HostParams,
        x: np.ndarray,
        y: np.ndarray,
        log: CompileLog | None = None,
    ) -> Callable[..., tuple[Array, Array]]:
        """The program for inputs and targets like these, compiled if that is still to be done."""
        if self._run is None:
            log = CompileLog() if log is None else log
            some = (_padded(x[:BATCH]), _padded(y[:BATCH]))
            self._run = log.compile(self._source, params, *some)
        return self._run


def _padded(values: np.ndarray) -> np.ndarray:
    if len(values) == BATCH:
        return values
    return np.pad(values, [(0, BATCH - len(values))] + [(0, 0)] * (values.ndim - 1))


def predictor_for(network: Network, recipe: Recipe) -> Predictor:
    """The predictor of a network; networks that are alike share one."""
    import json

    shape = json.dumps(network.to_json())
    return _cached(shape, json.dumps(recipe.to_json()["loss"]))


@lru_cache(maxsize=32)
def _cached(network_json: str, loss_json: str) -> Predictor:
    import json

    network = network_from_json(json.loads(network_json))
    loss = recipe_from_json({"loss": json.loads(loss_json)}).loss
    assert isinstance(loss, Loss)
    return Predictor(network, loss)
