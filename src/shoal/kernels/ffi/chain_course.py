"""Steps of training of chains through the extension."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.kernels.extension import TARGET_PREFIX
from shoal.kernels.ffi.call import bound, lane_count
from shoal.kernels.ffi.cross_entropy import as_operands
from shoal.kernels.ffi.dense_chain import operands_of
from shoal.kernels.ffi.update import ARRAYS, KINDS
from shoal.kernels.lanes import LaneCall, for_one_network

if TYPE_CHECKING:
    from shoal.kernels.chain_course import ChainBatches, ChainProgress
    from shoal.kernels.dense_chain import DenseLink
    from shoal.kernels.update import OptimizerStep

_BEFORE = (2, 1, 1, 2, 0, 0, 0, 0, 0, 0, 1, 0, 2)
"""Ranks of the operands before those of the layers.

They are x, labels, weights, order, the five of the progress, smoothing, classes, active
and numbers.
"""
_PROGRESS = range(4, 9)
_LINK = (2, 1, 0, 0, 1, 1)


@functools.cache
def _course(
    kind: str, rectified: tuple[bool, ...], decays: tuple[bool, ...], biased: tuple[bool, ...]
) -> LaneCall:
    """The call for these layers: the progress, then what is trained.

    Each parameter is followed by what is remembered of it.
    """
    more = ARRAYS[kind] - 1
    each = _LINK + (2,) * more + (1,) * more

    @for_one_network(*_BEFORE, *each * len(rectified))
    def call(*operands: Array) -> tuple[Array, ...]:
        lanes = lane_count(*operands)
        places = list(_PROGRESS)
        for i, has_bias in enumerate(biased):
            first = len(_BEFORE) + i * len(each)
            memory = first + len(_LINK)
            places += [first, *range(memory, memory + more)]
            if has_bias:
                places += [first + 1, *range(memory + more, memory + 2 * more)]
        results = tuple(
            jax.ShapeDtypeStruct((lanes, *operands[at].shape[1:]), operands[at].dtype)
            for at in places
        )
        # Memory can be shared only where an operand has a copy for each lane.
        own = {at: i for i, at in enumerate(places) if operands[at].shape[0] == lanes}
        course = jax.ffi.ffi_call(TARGET_PREFIX + "chain_course", results, input_output_aliases=own)
        found = course(
            *operands,
            rectified=np.asarray(rectified, np.int64),
            kind=np.int64(KINDS.index(kind)),
            decays=np.asarray(decays, np.int64),
        )
        return tuple(found)

    return call


def chain_course(
    batches: ChainBatches,
    links: Sequence[DenseLink],
    remembered: Sequence[tuple[Sequence[Array], Sequence[Array]]],
    progress: ChainProgress,
    steps: OptimizerStep,
    decays: Sequence[tuple[bool, bool]],
    smoothing: Array | None,
    classes: Array | None,
    active_in: Array | None,
) -> tuple[list[tuple[Array, Array | None]], list[tuple[list[Array], list[Array]]], ChainProgress]:
    """See `shoal.kernels.chain_course`."""
    dtype = batches.x.dtype
    layers: list[Array] = []
    for link, (beside_weight, beside_bias) in zip(links, remembered, strict=True):
        own = operands_of(link)
        absent = [own.bias] * len(beside_weight)
        layers += [*own, *beside_weight, *(absent if link.bias is None else beside_bias)]
    weights = jnp.zeros((0, *batches.labels.shape), dtype)
    biased = tuple(link.bias is not None for link in links)
    rectified = tuple(link.rectified for link in links)
    call = _course(steps.kind, rectified, tuple(itertools.chain(*decays)), biased)
    found = iter(
        call(
            batches.x,
            batches.labels.astype(jnp.int32),
            weights if batches.weights is None else batches.weights.astype(dtype),
            batches.order,
            *progress,
            *as_operands(smoothing, classes, links[-1].weight.shape[1], dtype),
            bound(active_in),
            steps.numbers,
            *layers,
        )
    )
    after = type(progress)(*itertools.islice(found, len(_PROGRESS)))
    params: list[tuple[Array, Array | None]] = []
    memory: list[tuple[list[Array], list[Array]]] = []
    for has_bias in biased:
        weight, of_weight = _parameter(found, steps.kind)
        bias: Array | None = None
        of_bias: list[Array] = []
        if has_bias:
            bias, of_bias = _parameter(found, steps.kind)
        params.append((weight, bias))
        memory.append((of_weight, of_bias))
    return params, memory, after


def _parameter(found: Iterator[Array], kind: str) -> tuple[Array, list[Array]]:
    """The next one, and what is remembered of it."""
    one, *rest = itertools.islice(found, ARRAYS[kind])
    return one, rest
