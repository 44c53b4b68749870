"""The report as a page: complete, well formed, by itself, and safe whatever the study holds."""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import synthetic

from shoal.errors import StudyError
from shoal.report import write_report
from shoal.store import StudyFile

VOID = {"meta", "br", "wbr", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Reads a page, insisting that every element is closed in order."""

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.count: dict[str, int] = {}
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\u202f", " ").split())


def render(tmp_path: Path, write: Callable[[Path], Path]) -> str:
    out = tmp_path / "report.html"
    with StudyFile.open(write(tmp_path / "a.study")) as study:
        write_report(study, out)
    return out.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("finished")
    return render(folder, synthetic.write_study), folder / "a.study"


def long_run(path: Path) -> Path:
    """More trials than are drawn."""
    return synthetic.write_study(path, trials=700, confirm=0)


def many_classes(path: Path) -> Path:
    names = [f"a class with a long name, number {i}" for i in range(40)]
    dataset = {**synthetic.HEADER.dataset, "classes": names}
    return synthetic.write_study(
        path, trials=5, confirm=0, header=replace(synthetic.HEADER, dataset=dataset)
    )


def one_trial(path: Path) -> Path:
    return synthetic.write_study(path, trials=1, confirm=1)


def no_trial(path: Path) -> Path:
    return synthetic.write_study(path, trials=0, confirm=0)


def all_diverged(path: Path) -> Path:
    return synthetic.write_unfinished(path, "diverged")


STUDIES = [
    synthetic.write_study,
    synthetic.write_regression,
    synthetic.write_running,
    synthetic.write_unfinished,
    synthetic.write_hostile,
    all_diverged,
    one_trial,
    no_trial,
    many_classes,
    long_run,
]


@pytest.mark.parametrize("write", STUDIES, ids=lambda write: write.__name__)
def test_every_study_has_a_well_formed_page_that_needs_nothing_else(
    tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    content = render(tmp_path, write)
    page = Page(content)
    assert page.count["html"] == page.count["body"] == page.count["h1"] == 1
    assert page.count.get("script") == 1
    assert page.count.get("figure", 0) == page.count.get("figcaption", 0)
    for picture in re.findall(r"<svg.*?</svg>", content, re.DOTALL):
        root = ET.fromstring(picture)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"]
        numbers = [
            value
            for element in root.iter()
            for name, value in element.attrib.items()
            if name in {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "d"}
        ]
        assert not [value for value in numbers if "nan" in value or "inf" in value]
        assert not [e for e in root.iter() if float(e.attrib.get("width", 0)) < 0]
    loads = {"src", "href", "srcset", "action", "data", "poster", "background"}
    assert not [entry for entry in page.attributes if entry[1] in loads]
    assert not [entry for entry in page.attributes if entry[1].startswith("on")]
    elsewhere = content.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http:" not in elsewhere
    assert "https:" not in elsewhere
    assert "url(" not in elsewhere
    assert "@import" not in elsewhere
    assert len(content) < 6_000_000


def test_only_the_pages_own_script_may_run(finished: tuple[str, Path]) -> None:
    page = Page(finished[0])
    (policy,) = [v for _, name, v in page.attributes if name == "content" and "default-src" in v]
    digest = base64.b64encode(hashlib.sha256("".join(page.scripts).encode()).digest()).decode()
    sources = f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert policy == f"default-src 'none'; img-src data:; {sources}"


def test_hostile_names_are_shown_and_do_nothing(tmp_path: Path) -> None:
    content = render(tmp_path, synthetic.write_hostile)
    page = Page(content)
    assert page.count["script"] == page.count["style"] == 1
    assert "img" not in page.count
    assert "alert('x')" in page.text
    assert "alert" not in "".join(page.scripts)
    assert not re.search("[\x00-\x08\x1b\u202e]", content)


def test_the_headline_has_the_numbers(finished: tuple[str, Path]) -> None:
    text = Page(finished[0]).text
    with StudyFile.open(finished[1]) as study:
        winner, cost = study.result("winner"), study.result("cost")
        states = [t.state for t in study.trials() if t.role == "search"]
    assert "mnist-5k" in text
    assert f"trial {winner['trial']} won" in text
    assert f"It gets {100 * winner['test']['accuracy']:.1f} % of the 1,000 examples" in text
    assert f"validation accuracy {100 * winner['validation']['accuracy']:.1f} %" in text
    assert "test accuracy, 5 fresh seeds 97.1 ± 0.3 % mean ± standard deviation" in text
    for state, words in (("completed", "completed"), ("stopped", "stopped early")):
        assert f"{states.count(state)} {words}" in text
    assert "time 44.2 s 9.4 s of it compiling" in text
    assert f"lanes in use {100 * cost['occupancy']:.0f} %" in text


def test_each_figure_tells_its_own_numbers(finished: tuple[str, Path]) -> None:
    text = Page(finished[0]).text
    with StudyFile.open(finished[1]) as study:
        winner = study.result("winner")
        records = {trial.id: trial for trial in study.trials()}
        epochs = study.history(winner["trial"])
    best = records[winner["trial"]]
    assert f"ran {len(epochs)} epochs; the weights of epoch {best.best_epoch} were kept" in text
    repeats = [t.metrics["accuracy"] for t in records.values() if t.parent == best.id]
    spread = f"{100 * np.mean(repeats):.1f} ± {100 * np.std(repeats, ddof=1):.1f} %"
    assert f"and validation {spread} on 5 fresh seeds (test 97.1 ± 0.3 %)" in text
    matrix = np.array(winner["confusion"])
    assert f"Of 1,000 test examples {np.trace(matrix)} lie on the diagonal" in text
    stopped = [t for t in records.values() if t.state == "stopped" and t.role == "search"]
    saved = sum(20 - t.epochs for t in stopped)
    assert f"Early stopping ended {len(stopped)} trials (rings) and saved {saved} epochs" in text
    assert "optimizer.learning_rate mattered most" in text
    assert "3 programs were compiled for all of them; the kernels were native" in text


def test_every_trial_can_be_found_in_the_figures(finished: tuple[str, Path]) -> None:
    page = Page(finished[0])
    marked = {int(value) for _, name, value in page.attributes if name == "data-trial"}
    with StudyFile.open(finished[1]) as study:
        assert marked == {trial.id for trial in study.trials()}


def test_a_regression_says_how_far_off_it_is(tmp_path: Path) -> None:
    content = render(tmp_path, synthetic.write_regression)
    with StudyFile.open(tmp_path / "a.study") as study:
        stored = study.result("winner")["scatter"]
    true, predicted = np.array(stored["true"]), np.array(stored["predicted"])
    error = np.sqrt(np.mean((true - predicted) ** 2))
    explained = 1 - np.sum((true - predicted) ** 2) / np.sum((true - true.mean()) ** 2)
    text = Page(content).text
    assert f"is off by {error:.3g} (root mean square)" in text
    assert f"explains {100 * explained:.1f} % of their variance" in text
    assert "On the 120 examples held out from training and search its rmse is 2.387." in text
    assert "(lower is better)" in text


def test_a_study_without_a_score_says_so(tmp_path: Path) -> None:
    text = Page(render(tmp_path, synthetic.write_unfinished)).text
    assert "6 trials, none with a score: 6 running." in text
    (tmp_path / "b").mkdir()
    text = Page(render(tmp_path / "b", all_diverged)).text
    assert "6 trials, none with a score: 6 diverged." in text
    (tmp_path / "c").mkdir()
    assert "No trial was begun yet." in Page(render(tmp_path / "c", no_trial)).text


def test_a_running_study_has_a_best_so_far(tmp_path: Path) -> None:
    text = Page(render(tmp_path, synthetic.write_running)).text
    assert "is the best so far" in text
    assert "The best so far" in text


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    with StudyFile.open(one_trial(tmp_path / "a.study")) as study:
        with pytest.raises(StudyError, match="cannot write the report; received No such file"):
            write_report(study, tmp_path / "missing" / "r.html")
        with pytest.raises(StudyError, match="cannot write the report; received this is a folder"):
            write_report(study, tmp_path)
        out = tmp_path / "r.html"
        out.write_text("old")
        write_report(study, out)
        assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.study", "r.html"]
