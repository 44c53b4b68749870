"""Population-based training beside random search and halving, all with as many epochs.

    python -m benchmarks.equal_epochs digits 5

Scores, not times, so that a busy machine does not matter: the default family and recipe of a
data set, a population of 16 and its heirs, the 16 random points that train for as long,
and halving with about as many epochs. Nothing is confirmed on fresh seeds: the winner is the
best on validation. One line of JSON for each search.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import shoal
from shoal.defaults.choose import default_network, default_recipe
from shoal.samplers import Halving, PopulationBased, Random, Sampler

POPULATION = 16


def players(epochs: int) -> dict[str, tuple[Sampler, int]]:
    """Samplers with the number of trials that makes as many epochs."""
    eighth, quarter = max(epochs // 8, 1), max(epochs // 4, 1)

    def population(interval: int) -> tuple[Sampler, int]:
        sampler = PopulationBased(POPULATION, interval)
        clones = int(sampler.quantile_fraction * POPULATION) * (epochs // interval - 1)
        return sampler, POPULATION + clones

    return {
        "pbt": population(eighth),
        "pbt, every quarter": population(quarter),
        "random": (Random(), POPULATION),
        "halving": (Halving(), round(4.4 * POPULATION)),
    }


def outcome(data: Any, sampler: Sampler, trials: int, seed: int) -> dict[str, Any]:
    """The epochs that a search trained, and what its winner comes to."""
    family, recipe = default_network(data, ranges=True), default_recipe(data, ranges=True)
    study = shoal.search(
        family, recipe, data, trials=trials, sampler=sampler, seed=seed, lanes=POPULATION,
        confirm_seeds=0, progress=False,
    )  # fmt: skip
    told = {"epochs": sum(len(study.file.history(trial.id)) for trial in study.trials)}
    for part in ("validation", "test"):
        told |= {f"{part} {name}": study.winner[part][name] for name in ("accuracy", "loss")}
    study.close()
    return told


def main(name: str, seeds: int) -> None:
    """Every player once for each seed."""
    data = shoal.data.load(name)
    epochs = int(default_recipe(data, ranges=True).epochs)  # type: ignore[arg-type]  # no range
    for seed in range(seeds):
        for player, (sampler, trials) in players(epochs).items():
            told = {"data": name, "seed": seed, "sampler": player, "trials": trials}
            print(json.dumps(told | outcome(data, sampler, trials, seed)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
