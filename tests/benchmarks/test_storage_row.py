"""The row of the study's storage: what its clock counts, and that shoal's side still writes."""

from __future__ import annotations

import pytest

from benchmarks import storage_clock
from benchmarks.rows.study_storage import line, pairs_ratios
from benchmarks.sides.storage import answer
from benchmarks.storage_clock import StorageClock


class TestClock:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> StorageClock:
        """One whose trials take 1 ms each, and 3 ms from the 90th on; a third of it processor."""
        self.now = 0.0
        monkeypatch.setattr(storage_clock.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(storage_clock.time, "process_time", lambda: self.now / 3)
        clock = StorageClock([10, 100])
        for trial in range(100):
            self.now += 50.0  # between the writes
            with clock.running():
                self.now += 0.003 if trial >= 90 else 0.001
            clock.ended(trial + 1)
        return clock

    def test_tells_the_mean_and_the_last_tenth(self, clock: StorageClock) -> None:
        small, large = clock.lines
        assert (small["size"], large["size"]) == (10, 100)
        assert small["wall_ms"] == pytest.approx(1.0)
        assert large["wall_ms"] == pytest.approx(1.2)
        assert large["last_wall_ms"] == pytest.approx(3.0)
        assert large["last_cpu_ms"] == pytest.approx(1.0)

    def test_a_line_of_the_table_is_the_median_of_the_runs(self, clock: StorageClock) -> None:
        runs = [{**clock.lines[0], "wall_ms": wall} for wall in (1.0, 9.0, 2.0)]
        assert line("shoal", 0, runs)["wall_ms"] == 2.0
        assert pairs_ratios([1.0, 2.0], [10.0, 40.0]) == [10.0, 20.0]


def test_shoals_side_writes_a_whole_study(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.sides import storage

    states = []
    close = storage.StudyFile.close

    def looked_at(file: storage.StudyFile) -> None:
        states.append((file.counts(), len(file.history()), file.trial(0)))
        close(file)

    monkeypatch.setattr(storage.StudyFile, "close", looked_at)
    told = answer({"sizes": [20, 60], "seed": 1})
    assert [entry["size"] for entry in told["lines"]] == [20, 60]
    assert all(entry["cpu_ms"] > 0 for entry in told["lines"])
    counts, epochs, first = states[0]
    assert counts["completed"] >= 60
    assert epochs >= 5 * 60
    assert set(first.hyperparams) == {
        "width_1", "width_2", "dropout", "optimizer.learning_rate", "optimizer.weight_decay",
    }  # fmt: skip
