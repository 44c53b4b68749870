"""Environment variables: what each may be, and that nothing else is passed over."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from shoal.cli.terminal import reporting_failures
from shoal.engine.compilation import private_folder, use_cache
from shoal.errors import ShoalError, TrainingError
from shoal.utils import environment


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in environment.VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_without_any_all_is_as_usual():
    environment.check_environment()
    assert environment.cache_setting() is None
    assert environment.data_cache_setting() is None
    assert environment.data_cache_gb() == environment.USUAL_DATA_CACHE_GB
    assert environment.max_gb() is None
    assert environment.max_layers() == environment.USUAL_LAYERS
    assert not environment.debug_setting()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SHOAL_KERNELS", "fast", "expected native, xla, or nothing; received 'fast'"),
        ("SHOAL_KERNELS_ISA", "avx3", "expected baseline, avx2, avx512, or nothing"),
        ("SHOAL_CACHE", "of", "expected off, or a path with a / in it; received 'of'"),
        ("SHOAL_DATA_CACHE", "on", "off, or a path with a / in it; received 'on'"),
        ("SHOAL_DATA_CACHE_GB", "0", "a number of GB above 0"),
        ("SHOAL_MAX_GB", "much", "a number of GB above 0"),
        ("SHOAL_MAX_LAYERS", "0", "a whole number above 0"),
        ("SHOAL_MAX_LAYERS", "1e3", "a whole number above 0"),
        ("SHOAL_DEBUG", "yes", "expected 0, 1, or nothing"),
        ("SHOAL_KERNEL", "xla", "Did you mean SHOAL_KERNELS"),
    ],
)
def test_what_is_not_understood_is_refused(monkeypatch, name, value, told):
    monkeypatch.setenv(name, value)
    with pytest.raises(ShoalError, match=told):
        environment.check_environment()


def test_the_command_refuses_before_it_does_anything(monkeypatch, capsys):
    import typer

    monkeypatch.setenv("SHOAL_CACHE", "on")
    with pytest.raises(typer.Exit) as end, reporting_failures():
        raise AssertionError("nothing is done")
    assert end.value.exit_code == 2
    assert "SHOAL_CACHE" in capsys.readouterr().err


def test_values_are_read(monkeypatch):
    monkeypatch.setenv("SHOAL_CACHE", "~/programs")
    monkeypatch.setenv("SHOAL_MAX_LAYERS", " 12 ")
    monkeypatch.setenv("SHOAL_DEBUG", "0")
    environment.check_environment()
    assert environment.cache_setting() == Path.home() / "programs"
    assert environment.max_layers() == 12
    assert not environment.debug_setting()


ISA = "import shoal.kernels as k; print(k.backend(), k.instruction_set())"


def instruction_set(name):
    return subprocess.run(
        [sys.executable, "-c", ISA], capture_output=True, text=True, check=False,
        env={**os.environ, "SHOAL_KERNELS_ISA": name},
    )  # fmt: skip


def test_an_instruction_set_that_does_not_exist_is_refused():
    told = instruction_set("avx1024")
    assert told.returncode != 0
    assert "KernelError: the environment variable SHOAL_KERNELS_ISA" in told.stderr


@pytest.fixture
def jax_cache():
    before = jax.config.jax_compilation_cache_dir
    yield
    jax.config.update("jax_compilation_cache_dir", before)


def test_a_cache_is_where_it_is_asked_for(monkeypatch, tmp_path, jax_cache):
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "a" / "cache"))
    use_cache()
    (folder,) = (tmp_path / "a" / "cache").iterdir()
    assert jax.config.jax_compilation_cache_dir == str(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    use_cache()  # what is there already is taken


def test_a_cache_that_others_may_write_is_refused(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(TrainingError, match=r"of the user's alone.*received drwxrwxrwx"):
        private_folder(tmp_path / "open")
    (tmp_path / "mine").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    with pytest.raises(TrainingError, match=r"of the user's alone.*received lrwx"):
        private_folder(tmp_path / "link")
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="a folder that can be made"):
        private_folder(tmp_path / "file")
