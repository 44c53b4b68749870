"""Studies that cannot go on where they are: said before anything is trained, nothing lost."""

import sqlite3

import pytest
from read_only import open_folder, unwritable
from small_problems import adamw, blobs, contents, perceptrons

import shoal
from shoal import Study
from shoal.errors import StudyError
from shoal.store import STUDY_VERSION

OPTIONS = {"trials": 4, "lanes": 4, "confirm_seeds": 0}


class BreakError(Exception):
    """What breaks a search off."""


def broken_off(path):
    def watch(progress):
        if progress.epochs == 8:
            raise BreakError

    with pytest.raises(BreakError):
        shoal.search(perceptrons(), adamw(), blobs(), study=path, callbacks=watch, **OPTIONS)
    return path


def search_on(path):
    return shoal.search(perceptrons(), adamw(), blobs(), study=path, resume=True, **OPTIONS)


@pytest.fixture(scope="module")
def whole():
    return shoal.search(perceptrons(), adamw(), blobs(), **OPTIONS)


@pytest.mark.parametrize("go_on", [lambda path: shoal.resume(path, blobs()), search_on])
def test_a_read_only_folder(whole, go_on):
    with open_folder() as folder:
        path = broken_off(folder / "a.study")
        before = path.read_bytes()
        with unwritable(folder, path):
            with pytest.raises(StudyError, match=r"readonly.*file and folder can be written"):
                go_on(path)
            reader = Study.open(path)
            assert reader.counts()["running"] == 4
            reader.close()
        assert path.read_bytes() == before
        study = go_on(path)
        assert contents(study) == contents(whole)
        study.close()


@pytest.mark.parametrize("go_on", [lambda path: shoal.resume(path, blobs()), search_on])
def test_a_study_of_a_newer_version(go_on, tmp_path):
    path = broken_off(tmp_path / "a.study")
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {STUDY_VERSION + 1}")
    db.close()
    before = path.read_bytes()
    newer = rf"newer version of shoal.*received format {STUDY_VERSION + 1}.*Upgrade"
    with pytest.raises(StudyError, match=newer):
        go_on(path)
    assert path.read_bytes() == before
