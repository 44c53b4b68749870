"""Whole files of every format, small enough to be damaged and read a thousand times."""

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import small_problems
from PIL import Image

import shoal
from shoal.samplers import (
    TPE,
    Genetic,
    Grid,
    Halving,
    ParticleSwarm,
    PopulationBased,
    Random,
    Sobol,
)


def _search(path: Path, *, trials: int = 5, epochs: int = 2, **more: Any) -> Path:
    family = small_problems.perceptrons()
    data = small_problems.blobs()
    recipe = small_problems.adamw(epochs=epochs)
    more = {"confirm_seeds": 1, "lanes": 4, **more}
    shoal.search(family, recipe, data, study=path, trials=trials, **more).close()
    return path


def studies(folder: Path) -> list[Path]:
    """Searches that ended: by folds, with heirs, of a regression, of pictures."""
    found = [
        _search(folder / "plain.study"),
        _search(folder / "folds.study", trials=2, folds=2),
        _search(
            folder / "heirs.study", trials=8, epochs=4, sampler=PopulationBased(population_size=4),
            confirm_seeds=0,
        ),
    ]  # fmt: skip
    family = shoal.Sequential(shoal.Dense(shoal.Int(3, 8)), shoal.relu, shoal.Dense(2))
    recipe = small_problems.adamw(epochs=2, loss=shoal.losses.SquaredError())
    path = folder / "regression.study"
    shoal.search(
        family, recipe, small_problems.plane(), study=path, trials=3, confirm_seeds=0, lanes=4
    ).close()
    return [*found, path, _broken(folder / "broken.study", TPE(n_startup_trials=3))]


SAMPLERS = {
    "tpe": TPE(n_startup_trials=3), "genetic": Genetic(n_startup_trials=3),
    "swarm": ParticleSwarm(3), "bohb": Halving(sampler=TPE(n_startup_trials=3)),
    "random": Random(), "grid": Grid(), "sobol": Sobol(),
    "pbt": PopulationBased(population_size=4),
}  # fmt: skip


def broken_off(folder: Path) -> list[Path]:
    """Searches that were broken off, of each sampler, with running trials held."""
    return [_broken(folder / f"{name}.study", sampler) for name, sampler in SAMPLERS.items()]


class _Enough(BaseException):
    """What ends a search in its midst, as nothing that it expects does."""


def _broken(path: Path, sampler: Any) -> Path:
    told = 0

    def watch(progress: Any) -> None:
        nonlocal told
        told += progress.phase == "training"
        if told > 9:
            raise _Enough

    with contextlib.suppress(_Enough):
        _search(path, trials=10, epochs=4, sampler=sampler, callbacks=watch, checkpoint=0.0)
    return path


def models(folder: Path) -> list[Path]:
    """A classifier, and an ensemble."""
    with contextlib.closing(shoal.Study.open(_search(folder / "of.study"))) as study:
        study.best_model.save(folder / "model.safetensors")
        study.best_ensemble.save(folder / "ensemble.safetensors")
    return [folder / "model.safetensors", folder / "ensemble.safetensors"]


TOML = """
input_shape = [8, 8, 1]
layers = [
  { kind = "conv", channels = { range = "int", low = 2, high = 4 }, kernel_size = 3 },
  "relu",
  { kind = "max_pool", pool_size = 2 },
  { kind = "repeat", times = { range = "int", low = 1, high = 3 }, block = { kind = "tanh" } },
  { kind = "up_sample", factor = 2 },
  "flatten",
  { kind = "members", members = { range = "int", low = 2, high = 3 }, initialization = "normal" },
  { kind = "batch_ensemble", units = 3, scale_in = false },
  { kind = "member_dense", units = 2 },
  "member_mean",
  { range = "choice", options = [{ kind = "dense", units = 3 }, { kind = "dense", units = 4 }] },
]
[recipe]
epochs = 3
batch_size = 8
optimizer = { kind = "adamw", learning_rate = { range = "float", low = 0.001, high = 0.1 } }
early_stopping = { patience = 2 }
loss = { kind = "cross_entropy", label_smoothing = 0.1 }
"""


