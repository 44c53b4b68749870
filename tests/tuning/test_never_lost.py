"""A search that is killed, at any moment and many times over, loses nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("SHOAL_KILLS", "25"))
"""`make soak` has more of them."""

SCRIPT = Path(__file__).with_name("kill_and_resume.py")


KINDS = ("statement", "commit", "checkpoint", "begin")
"""Moments of death of which there is at least one."""

SOAK = pytest.mark.skipif(KILLS <= 25, reason="it takes long: make soak")


@pytest.mark.parametrize(
    ("sampler", "trials"),
    [
        ("tpe", 8),
        ("pbt", 11),
        pytest.param("bohb", 16, marks=SOAK),
        pytest.param("random", 8, marks=SOAK),
    ],
)
def test_a_killed_search_ends_as_one_that_was_left_alone(tmp_path, sampler, trials):
    kills = KILLS if sampler == "tpe" else max(KILLS // 3, 10)
    root = SCRIPT.parents[2]
    paths = [str(root / "tests"), *sys.path]
    told_to_jax = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": os.pathsep.join(paths)}
    environment = {k: v for k, v in os.environ.items() if k != "SHOAL_CACHE"} | told_to_jax
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(SCRIPT), str(tmp_path), str(kills), sampler],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    told = json.loads((tmp_path / "told.json").read_text())
    assert sum(told["kills"].values()) >= kills
    assert all(told["kills"].get(kind, 0) > 0 for kind in KINDS)
    whole, *killed = told["studies"]
    assert sum(whole["counts"].values()) == trials
    assert whole["counts"]["waiting"] == whole["counts"]["running"] == 0
    for study in killed:
        assert study["intact"] == "ok"
        assert study["ids"] == list(range(trials + 3))
        assert study["left"] == study["free"] == 0
        assert study["scored"] == [trials]
        assert study == whole
