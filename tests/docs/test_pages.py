"""The pages of the documentation: links lead somewhere, samples and recipes run as they stand."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
import small_problems

import shoal
from docs.site.pages import CONTENTS, PAGES, ROOT, anchors, broken, relinked
from docs.site.samples import SAMPLED, run_page, samples

small_problems.share_programs()

IN_SMALL = {
    "train": ["--epochs", "2"],
    "search": ["--epochs", "2", "--trials", "2", "--confirm", "0", "--ensemble-folds", "0"],
}
"""Options that make a command of a page quick, behind its own."""

OUTPUTS = {"digits": 10, "patients.csv": 1}
"""Of the data of commands without a network of their own, outputs of one that compiles soon."""


def in_small(line: list[str]) -> list[str]:
    small = [*line, *IN_SMALL.get(line[0], [])]
    if line[0] in IN_SMALL and "--network" not in line:
        dense = {"kind": "dense", "units": OUTPUTS[line[1]]}
        Path("small.json").write_text(json.dumps({"layers": ["flatten", dense]}))
        small += ["--network", "small.json"]
    return small


@pytest.mark.parametrize("page", [*PAGES, "README.md"])
def test_every_link_leads_somewhere(page):
    assert broken(page) == []


def test_a_broken_link_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("docs.site.pages.ROOT", tmp_path)
    (tmp_path / "other.md").write_text("# There is\n\n```\n# no heading\n```\n")
    (tmp_path / "page.md").write_text(
        "[a](other.md) [b](other.md#there-is) [c](other.md#no-heading) [d](nothing.md)\n"
        "```\n[e](code.md)\n```\n[f](https://example.org)"
    )
    assert broken("page.md") == ["other.md#no-heading", "nothing.md"]


def test_links_between_pages_become_those_of_the_site():
    carried: set[str] = set()
    text = (
        "[a](../benchmarks/README.md#rows) [`b`](../Makefile) "
        "![c](../benchmarks/results/regret.svg)"
    )
    assert relinked("docs/tutorial/first.md", text.replace("../", "../../"), carried) == (
        "[a](../benchmarks.md#rows) `b` ![c](../files/benchmarks/results/regret.svg)"
    )
    assert carried == {"benchmarks/results/regret.svg"}


def test_anchors_are_github_s():
    assert anchors("## What is *guessed*, and what `--x` overrules\n") == {
        "what-is-guessed-and-what---x-overrules"
    }


def test_every_page_stands_once_in_the_contents():
    named = [name for names in CONTENTS.values() for name in names]
    assert len(set(named)) == len(named)
    generated = {"commands/index", "reference/index"}
    pages = {to.removesuffix(".md") for to in PAGES.values()} - {"index"}
    assert set(named) == pages | generated
    written = {f"docs/{path.relative_to(ROOT / 'docs')}" for path in (ROOT / "docs").rglob("*.md")}
    assert written <= set(PAGES)


@pytest.mark.parametrize("page", SAMPLED)
def test_samples_run(page, tmp_path, monkeypatch, capsys):
    """With few epochs and trials, and without those that take long; `make docs` runs all of it."""
    if page == "docs/tutorial/texts.md":
        pytest.importorskip("tokenizers")
    if page == "docs/export.md":
        pytest.importorskip("onnxruntime")
    assert [sample for sample in samples(page) if not sample.long]
    search = shoal.search

    def small(family, recipe, data, **settings):
        few = dataclasses.replace(recipe, epochs=2)
        return search(
            family, few, data, **settings | {"trials": 2, "confirm_seeds": 0, "ensemble_folds": 0}
        )

    monkeypatch.setattr(shoal, "search", small)
    monkeypatch.chdir(tmp_path)
    run_page(page, long=False, changed=in_small)


def test_recipes_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert re.findall(r"^### (.*)", text, re.MULTILINE) == [
        "A layer", "A loss", "A sampler", "A reader",
    ]  # fmt: skip
    run_page("CONTRIBUTING.md")
