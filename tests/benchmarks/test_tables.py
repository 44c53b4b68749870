"""The row of tables: its splits, its bookkeeping and its arithmetic; nothing is trained long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from benchmarks.process import SideFailedError
from benchmarks.rows.tables import summary
from benchmarks.tables.ablation import ablation_table, relative_errors
from benchmarks.tables.campaign import Campaign, cells, measure
from benchmarks.tables.cell import answer, asked_rows
from benchmarks.tables.ledger import Key, append, key_of, merged, read_records
from benchmarks.tables.methods.method import Asked, Predict
from benchmarks.tables.methods.of_shoal import in_order
from benchmarks.tables.methods.scikit_learn import fit
from benchmarks.tables.methods.table import METHODS, method_of
from benchmarks.tables.parts import digest, parts
from benchmarks.tables.report import common, report
from benchmarks.tables.scores import error, scores
from benchmarks.tables.sets import QUICK, SETS, Problem, available, read
from benchmarks.tables.standing import interval, normalized, ranks, relative, standings, versus
from benchmarks.tables.variations import VARIATIONS, Trained
from shoal.data import Dataset
from shoal.defaults.choose import default_network, default_recipe


def record(name: str, split: int, method: str, **scores: float) -> dict[str, Any]:
    return {
        "set": name, "split": split, "method": method, "scores": scores, "seconds": 1.0,
        "test_rows": f"{name} {split}", "others_load": 0.0,
    }  # fmt: skip


def mixed(task: Any) -> Problem:
    """Numbers with one missing, a boolean and a category with one missing."""
    random = np.random.default_rng(0)
    x = pd.DataFrame(
        {
            "number": [None, *random.normal(size=59)],
            "flag": random.integers(0, 2, 60).astype(bool),
            "word": pd.Series([None, *random.choice(["a", "b", "c"], 59)], dtype="category"),
        }
    )
    y = random.integers(0, 3, 60) if task == "classification" else random.normal(size=60)
    return Problem("mixed", task, x, y)


class TestSets:
    def test_bundled_ones_need_no_folder(self) -> None:
        assert available(None) == ("wine", "diabetes", "breast-cancer", "digits")
        wine = read("wine")
        assert (wine.task, wine.x.shape) == ("classification", (178, 13))
        assert np.bincount(wine.y).tolist() == [59, 71, 48]

    def test_files_are_read_as_their_publishers_left_them(self, tmp_path: Path) -> None:
        lines = ["39, Private, 5, <=50K", "50, ?, 6, >50K", "38, Private, 7, <=50K."]
        head, tail = [", ".join(["0"] * 11) + ", " + line for line in lines[:2]], lines[2:]
        (tmp_path / "adult-train.csv").write_text("\n".join(head))
        (tmp_path / "adult-test.csv").write_text(", ".join(["0"] * 11) + ", " + tail[0])
        adult = read("adult", str(tmp_path))
        assert adult.y.tolist() == [0, 1, 0]
        assert adult.x["12"].isna().tolist() == [False, True, False]
        assert isinstance(adult.x["12"].dtype, pd.CategoricalDtype)

        (tmp_path / "letter.arff").write_text(
            "% a remark\n@attribute 'x' integer\n@DATA\n" + ",".join("1" * 16) + ",B\n"
            + ",".join("2" * 16) + ",A\n"
        )  # fmt: skip
        letter = read("letter", str(tmp_path))
        assert (letter.x.shape, letter.y.tolist()) == ((2, 16), [1, 0])

    def test_the_column_that_repeats_the_target_is_left_out(self, tmp_path: Path) -> None:
        (tmp_path / "titanic.csv").write_text("survived,age,alive\n1,3,yes\n0,,no\n")
        assert list(read("titanic", str(tmp_path)).x) == ["age"]


class TestParts:
    @pytest.mark.parametrize("name", ["wine", "diabetes"])
    def test_each_row_learns_or_scores(self, name: str) -> None:
        problem = read(name)
        learn, test = parts(problem, 0)
        assert sorted([*learn, *test]) == list(range(len(problem.y)))
        assert len(test) == -(-len(problem.y) // 5)
        assert digest(test) != digest(parts(problem, 1).test)

    def test_classes_are_divided_evenly(self) -> None:
        wine = read("wine")
        assert np.bincount(wine.y[parts(wine, 2).test]).tolist() == [12, 14, 10]

    def test_the_rows_of_a_split_stay_what_they_are(self) -> None:
        # Results of different environments and years are compared: these may never change.
        assert digest(parts(read("wine"), 0).test) == "d5f59b44"
        assert digest(parts(read("diabetes"), 0).test) == "9f07b06c"

    def test_rows_to_choose_by_are_none_of_the_test_rows(self) -> None:
        request = {"set": "diabetes", "folder": None, "split": 1}
        learn, test, _ = asked_rows(request)
        inner_learn, inner_test, _ = asked_rows({**request, "inner": True})

        def keys(problem: Problem) -> set[tuple[float, ...]]:
            return {tuple(row) for row in problem.x.to_numpy()}

        assert keys(inner_learn) | keys(inner_test) == keys(learn)
        assert not keys(inner_test) & keys(test)
        assert not keys(inner_test) & keys(inner_learn)


class TestScores:
    def test_of_numbers(self) -> None:
        problem = Problem("a", "regression", pd.DataFrame({"x": [0, 0]}), np.array([1.0, 5.0]))
        found = scores(problem, np.array([1.0, 2.0]))
        assert found == {"rmse": pytest.approx(np.sqrt(4.5))}
        assert error(found) == found["rmse"]

    def test_of_classes(self) -> None:
        problem = Problem("a", "classification", pd.DataFrame({"x": [0, 0]}), np.array([0, 1]))
        found = scores(problem, np.array([[0.5, 0.5], [0.8, 0.2]]))
        assert found["accuracy"] == 0.5
        assert found["log_loss"] == pytest.approx(-(np.log(0.5) + np.log(0.2)) / 2)
        assert error(found) == 0.5

    @pytest.mark.parametrize("predicted", [[1.0], [[1.0], [2.0]], [1.0, float("nan")]])
    def test_refuses_what_are_no_predictions(self, predicted: Any) -> None:
        problem = Problem("a", "regression", pd.DataFrame({"x": [0, 0]}), np.array([1.0, 5.0]))
        with pytest.raises(ValueError, match="finite and of shape"):
            scores(problem, np.array(predicted))


class TestMethods:
    @pytest.mark.parametrize(
        ("method", "task"),
        [("hgb", "regression"), ("mlp", "regression"), ("mlp", "classification")],
    )
    @pytest.mark.filterwarnings("ignore")  # so few rows: the network does not converge
    def test_take_tables_as_they_are(self, method: str, task: str) -> None:
        problem = mixed(task)
        with threadpool_limits(1):  # threads that wait for each other take long on a busy machine
            predict = fit(method, problem, Asked(seed=0, threads=1))
        assert scores(problem, predict.function(problem.x)).keys() == (
            {"rmse"} if task == "regression" else {"accuracy", "log_loss"}
        )

    def test_shoals_classes_are_brought_into_order(self) -> None:
        class Found:
            classes = tuple(map(str, (0, 1, 10, 11, *range(2, 10))))

            def predict_proba(self, x: pd.DataFrame) -> np.ndarray:
                return np.tile([int(name) / 66 for name in self.classes], (len(x), 1))

        problem = Problem("a", "classification", pd.DataFrame({"x": [0]}), np.arange(12))
        assert in_order(Found(), problem, problem.x)[0] == pytest.approx(np.arange(12) / 66)

    def test_a_cell_is_plain_data(self) -> None:
        told = answer({"set": "wine", "folder": None, "split": 0, "method": "mlp", "threads": 1})
        assert json.loads(json.dumps(told)) == told
        assert told["rows"] == [142, 36]
        assert told["scores"]["accuracy"] > 0.9

    def test_a_method_that_is_not_installed_is_unavailable(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(__import__("sys").modules, "pytabkit", None)
        told = answer({"set": "wine", "folder": None, "split": 0, "method": "tabm", "threads": 1})
        assert list(told) == ["unavailable"]

    def test_a_failure_is_told(self) -> None:
        told = answer(
            {"set": "yacht", "folder": "/nowhere", "split": 0, "method": "hgb", "threads": 1}
        )
        assert told["failed"].startswith("FileNotFoundError")


class TestLedger:
    def test_a_later_line_replaces_an_earlier_one(self, tmp_path: Path) -> None:
        file = tmp_path / "results.jsonl"
        for rmse in (1.0, 2.0):
            append(file, record("yacht", 0, "hgb", rmse=rmse))
        append(file, {"set": "yacht", "split": 1, "method": "hgb", "failed": "no memory"})
        assert {k: r["scores"]["rmse"] for k, r in read_records(file).items()} == {
            Key("yacht", 0, "hgb"): 2.0
        }

    def test_a_line_that_was_broken_off_is_computed_again(self, tmp_path: Path) -> None:
        file = tmp_path / "results.jsonl"
        append(file, record("yacht", 0, "hgb", rmse=1.0))
        with open(file, "a", encoding="utf-8") as broken:
            broken.write('{"set": "yacht", "spl')
        assert list(read_records(file)) == [Key("yacht", 0, "hgb")]
        append(file, record("yacht", 1, "hgb", rmse=1.0))
        with pytest.raises(ValueError, match="line 2 is no result"):
            read_records(file)

    def test_scores_on_other_rows_are_not_compared(self, tmp_path: Path) -> None:
        first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
        append(first, record("yacht", 0, "hgb", rmse=1.0))
        append(second, {**record("yacht", 0, "mlp", rmse=1.0), "test_rows": "others"})
        with pytest.raises(ValueError, match="yacht, split 0: methods were scored on other rows"):
            merged([first, second])


class TestCampaign:
    @pytest.fixture
    def campaign(self, tmp_path: Path) -> Campaign:
        return Campaign(["yacht"], ["hgb", "realmlp"], [0, 1], tmp_path / "results.jsonl")

    def test_asks_for_what_is_missing(self, campaign: Campaign) -> None:
        assert list(cells(campaign, [Key("yacht", 0, "hgb")])) == [Key("yacht", 1, "hgb")]

    def test_other_environments_are_asked_where_there_is_one(self, campaign: Campaign) -> None:
        from dataclasses import replace

        asked = cells(replace(campaign, pytabkit="python", splits=[0]))
        assert [key.method for key in asked] == ["hgb", "realmlp"]

    def test_goes_on_where_it_was(self, campaign: Campaign) -> None:
        asked: list[Key] = []

        def ask(key: Key) -> dict[str, Any]:
            asked.append(key)
            if len(asked) == 1:
                return {**key._asdict(), "failed": "killed"}
            return record(*key, rmse=1.0)

        assert measure(campaign, ask) == 1
        assert measure(campaign, ask) == 0
        assert measure(campaign, ask) == 0
        assert [key.split for key in asked] == [0, 1, 0]

    def test_what_is_not_available_or_no_case_is_passed_over(self, campaign: Campaign) -> None:
        answers: Iterator[dict[str, Any]] = iter([{"unavailable": "not here"}])
        assert measure(campaign, lambda key: next(answers)) == 0
        assert measure(campaign, lambda key: {"left_out": "no classes"}) == 0
        assert not campaign.results.exists()


class TestStanding:
    # Three methods on four sets; on the last one all but one are without error.
    ERRORS = np.array([[1.0, 4.0, 2.0, 0.0], [2.0, 2.0, 2.0, 0.0], [4.0, 3.0, 8.0, 0.5]])

    def test_equal_errors_share_their_rank(self) -> None:
        assert ranks(self.ERRORS).tolist() == [[1, 3, 1.5, 1.5], [2, 1, 1.5, 1.5], [3, 2, 3, 3]]

    def test_normalized_is_zero_for_the_best_and_one_from_the_median_on(self) -> None:
        assert normalized(self.ERRORS).tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1]]
        between = normalized(np.array([[1.0], [2.0], [5.0], [9.0]]))
        assert between[:, 0] == pytest.approx([0, 1 / 2.5, 1, 1])

    def test_relative_needs_an_error_of_the_reference(self) -> None:
        found = relative(self.ERRORS[2], self.ERRORS[0])
        assert np.exp(found[:3]) == pytest.approx([4, 0.75, 4])
        assert np.isnan(found[3])

    def test_an_interval_holds_its_mean_and_grows_with_the_spread(self) -> None:
        narrow, wide = interval(np.array([1.0, 1.1, 0.9])), interval(np.array([0.0, 2.0, 1.0]))
        assert narrow.mean == pytest.approx(1.0)
        assert narrow.low < narrow.mean < narrow.high
        assert wide.high - wide.low > narrow.high - narrow.low
        assert interval(np.array([np.log(4.0), 0.0]), np.exp).mean == pytest.approx(2.0)
        alone = interval(np.array([3.0, np.nan]))
        assert (alone.low, alone.mean, alone.high) == (3.0, 3.0, 3.0)

    def test_standings(self) -> None:
        errors = dict(zip("abc", self.ERRORS.tolist(), strict=True))
        found = standings(errors, "b")
        assert found["a"].rank.mean == pytest.approx(7 / 4)
        assert found["a"].ahead.mean == 1 / 4
        assert found["a"].relative.mean == pytest.approx(1.0)
        assert np.isnan(found["b"].ahead.mean)
        assert versus(errors, "a", "c")[:2] == (3, 1)


class TestReport:
    RECORDS: ClassVar = [
        *(record("yacht", s, m, rmse=e) for m, e in (("shoal", 1.0), ("hgb", 2.0)) for s in (0, 1)),
        record("heart", 0, "hgb", accuracy=0.8, log_loss=0.5),
        record("heart", 1, "hgb", accuracy=0.9, log_loss=0.5),
        record("heart", 0, "shoal", accuracy=0.85, log_loss=0.4),
    ]

    def test_compares_where_all_have_the_same_splits(self) -> None:
        records = {key_of(r): r for r in self.RECORDS}
        assert common(records, ["shoal", "hgb"]) == {"shoal": {"yacht": 1.0}, "hgb": {"yacht": 2.0}}

    def test_who_has_few_sets_does_not_narrow_the_comparison(self) -> None:
        names = ("yacht", "heart", "concrete")
        records = {Key(n, 0, "hgb"): record(n, 0, "hgb", rmse=1.0) for n in names}
        records |= {Key(n, 0, "mlp"): record(n, 0, "mlp", rmse=2.0) for n in names[:2]}
        records |= {Key(n, 0, "tabm"): record(n, 0, "tabm", rmse=2.0) for n in names[:1]}
        text = report(records)
        assert "2 sets that all of these have: yacht, heart." in text
        assert "Left out, with results on too few sets: tabm." in text

    def test_tables(self) -> None:
        text = report({key_of(r): r for r in self.RECORDS})
        assert "| yacht | **1** ± 0 | 2 ± 0 |" in text
        assert "| heart | **0.85** (1 of 2 splits) | **0.85** ± 0.071 |" in text
        assert "1 sets that all of these have: yacht." in text
        assert "| shoal | hgb | 1 | 1 | 0 | 0.500 (0.500 to 0.500) |" in text

    def test_without_results(self) -> None:
        assert report({}) == "There are no results."


class TestAblation:
    RECORDS: ClassVar = {
        key_of(r): r
        for r in (
            record("yacht", 0, "part:default", rmse=2.0),
            record("yacht", 1, "part:default", rmse=4.0),
            record("yacht", 0, "part:four cycles", rmse=1.0),
            record("heart", 0, "part:default", accuracy=0.8),
            record("heart", 0, "part:four cycles", accuracy=0.6),
            record("heart", 0, "part:β₂ = 0.999", accuracy=0.9),
        )
    }

    def test_errors_are_relative_to_the_default_on_splits_that_both_have(self) -> None:
        found = relative_errors(self.RECORDS, "four cycles")
        assert {n: np.exp(v) for n, v in found.items()} == pytest.approx({"yacht": 0.5, "heart": 2})

    def test_table(self) -> None:
        lines = ablation_table(self.RECORDS, list(VARIATIONS))
        assert lines[0] == "| variation | relative error | better on | yacht | heart |"
        assert lines[2] == "| β₂ = 0.999 | 0.500 (0.500 to 0.500) | 1 of 1 | - | 0.500 |"
        assert lines[3].endswith("| 1 of 2 | 0.500 | 2.000 |")

    @pytest.mark.parametrize("task", ["regression", "classification"])
    def test_each_variation_changes_one_part(self, task: Any) -> None:
        problem = mixed(task)
        data = Dataset.from_arrays(problem.x, problem.y, task=task)
        default = Trained(
            default_network(data, ranges=False), default_recipe(data, ranges=False), data
        )
        before = (repr(default.network), repr(default.recipe), data.scaling, default.networks)
        for name, variation in VARIATIONS.items():
            changed = variation(default)
            if changed is None:
                assert (name, task) == ("label smoothing 0.1", "regression")
                continue
            after = (
                repr(changed.network), repr(changed.recipe), changed.data.scaling, changed.networks
            )  # fmt: skip
            assert sum(a != b for a, b in zip(before, after, strict=True)) == (name != "default")


class TestRow:
    RECORDS: ClassVar = {
        key_of(r): r
        for name in ("yacht", "energy")
        for m, e in (("shoal-2min", 1.0), ("hgb", 2.0), ("mlp", 1.5))
        for r in [record(name, 0, m, rmse=e)]
    }

    def test_tells_normalized_errors(self) -> None:
        row = summary("tables", self.RECORDS)
        assert (row["shoal"], row["peer"]) == (0.0, 1.0)
        assert row["details"]["sets"] == ["yacht", "energy"]
        assert row["details"]["standings"]["mlp"]["rank"]["mean"] == 2
        json.dumps(row, allow_nan=False)

    def test_needs_a_set_that_all_methods_have(self) -> None:
        with pytest.raises(SideFailedError, match="no set of which all methods"):
            summary("tables", {})


def test_names() -> None:
    assert set(QUICK) <= set(SETS)
    assert [name for name, method in METHODS.items() if method.apart] == ["realmlp", "tabm"]
    assert method_of("part:four cycles").own
    assert not method_of("hgb").own
    assert Predict(len).told == {}
