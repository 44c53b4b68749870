"""What the files around the package say of it agrees; `make dist` tries the package itself."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import shoal
from docs.site.pages import ROOT
from release.check import FOLDERS, GENERATED, NEEDED

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def read(name):
    return (ROOT / name).read_text("utf-8")


def test_versions_agree():
    assert PYPROJECT["project"]["version"] == shoal.__version__
    assert re.search(r"^version: (.*)$", read("CITATION.cff"), re.MULTILINE)[1] == shoal.__version__
    assert (
        re.search(r"^license: (.*)$", read("CITATION.cff"), re.MULTILINE)[1]
        == (PYPROJECT["project"]["license"])
    )


def test_the_pythons_that_are_promised_are_tried():
    named = "\n".join(PYPROJECT["project"]["classifiers"])
    promised = re.findall(r"Python :: (3\.\d+)$", named, re.MULTILINE)
    (matrix,) = re.findall(r"python: \[(.*)\]", read(".github/workflows/test.yml"))
    assert re.findall(r'"([\d.]+)"', matrix) == promised
    assert PYPROJECT["project"]["requires-python"] == f">={promised[0]}"
    abi = promised[0].replace(".", "")
    assert PYPROJECT["tool"]["scikit-build"]["wheel"]["py-api"] == f"cp{abi}"
    assert PYPROJECT["tool"]["cibuildwheel"]["build"] == [f"cp{abi}-*"]


def test_the_package_is_typed():
    assert (files("shoal") / "py.typed").is_file()


def test_whatever_lies_in_the_repository_is_needed_to_build_or_left_out():
    left_out = set(PYPROJECT["tool"]["scikit-build"]["sdist"]["exclude"])
    kept = {name.partition("/")[0] for name in (*NEEDED, *FOLDERS)} | GENERATED
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    made = {name for name in visible if name.endswith(".egg-info")}
    assert {f"/{name}" for name in visible - kept - made} <= left_out


def test_the_changelog_is_in_the_form_of_keep_a_changelog():
    text = read("CHANGELOG.md")
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert text.startswith("# Changelog\n")
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= kinds
    release = re.compile(r"\[Unreleased\]|\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d")
    assert all(map(release.fullmatch, re.findall(r"^## (.*)$", text, re.MULTILINE)))
