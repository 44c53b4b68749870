"""Starting, ending, and what the two streams carry: in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import pytest

import shoal as library

COMMAND = [sys.executable, "-c", "from shoal.cli.main import main; main()"]
SOURCES = str(Path(library.__file__).parents[1])
"""Where shoal is, installed or not."""


def environment():
    """As it is here, but for a cache of programs: several processes compile the same ones."""
    programs = Path(jax.config.jax_compilation_cache_dir) / "of-commands"
    return {**os.environ, "PYTHONPATH": SOURCES, "SHOAL_CACHE": str(programs)}


def started(*args, cwd):
    return subprocess.Popen(
        [*COMMAND, *map(str, args)], cwd=cwd, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip


def ended(*args, cwd):
    process = started(*args, cwd=cwd)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    script = (
        "import sys; from shoal.cli.main import app\n"
        f"app({arguments!r}, standalone_mode=False)\n"
        "heavy = {'jax', 'pandas', 'sklearn', 'matplotlib', 'optax', 'scipy'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment()
    )
    assert "heavy: []" in done.stderr
    assert done.stdout


def test_every_command_teaches_by_examples(shoal):
    for command in ("train", "search", "evaluate", "predict", "report", "show"):
        result = shoal(command, "--help")
        assert result.exit_code == 0
        assert f"shoal {command} " in result.stdout.split("Examples:")[1]
        assert max(map(len, result.stdout.splitlines())) <= 80


def test_version(shoal):
    assert shoal("--version").stdout == "shoal 0.1.0\n"


def test_json_alone_on_standard_output(files, tmp_path):
    code, out, err = ended(
        "search", files.data, "--network", files.family, "--trials", 2, "--json", cwd=tmp_path
    )
    assert code == 0
    assert json.loads(out)["study"] == "blobs-1.study"
    assert out.count("\n") == 1
    assert "training" in err


def test_bad_input_in_a_process_of_its_own(tmp_path):
    code, out, err = ended("train", "nowhere.csv", cwd=tmp_path)
    assert (code, out, err) == (2, "", "Error: nowhere.csv: no such file\n")


def test_closed_pipe_is_no_error_to_tell(files, tmp_path):
    process = started("show", files.study, cwd=tmp_path)
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.wait(timeout=60)
    process.stderr.close()


def until(process, word):
    """Read standard error up to a word."""
    read = ""
    while word not in read:
        line = process.stderr.readline()
        assert line, f"ended before {word!r}:\n{read}"
        read += line
    return read


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_interrupt_ends_in_order(files, tmp_path, number):
    process = started(
        "train", files.data, "--network", files.network, "--epochs", 1_000_000, "--patience", 0,
        "--json", cwd=tmp_path,
    )  # fmt: skip
    until(process, "epoch")
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    found = json.loads(out)
    assert found["interrupted"] is True
    assert 0 < found["epochs"] < 1_000_000
    assert (tmp_path / found["model"]).is_file()
    assert "Interrupted" in err
    assert "Traceback" not in err


def test_interrupted_search_tells_what_is_open(files, tmp_path):
    process = started(
        "search", files.data, "--network", files.family, "--epochs", 1_000_000, "--patience", 0,
        "--trials", 4, "--lanes", 2, "--sampler", "random", "--json", cwd=tmp_path,
    )  # fmt: skip
    until(process, "2 running")
    time.sleep(1)  # an epoch takes far less
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    found = json.loads(out)
    assert found["interrupted"] is True
    assert sum(found["trials"].values()) == 4
    assert found["trials"]["running"] == 0
    assert (tmp_path / found["study"]).is_file()
    assert "Interrupted" in err


def test_second_interrupt_ends_at_once_without_a_traceback(files, tmp_path):
    script = (
        "from shoal.cli.main import app\n"
        "from shoal.tuning.search_loop import SearchLoop\n"
        "def stuck(self):\n"
        "    import os, signal, time\n"
        "    for _ in range(2):\n"
        "        os.kill(os.getpid(), signal.SIGINT); time.sleep(0.2)\n"
        "    raise AssertionError('still here')\n"
        "SearchLoop.search = stuck\n"
        f"app(['search', {str(files.data)!r}, '--trials', '2'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
    )
    assert done.returncode == 130, done.stderr
    assert "Interrupted." in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
