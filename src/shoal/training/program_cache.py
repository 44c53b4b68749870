"""The compiled functions that this process used last, for whoever needs the same again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import jax

from shoal.kernels import backend, instruction_set
from shoal.machine import processors

MOST = 64
"""Functions that are kept: those of a dozen programs. Each takes about a megabyte."""

SETTINGS = (
    "jax_check_tracer_leaks", "jax_compiler_enable_remat_pass", "jax_debug_infs",
    "jax_debug_nans", "jax_default_device", "jax_default_matmul_precision",
    "jax_default_prng_impl", "jax_disable_jit", "jax_disable_most_optimizations",
    "jax_enable_checks", "jax_enable_custom_prng", "jax_enable_x64",
    "jax_exec_time_optimization_effort", "jax_explicit_x64_dtypes", "jax_memory_fitting_effort",
    "jax_memory_fitting_level", "jax_numpy_dtype_promotion", "jax_numpy_rank_promotion",
    "jax_optimization_level", "jax_random_seed_offset", "jax_softmax_custom_jvp",
    "jax_threefry_partitionable", "jax_use_shardy_partitioner",
)  # fmt: skip
"""What jax can be told that decides how a function is traced and compiled."""


class ProgramCache:
    """Compiled functions by what they compute, of which those are kept that were used last.

    A compiled function holds nothing of what it is called with, and may be called from
    several threads.

    Args:
        most: functions that are kept.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Callable[..., Any]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> Callable[..., Any] | None:
        """The function of this key; None if it is not kept, or the key is None."""
        if key is None:
            return None
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, function: Callable[..., Any]) -> None:
        """Keep a function, unless its key is None; the one that was used least lately goes."""
        if key is None:
            return
        with self._lock:
            self._kept[key] = function
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Keep none."""
        with self._lock:
            self._kept.clear()


PROGRAMS = ProgramCache()
"""What all trainings of the process share."""


def settings() -> Hashable:
    """What decides, beside what a function computes, what comes out of compiling it."""
    told = tuple(repr(getattr(jax.config, name, None)) for name in SETTINGS)
    platform, mesh = jax.default_backend(), jax.sharding.get_abstract_mesh()
    return backend(), instruction_set(), processors(), platform, mesh, told
