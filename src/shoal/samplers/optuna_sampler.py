"""Optuna's samplers, behind the same protocol as shoal's own.

Their state lives in objects of Optuna's and is not plain data. So the history is stored: how
many points were requested and which results were given, in their order. To go on, a study of
Optuna's gets the same requests and results again. Its random numbers begin with the same seed,
so its state is the same. Nothing is pickled. While a search goes on, its study is kept and
nothing is repeated.

Source: Akiba and others, "Optuna: a next-generation hyperparameter optimization
framework", KDD (2019).
"""

from __future__ import annotations

import copy
import json
import math
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from importlib.util import find_spec
from typing import Any, ClassVar

from shoal.errors import RecipeError
from shoal.samplers.random_search import Novelty, key_of, uniform
from shoal.samplers.sampler import Fields, Sampler, State, TrialResult, checked_seed, generator
from shoal.samplers.state_schema import point_of as point_schema
from shoal.space import Choice, Int, Point, Range, Space
from shoal.utils.schema import agreed, either, listed, maybe, number, row, whole

TRIES = 10
"""Proposals of Optuna's that may be known before points are drawn at random."""


class OptunaStudy:
    """One of Optuna's studies and the space that it is about.

    Args:
        space: the space.
        sampler: of Optuna's, unused so far.
        seed: of the points that are drawn where Optuna proposes known ones.
    """

    def __init__(self, space: Space, sampler: Any, seed: int) -> None:
        import optuna

        self._space, self._seed = space, seed
        with quiet():
            self._study = optuna.create_study(sampler=sampler)
        self._novelty = Novelty(space, ())
        self._open: dict[str, Any] = {}
        self._asked = 0

    def ask(self) -> Point | None:
        """A new point; None where the space has no more."""
        rng, proposed = generator(self._seed, self._asked), list[tuple[str, Any]]()

        def draw() -> Point:
            if len(proposed) == TRIES:
                return uniform(self._space, rng)
            trial = self._study.ask()
            point = self._suggested(trial)
            proposed.append((key_of(point), trial))
            return point

        with quiet():
            point = self._novelty.fresh(draw, rng)
            chosen = None if point is None else key_of(point)
            for key, trial in proposed:
                if key == chosen and chosen not in self._open:
                    self._open[key] = trial
                else:
                    self._fail(trial)
        self._asked += point is not None
        return point

    def tell(self, results: Sequence[Sequence[Any]]) -> None:
        """What came of points: each with its objective, or None."""
        self._novelty.note_all(point for point, _ in results)
        with quiet():
            for point, objective in results:
                trial = self._open.pop(key_of(point), None)
                if trial is None:
                    self._add(point, objective)
                elif objective is None:
                    self._fail(trial)
                else:
                    self._study.tell(trial, objective)

    def _fail(self, trial: Any) -> None:
        from optuna.trial import TrialState

        self._study.tell(trial, state=TrialState.FAIL)

    def _add(self, point: Point, objective: float | None) -> None:
        """A trial of a point that this study did not propose."""
        from optuna.trial import TrialState, create_trial

        active = [entry for entry in self._space if entry.name in point]
        kinds = {entry.name: _distribution(entry.range) for entry in active}
        state = TrialState.FAIL if objective is None else TrialState.COMPLETE
        self._study.add_trial(
            create_trial(state=state, value=objective, params=dict(point), distributions=kinds)
        )

    def _suggested(self, trial: Any) -> Point:
        point: Point = {}
        for entry in self._space:
            if entry.active(point):
                point[entry.name] = _suggested(trial, entry.name, entry.range)
        return point


def _suggested(trial: Any, name: str, values: Range) -> Any:
    if isinstance(values, Choice):
        return trial.suggest_categorical(name, list(range(len(values.options))))
    suggest = trial.suggest_int if isinstance(values, Int) else trial.suggest_float
    return suggest(name, values.low, values.high, log=values.log)


def _distribution(values: Range) -> Any:
    from optuna import distributions as kinds

    if isinstance(values, Choice):
        return kinds.CategoricalDistribution(list(range(len(values.options))))
    if isinstance(values, Int):
        return kinds.IntDistribution(int(values.low), int(values.high), log=values.log)
    return kinds.FloatDistribution(float(values.low), float(values.high), log=values.log)


@contextmanager
def quiet() -> Iterator[None]:
    """Without Optuna's log and its warnings that something is experimental."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


METHODS = {
    "tpe": ("TPESampler", {"constant_liar": True}, ()),
    "cma-es": ("CmaEsSampler", {}, ("cmaes",)),
    "gp": ("GPSampler", {}, ("torch",)),
    "nsga-ii": ("NSGAIISampler", {}, ()),
}
"""By name: Optuna's class, what it is made with, and the packages that it needs."""

EXTRA = {"optuna": "'shoal[optuna]'", "cmaes": "'shoal[optuna]'"}
"""What brings a package."""

AT_HAND = 4
"""Studies that are kept, those used last."""


