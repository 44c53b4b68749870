"""What the documentation of several estimators says alike."""

from __future__ import annotations

from typing import TypeVar

Documented = TypeVar("Documented", bound=type)

SHARED = {
    "steering": """\
A share of the rows validates: it decides when training stops, and which epoch's
weights, and of several trials which one, are kept. All rows of equal inputs are on one
side.""",
    "network": """\
network: a `shoal.Network`, with ranges for a search; None: one that fits the data.
recipe: a `shoal.Recipe`; None: one that fits the data. Its parts are parameters
    too, such as ``recipe__optimizer__learning_rate``.
n_trials: 1 trains one network, with every range at its default; more search that
    many, in lanes of one program. None: on a table the three usual networks, of which an
    ensemble is made; on fewer than 2,000 images the usual one on five folds, likewise; 1 on
    more of them, and where there is a network, a warm start, or no share of the rows that
    validates.
ensemble_folds: folds of all rows, on which the best networks of a search are trained again, each
    on all but one fold; what they predict together is the prediction. None: 5 for a search on
    a table or on few images, and where the usual networks are an ensemble; else 0, none.
time_limit: how long a `fit` may take, in seconds or as a text such as ``"2m"``.
confirm_seeds: of a search without such an ensemble, fresh seeds on which the three best
    are trained again; None: 5.
validation_fraction: share of the rows that validates; 0: all rows train, early
    stopping watches the training loss, and the weights are those of the last epoch.""",
    "manner": """\
warm_start: whether `fit` goes on from the weights of the last `fit`, with its network
    and its preprocessing, rather than from drawn ones; the optimizer begins afresh.
random_state: seed of the split, the initial weights, the batches and the noise.
n_jobs: accepted as every estimator's, and without effect: training uses all
    processors that the process may use, as set by ``OMP_NUM_THREADS`` or the system.
verbose: whether a panel shows progress.""",
    "learned": """\
model_: the trained `shoal.Model`, or the `shoal.Ensemble`.
study_: of a search the `shoal.Study`; None where there was none, and after
    pickling.
n_features_in_: number of columns; of images pixels times channels.
feature_names_in_: names of the columns, where X was a DataFrame with names.
n_iter_: epochs that the network was trained.
loss_curve_: the training loss of each epoch, in units of the recipe's loss (nats for
    cross entropy; for squared error shares of the target's variance).
validation_scores_: the objective on the rows that validate after each epoch, as the
    metric has it (a share for accuracy, the target's units for rmse); None where no
    rows do.
best_validation_score_: the one of the epoch whose weights are kept; None likewise.""",
}


def documented(kind: Documented) -> Documented:
    """Put shared texts into the documentation of a class and of its own methods.

    A line that is a name in double braces, such as ``{{manner}}``, becomes the text of that
    name, as far indented as the line.
    """
    for one in (kind, *(value for value in vars(kind).values() if callable(value))):
        if one.__doc__ and "{{" in one.__doc__:
            one.__doc__ = "\n".join(map(_filled, one.__doc__.split("\n")))
    return kind


def _filled(line: str) -> str:
    name = line.strip().removeprefix("{{").removesuffix("}}")
    if f"{{{{{name}}}}}" != line.strip():
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return "\n".join(indent + text if text else text for text in SHARED[name].split("\n"))
