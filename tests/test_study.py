"""A study, opened again from its file: everything is there, and it says what is not."""

import numpy as np
import pytest
import small_problems
from small_problems import adamw, blobs, contents, history, perceptrons, same_weights

import shoal
from shoal import Study
from shoal.errors import ModelError, ShoalError, StudyError

small_problems.share_programs()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("studies") / "study.db"
    study = shoal.search(
        perceptrons(), adamw(), blobs(), trials=9, lanes=4, confirm_seeds=1, study=path
    )
    return study


@pytest.fixture
def opened(finished):
    study = Study.open(finished.path)
    yield study
    study.close()


def test_a_study_is_the_same_when_opened_again(finished, opened):
    assert contents(opened) == contents(finished)
    assert opened.cost == finished.cost
    assert opened.header == finished.header
    assert opened.trials == finished.trials
    assert opened.counts() == finished.counts()
    np.testing.assert_array_equal(opened.split().test, finished.split().test)


def test_its_best_model_predicts_the_same_to_the_last_bit(finished, opened):
    x = blobs().x
    same_weights(opened.best_model, finished.best_model)
    np.testing.assert_array_equal(
        opened.best_model.predict_proba(x), finished.best_model.predict_proba(x)
    )
    assert opened.best_model.info == finished.best_model.info
    assert opened.best_model.info["test"] == opened.winner["test"]


def test_its_best_model_can_be_saved(opened, tmp_path):
    opened.best_model.save(tmp_path / "best.safetensors")
    again = shoal.Model.load(tmp_path / "best.safetensors")
    np.testing.assert_array_equal(
        again.predict_proba(blobs().x), opened.best_model.predict_proba(blobs().x)
    )
    with pytest.raises(ModelError):
        shoal.Model.load(opened.path)


def test_any_of_the_best_trials_gives_a_model(opened):
    rows = opened.split().validation
    for number in range(9):
        if opened.file.weights(number) is not None:
            told = opened.model(number).evaluate(blobs().x[rows], blobs().y[rows])
            kept = opened.file.trial(number).metrics
            assert set(kept) == {"accuracy", "loss"}
            assert told == pytest.approx({**told, **kept}, rel=1e-6)


def test_the_space_is_that_of_the_family(opened):
    names = ["dense_1.units", "dropout_1.rate", "optimizer.learning_rate", "optimizer.weight_decay"]
    assert opened.space.names() == names
    for trial in opened.trials:
        opened.space.check(trial.point)
        assert opened.space.describe(trial.point) == trial.hyperparams


def test_it_tells_what_it_is(opened):
    assert str(opened) == f"study {opened.path}: 9 completed"
    assert opened.header.dataset["name"] == "blobs"
    assert opened.header.dataset["rows"] == {"train": 96, "validation": 32, "test": 32}
    assert all(len(history(opened, t.id)) == t.epochs for t in opened.file.trials())


def test_weights_that_were_not_kept_are_told(opened):
    gone = next(t.id for t in opened.trials if opened.file.weights(t.id) is None)
    with pytest.raises(StudyError, match=f"kept of the best trials only; received trial {gone}"):
        opened.model(gone)
    with pytest.raises(StudyError, match=r"no such trial.*received 99"):
        opened.model(99)


def test_reading_does_not_change_the_file(finished, opened):
    before = finished.path.read_bytes()
    opened.best_model.predict(blobs().x)
    opened.trials
    assert finished.path.read_bytes() == before
    with pytest.raises(StudyError, match="not open for writing"):
        opened.file.write_result("winner", {})


def test_a_file_that_is_no_study_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"none\.db"):
        Study.open(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("no study")
    with pytest.raises(StudyError, match=r"text\.db"):
        Study.open(tmp_path / "text.db")


def test_a_study_without_a_path_is_gone_when_closed():
    study = shoal.search(perceptrons(), adamw(), blobs(), trials=2, confirm_seeds=0)
    folder = study.path.parent
    assert study.path.exists()
    study.close()
    assert not folder.exists()
    study.close()


def test_a_study_without_a_path_goes_with_its_last_reference():
    study = shoal.search(perceptrons(), adamw(), blobs(), trials=2, confirm_seeds=0)
    folder = study.path.parent
    del study
    assert not folder.exists()


def test_a_report_is_written_from_the_file(opened, tmp_path):
    opened.report(tmp_path / "report.html")
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")[:500].lower()
    assert issubclass(StudyError, ShoalError)


def test_the_trials_as_a_table(opened):
    table = opened.trials_dataframe()
    assert table["trial"].tolist() == [t.id for t in opened.trials]
    assert table["state"].tolist() == [t.state for t in opened.trials]
    for column in ("hyperparams.dense_1.units", "metrics.accuracy"):
        part, name = column.split(".", 1)
        assert table[column].tolist() == [getattr(t, part)[name] for t in opened.trials]


def test_a_study_is_a_context_with_its_best_values(finished):
    with Study.open(finished.path) as study:
        winner = study.winner["trial"]
        assert study.best_params == study.trials[winner].hyperparams
        assert study.best_value == study.trials[winner].metrics["accuracy"]
        assert study.best_value == study.winner["validation"]["accuracy"]
    with pytest.raises(StudyError):
        Study.open(finished.path.parent / "none.db")
