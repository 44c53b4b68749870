"""The harness's arithmetic and bookkeeping, without a clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from benchmarks.harness import (
    Comparison,
    Pair,
    alternate,
    milliseconds,
    quiet_enough,
    share,
    summarize,
)
from benchmarks.load import others_load, tree_ticks
from benchmarks.process import Side, SideFailedError
from benchmarks.results import format_table, machine_class, merge, read_rows, write_rows
from benchmarks.settings import read_settings
from shoal.utils.environment import processors

COMPARISON = Comparison(
    name="row", unit="ms/trial", shoal="a", peer="b", request={"trials": 4}, pairs=3
)


def answered(seconds: float, units: int = 10, flops: float = 1e9) -> dict[str, object]:
    return {
        "seconds": seconds,
        "seconds_with_compile": seconds + 1,
        "units": units,
        "flops": flops,
    }


class TestPairs:
    def test_runs_the_sides_in_turn_with_the_same_seeds(self) -> None:
        calls: list[tuple[str, int]] = []

        def side(name: str):
            def ask(seed: int) -> dict[str, object]:
                calls.append((name, seed))
                return answered(1.0)

            return ask

        pairs = alternate(side("shoal"), side("peer"), lambda: 5.0, 2)

        assert calls == [("shoal", 1), ("peer", 1), ("shoal", 2), ("peer", 2)]
        assert [pair.rate for pair in pairs] == [5.0, 5.0]

    def test_ratio_is_the_median_of_the_pairs_ratios(self) -> None:
        # The medians of the sides alone (2 and 8) would say 4.
        seconds = [(1.0, 8.0), (2.0, 4.0), (8.0, 24.0)]
        pairs = [Pair(answered(a), answered(b), 1e10, 0.0) for a, b in seconds]

        row = summarize(COMPARISON, pairs, [answered(2.0), answered(5.0)])

        assert row["ratio"] == 3.0
        assert row["ratio_spread"] == [2.0, 8.0]
        assert (row["shoal"], row["peer"]) == (200.0, 800.0)
        assert row["with_compile"] == {"shoal": 300.0, "peer": 600.0, "ratio": 2.0}

    def test_share_is_useful_operations_a_second_over_the_machines_rate(self) -> None:
        assert share(answered(0.5, flops=4e9), rate=32e9) == pytest.approx(0.25)

    def test_milliseconds_are_those_of_one_unit(self) -> None:
        assert milliseconds(answered(2.0, units=8)) == 250.0

    def test_a_row_is_json(self) -> None:
        pairs = [Pair(answered(1.0), answered(2.0), 1e9, 0.1)]
        json.dumps(summarize(COMPARISON, pairs, [answered(1), answered(1)]), allow_nan=False)


class TestResults:
    def test_a_new_row_replaces_the_one_of_its_name_only(self) -> None:
        old = [{"name": "a", "ratio": 1}, {"name": "b", "ratio": 2}]
        rows = merge(old, [{"name": "a", "ratio": 3}], ["b", "a"])
        assert rows == [{"name": "b", "ratio": 2}, {"name": "a", "ratio": 3}]

    def test_rows_survive_the_disk(self, tmp_path: Path) -> None:
        path = tmp_path / "results" / "latest.json"
        write_rows([{"name": "a", "ratio": 1.5}], path)
        assert read_rows(path) == [{"name": "a", "ratio": 1.5}]
        assert [file.name for file in path.parent.iterdir()] == ["latest.json"]

    @pytest.mark.parametrize("text", ["", "null", "{}", "[1, {}]", "not json"])
    def test_a_file_of_something_else_holds_no_rows(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "latest.json"
        path.write_text(text)
        assert read_rows(path) == []

    def test_no_file_holds_no_rows(self, tmp_path: Path) -> None:
        assert read_rows(tmp_path / "missing.json") == []

    def test_the_table_shows_rows_without_a_peer(self) -> None:
        full = {"name": "a", "shoal": 12.5, "peer": 100.0, "unit": "ms", "ratio": 8.0}
        table = format_table(
            [
                {**full, "ratio_spread": [7.5, 9.0], "share": 0.256, "others_load": 0.05},
                {"name": "b", "shoal": 3.0, "peer": None, "unit": "s", "ratio": None},
            ]
        )
        lines = table.splitlines()
        assert lines[1].split() == [
            "a",
            "12.5",
            "100",
            "ms",
            "8×",
            "7.5-9",
            "25.6",
            "%",
            "-",
            "0.05",
        ]
        assert lines[2].split() == ["b", "3", "-", "s", "-", "-", "-", "-"]


class TestSettings:
    def test_nothing_said_runs_all_rows(self) -> None:
        settings = read_settings({})
        assert settings.only == ()
        assert settings.pairs_of(3) == 3

    def test_everything_said(self) -> None:
        settings = read_settings({"ONLY": "a, b,", "REPEATS": "7", "QUICK": "1", "PATIENCE": "0"})
        assert settings.only == ("a", "b")
        assert settings.pairs_of(3) == 7
        assert settings.quick
        assert settings.patience == 0

    def test_a_quick_run_takes_one_pair(self) -> None:
        assert read_settings({"QUICK": "1"}).pairs_of(5) == 1

    @pytest.mark.parametrize("value", ["0", "-1", "2.5"])
    def test_repeats_count(self, value: str) -> None:
        with pytest.raises(ValueError, match="REPEATS must be a whole number from 1 up"):
            read_settings({"REPEATS": value})

    def test_repeats_is_a_number(self) -> None:
        with pytest.raises(ValueError, match="REPEATS must be a number; received 'many'"):
            read_settings({"REPEATS": "many"})

    def test_patience_is_not_negative(self) -> None:
        with pytest.raises(ValueError, match="PATIENCE must be a number of seconds"):
            read_settings({"PATIENCE": "-1"})


class TestSide:
    """Child processes with modules written for the test."""

    @pytest.fixture
    def module(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        (tmp_path / "echo_side.py").write_text(
            textwrap.dedent("""
                from benchmarks.process import serve

                def answer(request):
                    print("a library says hello")
                    if request.get("fail"):
                        raise SystemExit(3)
                    return {"twice": 2 * request["number"]}

                serve(answer)
            """)
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
        return "echo_side"

    def test_answers_in_turn_whatever_is_printed(self, module: str) -> None:
        with Side(module) as side:
            assert [side.ask(number=n) for n in (1, 2)] == [{"twice": 2}, {"twice": 4}]

    def test_a_side_that_ends_is_an_error(self, module: str) -> None:
        with Side(module) as side, pytest.raises(SideFailedError, match="echo_side gave no answer"):
            side.ask(fail=True)

    def test_the_python_is_the_same(self, module: str) -> None:
        with Side(module) as side:
            assert side._process.args[0] == sys.executable


class TestLoad:
    def test_others_load_is_what_is_left_of_the_busy_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("os.cpu_count", lambda: 2)
        # 200 ticks over both cores: 150 worked, 100 of them by this process.
        assert others_load((1000, 5000, 50), (1150, 5200, 150)) == pytest.approx(0.5)

    def test_it_is_nothing_where_the_system_does_not_tell(self) -> None:
        assert others_load(None, (1, 2, 3)) == 0.0
        assert others_load((1, 2, 3), (1, 2, 3)) == 0.0

    def test_work_in_a_child_is_ones_own(self) -> None:
        if not Path("/proc/self/stat").exists():
            pytest.skip("no /proc here")
        code = "import time; t = time.process_time\nwhile t() < 0.3: pass\ninput()"
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as child:
            before = tree_ticks(os.getpid())
            while tree_ticks(child.pid) < 25:
                time.sleep(0.01)
            assert tree_ticks(os.getpid()) - before > 10
            child.communicate(b"\n")

    @pytest.mark.parametrize(
        ("loads", "patience", "enough"),
        [([0.0, 0.1], 1.0, True), ([0.0, 0.9], 1.0, False), ([0.9, 0.9], 0.0, True)],
    )
    def test_pairs_count_when_quiet(
        self, loads: list[float], patience: float, enough: bool
    ) -> None:
        pairs = [Pair({}, {}, 1.0, load) for load in loads]
        assert quiet_enough(pairs, 2, patience) is enough

    def test_disturbed_pairs_are_measured_again_and_the_quiet_ones_kept(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        loads = iter([0.9, 0.0, 0.4, 0.1])
        monkeypatch.setattr("benchmarks.harness.wait_for_quiet", lambda patience: None)
        monkeypatch.setattr("benchmarks.harness.others_load", lambda *ticks: next(loads))

        pairs = alternate(lambda seed: {"seed": seed}, lambda seed: {}, lambda: 1.0, 2, 5.0)

        assert [pair.shoal["seed"] for pair in pairs] == [2, 4]


def test_the_class_of_the_machine_begins_with_its_processors() -> None:
    assert machine_class().startswith(f"{processors()} cores, ")
