"""Outputs by NumPy, where somebody asks for it: nothing is compiled.

By default a program computes outputs, however few they are: in the last digits NumPy rounds
otherwise, and a row alone would no longer get to the bit what it gets among others.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from shoal.data.encode.compact_inputs import AnyInputs
from shoal.engine.readout import Readout
from shoal.engine.recipe import Recipe
from shoal.engine.tiling import in_tiles
from shoal.losses import Loss
from shoal.nn import HostParams, Network
from shoal.nn.numpy_forward import can_compute, forward_by_numpy
from shoal.utils.environment import predict_setting

BATCH = 256
"""Examples that are computed together, so that maps of many channels fit into memory."""


def numpy_outputs(
    network: Network, recipe: Recipe, task: str, params: HostParams, x: AnyInputs
) -> np.ndarray | None:
    """What a network says of examples, as its `Predictor` does, but for rounding.

    Args:
        network: bound, its input shape known.
        recipe: its own; the loss decides how outputs are read.
        task: what is predicted.
        params: its weights.
        x: prepared inputs.

    Returns:
        None where a program is to compute it: `SHOAL_PREDICT` is not ``numpy``, a layer is none
        of shoal's own, or pictures are seen in tiles.
    """
    setting, loss = predict_setting(), recipe.loss
    if setting != "numpy" or in_tiles(x.shape[1:], network.input_shape) or not can_compute(network):
        return None
    assert isinstance(loss, Loss)
    read = Readout.of(network, loss, task)
    parts = []
    for start in range(0, max(len(x), 1), BATCH):
        some = np.asarray(x[start : start + BATCH])
        outputs = forward_by_numpy(network, params, some, read.end)
        parts.append(np.asarray(outputs, np.float32))
    outputs = parts[0] if len(parts) == 1 else np.concatenate(parts)
    told: np.ndarray = np.asarray(read(read.averaged(jnp.asarray(outputs))))
    return told
