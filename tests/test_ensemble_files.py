"""An ensemble on disk: it comes back as it was; a file that lies is refused."""

import copy
import dataclasses

import numpy as np
import pytest
import small_problems
from small_problems import adamw, blobs, perceptrons

import shoal
from shoal import Ensemble, Model
from shoal.errors import ModelError
from shoal.models.ensemble import load_model
from shoal.store import ENSEMBLE_VERSION, read_model_header, read_model_tensors, write_model

small_problems.share_programs()


@pytest.fixture(scope="module")
def study():
    return shoal.search(perceptrons(), adamw(), blobs(), trials=5, lanes=5, confirm_seeds=0)


@pytest.fixture
def saved(study, tmp_path):
    path = tmp_path / "together.safetensors"
    study.best_ensemble.save(path)
    return path


def test_it_comes_back_as_it_was(study, saved):
    before, after = study.best_ensemble, Ensemble.load(saved)
    assert after.shares == before.shares
    assert after.info == before.info
    assert [m.info["trial"] for m in after.models] == [m.info["trial"] for m in before.models]
    np.testing.assert_array_equal(after.predict_proba(blobs().x), before.predict_proba(blobs().x))
    assert after.evaluate(blobs()) == before.evaluate(blobs())
    assert after.evaluate(blobs().x, blobs().y) == before.evaluate(blobs())
    assert isinstance(load_model(saved), Ensemble)


def test_a_model_is_no_ensemble_and_an_ensemble_no_model(study, saved, tmp_path):
    study.best_model.save(tmp_path / "alone.safetensors")
    assert isinstance(load_model(tmp_path / "alone.safetensors"), Model)
    with pytest.raises(ModelError, match=r"received an ensemble. Read it with shoal.Ensemble"):
        Model.load(saved)
    with pytest.raises(ModelError, match=r"several networks.*received a model. Read it with"):
        Ensemble.load(tmp_path / "alone.safetensors")


def test_models_that_preprocess_differently_are_not_averaged(study):
    model = study.best_model
    other = dataclasses.replace(model, preprocessing=copy.deepcopy(model.preprocessing))
    assert len(Ensemble.of([model, other]).models) == 2
    shifted = blobs().rows(np.arange(100))
    stranger = shoal.train(shoal.Sequential(shoal.Dense(3)), fixed(), shifted)
    with pytest.raises(ModelError, match="read and answer alike; received models with different"):
        Ensemble.of([model, stranger])
    with pytest.raises(ModelError, match="an ensemble has a model; received none"):
        Ensemble.of([])


def fixed():
    return shoal.Recipe(optimizer=shoal.optimizers.SGD(learning_rate=0.1), epochs=1, batch_size=16)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda h: h.update(members=[]), "a list of 1 to 1000, and is one of 0"),
        (lambda h: h.update(members=3), "members must be a list, and is 3"),
        (lambda h: h["members"][0].update(share=0.9), "shares that add up to 1"),
        (
            lambda h: h["members"][0].update(share="nan"),
            "share must be a finite number from 0 to 1",
        ),
        (lambda h: h["members"][0].pop("network"), "one without network"),
        (lambda h: h["members"].pop(), "shares that add up to 1"),
        (lambda h: h.pop("preprocessing"), "one without preprocessing"),
    ],
)
def test_descriptions_that_lie(saved, change, match):
    header, tensors = read_model_header(saved), tensors_of(saved)
    change(header)
    write_model(saved, tensors, header, version=ENSEMBLE_VERSION)
    with pytest.raises(ModelError, match=match):
        Ensemble.load(saved)


def test_weights_of_a_member_that_are_missing(saved):
    tensors = tensors_of(saved)
    tensors.pop("0.dense_1.weight")
    write_model(saved, tensors, read_model_header(saved), version=ENSEMBLE_VERSION)
    with pytest.raises(ModelError, match=r"missing: '0\.dense_1\.weight'"):
        Ensemble.load(saved)


def tensors_of(path):
    from safetensors.numpy import load_file

    tensors = load_file(path)
    return read_model_tensors(path, {name: array.shape for name, array in tensors.items()})
