"""Compiling ahead of time: several functions side by side, and how many were compiled."""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import time
import warnings
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

from shoal.engine.program_cache import PROGRAMS, settings
from shoal.errors import TrainingError
from shoal.kernels import backend, fingerprint
from shoal.utils.environment import CACHE, cache_setting, processors, user_cache

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


@dataclass
class CompileLog:
    """How many programs were compiled, and how long the run waited for it.

    A program is compiled once, for fixed shapes, before it first runs; called
    with others it refuses. So the count cannot grow unseen. What is compiled while
    another program trains takes none of the seconds but those of its tracing. What the
    process has compiled before (`program_cache.py`) is taken as it is, and not counted.
    """

    count: int = 0
    seconds: float = 0.0

    def compile(self, *sources: Source) -> list[Callable[..., Any]]:
        """The compiled functions, for arguments of their examples' shapes and types.

        Several are compiled side by side, those first that take longest.
        """
        return self.finish(Compilation(sources))

    def trace(self, compilation: Compilation) -> None:
        """Let it trace one function more, ahead of its turn."""
        with self._timed():
            compilation.trace()

    def finish(self, compilation: Compilation) -> list[Callable[..., Any]]:
        """Its compiled functions; those that were not known before are counted now."""
        with self._timed():
            compiled = compilation.functions()
        self.count += compilation.compiled
        return compiled

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - began


def shapes_of(tree: Any, lanes: int | None = None) -> Any:
    """Shapes and types of a tree's arrays, with a lane axis in front where given."""
    front = () if lanes is None else (lanes,)
    return jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(front + tuple(leaf.shape), leaf.dtype), tree
    )


def use_cache() -> None:
    """Keep compiled programs in a folder that only the user can read, for the next run.

    The folder is keyed by the versions and the host, since compiled code fits
    one kind of processor. ``SHOAL_CACHE`` names another place for it, or is ``off``
    to do without. Where it says nothing, a cache that the user has set up with
    jax is left as it is.

    Raises:
        TrainingError: SHOAL_CACHE says something else, or names a place that
            cannot be used, or that others may write to.
    """
    asked = cache_setting()
    if asked == "off":
        return
    if isinstance(asked, Path):
        folder = private_folder(asked / f"programs-{_host()}")
    elif getattr(jax.config, "jax_compilation_cache_dir", None):
        return
    else:
        folder = user_cache() / f"programs-{_host()}"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)
            if folder.stat().st_uid != os.getuid():
                return
        except OSError:
            return
    # An entry may be read while another thread or run writes it: jax compiles anew then.
    warnings.filterwarnings(
        "ignore", "Error reading persistent compilation cache entry", UserWarning
    )
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def private_folder(folder: Path) -> Path:
    """Make a folder that was asked for, unless it is there and nobody else can write to it.

    What lies in it is run. Whoever may write there may run what they like.

    Raises:
        TrainingError: it cannot be made, or is not the user's alone.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat()
        writable = os.access(folder, os.W_OK)
    except OSError as error:
        raise TrainingError(
            f"{CACHE} names a folder that can be made",
            received=error.strerror or str(error),
            where=str(folder),
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise TrainingError(
            "compiled programs are kept in a folder of the user's alone, for they are run",
            expected="a folder that the user owns, with permissions 700",
            received=f"{stat.filemode(found.st_mode)}, owner {found.st_uid}",
            where=str(folder),
            hint=f"Remove it, or name another place with {CACHE}.",
        )
    if not writable:
        raise TrainingError(f"{CACHE} names a folder that can be written", where=str(folder))
    return folder


def _host() -> str:
    """A word for this machine's kind: what compiled code depends on."""
    told = [platform.node(), platform.machine(), version("jax"), version("jaxlib"), fingerprint()]
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        told += sorted({line for line in lines if line.startswith(("flags", "model name"))})
    except OSError:
        told.append(platform.processor())
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
