"""Rounds: metrics are read, the best weights kept, and trials ended that no longer improve."""

import numpy as np
import pytest
from small_problems import adamw, bars, blobs, history, perceptrons, random_points, search_points

import shoal
from shoal import Choice, Dense, EarlyStopping, Int, Recipe, Sequential, relu
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.errors import RecipeError
from shoal.optimizers import AdamW


def split_of(data, part):
    parts = split(data, seed=0)
    examples = getattr(prepare(data, parts), part)
    return examples.x, examples.y


def first_best(values, min_delta=0.0):
    """1-based epochs at which a value was better than all before, written the plain way."""
    best, epochs = np.inf, []
    for epoch, value in enumerate(values, start=1):
        if value < best - min_delta:
            best = value
            epochs.append(epoch)
    return epochs


@pytest.fixture(scope="module")
def stopped():
    """Trials with a patience each, judged by their validation loss."""
    family = perceptrons()
    stopping = EarlyStopping(patience=Int(1, 3), min_delta=Choice(0.0, 0.02))
    recipe = adamw(epochs=12, early_stopping=stopping)
    points = random_points(family, recipe, blobs(), 5)
    rates = (0.3, 0.5, 0.1, 0.1, 0.03)
    changes = [
        {"early_stopping.patience": 1 + i % 3, "early_stopping.min_delta": i % 2,
         "optimizer.learning_rate": rate}
        for i, rate in enumerate(rates)
    ]  # fmt: skip
    points = [{**point, **change} for point, change in zip(points, changes, strict=True)]
    return search_points(family, recipe, blobs(), points, lanes=3, objective="loss"), points


def test_patience_and_min_delta_are_counted_right(stopped):
    study, points = stopped
    ends = set()
    for number, point in enumerate(points):
        losses = [metrics["loss"] for _, _, metrics in history(study, number)]
        patience = point["early_stopping.patience"]
        better = first_best(losses, (0.0, 0.02)[point["early_stopping.min_delta"]])
        record = study.file.trial(number)
        ends.add(record.state)
        assert record.epochs == len(losses)
        # What is too little to go on for is still better: those weights are kept.
        assert record.best_epoch == first_best(losses)[-1]
        waits = np.diff([*better, len(losses)])
        if record.state == "stopped":
            assert waits[-1] == patience
            assert len(losses) <= 12
        else:
            assert (record.state, len(losses)) == ("completed", 12)
        assert all(wait <= patience for wait in waits)
    assert ends == {"stopped", "completed"}


def test_the_best_epochs_weights_are_restored(stopped):
    """The model scores on the validation split what the history says of its best epoch."""
    study, points = stopped
    x, y = split_of(blobs(), "validation")
    for number in range(len(points)):
        record = study.file.trial(number)
        _, _, told = history(study, number)[record.best_epoch - 1]
        assert told == record.metrics
        again = study.model(number).score(x, y)
        assert again["accuracy"] == told["accuracy"]
        assert again["loss"] == pytest.approx(told["loss"], rel=1e-6)
    assert any(t.best_epoch < t.epochs for t in study.trials)


def test_another_metric_than_the_objective_may_be_watched():
    """The training loss still falls when the accuracy has long stopped; the weights are the
    most accurate ones all the same."""
    one = Recipe(
        optimizer=AdamW(0.05), batch_size=16, epochs=12,
        early_stopping=EarlyStopping(patience=2, monitor=Choice(None, "loss", "train_loss")),
    )  # fmt: skip
    points = [{"early_stopping.monitor": i} for i in range(3)]
    network = Sequential(Dense(8), relu, Dense(3))
    study = search_points(network, one, blobs(), points, lanes=3)
    for number, name in enumerate(("accuracy", "loss", "train_loss")):
        record = study.file.trial(number)
        told = history(study, number)
        values = [{**metrics, "train_loss": loss}[name] for _, loss, metrics in told]
        losses = [metrics["loss"] for _, _, metrics in told]
        best, last = (np.inf, np.inf), 0
        for epoch, value in enumerate(values, start=1):
            score = (1 - value if name == "accuracy" else value, losses[epoch - 1])
            if score < best:
                best, last = score, epoch
        assert record.epochs == (last + 2 if record.state == "stopped" else 12)
        accuracies = [metrics["accuracy"] for _, _, metrics in told]
        assert record.metrics["accuracy"] == max(accuracies)
    epochs = [study.file.trial(number).epochs for number in range(3)]
    assert epochs[2] > min(epochs[:2])


@pytest.mark.parametrize("metric", ["auc", "rmse", "accuracies"])
def test_a_metric_that_is_not_measured_cannot_be_watched(metric):
    one = adamw(epochs=1, early_stopping=EarlyStopping(monitor=metric))
    with pytest.raises(RecipeError, match=r"watches what is measured every epoch; .*train_loss"):
        shoal.search(perceptrons(), one, blobs(), trials=1)
    if metric == "auc":
        shoal.search(perceptrons(), one, blobs(), trials=1, objective="auc")


def test_ties_of_the_objective_go_to_the_lower_loss():
    study = shoal.search(
        perceptrons(), adamw(epochs=8), blobs(), trials=5, lanes=3, confirm_seeds=0
    )
    for trial in study.trials:
        told = [(-m["accuracy"], m["loss"]) for _, _, m in history(study, trial.id)]
        assert trial.best_epoch == 1 + told.index(min(told))
        assert trial.objective == pytest.approx(1 - trial.metrics["accuracy"])


def test_metrics_are_those_of_the_named_split():
    """`evaluate` on raw rows agrees with what the study says, and with scikit-learn."""
    from sklearn.metrics import accuracy_score

    data = bars()
    family = shoal.Sequential(shoal.Flatten(), *perceptrons_layers())
    study = shoal.search(family, adamw(), data, trials=3, lanes=3, confirm_seeds=0)
    for part in ("validation", "test"):
        rows = getattr(study.split(), part)
        told = study.winner[part]
        predicted = study.best_model.predict(data.x[rows])
        assert told["accuracy"] == accuracy_score(data.y[rows], predicted)
        found = study.best_model.evaluate(data.x[rows], data.y[rows])
        assert found == pytest.approx(told, rel=1e-6)


def perceptrons_layers():
    return [node.layer for node in perceptrons().nodes]
