"""Every sampler from the command, on a bundled data set, where a trial is several lanes."""

import pytest

import shoal as library
from shoal.samplers.reading import named_samplers

SAMPLERS = [name for name in named_samplers() if not name.startswith("optuna-")]

TINY = """
layers = ["flatten", { kind = "dense", units = { range = "int", low = 2, high = 9 } }, "relu",
          { kind = "dense", units = 10 }]
[recipe]
epochs = 2
optimizer = { kind = "sgd", learning_rate = { range = "float", low = 0.01, high = 0.1 } }
"""


@pytest.mark.parametrize("members", [("--repeats", 3), ("--folds", 5)])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_trial_of_several_members(answer, tmp_path, sampler, members):
    (tmp_path / "tiny.toml").write_text(TINY)
    option, count = members
    found = answer(
        "search", "digits", "--network", "tiny.toml", "--sampler", sampler, "--trials", 4,
        "--lanes", 20, option, count, "--batch-size", 256,
    )  # fmt: skip
    assert sum(found["trials"].values()) == 4
    assert found["trials"]["diverged"] == found["trials"]["failed"] == 0
    assert found["best"]["members"]["count"] == count
    assert found["best"]["validation"]["accuracy"] > 0.1
    study = library.Study.open(found["study"])
    ended = [trial.epochs for trial in study.trials]
    together = {len(trial.members) for trial in study.trials}
    study.close()
    assert together == {count}
    stops = sampler in ("halving", "bohb")
    assert (ended.count(1) > 0) == (found["trials"]["stopped"] > 0) == (stops or sampler == "pbt")
