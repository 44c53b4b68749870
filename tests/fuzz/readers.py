"""Every reader: what it reads when whole, how that is damaged, and what is done with it."""

from __future__ import annotations

import gzip
import io
import json
import random
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fuzz import seeds, uses
from fuzz.mutation import ODD, damaged, twisted, twisted_json

JSON_COLUMNS = {
    "header": ("objective", "space", "network", "recipe", "dataset", "preprocessing", "plan"),
    "trial": ("hyperparams", "point", "metrics", "members", "lineage"),
    "epoch": ("metrics",),
    "checkpoint": ("standing",),
    "document": ("value",),
}


@dataclass(frozen=True)
class Reader:
    """A format.

    Attributes:
        make: writes whole files into a folder.
        damage: damages one of them in place.
        use: reads it, and does with it what a user would.
    """

    make: Callable[[Path], list[Path]]
    damage: Callable[[Path, random.Random], None]
    use: Callable[[Path], None]


def damage_bytes(path: Path, rng: random.Random) -> None:
    """Any file, knowing nothing of it; the content of a gzipped one as often."""
    content = path.read_bytes()
    if path.suffix == ".gz" and rng.random() < 0.5:
        content = gzip.decompress(content)
        path.write_bytes(gzip.compress(damaged(content, rng, content)))
    else:
        path.write_bytes(damaged(content, rng, content))


def damage_model(path: Path, rng: random.Random) -> None:
    """The description in a safetensors file, or its bytes."""
    content = path.read_bytes()
    if rng.random() < 0.2:
        path.write_bytes(damaged(content, rng, content))
        return
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    if rng.random() < 0.1:
        header = twisted(header, rng)
    else:
        header["__metadata__"]["shoal"] = twisted_json(header["__metadata__"]["shoal"], rng)
    told = json.dumps(header).encode()
    path.write_bytes(len(told).to_bytes(8, "little") + told + content[8 + length :])


def damage_study(path: Path, rng: random.Random) -> None:
    """Values of a study's rows, or its bytes."""
    if rng.random() < 0.15:
        damage_bytes(path, rng)
        return
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        for _ in range(rng.choice((1, 1, 2))):
            _damage_row(db, rng)
    db.close()


def _damage_row(db: sqlite3.Connection, rng: random.Random) -> None:
    table = rng.choice(("header", "trial", "trial", "epoch", "document", "document", "checkpoint"))
    columns = [told[1] for told in db.execute(f"PRAGMA table_info({table})")]
    rows = db.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    if not rows:
        return
    row = dict(zip(columns, rng.choice(rows), strict=True))
    structured = [name for name in JSON_COLUMNS[table] if name in columns]
    column = rng.choice(structured if rng.random() < 0.7 else columns)
    value = row[column]
    if column in structured:
        value = twisted_json(value, rng)
    elif isinstance(value, bytes) and rng.random() < 0.7:
        value = damaged(value, rng, value)
    else:
        value = rng.choice([odd for odd in ODD if isinstance(odd, str | float | None)] + [-1, 0, 9])
        value = value if value != "\ud800" else "\x1b[2J"
    known = [name for name in columns if name in ("id", "trial", "epoch", "name")]
    where = " AND ".join(f"{name} = ?" for name in known) or "1"
    try:
        db.execute(
            f"UPDATE {table} SET {column} = ? WHERE {where}",
            (value, *(row[name] for name in known)),
        )
    except (sqlite3.IntegrityError, OverflowError):  # a number that is taken: nothing is damaged
        return


def damage_network(path: Path, rng: random.Random) -> None:
    """A network's table, or its text."""
    if path.suffix == ".json":
        path.write_text(twisted_json(path.read_text(), rng))
    else:
        damage_bytes(path, rng)


def damage_npz(path: Path, rng: random.Random) -> None:
    """An array in the zip, of which the header half of the time; or the zip's bytes."""
    if rng.random() < 0.3:
        damage_bytes(path, rng)
        return
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(members))
    whole = members[name]
    cut = 128 if rng.random() < 0.7 else len(whole)
    members[name] = damaged(whole[:cut], rng, whole) + whole[cut:]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as z:
        for member, content in members.items():
            z.writestr(member, content)
    path.write_bytes(buffer.getvalue())


def damage_folder(path: Path, rng: random.Random) -> None:
    """One file of a folder; now and then it is gone, or has another's name."""
    files = sorted(p for p in path.rglob("*") if p.is_file())
    chosen = rng.choice(files)
    match rng.randrange(12):
        case 0:
            chosen.unlink()
        case 1:
            shutil.copy(chosen, rng.choice(files).with_name("a.png"))
        case _:
            damage_bytes(chosen, rng)


def damage_json_table(path: Path, rng: random.Random) -> None:
    """Bytes of a file, or values of one of its rows."""
    if path.is_dir():
        path = rng.choice(sorted(path.iterdir()))
    if rng.random() < 0.5:
        damage_bytes(path, rng)
        return
    lines = path.read_text().split("\n")
    place = rng.randrange(len(lines))
    lines[place] = twisted_json(lines[place], rng)
    path.write_text("\n".join(lines), errors="surrogatepass")


READERS = {
    "model": Reader(seeds.models, damage_model, uses.use_model),
    "study": Reader(seeds.studies, damage_study, uses.use_study),
    "resume": Reader(seeds.broken_off, damage_study, uses.use_resumed),
    "network": Reader(seeds.networks, damage_network, uses.use_network),
    "npz": Reader(seeds.arrays, damage_npz, uses.use_data),
    "idx": Reader(seeds.idx_folders, damage_folder, uses.use_data),
    "table": Reader(seeds.tables, damage_bytes, uses.use_data),
    "pictures": Reader(seeds.pictures, damage_folder, uses.use_data),
    "layouts": Reader(seeds.layouts, damage_folder, uses.use_data),
    "packed": Reader(seeds.packed, damage_bytes, uses.use_data),
    "columns": Reader(seeds.columns, damage_bytes, uses.use_data),
    "json": Reader(seeds.json_tables, damage_json_table, uses.use_data),
    "words": Reader(seeds.words, damage_bytes, uses.use_data),
}
