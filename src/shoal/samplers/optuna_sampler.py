"""Optuna's samplers, behind the same protocol as shoal's own.

Their state lives in objects of Optuna's and is not plain data. So what is stored is what
happened: how many points were asked for and which results were told, in their order.
From that a study of Optuna's is asked and told anew, and as its random numbers begin with
the same seed it stands where it stood; nothing is pickled. While a search goes on, its
study is kept at hand and nothing is asked twice.

Source: Akiba and others, "Optuna: a next-generation hyperparameter optimization
framework", KDD (2019).
"""

from __future__ import annotations

import copy
import json
import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib.util import find_spec
from typing import Any, ClassVar

from shoal.errors import RecipeError
from shoal.samplers.optuna_study import OptunaStudy, quiet
from shoal.samplers.sampler import Fields, Sampler, State, Told
from shoal.samplers.seeds import checked_seed, generator
from shoal.samplers.state_schema import point_of as point_schema
from shoal.schema import agreed, either, listed, maybe, number, row, whole
from shoal.space import Point, Space

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

    def tell(self, space: Space, state: State, results: Sequence[Told]) -> State:
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
