"""Particle swarm."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from shoal.errors import SpaceError
from shoal.samplers.embedding import Embedding, Vector
from shoal.samplers.random_search import Novelty, key_of, sequence
from shoal.samplers.sampler import Fields, Sampler, State, TrialResult, checked_seed, generator
from shoal.space import Point, Space
from shoal.utils.schema import agreed, by_name, listed, maybe, number, record, row, text, whole

INERTIA, PULL = 0.72984, 1.49618
"""The constriction of Clerc and Kennedy at phi = 4.1: chi, and chi phi / 2."""

FOREIGN = 2**32
"""Random numbers of particles at points from elsewhere are counted from here."""

SPEED = 0.2
"""Velocities at the start are uniform up to this, as a share of the range, either way."""

SHAKE = 0.1
"""Standard deviation of what is added to a move that led to a known point."""


@dataclass(frozen=True)
class ParticleSwarm(Sampler):
    """Particles drawn towards their own best point and the swarm's.

    ``v ← chi v + c r1 (p - x) + c r2 (g - x)``, ``x ← x + v``, with chi = 0.72984
    and c = 1.49618. A particle that leaves the cube stops at its wall (the
    velocity there becomes zero). The swarm is asynchronous: the particle with the
    fewest trials in flight moves next, from what is known at that moment, so
    no lane waits. Failed and diverged trials attract nobody. Options of a
    choice are random keys (`Embedding`). Particles begin on a Sobol sequence, slowly.

    Source: Clerc and Kennedy, "The particle swarm: explosion, stability, and
    convergence in a multidimensional complex space", IEEE TEC 6 (2002); walls:
    Helwig, Branke and Mostaghim, "Experimental analysis of bound handling
    techniques in particle swarm optimization", IEEE TEC 17 (2013).

    Args:
        n_particles: particles, at least 2.

    Raises:
        SpaceError: fewer than two particles.
    """

    n_particles: int = 8

    kind: ClassVar[str] = "swarm"
    adaptive: ClassVar[bool] = True

    def __post_init__(self) -> None:
        count = self.n_particles
        if isinstance(count, bool) or not isinstance(count, int) or count < 2:
            raise SpaceError(
                "n_particles is a whole number", expected="at least 2", received=repr(count)
            )

    def start(self, space: Space, seed: int) -> State:
        """Seed, number of proposals, particles, and who waits for which point."""
        return {"kind": self.kind, "seed": checked_seed(seed), "asked": 0, "swarm": [],
                "pending": {}, "seen": []}  # fmt: skip

    def state_fields(self, space: Space, trials: int) -> Fields:
        """What a state holds."""
        size = Embedding(space).size
        vector = listed(number(), least=size, most=size)
        particle = agreed(
            record({"best": maybe(vector), "objective": maybe(number()), "x": vector,
                    "v": vector, "moves": whole()}),
            (lambda p: (p["best"] is None) == (p["objective"] is None),
             "a particle with both or none"),
        )  # fmt: skip
        return {"seed": whole(), "asked": whole(0, trials), "swarm": listed(particle),
                "seen": listed(text), "pending": by_name(row(whole(), vector))}  # fmt: skip

    def ask(self, space: Space, state: State, count: int) -> tuple[list[Point], State]:
        """The next points; fewer where the space has no more."""
        embedding, novelty = Embedding(space), Novelty(space, state["seen"])
        swarm, pending = [dict(p) for p in state["swarm"]], dict(state["pending"])
        asked, points = int(state["asked"]), list[Point]()
        for _ in range(count):
            rng = generator(state["seed"], asked)
            who = self._next(swarm, pending)
            start = partial(_start, embedding.size, state["seed"], asked)
            moves = _Moves(swarm, who, embedding, rng, start)
            point = novelty.fresh(moves.draw, rng)
            if point is None:
                break
            if who == len(swarm):
                swarm.append({"best": None, "objective": None})
            swarm[who].update(moves.arrival(point))
            pending[key_of(point)] = [who, swarm[who]["x"]]
            points.append(point)
            asked += 1
        return points, {**state, "asked": asked, "swarm": swarm, "pending": pending,
                        "seen": novelty.to_json()}  # fmt: skip

    def tell(self, space: Space, state: State, results: Sequence[TrialResult]) -> State:
        """Particles remember where they did best.

        A point that none of them was at is the place of a new one; once there are
        enough, the best place of the particle that has found least.
        """
        novelty, embedding = Novelty(space, state["seen"]), Embedding(space)
        novelty.note_all(told.point for told in results)
        swarm, pending = [dict(p) for p in state["swarm"]], dict(state["pending"])
        for told in results:
            who, x = pending.pop(key_of(told.point), (None, None))
            if told.objective is None or not math.isfinite(told.objective):
                continue
            if who is None:
                x = embedding.encode(told.point).tolist()
                if len(swarm) < self.n_particles:
                    rng = generator(state["seed"], FOREIGN + told.number)
                    v = rng.uniform(-SPEED, SPEED, embedding.size).tolist()
                    swarm.append({"best": None, "objective": None, "x": x, "v": v, "moves": 1})
                    who = len(swarm) - 1
                else:
                    who = max(range(len(swarm)), key=lambda i: _found(swarm[i]))
            if told.objective < _found(swarm[who]):
                swarm[who].update(best=x, objective=float(told.objective))
        return {**state, "swarm": swarm, "pending": pending, "seen": novelty.to_json()}

    def unlearn(self, space: Space, state: State, awaited: Sequence[Point]) -> State:
        """Particles stay where they are, and have found nothing there."""
        swarm = [{**particle, "best": None, "objective": None} for particle in state["swarm"]]
        return {**state, "swarm": swarm}

    def give_up(self, space: Space, state: State, points: Sequence[Point]) -> State:
        """No particle waits for these any more."""
        gone = set(map(key_of, points))
        pending = {key: wait for key, wait in state["pending"].items() if key not in gone}
        return {**state, "pending": pending}

    def _next(self, swarm: list[dict[str, Any]], pending: dict[str, Any]) -> int:
        """Who moves: a particle yet to be placed, else the one that waits for least."""
        if len(swarm) < self.n_particles:
            return len(swarm)
        flying = [0] * len(swarm)
        for who, _ in pending.values():
            flying[who] += 1
        return min(range(len(swarm)), key=lambda i: (flying[i], swarm[i]["moves"]))


def _found(particle: dict[str, Any]) -> float:
    """The best objective of a particle."""
    return math.inf if particle["objective"] is None else float(particle["objective"])


def _start(size: int, seed: int, number: int) -> Vector:
    """The place of that number in the Sobol sequence."""
    return np.array(next(sequence(size, seed, number))[:size])


class _Moves:
    """The moves of one particle: each call of `draw` tries another one."""

    def __init__(
        self,
        swarm: list[dict[str, Any]],
        who: int,
        embedding: Embedding,
        rng: np.random.Generator,
        start: Callable[[], Vector],
    ) -> None:
        self._embedding, self._rng, self._start = embedding, rng, start
        self._particle = swarm[who] if who < len(swarm) else None
        told = [p for p in swarm if p["objective"] is not None]
        self._leader = min(told, key=lambda p: p["objective"], default=None)
        self._tries = 0
        self._x: Vector = np.zeros(0)
        self._v: Vector = np.zeros(0)

    def draw(self) -> Point:
        """A move, shaken the more the more often moves led to known points."""
        self._tries += 1
        size, rng = self._embedding.size, self._rng
        if self._particle is None or self._leader is None:
            self._x = self._start() if self._tries == 1 else rng.random(size)
            self._v = rng.uniform(-SPEED, SPEED, size)
            return self._embedding.decode(self._x)
        x, v = np.array(self._particle["x"]), np.array(self._particle["v"])
        goal = np.array(self._leader["best"])
        own = np.array(self._particle["best"]) if self._particle["best"] is not None else goal
        pull = rng.random(size) * (own - x) + rng.random(size) * (goal - x)
        v = INERTIA * v + PULL * pull
        if self._tries > 1:
            v += rng.normal(0.0, SHAKE * math.sqrt(self._tries - 1), size)
        self._x = np.clip(x + v, 0.0, 1.0)
        self._v = np.where(self._x == x + v, v, 0.0)
        return self._embedding.decode(self._x)

    def arrival(self, point: Point) -> dict[str, Any]:
        """Where the particle is now; the point's own place if it had to be looked up."""
        if self._embedding.decode(self._x) != point:
            self._x = self._embedding.encode(point)
        moves = self._particle["moves"] + 1 if self._particle else 1
        return {"x": self._x.tolist(), "v": self._v.tolist(), "moves": moves}
