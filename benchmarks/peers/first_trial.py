"""From nothing to a first result in PyTorch and Optuna: one trial on digits.

Says `round` after the first epoch and `trial` after the last.
"""

from __future__ import annotations

import numpy as np
import optuna
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from benchmarks.peers.networks import mlp
from benchmarks.peers.training import Tensors, train
from benchmarks.workloads import DROPOUT, LEARNING_RATE, SEARCHES, WEIGHT_DECAY, WIDTH


def digits() -> Tensors:
    """The training and validation splits of scikit-learn's digits."""
    images, labels = load_digits(return_X_y=True)
    scaled = torch.tensor(images / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    rows, _ = train_test_split(np.arange(len(labels)), test_size=0.2, random_state=0)
    training, validation = train_test_split(rows, test_size=0.25, random_state=0)
    targets = torch.tensor(labels)
    return Tensors(scaled[training], targets[training], scaled[validation], targets[validation])


def main() -> None:
    torch.set_num_threads(1)  # the fastest for networks this small
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    data = digits()
    epochs = SEARCHES["search-mlp-digits"].epochs

    def objective(trial: optuna.Trial) -> float:
        widths = [trial.suggest_int(f"width_{i}", *WIDTH, log=True) for i in (1, 2)]
        network = mlp(64, widths, trial.suggest_float("dropout", *DROPOUT))
        rates = {
            "learning_rate": trial.suggest_float("learning_rate", *LEARNING_RATE, log=True),
            "weight_decay": trial.suggest_float("weight_decay", *WEIGHT_DECAY, log=True),
        }
        train(network, data, epochs=1, **rates)
        print("round", flush=True)
        return train(network, data, epochs=epochs - 1, **rates)[0]

    optuna.create_study(direction="maximize").optimize(objective, n_trials=1)
    print("trial", flush=True)


if __name__ == "__main__":
    main()
