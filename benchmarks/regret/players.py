"""One search of each sampler: the costs of its points, in the order of asking."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.regret.problem import Problem
from shoal.samplers import TPE, Genetic, ParticleSwarm, Random, Sampler, Sobol, TrialResult
from shoal.space import Choice, Int, Point

Player = Callable[[Problem, int, int], list[float]]
"""Problem, seed and number of trials to the trials' costs."""


def shoal_player(sampler: Sampler) -> Player:
    """One of shoal's samplers, asked for one point at a time."""

    def play(problem: Problem, seed: int, trials: int) -> list[float]:
        state, costs = sampler.start(problem.space, seed), list[float]()
        for number in range(trials):
            (point,), state = sampler.ask(problem.space, state, 1)
            costs.append(problem.cost(point))
            told = TrialResult(number, point, costs[-1])
            state = sampler.tell(problem.space, state, [told])
        return costs

    return play


def optuna_player(make: Callable[[int], Any]) -> Player:
    """One of Optuna's samplers, as it comes."""

    def play(problem: Problem, seed: int, trials: int) -> list[float]:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            study = optuna.create_study(sampler=make(seed))
            study.optimize(lambda trial: problem.cost(_suggested(problem, trial)), trials)
        return [float(trial.value) for trial in study.trials]

    return play


def _suggested(problem: Problem, trial: Any) -> Point:
    point: Point = {}
    for entry in problem.space:
        values = entry.range
        if isinstance(values, Choice):
            options = list(range(len(values.options)))
            point[entry.name] = trial.suggest_categorical(entry.name, options)
            continue
        suggest = trial.suggest_int if isinstance(values, Int) else trial.suggest_float
        point[entry.name] = suggest(entry.name, values.low, values.high, log=values.log)
    return point


def _optuna(name: str) -> Player:
    def make(seed: int) -> Any:
        import optuna

        return getattr(optuna.samplers, name)(seed=seed)

    return optuna_player(make)


PLAYERS: Mapping[str, Player] = {
    "Random": shoal_player(Random()),
    "Sobol": shoal_player(Sobol()),
    "ParticleSwarm": shoal_player(ParticleSwarm()),
    "Genetic": shoal_player(Genetic()),
    "TPE": shoal_player(TPE()),
    "Optuna random": _optuna("RandomSampler"),
    "Optuna TPE": _optuna("TPESampler"),
    "Optuna CMA-ES": _optuna("CmaEsSampler"),
    "Optuna NSGA-II": _optuna("NSGAIISampler"),
}
"""By name: shoal's own, and Optuna's."""
