"""A study of many trials written by shoal, as a search writes it; nothing is trained."""

from __future__ import annotations

import tempfile
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.process import serve
from benchmarks.sides.search import family, recipe
from benchmarks.storage_clock import StorageClock
from benchmarks.workloads import STORAGE
from shoal.engine import EpochDone, Trial, TrialDone
from shoal.samplers import Random
from shoal.space import Space
from shoal.store import STUDY_VERSION, StudyFile, StudyHeader
from shoal.tuning.recording import TrialRecorder

KEEP = 3
AHEAD = 1000
SHAPES = 64
"""Networks that are bound: the trials share them, since binding is not storing."""


class Search:
    """The host's part of a search, with made-up results.

    Args:
        path: the study's file.
        clock: runs while the ledger works.
        seed: of points and results.
    """

    def __init__(self, path: Path, clock: StorageClock, seed: int) -> None:
        self.clock = clock
        family_, recipe_ = family("mlp").with_input((64,)), recipe(STORAGE.epochs)
        self.space = Space(family_, recipe_)
        self.sampler, self.state = Random(), Random().start(self.space, seed)
        self.seed, self.numbers, self.ended = seed, 0, 0
        self.rng = np.random.default_rng(seed)
        points, _ = self.sampler.ask(self.space, self.state, SHAPES)
        self.shapes = [(self.space.bind(family_, p), self.space.bind(recipe_, p)) for p in points]
        self.weights = {"dense_1": {"weight": np.zeros((64, 10), np.float32)}}
        self.waiting: deque[Trial] = deque()
        self.file = StudyFile.create(path, _header(self.space, seed))
        self.ledger = TrialRecorder(self.file, self.space, KEEP)

    def submit(self) -> None:
        """Add the next trials, as many as a search of independent points has waiting."""
        points, self.state = self.sampler.ask(self.space, self.state, AHEAD)
        with self.clock.running():
            records = [
                self.ledger.new(self.numbers + i, point, self.seed)
                for i, point in enumerate(points)
            ]
            self.ledger.add(records, self.state)
        for record in records:
            bound = self.shapes[record.id % SHAPES]
            self.waiting.append(Trial(record.id, record.point, self.seed, *bound))
        self.numbers += len(points)

    def run(self, trials: int) -> None:
        """Rounds of all lanes, which began one after the other, until so many have ended."""
        seats: list[tuple[Trial, int]] = []
        while self.ended < trials:
            while len(seats) < STORAGE.lanes:
                if not self.waiting:
                    self.submit()
                first = len(seats) % STORAGE.epochs if self.ended == 0 else 0
                seats.append((self.waiting.popleft(), first))
            seats = self._round(seats)
            self.clock.ended(self.ended)

    def _round(self, seats: list[tuple[Trial, int]]) -> list[tuple[Trial, int]]:
        """One epoch of all lanes, written; those that go on."""
        epochs, done = [], []
        losses = self.rng.random(len(seats)).tolist()
        for (trial, epoch), loss in zip(seats, losses, strict=True):
            metrics = {"accuracy": 1 - loss, "loss": loss}
            epochs.append(EpochDone(trial, epoch + 1, loss, metrics))
            if epoch + 1 == STORAGE.epochs:
                last = (STORAGE.epochs, STORAGE.epochs, loss, metrics, (metrics,), None)
                done.append(
                    TrialDone(trial, "completed", *last, lambda: self.weights, _unused, _unused)
                )
        seats = [(trial, epoch + 1) for trial, epoch in seats]
        running = [trial for trial, _ in seats]
        places = [[i, trial.id, epoch] for i, (trial, epoch) in enumerate(seats)]
        group = {"first": 0, "lanes": STORAGE.lanes, "seats": places}
        where = {"lanes": {"current": 0, "groups": [group]}}
        with self.clock.running():
            self.ledger.write_round(running, epochs, done, self.state, where)
            self.ledger.flush()
        self.ended += len(done)
        return [seat for seat in seats if seat[1] < STORAGE.epochs]


def _unused() -> Any:
    raise AssertionError("a ledger stores weights alone")


def _header(space: Space, seed: int) -> StudyHeader:
    return StudyHeader(
        version=STUDY_VERSION, created="2026-01-01T00:00:00+00:00", seed=seed,
        trials=max(STORAGE.sizes), objective={"metric": "accuracy", "direction": "maximize"},
        space=space.to_json(), network={}, recipe={}, dataset={"name": "none"},
        preprocessing={}, split=b"",
    )  # fmt: skip


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Write a study up to the largest of the sizes, and say what that took."""
    clock = StorageClock(request["sizes"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.study"
        search = Search(path, clock, request["seed"])
        search.run(max(request["sizes"]))
        with clock.running():
            search.file.close()
        return {"lines": clock.lines, "megabytes": path.stat().st_size / 1e6}


if __name__ == "__main__":
    serve(answer)
