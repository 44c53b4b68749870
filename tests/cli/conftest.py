"""Small files for the command: data, a network, a finished search."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import small_problems
from typer.testing import CliRunner, Result

from shoal.cli.main import app

small_problems.share_programs()

FAMILY = """
layers = [
  { kind = "dense", units = { range = "int", low = 2, high = 6 } },
  "relu",
  { kind = "dense", units = 3 },
]
[recipe]
epochs = 2
optimizer = { kind = "sgd", learning_rate = { range = "float", low = 0.01, high = 0.1 } }
"""

NETWORK = """
layers = [{ kind = "dense", units = 4 }, "relu", { kind = "dense", units = 3 }]
[recipe]
epochs = 3
"""


@dataclass(frozen=True)
class Files:
    """What the tests of the command work on."""

    folder: Path
    data: Path
    table: Path
    prices: Path
    family: Path
    network: Path
    study: Path
    model: Path


def _write_inputs(folder: Path) -> Files:
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = rng.normal(size=(120, 4)) + y[:, None]
    np.savez(folder / "blobs.npz", x=x, y=y)
    species = np.array(["ash", "birch", "cedar"])[y]
    rows = [f"{a:.3f},{b:.3f},{s}" for a, b, s in zip(x[:, 0], x[:, 1], species, strict=True)]
    (folder / "trees.csv").write_text("height,girth,species\n" + "\n".join(rows) + "\n")
    prices = [f"{a:.3f},{b:.3f},{a * 2 - b:.3f}" for a, b in x[:, :2]]
    (folder / "prices.csv").write_text("size,age,price\n" + "\n".join(prices) + "\n")
    (folder / "family.toml").write_text(FAMILY)
    (folder / "network.toml").write_text(NETWORK)
    names = ("blobs.npz", "trees.csv", "prices.csv", "family.toml", "network.toml")
    data, table, priced, family, network = (folder / name for name in names)
    study, model = folder / "done.study", folder / "done.safetensors"
    return Files(folder, data, table, priced, family, network, study, model)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Inputs, and the study and model of a search over them."""
    made = _write_inputs(tmp_path_factory.mktemp("cli"))
    result = CliRunner().invoke(
        app,
        ["search", str(made.data), "--network", str(made.family), "--trials", "4",
         "--confirm", "5",
         "--study", str(made.study), "--out", str(made.model), "--json"],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (made.folder / "search.json").write_text(result.stdout)
    return made


@pytest.fixture
def shoal(tmp_path, monkeypatch):
    """Runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*args: object) -> Result:
        return CliRunner().invoke(app, [str(arg) for arg in args])

    return run


@pytest.fixture
def answer(shoal):
    """Runs the command and reads the one JSON object that it prints."""

    def run(*args: object) -> dict:
        result = shoal(*args, "--json")
        assert result.exit_code == 0, result.output
        assert result.stdout.count("\n") == 1
        found = json.loads(result.stdout, parse_constant=_refuse)
        assert isinstance(found, dict)
        return found

    return run


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture
def refused(shoal):
    """Runs the command, which must refuse: status 2, one message, no traceback, no output."""

    def run(*args: object) -> str:
        result = shoal(*args)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, result.stderr
        return errors[0]

    return run
