"""The compiled functions that this process used last, and what makes two of them one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import jax

from shoal.kernels import backend, instruction_set
from shoal.nn import Network, Sequential
from shoal.nn.graph import Node
from shoal.registry import LAYERS, RECIPE_PARTS, is_own
from shoal.space import Choice, Float, Int, Role, Space
from shoal.space.tree import parts_of
from shoal.utils.environment import processors

_PLAIN = (type(None), bool, int, float, str)


class UnknownKindError(Exception):
    """A value whose fields do not tell what it computes."""


def identity(value: Any, space: Space) -> Hashable:
    """Equal for values from which the same program is traced.

    Only shoal's own kinds have one: a class of somebody else's may compute with what stands
    in none of its fields. Fields that only the host reads are left out. Numbers are the same
    where they are written the same: 1, 1.0 and True, or 0.0 and -0.0, are traced differently.

    Args:
        value: a network, a recipe, or a part of one.
        space: which knows the names of the ranges in it.

    Raises:
        UnknownKindError: something else stands in it.
    """
    kind = type(value)
    if kind in _PLAIN:
        return kind, repr(value)
    if kind in (tuple, list):
        return kind, tuple(identity(item, space) for item in value)
    if kind in (Float, Int):
        return kind, space.hyperparameter_of(value).name, repr((value.low, value.high, value.log))
    if kind is Choice:
        return kind, space.hyperparameter_of(value).name, identity(value.options, space)
    if kind in (Network, Sequential):
        nodes = tuple(_of_node(node, space) for node in value.nodes)
        return Network, value.input_shape, nodes, value.output
    if all_in_fields(kind):
        parts = [(name, part) for name, part, role in parts_of(value) if role != Role.HOST]
        return kind, tuple((name, identity(part, space)) for name, part in parts)
    raise UnknownKindError(kind.__qualname__)


def all_in_fields(cls: type[Any]) -> bool:
    """Whether the fields of its objects are all that there is to know of them: of shoal's own."""
    return is_own(cls) and (LAYERS.has(cls) or RECIPE_PARTS.has(cls))


def _of_node(node: Node, space: Space) -> Hashable:
    return node.name, node.inputs, node.shares, identity(node.layer, space)


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
