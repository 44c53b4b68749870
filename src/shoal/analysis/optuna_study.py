"""A study as one of Optuna's, for its plots and samplers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shoal.errors import StudyError
from shoal.report.facts import mapping, real, sequence
from shoal.store import EpochRecord, StudyFile, StudyHeader, TrialRecord

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

_STATES = {
    "waiting": "WAITING",
    "running": "RUNNING",
    "completed": "COMPLETE",
    "stopped": "COMPLETE",  # early stopping ended its training: it has a score like the others
    "diverged": "FAIL",
    "failed": "FAIL",
}


def to_optuna(file: StudyFile) -> optuna.Study:
    """An Optuna study in memory with the search's trials.

    Values are the metric that the study optimizes, as it reads (not "less is
    better"); intermediate values the same by epoch. A trial's own state, number,
    metrics and first bad step are its user attributes, under ``shoal:…``.

    Raises:
        StudyError: Optuna is not installed.
    """
    try:
        import optuna
    except ImportError:
        raise StudyError(
            "a study becomes one of Optuna's by the package optuna",
            received="it is not installed",
            hint="Install it with: pip install 'shoal[optuna]'",
        ) from None
    header = file.header
    metric, direction = header.objective["metric"], header.objective["direction"]
    told: dict[int, list[EpochRecord]] = {}
    for epoch in file.history():
        told.setdefault(epoch.trial, []).append(epoch)
    searched = [trial for trial in file.trials() if trial.role == "search"]
    distributions = _distributions(header, searched)
    study = optuna.create_study(direction=direction)
    study.set_user_attr("shoal:dataset", header.dataset.get("name"))
    study.set_user_attr("shoal:seed", header.seed)
    study.add_trials([
        _frozen(number, trial, header, metric, distributions, told.get(trial.id, []))
        for number, trial in enumerate(searched)
    ])  # fmt: skip
    return study


def _distributions(
    header: StudyHeader, trials: Sequence[TrialRecord]
) -> dict[str, BaseDistribution]:
    """Where each hyperparameter's values come from.

    A sampler of the user's own may have proposed numbers outside of their range. Optuna
    takes none, so that the range is made wide enough.
    """
    from optuna import distributions as kinds

    found: dict[str, BaseDistribution] = {}
    for entry in map(mapping, sequence(header.space.get("hyperparameters"))):
        given = entry["range"]
        if given["kind"] == "choice":
            found[entry["name"]] = kinds.CategoricalDistribution(given["options"])
            continue
        tried = [t.hyperparams[entry["name"]] for t in trials if entry["name"] in t.hyperparams]
        low, high = min([given["low"], *tried]), max([given["high"], *tried])
        log = given["log"] and low > 0
        if given["kind"] == "int" and all(value == int(value) for value in (low, high, *tried)):
            found[entry["name"]] = kinds.IntDistribution(int(low), int(high), log=log)
        else:
            found[entry["name"]] = kinds.FloatDistribution(low, high, log=log)
    return found


def _frozen(
    number: int,
    trial: TrialRecord,
    header: StudyHeader,
    metric: str,
    distributions: dict[str, BaseDistribution],
    epochs: list[EpochRecord],
) -> optuna.trial.FrozenTrial:
    from optuna.trial import FrozenTrial, TrialState

    state = TrialState[_STATES[trial.state]]
    value = real(trial.metrics.get(metric)) if state == TrialState.COMPLETE else None
    if state == TrialState.COMPLETE and value is None:
        state = TrialState.FAIL  # Optuna has no trials that ended well without a number
    steps = {e.epoch: v for e in epochs if (v := real(e.metrics.get(metric))) is not None}
    attributes: dict[str, Any] = {"shoal:trial": trial.id, "shoal:state": trial.state}
    if trial.metrics:
        attributes["shoal:metrics"] = dict(trial.metrics)
    if trial.first_bad_step is not None:
        attributes["shoal:first_bad_step"] = trial.first_bad_step
    if trial.lineage:
        attributes["shoal:schedule"] = trial.schedule
    finished = state.is_finished()
    begun = finished or state == TrialState.RUNNING
    return FrozenTrial(
        number=number, trial_id=number, state=state, value=value,
        datetime_start=_moment(header, trial.started or 0.0) if begun else None,
        datetime_complete=_moment(header, trial.ended or 0.0) if finished else None,
        params=dict(trial.hyperparams),
        distributions={name: distributions[name] for name in trial.hyperparams},
        user_attrs=attributes, system_attrs={}, intermediate_values=steps,
    )  # fmt: skip


def _moment(header: StudyHeader, seconds: float) -> datetime:
    """Optuna's moments have no time zone."""
    began = datetime.fromisoformat(header.created).replace(tzinfo=None)
    return began + timedelta(seconds=seconds)
