"""The README's sample runs as it stands, and its commands have the options that it names."""

import re
from pathlib import Path

import numpy as np
import typer

import shoal
from shoal.cli.main import app
from shoal.data import Dataset

README = Path(__file__).parents[2] / "README.md"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


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


def test_its_commands_and_their_options_exist():
    commands = typer.main.get_command(app).commands
    lines = [
        line.split("#")[0]
        for block in blocks("sh")
        for line in block.splitlines()
        if line.startswith("shoal ")
    ]
    assert len(lines) > 10
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
