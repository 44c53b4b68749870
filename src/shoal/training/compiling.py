"""Compiling ahead of time, and counting what was compiled."""

from __future__ import annotations

import hashlib
import os
import platform
import stat
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

from shoal.environment import CACHE, cache_asked, user_cache
from shoal.errors import TrainingError
from shoal.kernels import fingerprint
from shoal.training.compilation import Compilation, Source


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
    asked = cache_asked()
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
