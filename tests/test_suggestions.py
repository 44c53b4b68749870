"""What an error suggests where a name is nearly one that there is."""

import numpy as np
import pytest

import shoal
from shoal.errors import (
    DataError,
    ModelError,
    RecipeError,
    StudyError,
    did_you_mean,
    near_file,
)
from shoal.metrics.objective import measure_of
from shoal.store import StudyFile
from shoal.tuning.checks import check_arguments

NETWORK = shoal.Sequential(shoal.Dense(2))
RECIPE = shoal.Recipe(epochs=1)
DATA = shoal.data.Dataset.from_arrays(np.zeros((4, 3)), [0, 1, 0, 1])


def test_the_closest_name_is_suggested_or_none():
    assert did_you_mean("acuracy", ["loss", "accuracy"]) == "Did you mean 'accuracy'?"
    assert did_you_mean("xyz", ["loss", "accuracy"]) is None


def test_a_file_of_the_same_kind_is_suggested(tmp_path):
    (tmp_path / "digits-1.study").write_bytes(b"")
    (tmp_path / "digits-1.csv").write_bytes(b"")
    assert near_file(tmp_path / "digit-1.study") == (
        f"Did you mean {str(tmp_path / 'digits-1.study')!r}?"
    )
    assert near_file(tmp_path / "houses.study") is None
    assert near_file(tmp_path / "none" / "digits.study") is None
    with pytest.raises(StudyError, match=r"no such study file.*Did you mean .*digits-1\.study"):
        StudyFile.open(tmp_path / "digit-1.study")
    (tmp_path / "digits-1.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match=r"no such model file.*Did you mean .*digits-1\.safe"):
        shoal.Model.load(tmp_path / "digits-2.safetensors")


def test_a_study_is_not_taken_for_a_damaged_model(tmp_path):
    (tmp_path / "s.study").write_bytes(b"SQLite format 3\x00" + bytes(100))
    with pytest.raises(ModelError, match=r"it is a study: shoal\.Study\.open reads it"):
        shoal.Model.load(tmp_path / "s.study")


class Frame:
    """The face of a DataFrame."""

    columns = ("a", "b")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("digits", r"received the text 'digits'. Use shoal\.data\.load\('digits'\)"),
        (Frame(), r"received Frame. Use .*from_arrays\(frame\.drop\(columns=target\)"),
        ((np.zeros((2, 2)), [0, 1]), r"received tuple. Use shoal\.data\.Dataset\.from_arrays"),
        (None, r"received nothing. Use shoal\.data\.load"),
    ],
    ids=["text", "frame", "pair", "nothing"],
)
def test_what_is_no_dataset_is_told_how_it_becomes_one(data, words):
    with pytest.raises(DataError, match=words):
        check_arguments(NETWORK, RECIPE, data, shoal.samplers.Random())


@pytest.mark.parametrize("data", ["digits", Frame()], ids=["text", "frame"])
def test_data_alone_are_meant_as_data(data):
    with pytest.raises(DataError, match=r"train on is a Dataset; received (the text|Frame)"):
        check_arguments(data, None, None, shoal.samplers.Random())


@pytest.mark.parametrize("sampler", ["tpe", shoal.samplers.TPE], ids=["name", "class"])
def test_a_sampler_by_name_or_class_is_shown_as_it_is_written(sampler):
    with pytest.raises(RecipeError, match=r"Did you mean shoal\.samplers\.TPE\(\)\?"):
        check_arguments(NETWORK, RECIPE, DATA, sampler)


def test_a_metric_by_its_beginning_is_suggested():
    with pytest.raises(RecipeError, match=r"received acc\. Did you mean 'accuracy'\?"):
        measure_of("classification", "acc")
    with pytest.raises(RecipeError, match=r"Did you mean 'balanced_accuracy'\?"):
        measure_of("classification", "balanced_acuracy")


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (None, "received nothing"),
        ({"age": [3]}, r"received dict.*pandas\.DataFrame"),
        ("rows.csv", r"received the text 'rows\.csv'.*shoal\.data\.load"),
    ],
    ids=["nothing", "dict", "text"],
)
def test_inputs_that_are_no_array_are_told_by_their_kind(x, words):
    from shoal.data.io.arrays import check_shape

    with pytest.raises(DataError, match=words):
        check_shape(np.asarray(x), (3,), "inputs")
