"""Searches with population-based training: heirs, their schedules, and how they are told."""

import dataclasses
import json
from itertools import pairwise

import jax
import numpy as np
import pytest
from small_problems import (
    adamw,
    bars,
    blobs,
    contents,
    filters,
    history,
    outcome,
    perceptrons,
)
from typer.testing import CliRunner

import shoal
from shoal import (
    BatchNorm,
    Choice,
    Dense,
    Dropout,
    EarlyStopping,
    Float,
    Int,
    Sequential,
    relu,
)
from shoal.cli.main import app
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.engine import Lanes, Objective, ScheduleSegment, Splits
from shoal.errors import SpaceError
from shoal.kernels import backend
from shoal.report.facts import read_facts
from shoal.samplers import PopulationBased
from shoal.space import Role

pytestmark = pytest.mark.bits

POPULATION, EPOCHS, TRIALS = 6, 12, 20


class BreakError(Exception):
    """What breaks a search off."""


def options(**changes):
    return {
        "family": perceptrons(), "recipe": adamw(epochs=EPOCHS), "data": blobs(), "trials": TRIALS,
        "confirm_seeds": 0, "objective": "loss",
        "sampler": PopulationBased(POPULATION, 2, 0.34), **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return shoal.search(**options())


def normalized(**changes):
    """A family whose layers keep statistics beside their weights."""
    family = Sequential(Dense(Int(3, 8)), BatchNorm(), relu, Dropout(Float(0.0, 0.5)), Dense(3))
    return options(family=family, recipe=adamw(epochs=EPOCHS), **changes)


def pictures(**changes):
    momentum = shoal.optimizers.SGD(
        learning_rate=shoal.schedules.Cosine(Float(1e-2, 0.3, log=True)), momentum=Float(0.1, 0.9)
    )
    recipe = adamw(epochs=10, optimizer=momentum)
    return options(family=filters(), recipe=recipe, data=bars(), trials=14, **changes)


def heirs_of(study):
    return [trial for trial in study.trials if trial.lineage]


def lanes_for(study, asked, count):
    """Lanes as the search had them."""
    prepared = prepare(asked["data"], split(asked["data"], seed=0))
    goal = Objective.of("classification", "loss")
    family = asked["family"].with_input(prepared.input_shape)
    space = shoal.Space(family, asked["recipe"])
    return Lanes(
        family, asked["recipe"], space, Splits.of(prepared, goal), goal, lambda _: count, 1
    )


def trained(lanes, trials):
    """Each epoch and end of some trials, side by side."""
    for trial in trials:
        lanes.submit(trial)
    epochs, ended, weights = [], [], {}
    while lanes.waiting or lanes.running:
        list(lanes.round())
        now, done = lanes.settle()
        epochs += now
        ended += done
        weights |= {one.trial.id: one.weights() for one in done}
    return epochs, ended, weights


def test_the_worst_are_replaced_by_heirs_in_their_lanes(study):
    assert sum(study.counts().values()) == TRIALS
    assert study.counts()["completed"] + study.counts()["stopped"] == TRIALS
    clones = heirs_of(study)
    assert [trial.id for trial in clones[:10]] == list(range(POPULATION, POPULATION + 10))
    for trial in clones:
        *_, last = trial.lineage
        assert trial.parent == last["trial"]
        assert last["epoch"] % 2 == 0
        parent = study.file.trial(trial.parent)
        assert trial.lineage[:-1] == parent.lineage
        assert last["point"] == parent.point
        assert last["hyperparams"] == parent.hyperparams
        assert [e for e, *_ in history(study, trial.id)] == list(
            range(last["epoch"] + 1, trial.epochs + 1)
        )
        assert trial.best_epoch > last["epoch"]
        assert trial.parameters == parent.parameters
    stopped = [trial for trial in study.trials if trial.state == "stopped"]
    assert len(stopped) == len(clones)
    assert any(len(trial.lineage) > 1 for trial in clones), "heirs have heirs"


def test_only_what_the_program_takes_as_an_input_changes(study):
    traced = {entry.name for entry in study.space if entry.role == Role.TRACED}
    for trial in heirs_of(study):
        before = trial.lineage[-1]["point"]
        changed = {name for name in trial.point if trial.point[name] != before[name]}
        assert changed
        assert changed <= traced


def test_a_population_trains_side_by_side_and_the_next_begins_after_it(study):
    """The lanes are as many as the population, and stay full till it has ended."""
    assert study.cost["lanes"] == POPULATION
    assert study.cost["rounds"] == 2 * EPOCHS
    assert all(busy == POPULATION for _, busy, _ in study.cost["rounds_log"][:EPOCHS])


@pytest.mark.parametrize("make", [options, normalized, pictures])
def test_an_heir_is_the_donor_gone_on_with_to_the_last_bit(make):
    """The donor alone to that epoch; its weights and memory; the new values: the heir."""
    asked = make()
    study = shoal.search(**asked)
    heir = max(heirs_of(study), key=lambda trial: (-len(trial.lineage), trial.id))
    first = heir.lineage[0]
    assert len(heir.lineage) == 1
    lanes = lanes_for(study, asked, study.cost["lanes"])
    donor = lanes.trial(0, first["point"], 0, until=first["epoch"])
    lanes.submit(donor)
    for _ in range(first["epoch"]):
        list(lanes.round())
        learners = jax.tree.map(np.asarray, lanes._current.population.program.learners)
        steps = lanes._current.population.taken[0].epoch + 1
        lanes.settle()
    assert steps == first["epoch"]
    # Another lane, an optimizer of its own: only weights and memory are taken along.
    going_on = lanes_for(study, asked, study.cost["lanes"])
    going_on.submit(going_on.trial(1, heir.point, 0))
    rounds = going_on.round()
    next(rounds)  # compiled
    next(rounds)  # placed
    population = going_on._current.population
    at = 2
    population.standings[at] = population.standings[0]
    population.standings[0] = None
    standing = population.standings[at]
    standing.lanes, standing.epoch = (at,), first["epoch"]
    standing.steps = (first["epoch"] * population._epoch_steps(standing.members[0]),)

    def put(whole, taken):
        new = np.array(whole)
        new[at] = taken[0]
        return jax.device_put(new, may_alias=False)

    population.program.learners = jax.tree.map(put, population.program.learners, learners)
    settings = population.program.settings
    population.program.settings = jax.tree.map(
        lambda whole: jax.device_put(np.roll(np.asarray(whole), at, axis=0), may_alias=False),
        settings,
    )
    list(rounds)
    epochs = going_on.settle()[0]
    while going_on.running:
        list(going_on.round())
        epochs += going_on.settle()[0]
    found = [(e.epoch, e.train_loss, e.metrics) for e in epochs][: heir.epochs - first["epoch"]]
    assert found == history(study, heir.id)


@pytest.mark.parametrize("make", [options, normalized, pictures])
def test_an_heir_is_the_trial_that_follows_its_schedule_to_the_last_bit(make):
    asked = make(keep=TRIALS)
    study = shoal.search(**asked)
    lanes = lanes_for(study, asked, study.cost["lanes"])
    clones = [trial for trial in heirs_of(study) if study.file.weights(trial.id) is not None]
    assert any(len(trial.lineage) > 1 for trial in clones)
    trials = [
        lanes.trial(
            heir.id, heir.point, 0,
            legs=tuple(ScheduleSegment(-1, one["epoch"], one["point"]) for one in heir.lineage),
        )
        for heir in clones
    ]  # fmt: skip
    epochs, ended, weights = trained(lanes, trials)
    for heir in clones:
        own = [(e.epoch, e.train_loss, e.metrics) for e in epochs if e.trial.id == heir.id]
        assert own[heir.lineage[-1]["epoch"] : heir.epochs] == history(study, heir.id)
        done = next(one for one in ended if one.trial.id == heir.id)
        if heir.state == "completed":
            assert (done.best_epoch, done.objective) == (heir.best_epoch, heir.objective)
            kept = study.model(heir.id).params
            for owner, arrays in weights[heir.id].items():
                for name, array in arrays.items():
                    np.testing.assert_array_equal(array, kept[owner][name])


def test_trials_beside_heirs_are_what_they_would_have_been(study):
    """The first population, as random points that nobody stops or copies: bit for bit."""
    plain = shoal.search(**options(sampler=Fixed(study.trials[:POPULATION]), trials=POPULATION))
    for trial in study.trials[:POPULATION]:
        assert history(study, trial.id) == history(plain, trial.id)[: trial.epochs]
    whole = [trial for trial in study.trials[:POPULATION] if trial.state == "completed"]
    assert whole
    for trial in whole:
        assert outcome(study, trial.id) == outcome(plain, trial.id)


@dataclasses.dataclass(frozen=True)
class Fixed:
    """Proposes the points of some trials."""

    trials: list
    kind = "fixed"
    adaptive = False

    def start(self, space, seed):
        return {"next": 0}

    def ask(self, space, state, count):
        some = self.trials[state["next"] : state["next"] + count]
        return [trial.point for trial in some], {"next": state["next"] + len(some)}

    def tell(self, space, state, results):
        return state


@pytest.mark.parametrize("lanes", [6, 7, 20])
def test_the_number_of_lanes_does_not_matter_where_a_population_fits(study, lanes):
    again = shoal.search(**options(lanes=lanes))
    if backend() == "native" or lanes == POPULATION:
        assert contents(again) == contents(study)


def test_with_fewer_lanes_those_are_compared_that_train_together():
    few = shoal.search(**options(lanes=3))
    assert sum(few.counts().values()) == TRIALS
    assert few.counts()["waiting"] == few.counts()["running"] == 0
    assert heirs_of(few)
    for trial in heirs_of(few):
        assert trial.parent == trial.lineage[-1]["trial"]


def test_the_defaults_and_points_by_hand_begin_with_the_first_population(tmp_path):
    path = tmp_path / "a.study"
    by_hand = [{"learning_rate": 0.02}, {"units": 7}]
    study = shoal.search(**options(initial_points=by_hand), study=path)
    assert [one.origin for one in study.beginning()] == ["defaults", "hand", "hand"]
    born = [trial.lineage == [] for trial in study.trials]
    assert born[:POPULATION] == [True] * POPULATION
    assert not any(born[POPULATION : POPULATION + 10])
    assert study.trials[1].hyperparams["optimizer.learning_rate"] == 0.02
    assert study.cost["rounds"] == 2 * EPOCHS
    study.close()


def test_a_later_search_takes_no_schedule_for_a_point(scheduled):
    """What a schedule came to says nothing of its last values alone."""
    later = shoal.search(**options(sampler=None, trials=16, seed=1), warm_start=[scheduled])
    given = [one.from_trial for one in later.beginning() if one.origin == "prior"]
    assert len(given) == 2
    assert all(not scheduled.file.trial(number).lineage for number in given)


def test_another_seed_is_another_search(study):
    other = shoal.search(**options(seed=1))
    assert [t.point for t in other.trials] != [t.point for t in study.trials]


@pytest.mark.parametrize(
    ("checkpoint", "epochs"),
    [(0.0, 1), (0.0, 13), (0.0, 42), (0.0, 72), (1e9, 12), (1e9, 36), (1e9, 80)],
    ids=lambda value: {0.0: "from checkpoints", 1e9: "from the beginning"}.get(value),
)
def test_a_resumed_search_equals_an_undisturbed_one(study, tmp_path, epochs, checkpoint):
    path = tmp_path / "a.study"

    def watch(progress):
        if progress.epochs >= epochs:
            raise BreakError

    with pytest.raises(BreakError):
        shoal.search(**options(checkpoint=checkpoint), study=path, callbacks=watch)
    again = shoal.resume(path, blobs())
    assert contents(again) == contents(study)
    again.close()


def test_an_interrupted_search_goes_on_as_it_would_have(study, tmp_path):
    path = tmp_path / "a.study"

    def watch(progress):
        if progress.epochs >= 30 and progress.phase == "training":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shoal.search(**options(), study=path, callbacks=watch)
    assert contents(shoal.resume(path, blobs())) == contents(study)


def test_more_trials_are_further_populations(tmp_path):
    path = tmp_path / "a.study"
    shoal.search(**options(trials=10), study=path).close()
    study = shoal.resume(path, blobs(), trials=25)
    assert sum(study.counts().values()) == 25
    assert study.counts()["completed"] + study.counts()["stopped"] == 25
    first = [trial for trial in study.trials if not trial.lineage]
    assert len(first) > POPULATION
    study.close()


def test_who_diverges_is_replaced_at_once():
    rate = Float(1e-2, 1e6, log=True)
    recipe = adamw(epochs=6, optimizer=shoal.optimizers.SGD(learning_rate=rate))
    study = shoal.search(**options(recipe=recipe, trials=14))
    diverged = [trial for trial in study.trials[:POPULATION] if trial.state == "diverged"]
    assert diverged
    born = [(trial.parent, trial.lineage[-1]["epoch"]) for trial in heirs_of(study)]
    places = [epoch for parent, epoch in born if parent < POPULATION and epoch == 1]
    assert len(places) == sum(trial.epochs == 1 for trial in diverged)


def test_who_stops_early_is_replaced_too():
    recipe = adamw(epochs=12, early_stopping=EarlyStopping(patience=1))
    study = shoal.search(**options(recipe=recipe, trials=24))
    born = [trial.lineage[-1]["epoch"] for trial in heirs_of(study)]
    assert any(epoch % 2 for epoch in born)
    for trial in heirs_of(study):
        own = trial.epochs - trial.lineage[-1]["epoch"]
        assert own >= 1


def test_populations_with_static_choices_have_a_program_each():
    family = Sequential(
        Dense(Int(3, 8)), Choice(relu, shoal.tanh), Dropout(Float(0.0, 0.5)), Dense(3)
    )
    study = shoal.search(**options(family=family, trials=30, recipe=adamw(epochs=4)))
    (static,) = [entry.name for entry in study.space if entry.role == Role.STATIC]
    kinds = [trial.point[static] for trial in study.trials if not trial.lineage]
    whole = len(kinds) // POPULATION * POPULATION
    blocks = np.reshape(kinds[:whole], (-1, POPULATION))
    assert (blocks == blocks[:, :1]).all()
    for trial in heirs_of(study):
        assert trial.point[static] == trial.lineage[-1]["point"][static]
    assert study.cost["groups"] == 2


def test_the_winner_is_confirmed_by_its_schedule():
    study = shoal.search(**options(confirm_seeds=2))
    again = [trial for trial in study.file.trials() if trial.role == "confirm"]
    assert len(again) == 6
    for trial in again:
        original = study.file.trial(trial.parent)
        assert trial.lineage == original.lineage
        assert trial.point == original.point
        assert trial.best_epoch > (trial.lineage[-1]["epoch"] if trial.lineage else 0)
        assert [e for e, *_ in history(study, trial.id)] == list(range(1, EPOCHS + 1))
    scheduled = next(trial for trial in again if trial.lineage)
    lanes = lanes_for(study, options(), study.cost["lanes"])
    legs = tuple(ScheduleSegment(-1, one["epoch"], one["point"]) for one in scheduled.lineage)
    epochs, *_ = trained(lanes, [lanes.trial(0, scheduled.point, scheduled.seed, legs=legs)])
    assert [(e.epoch, e.train_loss, e.metrics) for e in epochs] == history(study, scheduled.id)
    # And it is the schedule that does it: the last values alone come to something else.
    lanes = lanes_for(study, options(), study.cost["lanes"])
    other, *_ = trained(lanes, [lanes.trial(0, scheduled.point, scheduled.seed)])
    assert other[-1].metrics != epochs[-1].metrics


@pytest.mark.parametrize("epochs", [100, 190])
def test_a_study_broken_off_while_confirming_schedules_goes_on(tmp_path, epochs):
    asked = options(confirm_seeds=2)
    whole = contents(shoal.search(**asked))
    path = tmp_path / "a.study"

    def watch(progress):
        if progress.epochs >= epochs:
            raise BreakError

    with pytest.raises(BreakError):
        shoal.search(**asked, study=path, callbacks=watch)
    assert contents(shoal.resume(path, blobs())) == whole


@pytest.mark.parametrize("members", [{"repeats": 2}, {"folds": 3}], ids=["repeats", "folds"])
def test_trials_of_several_members_inherit_as_one(tmp_path, members):
    asked = options(**members, trials=12, recipe=adamw(epochs=6), confirm_seeds=1)
    study = shoal.search(**asked)
    size = members.get("repeats") or members["folds"]
    assert study.cost["lanes"] == POPULATION * size
    assert heirs_of(study)
    assert all(len(trial.members) == size for trial in study.trials)
    path = tmp_path / "a.study"

    def watch(progress):
        if progress.epochs >= 21:
            raise BreakError

    with pytest.raises(BreakError):
        shoal.search(**asked, study=path, callbacks=watch)
    assert contents(shoal.resume(path, blobs())) == contents(study)
    if "folds" in members:
        (refit,) = [trial for trial in study.file.trials() if trial.role == "refit"]
        assert refit.lineage == study.file.trial(refit.parent).lineage


def test_a_search_without_room_for_heirs_is_refused_before_anything_is_written(tmp_path):
    path = tmp_path / "a.study"
    with pytest.raises(SpaceError, match="trials beyond its population"):
        shoal.search(**options(trials=6), study=path)
    widths = Sequential(Dense(Int(3, 8)), relu, Dense(3))
    with pytest.raises(SpaceError, match="changes numbers that the compiled program takes"):
        shoal.search(**options(family=widths, recipe=shoal.Recipe(epochs=2)), study=path)
    assert not path.exists()


def test_the_model_of_an_heir_is_what_it_ended_with(study):
    heir = next(t for t in heirs_of(study) if study.file.weights(t.id) is not None)
    part = prepare(blobs(), split(blobs(), seed=0)).validation
    found = study.model(heir.id).score(part.x, part.y)
    assert found["loss"] == pytest.approx(heir.metrics["loss"], rel=1e-5)


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory):
    """A study whose winner is an heir of heirs."""
    path = tmp_path_factory.mktemp("scheduled") / "a.study"
    study = shoal.search(**options(seed=7), study=path)
    assert len(study.file.trial(study.winner["trial"]).lineage) > 1
    return study


