"""Finds the compiled extension, registers its functions, says what is in use."""

from __future__ import annotations

import functools
import hashlib
import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from shoal.errors import KernelError
from shoal.utils.environment import (
    KERNELS,
    KERNELS_ISA,
    instruction_set_setting,
    kernels_setting,
)

Backend = Literal["native", "xla"]

TARGET_PREFIX = "shoal_"


@dataclass(frozen=True)
class _Decision:
    backend: Backend
    reason: str


def backend() -> Backend:
    """Which implementation float32 operations take: ``"native"`` or ``"xla"``.

    The environment variable ``SHOAL_KERNELS`` forces either.

    Raises:
        KernelError: SHOAL_KERNELS names something else, or asks for native
            kernels that are not there.
    """
    return _decide().backend


def backend_reason() -> str:
    """Why `backend` says what it says, in one sentence."""
    return _decide().reason


def instruction_set() -> str | None:
    """The instruction set of the native kernels, None without them.

    ``SHOAL_KERNELS_ISA`` set to ``baseline`` or ``avx2`` before the first call
    forces a lower one.

    Raises:
        KernelError: SHOAL_KERNELS_ISA names none, or one that this processor lacks.
    """
    module, _ = _load()
    return None if module is None else str(module.instruction_set())


def fingerprint() -> str:
    """A word for the code in use: what a program compiled against it depends on."""
    module, _ = _load()
    if backend() == "xla" or module is None or module.__file__ is None:
        return "xla"
    return hashlib.sha256(Path(module.__file__).read_bytes()).hexdigest()[:16]


def native_for(dtype: DTypeLike) -> bool:
    """Whether operations on this type take the native kernels."""
    return jnp.dtype(dtype) == jnp.float32 and backend() == "native"


@functools.cache
def _decide() -> _Decision:
    wanted = kernels_setting()
    if wanted == "xla":
        return _Decision("xla", f"{KERNELS}=xla asks for it")
    platform = jax.default_backend()
    module, problem = _load()
    if platform == "cpu" and module is not None:
        return _Decision("native", f"compiled kernels for {module.instruction_set()}")
    reason = problem if platform == "cpu" else f"the platform is {platform}, not cpu"
    if wanted == "native":
        raise KernelError(
            f"{KERNELS}=native asks for kernels that are not there",
            received=reason,
            hint=f"Install shoal with a C++17 compiler at hand, or unset {KERNELS}.",
        )
    return _Decision("xla", reason)


@functools.cache
def _load() -> tuple[ModuleType | None, str]:
    """The extension with its functions registered, or None and the reason."""
    wanted = instruction_set_setting()
    try:
        module = importlib.import_module("shoal.kernels._native")
    except ImportError as error:
        return None, f"the compiled extension is missing ({error})"
    if wanted not in (None, found := str(module.instruction_set())):
        raise KernelError(
            f"{KERNELS_ISA} asks for an instruction set that is not to be had",
            expected=wanted,
            received=f"{found}, the best that this processor allows",
            hint=f"Unset {KERNELS_ISA}, and set it before shoal first computes.",
        )
    for name, capsule in module.handlers().items():
        jax.ffi.register_ffi_target(TARGET_PREFIX + name, capsule, platform="cpu")
    return module, ""
