"""Studies in trouble, from the command's side: one clear line, status 2, nothing lost."""

import json
import os
import shutil
import sqlite3

import pytest
from read_only import open_folder, unwritable

from shoal.store import STUDY_VERSION, StudyFile


@pytest.fixture
def study(files, tmp_path):
    """A finished study of one's own."""
    return shutil.copy(files.study, tmp_path / "a.study")


def reading(study):
    places = {"report": "r.html", "export": "t.csv", "ensemble": "e.safetensors"}
    return [("show", study), *((name, study, "--out", out) for name, out in places.items())]


def writing(study, files):
    """The commands that would go on with a study, or put another in its place."""
    search = ("search", files.data, "--network", files.family, "--trials", 9, "--study", study)
    return [("resume", study, "--trials", 9), (*search, "--resume"), (*search, "--force")]


def test_a_full_disk(files, shoal, answer, monkeypatch):
    """SQLite says that the disk is full once the file may not grow any more."""
    opened = StudyFile.open.__func__

    def small(cls, *args, **options):
        file = opened(cls, *args, **options)
        if options.get("write"):
            pages = file._db.execute("PRAGMA page_count").fetchone()[0]
            file._db.execute(f"PRAGMA max_page_count = {pages + 1}")
        return file

    with monkeypatch.context() as patch:
        patch.setattr(StudyFile, "open", classmethod(small))
        result = shoal("search", files.data, "--network", files.family, "--trials", 4,
                       "--confirm", 5, "--study", "a.study")  # fmt: skip
    assert (result.exit_code, result.stdout) == (2, "")
    *_, said, told = result.stderr.splitlines()
    assert said == "The trials so far are in a.study; to go on: shoal resume a.study"
    assert "disk is full. It holds everything up to the last round. Make room" in told
    assert told.startswith("Error: ")
    assert told.endswith("go on with: shoal resume a.study")
    whole = json.loads((files.folder / "search.json").read_text())
    found = answer("resume", "a.study")
    assert [found[key] for key in ("best", "trials")] == [whole[key] for key in ("best", "trials")]


def test_where_nobody_can_write(files, refused, answer, tmp_path, monkeypatch):
    with open_folder() as folder, open_folder() as elsewhere:
        study, model = folder / "a.study", elsewhere / "m.safetensors"
        shutil.copy(files.study, study)
        elsewhere.chmod(0o777)
        monkeypatch.chdir(elsewhere)
        before = study.read_bytes()
        with unwritable(folder, study):
            assert answer("show", study)["trials"]["completed"] == 4
            told = refused("resume", study, "--trials", 9, "--out", model)
            assert "a.study: cannot use the study file; received attempt to write a read" in told
            assert "file and folder can be written" in told
            no_place = "a file in a folder that can be written; received Permission denied"
            assert f"a.safetensors: --out names {no_place}" in refused("resume", study)
            told = refused("search", "digits", "--study", folder / "b.study", "--out", model)
            assert f"b.study: --study names {no_place}" in told
            if not os.access(tmp_path, os.X_OK, effective_ids=True):  # nor look into
                assert no_place in refused("resume", study, "--out", tmp_path / "m.safetensors")
        assert study.read_bytes() == before
        assert (list(folder.iterdir()), list(elsewhere.iterdir())) == ([study], [])


def test_a_second_writer(files, shoal, study, answer, tmp_path):
    with StudyFile.open(study, write=True):
        for command in writing(study, files):
            result = shoal(*command)
            assert (result.exit_code, result.stdout) == (2, "")
            assert "Error: " in result.stderr
            assert (
                "a study has one writer at a time, and this one is being written"
                in (result.stderr.splitlines()[-1])
            )
            assert "to go on" not in result.stderr, "the other one goes on with it"
        assert answer("show", study)["trials"]["completed"] == 4
    assert answer("show", study)["asked"] == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.study"]


def test_a_study_of_a_newer_version(files, refused, study):
    with sqlite3.connect(study) as db:
        db.execute(f"PRAGMA user_version = {STUDY_VERSION + 1}")
    db.close()
    before = study.read_bytes()
    for command in reading(study) + writing(study, files):
        told = refused(*command)
        assert "a.study: this study was made by a newer version of shoal; expected format" in told
        assert told.endswith(f"received format {STUDY_VERSION + 1}. Upgrade shoal")
    assert study.read_bytes() == before


@pytest.mark.parametrize("harm", ["pages", "table", "cut"])
def test_a_damaged_study(files, refused, study, harm):
    if harm == "table":
        with sqlite3.connect(study) as db:
            db.execute("DROP TABLE document")
        db.close()
    else:
        harmed = bytearray(study.read_bytes())
        size = int.from_bytes(harmed[16:18], "big")
        for start in range(size, len(harmed), size):
            harmed[start : start + 8] = b"\xff" * 8
        study.write_bytes(harmed if harm == "pages" else harmed[: 2 * size + 100])
    before = study.read_bytes()
    for command in reading(study) + writing(study, files):
        told = refused(*command)
        assert "a.study: the study file is damaged; received " in told
        assert told.endswith(". Restore it from a copy")
    assert study.read_bytes() == before
