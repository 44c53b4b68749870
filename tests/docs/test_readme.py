"""The README's sample runs as it stands, and commands have the options that pages name."""

import re

import numpy as np
import typer

import shoal
from docs.site.pages import PAGES, ROOT
from shoal.cli.main import app
from shoal.data import Dataset


def blocks(language):
    text = (ROOT / "README.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_sample_runs(monkeypatch, tmp_path):
    """On a few of its digits and with two trials: every name and every call is there."""
    (sample,) = blocks("python")
    whole, search = shoal.data.load("mnist-5k"), shoal.search
    few = Dataset.from_arrays(whole.x[::25], whole.y[::25], name="mnist-5k")
    asked = {}

    def small(*args, **settings):
        asked.update(settings)
        return search(*args, **{**settings, "trials": 2, "confirm_seeds": 1})

    monkeypatch.setattr(shoal.data, "load", lambda name: few)
    monkeypatch.setattr(shoal, "search", small)
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(sample, found)
    assert asked == {}
    assert {path.name for path in tmp_path.iterdir()} == {
        "digits.safetensors", "report.html", "filters.png",
    }  # fmt: skip
    assert np.isfinite(found["study"].winner["test"]["accuracy"])
    assert "accuracy" in found["study"].winner["confirmed"]
    found["study"].close()


def test_the_commands_of_all_pages_and_their_options_exist():
    commands = typer.main.get_command(app).commands
    block = re.compile(r"^```(?:sh|console)(?: long)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
    lines = [
        line.split("#")[0]
        for page in (*PAGES, "README.md")
        for code in block.findall((ROOT / page).read_text("utf-8"))
        for line in code.replace("\\\n", " ").splitlines()
        if line.startswith("shoal ")
    ]
    assert len(lines) > 25
    for line in lines:
        command = commands[line.split()[1]]
        own = {
            option
            for parameter in command.params
            for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", line)) <= own, line


def test_kernels_say_which_they_are():
    assert shoal.kernels.backend() in ("native", "xla")
