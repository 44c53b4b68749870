"""Compute kernels: one function for each operation, written for one network.

On a CPU, float32 operations run in a compiled extension on XLA's own threads (`ffi/`).
Elsewhere, and where the extension is missing, they are plain XLA (`xla/`). `backend` says
which.
"""

from shoal.kernels.batch_norm import batch_norm
from shoal.kernels.chain_course import ChainBatches, ChainProgress, chain_course, whole_lanes
from shoal.kernels.conv import conv
from shoal.kernels.conv_max import LARGEST_WINDOW, conv_max
from shoal.kernels.conv_transpose import conv_transpose
from shoal.kernels.conv_upsampled import conv_upsampled
from shoal.kernels.cross_entropy import cross_entropy
from shoal.kernels.dense import dense
from shoal.kernels.dense_chain import DenseLink, Drop, LabelCosts, chain_cost, dense_chain
from shoal.kernels.dropout import dropout
from shoal.kernels.extension import (
    backend,
    backend_reason,
    fingerprint,
    instruction_set,
    native_for,
)
from shoal.kernels.ffi.dense_chain import LANES_A_THREAD, GradientHooks
from shoal.kernels.geometry import AfterNorm
from shoal.kernels.lane_copies import keep_lanes, put_lanes, take_lanes
from shoal.kernels.mask_bounds import mask_bounds
from shoal.kernels.noise import normal, uniform
from shoal.kernels.pool import avg_pool, max_pool, mean_of_places
from shoal.kernels.resample import nearest, resample
from shoal.kernels.rows import take_rows
from shoal.kernels.update import (
    GradientFactors,
    OptimizerStep,
    UpdateBounds,
    adamw_step,
    fused_updates,
    momentum_step,
    sgd_step,
    update,
)

__all__ = [
    "LANES_A_THREAD",
    "LARGEST_WINDOW",
    "AfterNorm",
    "ChainBatches",
    "ChainProgress",
    "DenseLink",
    "Drop",
    "GradientFactors",
    "GradientHooks",
    "LabelCosts",
    "OptimizerStep",
    "UpdateBounds",
    "adamw_step",
    "avg_pool",
    "backend",
    "backend_reason",
    "batch_norm",
    "chain_cost",
    "chain_course",
    "conv",
    "conv_max",
    "conv_transpose",
    "conv_upsampled",
    "cross_entropy",
    "dense",
    "dense_chain",
    "dropout",
    "fingerprint",
    "fused_updates",
    "instruction_set",
    "keep_lanes",
    "mask_bounds",
    "max_pool",
    "mean_of_places",
    "momentum_step",
    "native_for",
    "nearest",
    "normal",
    "put_lanes",
    "resample",
    "sgd_step",
    "take_lanes",
    "take_rows",
    "uniform",
    "update",
    "whole_lanes",
]
