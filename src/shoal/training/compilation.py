"""Functions on their way through the compiler, several side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import jax

from shoal.kernels import backend
from shoal.machine import processors
from shoal.training.program_cache import PROGRAMS, settings

LOOK = 0.1
"""Seconds after which a wait is begun anew: a Ctrl-C just before one is seen after it."""


@dataclass(frozen=True)
class Source:
    """A function that is to be compiled.

    Attributes:
        function: pure; its arguments are trees of arrays.
        examples: arrays or `jax.ShapeDtypeStruct`, of the arguments' shapes and types.
        donate: positions of arguments whose memory the result may take over.
        computes: equal for functions that compute the same for the same examples' shapes and
            types; None where that is not known, and the function is compiled anew each time.
    """

    function: Callable[..., Any]
    examples: tuple[Any, ...]
    donate: tuple[int, ...] = ()
    computes: Hashable = None

    @property
    def key(self) -> Hashable:
        """Equal for sources of which the same compiled function comes now; None: not known."""
        if self.computes is None:
            return None
        leaves, tree = jax.tree.flatten(self.examples)
        # A scalar of Python's is no array of its type, and has no shape: it is not known.
        if not all(hasattr(leaf, "shape") for leaf in leaves):
            return None
        types = tuple(
            (leaf.shape, str(leaf.dtype), getattr(leaf, "weak_type", False)) for leaf in leaves
        )
        return self.computes, tree, types, self.donate, settings()

    def lowered(self) -> jax.stages.Lowered:
        """What XLA is given of it."""
        return jax.jit(self.function, donate_argnums=self.donate).lower(*self.examples)


class _Traced:
    """A function that is traced, or was compiled before.

    Args:
        source: the function.
    """

    def __init__(self, source: Source) -> None:
        self._key = source.key
        found = PROGRAMS.get(self._key)
        self.known = found is not None
        self._function = found
        self._lowered = source.lowered() if found is None else None

    def function(self) -> Callable[..., Any]:
        """The compiled function."""
        if self._lowered is not None:
            self._function = compiled(self._lowered)
            self._lowered = None
            PROGRAMS.put(self._key, self._function)
        assert self._function is not None
        return self._function


class Compilation:
    """Functions that are being compiled, side by side.

    XLA compiles them in threads of their own, without Python. They are traced one after
    another where `trace` is called: Python does one thing at a time all the same, and some
    of jax's settings are a thread's own. Those that the process has compiled before are
    taken as they are.

    Args:
        sources: the functions, those first that take longest.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._traced: list[_Traced] = []
        self._begun: list[Future[Callable[..., Any]]] = []
        self._threads = ThreadPoolExecutor(min(len(sources), processors()))

    def trace(self) -> None:
        """Trace the next function; nothing if there is none."""
        if len(self._traced) < len(self._sources):
            self._traced.append(_Traced(self._sources[len(self._traced)]))

    def begin(self) -> None:
        """Let XLA begin with what is traced."""
        for traced in self._traced[len(self._begun) :]:
            self._begun.append(self._threads.submit(traced.function))

    def functions(self) -> list[Callable[..., Any]]:
        """The compiled functions, waited for."""
        try:
            for _ in self._sources:
                self.trace()
                self.begin()
            while wait(self._begun, timeout=LOOK).not_done:
                pass
            return [one.result() for one in self._begun]
        finally:
            self.give_up()

    @property
    def compiled(self) -> int:
        """How many of them were not known before."""
        return sum(not traced.known for traced in self._traced)

    def give_up(self) -> None:
        """Let XLA begin with no other. What has begun cannot be stopped; nobody waits for it."""
        self._threads.shutdown(wait=False, cancel_futures=True)


IN_ORDER: dict[str, str | bool] = {"xla_cpu_experimental_ynn_fusion_type": ""}
"""What keeps XLA from handing sums to a library that adds up in an order of its own, and
only where an array is large enough: a lane's sums would then tell how many lanes there are."""


def compiled(traced: jax.stages.Lowered) -> Callable[..., Any]:
    """What XLA makes of a traced function.

    Without the native kernels there is no order of sums to keep.
    """
    if backend() != "native" or jax.default_backend() != "cpu":
        return traced.compile()
    try:
        return traced.compile(compiler_options=IN_ORDER)
    except jax.errors.JaxRuntimeError as error:
        if "No such compile option" not in str(error):
            raise
        return traced.compile()  # of a jaxlib that has no such library