@dataclass(frozen=True)
class Optuna(Sampler):
    """A sampler of the package Optuna, which has to be installed: ``pip install shoal[optuna]``.

    Points in flight are running trials to it. Failed and diverged ones have failed, and
    Optuna's samplers learn nothing from these. Where it proposes a known point it is asked
    again, and after ten times the point is drawn at random. The same seed gives the same
    points with the same versions of Optuna and of what it needs, also after a break: then
    all that was asked and told is repeated first, which takes as long as the asking took
    (long with "gp", whose asking is slow and grows with the results). The state grows with
    every result; shoal's own samplers are the ones for studies of many thousand trials.

    Source: Akiba and others, "Optuna: a next-generation hyperparameter optimization
    framework", KDD (2019).

    Args:
        method: "tpe", "cma-es" (needs cmaes), "gp" (needs torch) or "nsga-ii", with
            their usual settings and the study's seed; or a sampler that Optuna made, which
            keeps the seed that it has and has to be given again to resume.

    Raises:
        RecipeError: no such method, or a package that is not installed.
    """

    method: Any = "tpe"

    kind: ClassVar[str] = "optuna"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        f"optuna-{method}": {"method": method} for method in METHODS
    }
    adaptive: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check_installed("optuna", "Optuna's samplers need")
        import optuna

        if isinstance(self.method, optuna.samplers.BaseSampler):
            return
        if not isinstance(self.method, str) or self.method not in METHODS:
            raise RecipeError(
                "one of Optuna's samplers is named or given",
                expected=" or ".join(METHODS),
                received=repr(self.method),
                hint="Give any other as an object: Optuna(optuna.samplers.QMCSampler(seed=0)).",
            )
        for package in METHODS[self.method][2]:
            _check_installed(package, f"Optuna's sampler {self.method} needs")

    def start(self, space: Space, seed: int) -> State:
        """The seed, and nothing asked for yet."""
        return {"kind": self.kind, "seed": checked_seed(seed), "events": []}

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        results = listed(row(point_schema(space), maybe(number())))
        events = agreed(
            listed(either(whole(0, trials), results)),
            (
                lambda events: sum(e for e in events if isinstance(e, int)) <= trials,
                "as many points as there are trials",
            ),
        )
        return {"seed": whole(), "events": events}

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points; fewer where the space has no more."""
        if len(space) == 0:
            return [{} for _ in range(count)], state
        study, points = self._study(space, state), list[Point]()
        for _ in range(count):
            point = study.ask()
            if point is None:
                break
            points.append(point)
        return points, self._after(space, state, study, len(points))

    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """What came of points, in the order in which it is told."""
        if len(space) == 0 or not results:
            return state
        told = [[dict(one.point), _finite(one.objective)] for one in results]
        study = self._study(space, state)
        study.tell(told)
        return self._after(space, state, study, told)

    def _after(self, space: Space, state: State, study: OptunaStudy, event: Any) -> State:
        """The state after so many more asked for, or these told; the study is kept under it."""
        events = list(state["events"])
        if events and isinstance(events[-1], int) == isinstance(event, int):
            events[-1] = events[-1] + event
        elif event:
            events.append(event)
        after = {**state, "events": events}
        _AT_HAND[self._key(space, after)] = (self.method, study)
        while len(_AT_HAND) > AT_HAND:
            _AT_HAND.popitem(last=False)
        return after

    def _study(self, space: Space, state: State) -> OptunaStudy:
        """The study that stands where the state says: the one at hand, or built again."""
        known = _AT_HAND.pop(self._key(space, state), None)
        if known is not None:
            return known[1]
        study = OptunaStudy(space, self._sampler(int(state["seed"])), int(state["seed"]))
        for event in state["events"]:
            if isinstance(event, int):
                for _ in range(event):
                    study.ask()
            else:
                study.tell(event)
        return study

    def _sampler(self, seed: int) -> Any:
        """A new sampler of Optuna's."""
        import optuna

        if not isinstance(self.method, str):
            return copy.deepcopy(self.method)
        name, settings, _ = METHODS[self.method]
        own = int(generator(seed, 0).integers(2**32))
        with quiet():
            return getattr(optuna.samplers, name)(seed=own, **settings)

    def _key(self, space: Space, state: State) -> str:
        who = self.method if isinstance(self.method, str) else id(self.method)
        text = json.dumps([who, space.to_json(), state])
        return blake2b(text.encode(), digest_size=16).hexdigest()


_AT_HAND: OrderedDict[str, tuple[Any, OptunaStudy]] = OrderedDict()
"""By state. The method is held as well: as long as it lives no other has its id."""


def _finite(objective: float | None) -> float | None:
    return None if objective is None or not math.isfinite(objective) else float(objective)


def _check_installed(package: str, who: str) -> None:
    if find_spec(package) is None:
        raise RecipeError(
            f"{who} the package {package}",
            received="it is not installed",
            hint=f"Install it with: pip install {EXTRA.get(package, package)}",
        )
