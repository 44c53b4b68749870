"""The page on the architecture: what it names is there, and no folder is left out."""

from __future__ import annotations

import re
import tomllib

import pytest

from docs.site.pages import ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PACKAGE = ROOT / "src" / "shoal"


def rows_below(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    lines = TEXT.partition(f"## {heading}")[2].partition("\n## ")[0].splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    return rows[2:]


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def is_there(path: str) -> bool:
    return (ROOT / path).exists() or (PACKAGE / path).exists()


def test_every_file_and_folder_in_the_text_exists():
    """Of the table of folders the first column has a test of its own."""
    own = {name for cells in rows_below("Folders") for name in names_in(cells[0])}
    named = set(re.findall(r"`([\w./-]+(?:/|\.(?:py|pyi|h|cc|toml|md)))`", TEXT)) - own
    assert len(named) > 80
    assert [path for path in sorted(named) if not is_there(path)] == []


def test_a_file_that_is_gone_is_noticed():
    assert is_there("engine/lane.py")
    assert is_there("pyproject.toml")
    assert not is_there("training/lane.py")


def test_every_package_and_module_is_in_the_table_of_folders():
    named = {name.rstrip("/") for cells in rows_below("Folders") for name in names_in(cells[0])}
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    modules = {path.name for path in PACKAGE.glob("*.py") if not path.name.startswith("__")}
    assert packages | modules <= named


def test_the_table_of_folders_has_the_order_of_the_contract():
    """Rows are layers: what is further down never imports what is above it."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (layers,) = [c["layers"] for c in linter["contracts"] if c["type"] == "layers"]
    contract = [set(re.findall(r"shoal\.(\w+)", layer)) for layer in layers]
    rows = [
        {name.rstrip("/").removesuffix(".py") for name in names_in(cells[0])}
        for cells in rows_below("Folders")
    ]
    held = set().union(*contract)
    assert [row & held for row in rows if row & held] == contract


@pytest.mark.parametrize("cells", rows_below("Where is"), ids=lambda cells: cells[0])
def test_each_question_is_answered_by_one_file(cells):
    _, answer = cells
    (path,) = names_in(answer)
    assert (PACKAGE / path).is_file()


def test_there_are_ten_questions_and_more():
    questions = [question for question, _ in rows_below("Where is")]
    assert len(set(questions)) == len(questions) >= 10
    assert all(question.endswith("?") for question in questions)
