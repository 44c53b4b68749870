"""What a user does with a file once it has been read: none of it may fail in another way."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from shoal.cli.commands.export import export
from shoal.cli.commands.show import show
from shoal.cli.network_file import read_network_file
from shoal.data import Dataset, load
from shoal.errors import ShoalError
from shoal.models.ensemble import load_model
from shoal.study import Study


def _each(*steps: Any) -> None:
    """Take all steps; one that is refused keeps none of the others from being taken."""
    for step in steps:
        with contextlib.suppress(ShoalError):
            step()


def _shown(path: Path, *, as_json: bool) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        show(path, as_json=as_json)


def _inputs(model: Any) -> Any:
    """A few inputs that fit."""
    shape = model.preprocessing.input_shape
    if model.preprocessing.kind == "text":
        return ["a b c", "win a prize"]
    if model.preprocessing.kind == "table" and hasattr(model.preprocessing.encoder, "columns"):
        import pandas as pd

        names = [column.name for column in model.preprocessing.encoder.columns]
        return pd.DataFrame({name: [1.0, 2.0] for name in names})
    if np.prod([float(n) for n in shape]) > 1e6:
        return np.zeros((0, *([1] * len(shape))))
    return np.random.default_rng(0).normal(size=(2, *shape))


def use_trained(model: Any) -> None:
    """Predict, score, tell, save and read again."""
    str(model), repr(model)
    x = _inputs(model)
    labels = model.classes.tolist() if len(model.classes) else [0.5, 1.5]
    y = [labels[0], labels[-1]]
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "again.safetensors"
        _each(
            lambda: model.predict(x),
            lambda: model.predict_proba(x),
            lambda: model.evaluate(x, y),
            lambda: model.unseen_rows(Dataset.from_arrays(np.zeros((160, 6)), np.arange(160) % 3)),
        )
        model.save(again)
        load_model(again)


def use_model(path: Path) -> None:
    """A model's or an ensemble's file."""
    _each(lambda: _shown(path, as_json=False), lambda: _shown(path, as_json=True))
    use_trained(load_model(path))


def use_study(path: Path) -> None:
    """A study: each thing that one asks it for."""
    _each(lambda: _shown(path, as_json=False), lambda: _shown(path, as_json=True))
    study = Study.open(path)
    folder = tempfile.TemporaryDirectory()
    out = Path(folder.name)
    try:
        str(study), repr(study)
        _each(
            lambda: study.trials,
            lambda: study.winner,
            lambda: study.cost,
            lambda: study.space,
            lambda: study.split(),
            lambda: study.ensembles,
            lambda: study.beginning(),
            lambda: study.importance(),
            lambda: study.trials_dataframe(),
            lambda: study.export(out / "trials.csv"),
            lambda: _exported(path, out / "more.csv"),
            lambda: study.slices().figure(),
            lambda: study.contour(*[h.name for h in study.space][:2]).figure(),
            lambda: study.to_optuna(),
            lambda: study.report(out / "report.html"),
            lambda: use_trained(study.best_model),
            lambda: use_trained(study.ensemble(2)),
            lambda: use_trained(study.best_ensemble),
            lambda: study.file.checkpoints(),
            lambda: study.file.run_state(),
            lambda: study.file.sampler_state(),
        )
    finally:
        study.close()
        folder.cleanup()
        import matplotlib.pyplot as plt

        plt.close("all")


def _exported(path: Path, out: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        export(path, out)


def use_network(path: Path) -> None:
    """A network's file."""
    from shoal.engine import recipe_from_json

    _each(lambda: _shown(path, as_json=False), lambda: _shown(path, as_json=True))
    read = read_network_file(path)
    network = read.network
    str(network), repr(network)
    if read.recipe is not None:
        recipe_from_json(read.recipe).to_json()
    network.to_json()
    _each(
        lambda: network.equations().latex,
        lambda: str(network.draw()),
        lambda: network.with_input((6,)).parameter_count(),
        lambda: network.with_input((8, 8, 1)).parameter_count(),
    )


def use_data(path: Path) -> None:
    """A file of examples: read, told, split, prepared."""
    from shoal.data.prepare import prepare
    from shoal.data.splitting.split import split

    data = load(str(path))
    str(data), repr(data), data.notes, len(data)
    if data.y is not None:
        prepare(data, split(data))


class _Enough(BaseException):
    """A training of a damaged number of epochs would be right to take days."""


def use_resumed(path: Path) -> None:
    """A search that was broken off goes on, to its end or for some hundred rounds."""
    import small_problems

    import shoal

    told = 0

    def watch(progress: Any) -> None:
        nonlocal told
        told += 1
        if told > 300:
            raise _Enough

    with contextlib.suppress(_Enough):
        shoal.resume(path, small_problems.blobs(), callbacks=watch).close()
