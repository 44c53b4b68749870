"""Compute kernels: one function an operation, written for one network.

On a CPU, float32 operations run in a compiled extension on XLA's own threads;
elsewhere, and where the extension is missing, they are plain XLA. `backend`
tells which.
"""

from shoal.kernels.conv import conv
from shoal.kernels.conv_max import LARGEST_WINDOW, conv_max
from shoal.kernels.conv_transpose import conv_transpose
from shoal.kernels.cross_entropy import cross_entropy
from shoal.kernels.dense import dense
from shoal.kernels.dense_chain import DenseLink, Drop, LabelCosts, chain_cost, dense_chain
from shoal.kernels.dropout import dropout
from shoal.kernels.extension import backend, backend_reason, fingerprint, instruction_set
from shoal.kernels.noise import normal, uniform
from shoal.kernels.pool import avg_pool, max_pool, mean_of_places
from shoal.kernels.resample import nearest, resample
from shoal.kernels.rows import take_rows
from shoal.kernels.update import (
    UpdateBounds,
    adamw_update,
    descend_update,
    fused_updates,
    momentum_update,
)

__all__ = [
    "LARGEST_WINDOW",
    "DenseLink",
    "Drop",
    "LabelCosts",
    "UpdateBounds",
    "adamw_update",
    "avg_pool",
    "backend",
    "backend_reason",
    "chain_cost",
    "conv",
    "conv_max",
    "conv_transpose",
    "cross_entropy",
    "dense",
    "dense_chain",
    "descend_update",
    "dropout",
    "fingerprint",
    "fused_updates",
    "instruction_set",
    "max_pool",
    "mean_of_places",
    "momentum_update",
    "nearest",
    "normal",
    "resample",
    "take_rows",
    "uniform",
]
