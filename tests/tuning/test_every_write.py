"""A search that dies before any one of its last writes to the study goes on to the same end."""

import pytest
from small_problems import adamw, blobs, contents, perceptrons

import shoal
from shoal.store import study_file

OPTIONS = {"trials": 5, "lanes": 4, "confirm_seeds": 1, "keep": 3, "checkpoint": 0.0}


class DeadError(BaseException):
    """Nothing is written any more, as after a kill."""


def dying(monkeypatch, last):
    """From now on a study takes so many transactions; the list of those it took."""
    transaction, taken = study_file.transaction, []

    def counted(db, path):
        if len(taken) == last:
            raise DeadError
        taken.append(path)
        return transaction(db, path)

    monkeypatch.setattr(study_file, "transaction", counted)
    return taken


@pytest.fixture(scope="module")
def whole():
    """The search left alone, and how many transactions it took."""
    with pytest.MonkeyPatch.context() as patch:
        taken = dying(patch, None)
        study = shoal.search(perceptrons(), adamw(epochs=2), blobs(), **OPTIONS)
    return study, len(taken)


@pytest.mark.parametrize("before_the_end", range(1, 8))
def test_it_goes_on(whole, before_the_end, tmp_path, monkeypatch):
    study, writes = whole
    path = tmp_path / "a.study"
    with monkeypatch.context() as patch:
        dying(patch, writes - before_the_end)
        with pytest.raises(DeadError):
            shoal.search(perceptrons(), adamw(epochs=2), blobs(), study=path, **OPTIONS)
    again = shoal.resume(path, blobs())
    assert contents(again) == contents(study)
    assert again.cost["epochs"] == study.cost["epochs"]
    again.close()