def networks(folder: Path) -> list[Path]:
    """The same network in both languages, and one that is bound."""
    import tomllib

    (folder / "a.toml").write_text(TOML)
    (folder / "a.json").write_text(json.dumps(tomllib.loads(TOML)))
    bound = shoal.Sequential(
        shoal.Dense(4), shoal.relu,
        shoal.Repeat(shoal.Sequential(shoal.Dense(4), shoal.relu), times=2), shoal.Dense(3),
        input_shape=(6,),
    )  # fmt: skip
    told = {**bound.to_json(), "recipe": small_problems.adamw().to_json()}
    (folder / "b.json").write_text(json.dumps(told))
    return [folder / "a.toml", folder / "a.json", folder / "b.json"]


def arrays(folder: Path) -> list[Path]:
    """Numbers, and pictures with texts for classes."""
    rng = np.random.default_rng(0)
    np.savez(folder / "a.npz", x=rng.normal(size=(30, 3)), y=np.arange(30) % 3)
    np.savez_compressed(
        folder / "b.npz", x=rng.integers(0, 255, (24, 4, 4), np.uint8),
        y=np.array(["a", "b"])[np.arange(24) % 2], weight=np.ones(24),
    )  # fmt: skip
    return [folder / "a.npz", folder / "b.npz"]


def idx_folders(folder: Path) -> list[Path]:
    """Pictures and labels, as they are and gzipped."""
    x = np.random.default_rng(0).integers(0, 255, (24, 4, 5), np.uint8)
    y = (np.arange(24) % 3).astype(np.uint8)
    found = []
    for ending in ("", ".gz"):
        place = folder / f"idx{ending}"
        place.mkdir()
        for name, a in (("images-idx3", x), ("labels-idx1", y)):
            head = bytes((0, 0, 8, a.ndim)) + struct.pack(f">{a.ndim}I", *a.shape)
            content = head + a.tobytes()
            written = gzip.compress(content) if ending else content
            (place / f"train-{name}-ubyte{ending}").write_bytes(written)
        found.append(place)
    return found


def tables(folder: Path) -> list[Path]:
    """Numbers and categories, with quotes; tabs; texts."""
    rng = np.random.default_rng(0)
    rows = [f'{a:.3f},"{"x, y" if i % 2 else "z"}",{i % 7},{"ab"[i % 2]}'
            for i, a in enumerate(rng.normal(size=30))]  # fmt: skip
    (folder / "a.csv").write_text("size,word,count,class\n" + "\n".join(rows) + "\n")
    (folder / "a.tsv").write_text(("size\tword\tcount\tprice\n") + "\n".join(
        f"{a:.3f}\t{'uv'[i % 2]}\t{i % 7}\t{2 * a + i:.2f}"
        for i, a in enumerate(rng.normal(size=30))) + "\n")  # fmt: skip
    texts, labels = small_problems.written_messages(30)
    lines = [f"{label},{text}" for label, text in zip(labels, texts, strict=True)]
    (folder / "texts.csv").write_text("label,text\n" + "\n".join(lines) + "\n")
    return [folder / "a.csv", folder / "a.tsv", folder / "texts.csv"]


def pictures(folder: Path) -> list[Path]:
    """A folder of pictures and masks, of several formats."""
    rng = np.random.default_rng(0)
    place = folder / "segmentation"
    for part in ("images", "masks"):
        (place / part).mkdir(parents=True)
    for i, ending in enumerate(("png", "bmp", "tif", "jpg", "png", "tif")):
        picture = Image.fromarray(rng.integers(0, 255, (6, 7, 3), np.uint8))
        picture.save(place / "images" / f"p{i}.{ending}")
        mask = rng.integers(0, 2, (6, 7), np.uint8)
        Image.fromarray(mask).save(place / "masks" / f"p{i}.png")
    return [place]


