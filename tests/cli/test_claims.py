"""Names of files are taken by one run alone, and given back where nothing was written."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest

from shoal import Model
from shoal.cli.files import Claims
from shoal.errors import DataError, ModelError

MODEL = {"option": "--out", "error": ModelError}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_many_at_once_take_as_many_names(here):
    def take(_):
        claims = Claims()
        return claims, claims.free_names("digits", ".study", ".safetensors", **MODEL)

    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(take, range(40)))
    pairs = {tuple(map(str, pair)) for _, pair in taken}
    assert len(pairs) == 40
    assert all(study.split(".")[0] == model.split(".")[0] for study, model in pairs)
    for claims, _ in taken:
        claims.__exit__(None, None, None)
    assert names(here) == []


def test_a_name_that_was_asked_for_is_taken_by_one(here):
    with Claims() as claims, Claims() as others:
        claims.take(here / "a.safetensors", **MODEL)
        with pytest.raises(ModelError, match="not overwritten"):
            others.take(here / "a.safetensors", **MODEL)
        assert others.take(here / "a.safetensors", **MODEL, force=True) == here / "a.safetensors"
    assert names(here) == []


def test_what_was_written_stays(here):
    (here / "other").touch()
    with Claims() as claims:
        written, replaced, left = claims.free_names("digits", ".a", ".b", ".c", **MODEL)
        written.write_text("a model")
        (here / "other").rename(replaced)  # somebody else's, and empty
    assert names(here) == ["digits-1.a", "digits-1.b"]
    assert not left.exists()


@pytest.mark.parametrize("command", ["train", "search"])
def test_two_that_run_at_once_both_keep_what_they_found(
    command, shoal, files, tmp_path, monkeypatch
):
    """The second begins while the first trains, and ends before it."""
    arguments = [command, files.data, "--network", files.network, "--epochs", 1, "--quiet"]
    if command == "search":
        arguments[3:] = [files.family, "--epochs", 1, "--trials", 2, "--confirm", 0, "--quiet"]
    module = import_module(f"shoal.tuning.{command}")
    work, seeds = getattr(module, command), [1, 2]

    def begun(*given, **options):
        if len(seeds) == 2:
            seeds.pop()
            second = shoal(*arguments, "--seed", 2)
            assert second.exit_code == 0, second.output
        return work(*given, **options)

    monkeypatch.setattr(module, command, begun)
    first = shoal(*arguments, "--seed", 1)
    assert first.exit_code == 0, first.output
    models = [Model.load(tmp_path / f"blobs-{i}.safetensors") for i in (1, 2)]
    assert [model.info["seed"] for model in models] == [1, 2]
    assert len(names(tmp_path)) == (2 if command == "train" else 4)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError("no"), DataError("no")])
@pytest.mark.parametrize("command", ["train", "search", "curve"])
def test_nothing_is_left_of_a_run_that_ends_before_it_writes(
    command, error, shoal, files, tmp_path, monkeypatch
):
    def fail(*given, **options):
        assert names(tmp_path) != []
        raise error

    what = "learning_curve" if command == "curve" else command
    monkeypatch.setattr(import_module(f"shoal.tuning.{what}"), what, fail)
    extra = ["--figure", "curve.svg"] if command == "curve" else []
    assert shoal(command, files.data, *extra).exit_code != 0
    assert names(tmp_path) == []


def test_a_name_that_is_taken_is_told_as_such(shoal, tmp_path):
    (tmp_path / "a.safetensors").touch()
    shown = shoal("show", "a.safetensors")
    assert shown.exit_code == 2
    assert "this file is empty" in shown.stderr
    assert "A training that runs has taken its name" in shown.stderr