def test_the_schedule_of_the_winner_is_told(scheduled):
    record = scheduled.file.trial(scheduled.winner["trial"])
    schedule = scheduled.winner["schedule"]
    assert schedule == record.schedule == scheduled.best_model.info["schedule"]
    assert [part["trial"] for part in schedule] == [
        *(one["trial"] for one in record.lineage), record.id
    ]  # fmt: skip
    assert schedule[0]["first"] == 1
    assert schedule[-1]["last"] == record.best_epoch
    for before, after in pairwise(schedule):
        assert after["first"] == before["last"] + 1
    for part in schedule:
        whole = scheduled.file.trial(part["trial"]).hyperparams
        assert part["hyperparams"] == {name: whole[name] for name in part["hyperparams"]}
    assert "dense_1.units" not in schedule[0]["hyperparams"]
    assert "optimizer.learning_rate" in schedule[0]["hyperparams"]
    plain = next(trial for trial in scheduled.trials if not trial.lineage)
    assert plain.schedule == []


def test_tables_of_trials_tell_the_parents(scheduled):
    table = scheduled.trials_dataframe().set_index("trial")
    for trial in scheduled.trials:
        row = table.loc[trial.id, ["parent", "parent_epoch"]]
        if trial.lineage:
            assert row.tolist() == [trial.parent, trial.lineage[-1]["epoch"]]
        else:
            assert row.isna().all()
    plain = shoal.search(**options(sampler=None, trials=2))
    assert "parent" not in plain.trials_dataframe()


