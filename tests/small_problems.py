"""Problems small enough to be solved many times in a test run, and ways to look at a study."""

from __future__ import annotations

import atexit
import functools
import math
import shutil
import tempfile
from dataclasses import dataclass
from typing import ClassVar

import jax
import numpy as np
from jax.experimental.compilation_cache.compilation_cache import reset_cache

import shoal
from shoal import (
    Conv,
    Dense,
    Dropout,
    Flatten,
    Float,
    Int,
    MaxPool,
    Recipe,
    Sequential,
    relu,
    tanh,
)
from shoal.data import Dataset, Tokenization


@functools.cache
def share_programs() -> None:
    """Compile each program once: who needs it again finds it on disk.

    In a test run `conftest.py` sees to that already.
    """
    if jax.config.jax_compilation_cache_dir is not None:
        return
    folder = tempfile.mkdtemp(prefix="shoal-test-programs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    reset_cache()
    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


@functools.cache
def blobs() -> Dataset:
    """Three overlapping clouds of points: 160 rows, 6 columns."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(3, 6))
    y = np.arange(160) % 3
    return Dataset.from_arrays(centers[y] + rng.normal(size=(160, 6)), y, name="blobs")


@functools.cache
def bars() -> Dataset:
    """Pictures of 6×6 with a bright half, above or on the right, or none: 120 of them."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 6, 6, 1))
    y = np.arange(120) % 3
    x[y == 1, :3] += 1
    x[y == 2, :, 3:] += 1
    return Dataset.from_arrays(x, y, name="bars")


@functools.cache
def plane() -> Dataset:
    """Two targets in units far apart, nearly linear in 4 columns: 90 rows."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(90, 4))
    y = x @ rng.normal(size=(4, 2)) + 0.1 * rng.normal(size=(90, 2))
    return Dataset.from_arrays(x, y * [100.0, 0.1] + [7.0, -3.0], task="regression", name="plane")


PLAIN = ("we", "eat", "lunch", "at", "home", "with", "mother", "and", "the", "dog", "sleeps")
PUSHY = ("win", "free", "prize", "call", "now", "cash", "claim", "urgent")


def written_messages(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Short messages, and whether each is an advertisement: then two of its words are."""
    rng = np.random.default_rng(seed)
    labels = ["spam" if i % 3 == 0 else "ham" for i in range(count)]
    texts = []
    for label in labels:
        words = rng.choice(PLAIN, rng.integers(3, 9)).tolist()
        if label == "spam":
            at = int(rng.integers(len(words)))
            words[at:at] = rng.choice(PUSHY, 2).tolist()
        texts.append(" ".join(words))
    return texts, labels


@functools.cache
def messages() -> Dataset:
    """150 short messages, a third of them advertisements."""
    texts, labels = written_messages(150)
    wanted = Tokenization(vocabulary=300)
    return Dataset.from_arrays(texts, labels, tokenization=wanted, name="messages")


def perceptrons() -> Sequential:
    """A family for `blobs`."""
    return Sequential(Dense(Int(3, 8)), relu, Dropout(Float(0.0, 0.5)), Dense(3))


def filters() -> Sequential:
    """A family for `bars`."""
    return Sequential(
        Conv(Int(2, 4), kernel_size=3), relu, MaxPool(2), Flatten(),
        Dropout(Float(0.0, 0.5)), Dense(Int(3, 8)), tanh, Dense(3),
    )  # fmt: skip


def adamw(**changes) -> Recipe:
    """A recipe with open numbers, for classification."""
    optimizer = shoal.optimizers.AdamW(
        learning_rate=Float(1e-3, 1e-1, log=True), weight_decay=Float(1e-4, 1e-1)
    )
    return Recipe(**{"optimizer": optimizer, "epochs": 4, "batch_size": 16, **changes})


def sgd(**changes) -> Recipe:
    """Another one."""
    optimizer = shoal.optimizers.SGD(
        learning_rate=Float(1e-2, 1.0, log=True), momentum=Float(0.1, 0.95)
    )
    return Recipe(**{"optimizer": optimizer, "epochs": 4, "batch_size": 16, **changes})


@dataclass(frozen=True)
class Listed:
    """A sampler that proposes the points that it was given, in their order."""

    points: tuple[dict, ...]
    kind: ClassVar[str] = "listed"
    adaptive: ClassVar[bool] = False

    def start(self, space, seed):
        return {"next": 0}

    def ask(self, space, state, count):
        first = state["next"]
        points = [dict(point) for point in self.points[first : first + count]]
        return points, {"next": first + len(points)}

    def tell(self, space, state, results):
        return state


def search_points(family, recipe, data, points, **options):
    """A search of exactly these points, without confirmation unless asked for."""
    options = {"lanes": 4, "confirm_seeds": 0, "defaults": False, **options}
    return shoal.search(
        family, recipe, data, trials=len(points), sampler=Listed(tuple(points)), **options
    )


def random_points(family, recipe, data, count):
    """Points of the family's space, as random search draws them."""
    space = shoal.Space(family.with_input(data.x.shape[1:]), recipe)
    sampler = shoal.samplers.Random()
    return sampler.ask(space, sampler.start(space, 7), count)[0]


def history(study, trial):
    """Epoch, training loss and metrics of each epoch, exactly as they were stored."""
    return [(e.epoch, e.train_loss, e.metrics) for e in study.file.history(trial)]


def numbers(study, trial):
    """The same in one array: epochs by training loss and metrics."""
    return np.array([[loss, *metrics.values()] for _, loss, metrics in history(study, trial)])


def outcome(study, trial):
    """All that a trial came to, times left out."""
    record = study.file.trial(trial)
    return (
        record.state, record.objective, record.metrics, record.best_epoch, record.epochs,
        record.first_bad_step, record.parameters, record.members, record.lineage,
        history(study, trial),
    )  # fmt: skip


def contents(study):
    """All that a study file holds, times left out."""
    trials = [
        (r.id, r.role, r.parent, r.seed, r.hyperparams, r.point, r.message, outcome(study, r.id))
        for r in study.file.trials()
    ]
    weights = {r.id: study.file.weights(r.id) for r in study.file.trials()}
    kept = {
        number: {name: array.tobytes() for name, array in arrays.items()}
        for number, arrays in weights.items()
        if arrays is not None
    }
    return trials, kept, comparable(study.file.result("winner")), study.file.sampler_state()


def comparable(value):
    """Plain data that equal themselves: what is no number becomes a word."""
    if isinstance(value, dict):
        return {name: comparable(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [comparable(entry) for entry in value]
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def same_weights(one, other, rtol=0.0):
    """Assert that two models have the same weights, to a share of each array's largest."""
    assert one.params.keys() == other.params.keys()
    for owner, arrays in one.params.items():
        assert arrays.keys() == other.params[owner].keys()
        for name, array in arrays.items():
            scale = float(np.abs(array).max())
            np.testing.assert_allclose(
                other.params[owner][name], array, rtol=0, atol=rtol * scale,
                err_msg=f"{owner}.{name}",
            )  # fmt: skip
