"""Kills searches again and again, and writes what became of each; run in a process of its own.

    python kill_and_resume.py FOLDER KILLS SAMPLER

Each sitting is a fork, so that jax is imported once. It kills itself with SIGKILL:
at a statement of SQLite, that is before or inside a transaction or at its COMMIT; at
a statement of a checkpoint; before its first round; or, by a clock, anywhere at all.
A study goes on by the call that began it, or by its file alone.
"""

import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time
import traceback
from pathlib import Path

from small_problems import adamw, blobs, contents, perceptrons

import shoal
from shoal.samplers import TPE, Halving, PopulationBased
from shoal.store import study_connection
from shoal.tuning.search_loop import SearchLoop

KINDS = ("begin", "statement", "commit", "checkpoint", "clock")

SEARCHES = {
    "tpe": {"recipe": adamw(epochs=3), "trials": 8, "lanes": 2, "sampler": TPE(n_startup_trials=2)},
    "random": {"recipe": adamw(epochs=3), "trials": 8, "lanes": 2},
    "pbt": {"recipe": adamw(epochs=5), "trials": 11, "lanes": 4,
            "sampler": PopulationBased(4, perturbation_interval=1, quantile_fraction=0.3)},
    "bohb": {"recipe": adamw(epochs=5), "trials": 16, "lanes": 4,
             "sampler": Halving(eta=2, sampler=TPE(n_startup_trials=2))},
}  # fmt: skip


def search(path, alone):
    """Begin a search, or go on with it; ``alone``: by what its file says, if there is one."""
    if alone and path.exists() and not study_connection.is_blank(path):
        return shoal.resume(path, blobs())
    return shoal.search(
        perceptrons(), data=blobs(), confirm_seeds=1, study=path, resume=True, checkpoint=0.0,
        **SEARCHES[sys.argv[3]],
    )  # fmt: skip


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def arm(kind, rng):
    """Choose the moment of death."""
    if kind == "begin":
        SearchLoop._round = die
        return
    if kind == "clock":
        threading.Timer(rng.uniform(0.5, 2.5), die).start()
        return
    left = rng.randrange(1, {"statement": 90, "commit": 12, "checkpoint": 14}[kind])
    words = {"statement": "", "commit": "COMMIT", "checkpoint": "checkpoint"}

    def trace(statement):
        nonlocal left
        left -= words[kind] in statement
        if left == 0:
            die()

    connect = study_connection._connect

    def watched(path, mode):
        db = connect(path, mode)
        db.set_trace_callback(trace)
        return db

    study_connection._connect = watched


def sitting(path, kind, rng):
    """One process that searches until it ends or is killed; whether it was killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if kind:
                arm(kind, rng)
            search(path, alone=rng.random() < 0.5).close()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        return True
    assert os.WEXITSTATUS(status) == 0, "the search failed"
    return False


def told(path):
    """What is asserted of a study that has ended."""
    with sqlite3.connect(path) as db:
        intact = db.execute("PRAGMA integrity_check").fetchone()[0]
        free = db.execute("PRAGMA freelist_count").fetchone()[0]
    db.close()
    study = shoal.Study.open(path)
    found = {"intact": intact, "counts": study.counts(), "trial": study.winner["trial"],
             "lanes": study.cost["lanes"], "free": free, "scored": study.test_scored,
             "ids": [t.id for t in study.file.trials()], "left": len(study.file.checkpoints()),
             "contents": repr(contents(study))}  # fmt: skip
    study.close()
    return found


def main(folder, kills):
    rng = random.Random(kills)
    sitting(folder / "whole.study", None, rng)
    done, by_kind, paths = 0, {}, []
    while done < kills:
        path = folder / f"{len(paths)}.study"
        paths.append(path)
        going = True
        while going:
            kind = None
            if done < kills:
                rare = min(KINDS, key=lambda kind: by_kind.get(kind, 0))
                kind = rng.choice([rare, rng.choice(KINDS)])
            going = sitting(path, kind, random.Random(rng.random()))
            done += going
            by_kind[str(kind)] = by_kind.get(str(kind), 0) + going
    studies = [told(path) for path in (folder / "whole.study", *paths)]
    (folder / "told.json").write_text(json.dumps({"kills": by_kind, "studies": studies}))


main(Path(sys.argv[1]), int(sys.argv[2]))
