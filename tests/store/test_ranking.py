"""The order in which trials rank: one for the search, the report, studies and the command."""

import math
from dataclasses import replace

from shoal.store import TrialRecord, rank_key, ranked

TRIAL = TrialRecord(id=0, state="completed", hyperparams={}, point={}, seed=0)


def trial(number, objective, loss=None):
    metrics = {} if loss is None else {"loss": loss}
    return replace(TRIAL, id=number, objective=objective, metrics=metrics)


def test_objective_then_loss_then_number():
    trials = [trial(4, 0.2, 0.5), trial(3, 0.2, 0.5), trial(2, 0.2, 0.4), trial(1, 0.1, 0.9)]
    assert [one.id for one in ranked(trials)] == [1, 2, 3, 4]


def test_a_loss_that_is_missing_or_not_finite_comes_last():
    trials = [trial(0, 0.2), trial(1, 0.2, math.inf), trial(2, 0.2, math.nan), trial(3, 0.2, 9.0)]
    assert [one.id for one in ranked(trials)] == [3, 0, 1, 2]


def test_trials_without_an_objective_have_no_rank():
    assert ranked([trial(0, None, 0.1)]) == []
    assert rank_key(trial(0, None, 0.1), 0.7) == (0.7, 0.1, 0)
    assert rank_key(trial(0, 0.3, 0.1), 0.7) == (0.3, 0.1, 0)
