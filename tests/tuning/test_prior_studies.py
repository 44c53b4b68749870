"""Searches that begin from earlier studies."""

from __future__ import annotations

import pytest

import shoal
from shoal import Dense, Float, Int, Recipe, Sequential, relu
from shoal.errors import RecipeError, StudyError, TrainingError
from shoal.optimizers import SGD
from tests.small_problems import blobs

OPTIONS = {"trials": 8, "lanes": 4, "confirm_seeds": 0}


def family(name=None):
    return Sequential(Dense(Int(3, 9, default=4, name=name)), relu, Dense(3))


def recipe(rate):
    return Recipe(optimizer=SGD(learning_rate=rate), epochs=2, batch_size=32)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    path = tmp_path_factory.mktemp("prior") / "earlier.study"
    rates = Float(1e-3, 1.0, log=True)
    shoal.search(family(), recipe(rates), blobs(), study=path, **OPTIONS).close()
    return path


def test_what_did_well_is_tried_first_and_the_study_tells_what_it_gave(earlier, tmp_path):
    narrow = Float(0.02, 0.2, log=True)
    with shoal.Study.open(earlier).file as file:
        ended = sorted(file.trials(), key=lambda t: (t.objective, t.metrics["loss"], t.id))
    study = shoal.search(family(), recipe(narrow), blobs(), warm_start=[earlier], seed=5, **OPTIONS)
    given = study.trials[1].point
    best = ended[0].point
    assert given["dense_1.units"] == best["dense_1.units"]
    rate = min(max(best["optimizer.learning_rate"], 0.02), 0.2)
    assert given["optimizer.learning_rate"] == rate
    told = study.beginning()
    assert [(one.origin, one.trial, one.study) for one in told] == [
        ("defaults", 0, None), ("prior", 1, "earlier.study")
    ]  # fmt: skip
    assert (told[1].from_trial, told[1].from_rank) == (ended[0].id, 1)
    ranked = sorted(study.trials, key=lambda t: (t.objective, t.metrics["loss"], t.id))
    assert [ranked[one.rank - 1].id for one in told] == [0, 1]
    study.report(tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert "How it began" in page
    assert "One set of hyperparameters from earlier.study: rank" in page
    study.close()


def test_an_open_study_will_do_and_a_search_goes_on_without_it(earlier, tmp_path):
    rates, path = Float(1e-3, 1.0, log=True), tmp_path / "a.study"
    options = {**OPTIONS, "study": path, "seed": 3}
    before = shoal.Study.open(earlier)
    shoal.search(family(), recipe(rates), blobs(), warm_start=[before], **options).close()
    before.close()
    more = {**options, "trials": 9, "resume": True}
    study = shoal.search(family(), recipe(rates), blobs(), warm_start=[tmp_path / "gone"], **more)
    assert len(study.trials) == 9
    study.close()


def test_studies_that_cannot_help_are_refused(earlier, tmp_path):
    rates, data = Float(1e-3, 1.0, log=True), blobs()
    other = Sequential(Dense(Int(3, 9, name="width")), relu, Dense(3))
    with pytest.raises(StudyError, match=r"hyperparameters of the new one.*width.*dense_1\.units"):
        shoal.search(other, recipe(0.1), data, warm_start=[earlier], **OPTIONS)
    with pytest.raises(StudyError, match="no such study file"):
        shoal.search(family(), recipe(rates), data, warm_start=[tmp_path / "none"], **OPTIONS)
    with pytest.raises(RecipeError, match="warm_start is a list of studies"):
        shoal.search(family(), recipe(rates), data, warm_start=str(earlier), **OPTIONS)
    nowhere = tmp_path / "diverged.study"
    wild = recipe(Float(1e30, 1e31))
    with pytest.raises(TrainingError):
        shoal.search(family(), wild, data, study=nowhere, **OPTIONS)
    with pytest.raises(StudyError, match="has results to begin with"):
        shoal.search(family(), recipe(rates), data, warm_start=[nowhere], **OPTIONS)
