"""`train`: one network, the same code as a search with one trial."""

from __future__ import annotations

from typing import Literal, overload

from shoal.data import Dataset
from shoal.data.splitting.split import Steering
from shoal.engine import Recipe
from shoal.models.ensemble import Ensemble
from shoal.models.model import Model
from shoal.nn import Network
from shoal.samplers import Random
from shoal.tuning.checks import check_arguments, check_no_range
from shoal.tuning.problem import OwnPart, resolve_arguments
from shoal.tuning.progress import Callbacks, shows_progress
from shoal.tuning.search import search
from shoal.utils.default_values import SEED, TEST, VALIDATION


@overload
def train(
    network: Network | Dataset | None = None,
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    ensemble_folds: Literal[0] = 0,
    ensemble_seeds: int = 1,
    time_limit: float | str | None = None,
    seed: int = SEED,
    objective: str | None = None,
    validation: Steering | OwnPart = VALIDATION,
    test: float | OwnPart = TEST,
    progress: bool = True,
    callbacks: Callbacks | None = None,
) -> Model: ...
@overload
def train(
    network: Network | Dataset | None = None,
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    ensemble_folds: int,
    ensemble_seeds: int = 1,
    time_limit: float | str | None = None,
    seed: int = SEED,
    objective: str | None = None,
    validation: Steering | OwnPart = VALIDATION,
    test: float | OwnPart = TEST,
    progress: bool = True,
    callbacks: Callbacks | None = None,
) -> Model | Ensemble: ...


@shows_progress
def train(
    network: Network | Dataset | None = None,
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    ensemble_folds: int = 0,
    ensemble_seeds: int = 1,
    time_limit: float | str | None = None,
    seed: int = SEED,
    objective: str | None = None,
    validation: Steering | OwnPart = VALIDATION,
    test: float | OwnPart = TEST,
    progress: bool = True,
    callbacks: Callbacks | None = None,
) -> Model | Ensemble:
    """Train one network, or the same network on folds.

    The weights of the epoch that did best on the validation split are kept, and
    scored once on the test split.

    With ``ensemble_folds=5`` it is trained six times, side by side: so, and on five folds of
    the training and validation rows, each time on all but one, which stops it. These five
    together are what is returned: an ensemble, whose ``info`` tells what its networks predict
    of rows that they have not seen (``out_of_fold``).

    Args:
        network: without ranges; left out, one that fits the data.
        recipe: without ranges; left out, one that fits the data.
        data: what to train on; may be given in the first place that is left out.
        ensemble_folds: folds on which it is trained; 0: none. Fewer where there are not so many
            rows, or groups of rows that stay together.
        ensemble_seeds: networks on each fold.
        time_limit: how long it may take in all, in seconds or as a text such as ``"90s"``;
            training then ends with the best epoch so far.
        seed: of the split, the initial weights, the batches and the noise.
        objective: the validation metric that decides which epoch was best.
        validation: share of the rows that steers training, or the numbers of these rows; or
            rows of their own, such as ``"validation.csv"`` (see `Dataset.with_parts`).
        test: share of the rows that scores the model; or rows of their own.
        progress: whether a panel shows how far it is, on a terminal and in a notebook.
        callbacks: a function, or several, each called with a `Progress` at the start of every
            phase, after every round and now and then between; in place of the panel.

    Returns:
        the model, or the ensemble; its ``info`` holds metrics by split and what training cost.
        An ensemble's tells beside its own metrics those of the network that was trained once
        (``single``), as epochs and history are.

    Raises:
        RecipeError: a range is left.
        KeyboardInterrupt: Ctrl-C before the first epoch ended; a later one ends
            training in order.
        ShoalError: data, network or recipe that cannot be used.
    """
    network, recipe, data = resolve_arguments(
        network, recipe, data, ranges=False, objective=objective
    )
    check_arguments(network, recipe, data, Random())
    check_no_range(network, recipe, "train")
    study = search(
        network, recipe, data, trials=1, lanes="auto" if ensemble_folds else 1, seed=seed,
        objective=objective, confirm_seeds=0, ensemble_folds=ensemble_folds,
        ensemble_seeds=ensemble_seeds, ensemble_size=1, validation=validation, test=test,
        time_limit=time_limit, callbacks=callbacks,
    )  # fmt: skip
    interrupted = bool(study.cost["interrupted"])
    if interrupted and study.file.result("winner") is None:
        study.close()
        raise KeyboardInterrupt
    model, trial, winner = study.model(), study.trials[0], study.winner
    if isinstance(model, Ensemble):
        alone = {split: winner[split] for split in ("validation", "test") if split in winner}
        model.info["single"] = alone
    model.info.update(
        epochs=trial.epochs, best_epoch=trial.best_epoch, seconds=study.cost["seconds"],
        history=[
            {"epoch": e.epoch, "train_loss": e.train_loss, **e.metrics}
            for e in study.file.history(trial.id)
        ],
        **({"interrupted": True} if interrupted else {}),
    )  # fmt: skip
    study.close()
    return model
