"""Compiling ahead of time, and counting what was compiled."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

from shoal.kernels import fingerprint
from shoal.training.compilation import Compilation, Source


@dataclass
class CompileLog:
    """How many programs were compiled, and how long the run waited for it.

    A program is compiled once, for fixed shapes, before it first runs; called
    with others it refuses. So the count cannot grow unseen. What is compiled while
    another program trains takes none of the seconds but those of its tracing.
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
        """Its compiled functions; they are counted now."""
        with self._timed():
            compiled = compilation.functions()
        self.count += len(compiled)
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
    one kind of processor. A cache that the user has set up is left as it is;
    ``SHOAL_CACHE=off`` does without.
    """
    if (
        getattr(jax.config, "jax_compilation_cache_dir", None)
        or os.environ.get("SHOAL_CACHE") == "off"
    ):
        return
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "shoal" / f"programs-{_host()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        if folder.stat().st_uid != os.getuid():
            return
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _host() -> str:
    """A word for this machine's kind: what compiled code depends on."""
    told = [platform.node(), platform.machine(), version("jax"), version("jaxlib"), fingerprint()]
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        told += sorted({line for line in lines if line.startswith(("flags", "model name"))})
    except OSError:
        told.append(platform.processor())
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
