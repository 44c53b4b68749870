"""The optimism of the search in a sentence, and ensembles beside the winner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import synthetic
from test_page import Page

from shoal.report import write_report
from shoal.report.sentences import optimism_sentence
from shoal.store import StudyFile

WINNER = {
    "validation": {"accuracy": 0.992, "rmse": 2.0},
    "test": {"accuracy": 0.975, "rmse": 2.5},
    "confirmed": {"seeds": 5},
    "optimism": {
        "test": {"accuracy": 0.017, "rmse": -0.5},
        "fresh_seeds": {"accuracy": 0.004, "rmse": 0.1},
        "folds": {"accuracy": 0.003, "rmse": -0.125},
    },
}


def without(*names: str) -> dict[str, Any]:
    optimism = {k: v for k, v in WINNER["optimism"].items() if k not in names}
    return {**WINNER, "optimism": optimism}


def test_of_a_share_it_speaks_in_points() -> None:
    told = optimism_sentence(WINNER, "accuracy", maximize=True).replace("\u202f", " ")
    assert told == (
        "Optimism of the search: accuracy 99.2 % on the validation rows that it went by, 97.5 % "
        "on the test rows, 1.7 points worse; trained again on 5 fresh seeds 0.4 points worse on "
        "the same validation rows; choosing by the folds flatters the winner by about 0.3 points."
    )


def test_on_the_screen_a_share_is_a_number_as_in_the_tables_beside_it() -> None:
    told = optimism_sentence(WINNER, "accuracy", maximize=True, percent=False)
    assert "accuracy 0.9920 on the validation rows" in told
    assert "0.9750 on the test rows, 0.017 worse" in told
    assert "about 0.003." in told


def test_of_an_error_more_is_worse() -> None:
    told = optimism_sentence(WINNER, "rmse", maximize=False)
    assert "2.5 on the test rows, 0.5 worse" in told
    assert "on 5 fresh seeds 0.1 better" in told
    assert "by about 0.12" in told


def test_only_what_is_known_is_told() -> None:
    assert optimism_sentence({}, "accuracy", maximize=True) == ""
    assert optimism_sentence(without("test", "fresh_seeds", "folds"), "rmse", maximize=True) == ""
    alone = optimism_sentence(without("fresh_seeds", "folds"), "accuracy", maximize=True)
    assert alone.endswith("1.7 points worse.")
    same = {**without("fresh_seeds", "folds"), "optimism": {"test": {"accuracy": 0.0001}}}
    assert optimism_sentence(same, "accuracy", maximize=True).endswith("the same.")


def page_with(folder: Path, results: dict[str, Any]) -> str:
    path = synthetic.write_study(folder / "a.study")
    with StudyFile.open(path, write=True) as study:
        winner = study.result("winner")
        study.write_results({"winner": {**winner, **results.pop("winner", {})}, **results})
    with StudyFile.open(path) as study:
        write_report(study, folder / "r.html")
    return Page((folder / "r.html").read_text(encoding="utf-8")).text


def test_the_page_tells_both(tmp_path: Path) -> None:
    members = [{"trial": 3, "share": 0.75}, {"trial": 8, "share": 0.25}]
    ensembles = {
        "best": {"members": members, "test": {"accuracy": 0.981}},
        "greedy": {
            "members": members, "validation": {"accuracy": 0.991}, "test": {"accuracy": 0.98}
        },
    }  # fmt: skip
    optimism = {"test": {"accuracy": 0.01}, "fresh_seeds": {"accuracy": 0.002}}
    text = page_with(tmp_path, {"winner": {"optimism": optimism}, "ensembles": ensembles})
    assert "1.0 point worse; trained again on 5 fresh seeds 0.2 points worse" in text
    assert "the mean of the 2 best trials – 98.10 %" in text
    assert "chosen on validation: trial 3 (75 %) and trial 8 (25 %) 99.10 % 98.00 %" in text


def test_without_ensembles_there_is_no_such_section(tmp_path: Path) -> None:
    assert "Better together?" not in page_with(tmp_path, {"ensembles": {}})