def test_optuna_is_told_the_schedules(scheduled):
    pytest.importorskip("optuna").logging.set_verbosity(50)
    other = scheduled.to_optuna()
    for ours, theirs in zip(scheduled.trials, other.trials, strict=True):
        assert theirs.user_attrs.get("shoal:schedule", []) == ours.schedule


def epochs_of(part):
    first, last = part["first"], part["last"]
    return str(first) if first == last else f"{first} to {last}"


def test_the_report_shows_the_schedule_and_the_whole_curve(scheduled, tmp_path):
    scheduled.report(tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    record = scheduled.file.trial(scheduled.winner["trial"])
    for part in record.schedule:
        assert f"<td>{epochs_of(part)}</td>" in page
    assert "copies of better ones went on" in page
    assert "Early stopping ended" not in page
    assert "stands at its own, last values" in page
    assert f"from trial {record.parent} after epoch {record.lineage[-1]['epoch']}" in page
    assert f"Trial {record.id} ran {record.epochs} epochs" in page
    curve = read_facts(scheduled.file).curves[record.id]
    assert [epoch.epoch for epoch in curve] == list(range(1, record.epochs + 1))
    for part in record.schedule:
        own = [e for e in curve if part["first"] <= e.epoch <= part["last"]]
        assert {e.trial for e in own} == {part["trial"]}


def test_the_command_shows_the_schedule(scheduled):
    shown = CliRunner().invoke(app, ["show", str(scheduled.path)]).stdout
    assert "These changed on the way" in shown
    for part in scheduled.winner["schedule"]:
        assert epochs_of(part) in shown
    told = CliRunner().invoke(app, ["show", str(scheduled.path), "--json"]).stdout
    assert json.loads(told)["best"]["schedule"] == scheduled.winner["schedule"]
