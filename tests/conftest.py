"""A hostile setting for every test: silent broadcasting and silent type promotion raise.

The processes of a test run share what they compile, in a folder that goes with the run.
"""

from __future__ import annotations

import os
import shutil
import tempfile

# Before jax is imported: no compiled program comes from an earlier run or stays behind.
os.environ["SHOAL_CACHE"] = "off"

import hypothesis
import jax
import pytest

jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_numpy_dtype_promotion", "strict")

# Compiling makes a first example slow: a deadline would test the machine. "explore" looks for
# new failures; the other profile draws the same examples on every run.
hypothesis.settings.register_profile("explore", deadline=None, max_examples=300)
hypothesis.settings.register_profile(
    "steady", deadline=None, max_examples=50, derandomize=True, database=None
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture
def few_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is trained on a table when nobody says what ends after a few epochs."""
    monkeypatch.setattr("shoal.defaults.tables.MOST_EPOCHS", 10)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a process of pytest-xdist which folder it is."""
    node.workerinput["programs"] = jax.config.jax_compilation_cache_dir


def pytest_configure(config: pytest.Config) -> None:
    given = getattr(config, "workerinput", {}).get("programs")
    folder = given or tempfile.mkdtemp(prefix="shoal-test-programs-")
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    if given is None:
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
