"""The row of defaults: its splits, its bookkeeping and its arithmetic; nothing is trained long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.defaults import sets
from benchmarks.defaults.campaign import Campaign, cells, measure
from benchmarks.defaults.methods.linear import fit
from benchmarks.defaults.methods.table import METHODS
from benchmarks.defaults.problem import Problem
from benchmarks.defaults.report import means, report, standing
from benchmarks.defaults.scores import score, scores
from benchmarks.defaults.sets import Raw, Source, available, problem
from benchmarks.rows.defaults import summary
from benchmarks.tables.ledger import Key, key_of, read_records


def made(kind: Any, x: Any, y: Any, **rows: Any) -> Problem:
    none = np.zeros(0, np.int64)
    parts = {"learn": none, "test": none, "validation": none}
    arrays = {name: np.asarray(of) for name, of in rows.items()}
    return Problem("made", kind, np.asarray(x), np.asarray(y), **{**parts, **arrays})


def record(name: str, split: int, method: str, value: float) -> dict[str, Any]:
    return {
        "set": name, "split": split, "method": method, "scores": {"accuracy": value},
        "seconds": 1.0, "test_rows": f"{name} {split}", "others_load": 0.0,
    }  # fmt: skip


class TestSets:
    def test_bundled_ones_need_no_folder(self) -> None:
        assert available(None) == ("digits", "shapes", "mnist-5k")
        assert len(available(str(Path(__file__).parent))) == len(sets.SETS)

    def test_messages_come_once_and_keep_strange_line_ends(self, tmp_path: Path) -> None:
        (tmp_path / "text").mkdir()
        lines = "ham\tat six?\nspam\twin\u2028now\nham\twin\u2028now\nham\tat six?\n"
        (tmp_path / "text" / "sms.tsv").write_text(lines, encoding="utf-8")
        raw = sets.sms(tmp_path)
        assert raw.x.tolist() == ["at six?", "win\u2028now"]
        assert raw.y.tolist() == [0, 1]

    def test_parts_of_publishers_stay_what_they_are(self, tmp_path: Path) -> None:
        folder = tmp_path / "text" / "sst2"
        folder.mkdir(parents=True)
        for part, rows in (("train", 5), ("dev", 3), ("test", 2)):
            (folder / f"{part}.tsv").write_text(
                "".join(f"{part} {i}\t{i % 2}\n" for i in range(rows))
            )
        found = problem("sst2", 1, str(tmp_path))
        assert found.x[found.test].tolist() == ["test 0", "test 1"]
        assert found.x[found.steering[1]].tolist() == ["dev 0", "dev 1", "dev 2"]
        assert len(found.steering[0]) == 5

    def test_folds_score_each_row_once_and_classes_evenly(self, monkeypatch) -> None:
        y = np.repeat(np.arange(4), 10)
        source = Source(lambda _: Raw("image", np.zeros((40, 2, 2, 1)), y), "image", 5, folds=True)
        monkeypatch.setattr(sets, "SETS", {"made": source})
        folds = [problem("made", split).test for split in range(5)]
        assert sorted(np.concatenate(folds)) == list(range(40))
        assert all(np.bincount(y[fold]).tolist() == [2, 2, 2, 2] for fold in folds)

    def test_the_rows_of_a_split_stay_what_they_are(self) -> None:
        # Results of different environments and years are compared: these may never change.
        digits = problem("digits", 0)
        assert digits.fingerprint() == "d79873e4"
        train, validation = digits.steering
        assert sorted([*train, *validation]) == digits.learn.tolist()
        assert abs(len(validation) - len(digits.learn) / 5) <= 1
        assert problem("digits", 1).fingerprint() != digits.fingerprint()

    def test_a_problem_comes_back_from_its_file(self, tmp_path: Path) -> None:
        asked = made("text", ["a", "ü\u2028"], [0, 1], learn=[0], test=[1])
        found = Problem.load(asked.save(tmp_path / "p.npz"))
        assert (found.kind, found.x.tolist(), found.test.tolist()) == (
            "text",
            ["a", "ü\u2028"],
            [1],
        )


class TestScores:
    def test_of_classes(self) -> None:
        asked = made("text", ["a"] * 6, [0, 0, 1, 0, 1, 1], learn=[0, 1, 2], test=[3, 4, 5])
        found = scores(asked, np.array([1, 1, 0]))
        assert found == {"accuracy": pytest.approx(1 / 3), "f1": pytest.approx(0.5)}
        assert score(found) == found["accuracy"]
        with pytest.raises(ValueError, match="classes of shape"):
            scores(asked, np.array([1, 2, 0]))

    def test_of_two_classes_of_pixels_the_rarer_counts(self) -> None:
        y = np.zeros((2, 2, 2), int)
        y[:, 0, 0] = 1
        predicted = np.array([[[1, 1], [0, 0]]])
        found = scores(made("mask", np.zeros((2, 2, 2, 1)), y, learn=[0], test=[1]), predicted)
        assert found == {"iou": 0.5, "dice": pytest.approx(2 / 3)}
        y[0, 1, 1] = 2
        found = scores(made("mask", np.zeros((2, 2, 2, 1)), y, learn=[0], test=[1]), predicted)
        assert found["iou"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)


class TestCampaign:
    def test_what_is_there_is_not_measured_again(self, tmp_path: Path) -> None:
        campaign = Campaign(
            ["digits", "shapes"], ["logistic", "unet"], tmp_path / "r.jsonl", splits=2
        )
        asked: list[Key] = []

        def ask(key: Key) -> dict[str, Any]:
            asked.append(key)
            if key == Key("shapes", 1, "unet"):
                return {**key._asdict(), "failed": "it did"}
            return {**record(*key, 0.5), "scores": {"accuracy": 0.5}}

        assert measure(campaign, ask) == 1
        # Only what is for the data; a failure is tried again.
        assert asked == [
            Key("digits", 0, "logistic"), Key("digits", 1, "logistic"),
            Key("shapes", 0, "unet"), Key("shapes", 1, "unet"),
        ]  # fmt: skip
        asked.clear()
        measure(campaign, ask)
        assert asked == [Key("shapes", 1, "unet")]
        done = read_records(campaign.results)
        assert len(list(cells(Campaign(["digits"], ["logistic"]), done))) == 1

    def test_a_method_that_cannot_run_is_told_once(self, tmp_path: Path) -> None:
        asked = []

        def ask(key: Key) -> dict[str, Any]:
            asked.append(key)
            return {"unavailable": "no such module"}

        assert measure(Campaign(["digits"], ["cnn"], tmp_path / "r.jsonl"), ask) == 0
        assert len(asked) == 1


class TestReport:
    def test_methods_are_compared_on_the_splits_that_all_have(self) -> None:
        lines = [
            record("digits", 0, "shoal-search", 0.9), record("digits", 1, "shoal-search", 0.5),
            record("digits", 0, "logistic", 0.8), record("digits", 0, "cnn", 0.95),
        ]  # fmt: skip
        records = {key_of(line): line for line in lines}
        assert means(records, "digits") == {"shoal-search": 0.9, "logistic": 0.8, "cnn": 0.95}
        assert standing(records, "shoal-search") == {"digits": pytest.approx(-0.05)}
        assert "| digits | accuracy | 2 | 0.9000 | 0.8000 | **0.9500** |" in report(records)
        row = summary("defaults", records)
        assert (row["shoal"], row["peer"]) == (0, 1)
        assert report({}) == "There are no results."

    def test_every_method_names_what_it_is_for(self) -> None:
        assert {m for m in METHODS if METHODS[m].own} == {"shoal-train", "shoal-search"}
        assert all("mask" not in METHODS[m].kinds for m in ("logistic", "tfidf", "cnn"))


@pytest.mark.parametrize("method", ["logistic", "tfidf"])
def test_linear_models_learn_what_is_plain(method: str) -> None:
    y = np.arange(60) % 2
    words = np.array([f"{'good' if one else 'bad'} film number {i % 7}" for i, one in enumerate(y)])
    pixels = np.random.default_rng(0).normal(size=(60, 3, 3, 1)) + y[:, None, None, None]
    x = pixels if method == "logistic" else words
    asked = made("image", x, y, learn=np.arange(50), test=np.arange(50, 60))
    fitted = fit(method, asked, 0)
    assert scores(asked, fitted.function(asked.x[asked.test]))["accuracy"] >= 0.9
    assert fitted.told["validation"] >= 0.9
