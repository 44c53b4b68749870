"""A hostile setting for every test: silent broadcasting and silent type promotion raise."""

from __future__ import annotations

import os

# Before jax is imported: no compiled program comes from an earlier run or stays behind.
os.environ["SHOAL_CACHE"] = "off"

import hypothesis
import jax

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

# Compiling makes a first example slow: a deadline would test the machine. "explore" looks for
# new failures; the other profile draws the same examples on every run.
hypothesis.settings.register_profile("explore", deadline=None, max_examples=300)
hypothesis.settings.register_profile(
    "steady", deadline=None, max_examples=50, derandomize=True, database=None
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
