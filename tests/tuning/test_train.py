"""`train` is a search of one trial."""

import os
import signal

import pytest
from small_problems import blobs, history, same_weights, search_points

import shoal
from shoal import Dense, Dropout, EarlyStopping, Float, Int, Recipe, Sequential, losses, relu
from shoal.errors import RecipeError
from shoal.optimizers import AdamW


def network():
    return Sequential(Dense(5), relu, Dropout(0.2), Dense(3))


def recipe(**changes):
    return Recipe(
        **{"optimizer": AdamW(learning_rate=0.05), "epochs": 4, "batch_size": 16} | changes
    )


def test_training_is_a_search_with_one_trial():
    model = shoal.train(network(), recipe(), blobs(), seed=3)
    study = search_points(network(), recipe(), blobs(), [{}], seed=3)
    same_weights(model, study.best_model)
    assert model.info["validation"] == study.winner["validation"]
    assert model.info["test"] == study.winner["test"]
    told = [(e.pop("epoch"), e.pop("train_loss"), e) for e in map(dict, model.info["history"])]
    assert told == history(study, 0)
    assert model.info["epochs"] == 4
    assert model.info["best_epoch"] == study.trials[0].best_epoch
    assert model.info["seconds"].keys() == {"compile", "train", "total"}
    assert (model.info["seed"], model.info["dataset"]) == (3, "blobs")


def test_early_stopping_ends_training_and_the_best_weights_stay():
    model = shoal.train(
        network(), recipe(epochs=40, early_stopping=EarlyStopping(patience=2)), blobs(),
        objective="loss",
    )  # fmt: skip
    told = [e["loss"] for e in model.info["history"]]
    assert model.info["epochs"] == len(told) < 40
    assert told.index(min(told)) == len(told) - 3 == model.info["best_epoch"] - 1
    assert model.info["validation"]["loss"] == min(told)


def test_more_epochs_than_one_call_of_the_program_takes():
    """An epoch of more than 128 steps is cut into calls; nothing changes but that."""
    from shoal.engine import population

    one_row = recipe(batch_size=1, epochs=2)
    whole = shoal.train(network(), one_row, blobs(), validation=0.1, test=0.1)
    before = population.STEPS_A_CALL
    try:
        population.STEPS_A_CALL = 1000
        at_once = shoal.train(network(), one_row, blobs(), validation=0.1, test=0.1)
    finally:
        population.STEPS_A_CALL = before
    assert before <= 160 * 0.8, "the epoch must be longer than one call"
    same_weights(whole, at_once, rtol=1e-6)


def interrupting(when):
    """A watcher that sends Ctrl-C once."""
    sent = []

    def watch(progress):
        if when(progress) and not sent:
            sent.append(progress)
            os.kill(os.getpid(), signal.SIGINT)

    return watch


def test_an_interrupt_ends_training_in_order():
    model = shoal.train(
        network(), recipe(), blobs(), callbacks=interrupting(lambda p: p.epochs == 2)
    )
    assert model.info["epochs"] == 2
    assert model.predict(blobs().x).shape == (160,)


def test_an_interrupt_before_there_is_anything_to_keep_is_one():
    with pytest.raises(KeyboardInterrupt):
        shoal.train(
            network(), recipe(), blobs(), callbacks=interrupting(lambda p: p.phase == "compiling")
        )


@pytest.mark.parametrize(
    ("family", "values", "names"),
    [
        (Sequential(Dense(Int(3, 8)), Dense(3)), {}, "dense_1.units"),
        (Sequential(Dense(3)), {"epochs": Int(1, 3)}, "epochs"),
        (Sequential(Dropout(Float(0, 0.5)), Dense(3)),
         {"loss": losses.CrossEntropy(label_smoothing=Float(0, 0.1))},
         "dropout_1.rate, loss.label_smoothing"),
    ],
)  # fmt: skip
def test_ranges_are_refused(family, values, names):
    with pytest.raises(RecipeError, match=f"train takes a network without ranges; received ranges "
                       f"for {names}. Use shoal.search"):  # fmt: skip
        shoal.train(family, recipe(**values), blobs())