def layouts(folder: Path) -> list[Path]:
    """Pictures by class with names beside, masks with palettes, a table of masks."""
    rng = np.random.default_rng(0)
    classes, masked, named = (folder / name for name in ("classes", "masked", "named"))
    for i, ending in enumerate(("png", "gif", "webp", "jpg", "png", "tif") * 2):
        pixels = Image.fromarray(rng.integers(0, 255, (6, 7, 3), np.uint8))
        mask = Image.fromarray(np.kron([[0, 1], [2, i % 3]], np.ones((3, 3), int)).astype(np.uint8))
        mask = mask.resize((7, 6), Image.Resampling.NEAREST)
        mask.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
        for path, one in (
            (classes / ("test" if i > 8 else "train") / str(i % 2) / f"{i}.{ending}", pixels),
            (masked / "images" / f"{i}.{ending}", pixels),
            (masked / "masks" / f"{i}.png", mask),
            (named / "train" / f"{i}.{ending}", pixels),
            (named / "drawn" / f"{i}.png", mask),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            one.save(path)
    (classes / "classes.json").write_text('{"0": "cat", "1": "dog"}')
    (masked / "classes.txt").write_text("sky\nroad\ncar\n")
    rows = [{"file_name": path.name, "mask": f"../drawn/{path.stem}.png", "split": "train"}
            for path in sorted((named / "train").iterdir())]  # fmt: skip
    lines = [json.dumps({**row, "mask": row["mask"][3:]}) for row in rows]
    (named / "metadata.jsonl").write_text("\n".join(lines))
    return [classes, masked, named]


def packed(folder: Path) -> list[Path]:
    """Pictures by class in an archive, and a gzipped table."""
    classes = layouts(folder)[0]
    found = Path(shutil.make_archive(str(folder / "classes"), "zip", classes))
    table = tables(folder)[0]
    (folder / "a.csv.gz").write_bytes(gzip.compress(table.read_bytes()))
    return [found, folder / "a.csv.gz"]


def columns(folder: Path) -> list[Path]:
    """Tables with types, encoded pictures, and arrays."""
    import h5py
    import pandas as pd

    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "a": rng.normal(size=20), "b": np.array(["u", "v"])[np.arange(20) % 2],
        "c": pd.date_range("2020-01-01", periods=20), "y": np.arange(20) % 3 > 0,
    })  # fmt: skip
    frame.to_parquet(folder / "a.parquet")
    frame.to_feather(folder / "a.feather")
    files = sorted((layouts(folder)[0]).rglob("*.png"))
    rows = [{"image": {"bytes": path.read_bytes(), "path": path.name}, "label": i % 2}
            for i, path in enumerate(files * 3)]  # fmt: skip
    pd.DataFrame(rows).to_parquet(folder / "pictures.parquet")
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"] = rng.integers(0, 255, (12, 4, 4), np.uint8)
        file["y"] = np.arange(12) % 2
    return [folder / name for name in ("a.parquet", "a.feather", "pictures.parquet", "a.h5")]


def json_tables(folder: Path) -> list[Path]:
    """Rows in JSON: on lines, in a list, and in a folder by part."""
    texts, labels = small_problems.written_messages(30)
    rows = [{"n": i if i % 5 else None, "tags": ["a"], "text": text, "label": str(label)}
            for i, (text, label) in enumerate(zip(texts, labels, strict=True))]  # fmt: skip
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "a.json").write_text(json.dumps(rows))
    shards = folder / "shards"
    shards.mkdir()
    for name, part in (("train", rows[:20]), ("validation", rows[20:25]), ("test", rows[25:])):
        (shards / f"{name}.jsonl").write_text("\n".join(map(json.dumps, part)))
    return [folder / "a.jsonl", folder / "a.json", shards]


def words(folder: Path) -> list[Path]:
    """Texts beside numbers, of which words become features."""
    texts, labels = small_problems.written_messages(30)
    lines = [f'{i / 7:.3f},"{text}",{"uv"[i % 2]},{label}'
             for i, (text, label) in enumerate(zip(texts, labels, strict=True))]  # fmt: skip
    (folder / "words.csv").write_text("n,text,kind,label\n" + "\n".join(lines) + "\n")
    return [folder / "words.csv"]


def copied(path: Path, to: Path) -> Path:
    """A copy of a file or a folder."""
    if path.is_dir():
        return Path(shutil.copytree(path, to))
    return Path(shutil.copy(path, to))
