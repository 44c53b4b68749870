"""What a run looks like: the lines of a log, and the panel at 80 columns."""

import io

import pytest
from rich.console import Console

from shoal.cli import display
from shoal.cli.display import Lines, LivePanel, search_line, train_line, watching
from shoal.cli.terminal import Terminal
from shoal.cli.words import duration, number, seconds_text, spread, states_text
from shoal.wiring import Progress

SEARCH = Progress(
    phase="training", asked=64,
    states={"waiting": 20, "running": 30, "completed": 8, "stopped": 4, "diverged": 2, "failed": 0},
    lanes=32, busy=30, occupancy=0.914, epochs=260, elapsed=13.0, remaining=95.0,
    metric="accuracy", best=0.98765, best_trial=41,
)  # fmt: skip
TRAIN = Progress(
    phase="training", asked=1, epochs=7, elapsed=2.0, remaining=4.0,
    epoch={"epoch": 7, "train_loss": 0.25, "loss": 0.5, "accuracy": 0.875},
)  # fmt: skip


def drawn(panel) -> str:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    console.print(panel)
    return console.file.getvalue()


def test_line_of_a_search():
    line = search_line(SEARCH)
    assert line == (
        "training, 14/64 trials, 4 stopped early, 2 diverged, 30 running, "
        "best accuracy 0.9877 (trial 41), 30/32 lanes, 1:35 left"
    )


def test_line_of_a_training():
    assert train_line(TRAIN, 20) == (
        "training, epoch 7/20, training loss 0.2500, validation loss 0.5000, "
        "accuracy 0.8750, 0:04 left"
    )


def test_panel_of_a_search_fits_80_columns_and_tells_all():
    panel = LivePanel("shoal search digits", None)
    panel(SEARCH)
    text = drawn(panel.render())
    assert max(map(len, text.splitlines())) <= 80
    for word in ("shoal search digits", "14/64", "30 running", "8 completed", "4 stopped early",
                 "2 diverged", "accuracy 0.9877", "trial 41", "30/32 busy, 91% useful",
                 "about 1:35 left", "20.0 epochs/s", "Ctrl-C"):  # fmt: skip
        assert word in text


def test_panel_of_a_training():
    panel = LivePanel("shoal train digits", 20)
    panel(TRAIN)
    text = drawn(panel.render())
    for word in ("7/20", "training 0.2500", "validation 0.5000", "0.8750", "about 0:04 left"):
        assert word in text


@pytest.mark.parametrize(
    "phase", ["preparing", "compiling", "training", "confirming", "scoring", "done"]
)
def test_panel_before_anything_is_known(phase):
    for epochs in (None, 20):
        panel = LivePanel("[bold]odd\x1b name", epochs)
        assert "odd" in drawn(panel.render())
        panel(Progress(phase=phase, asked=3))
        assert "[bold]odd\\x1b name" in drawn(panel.render())


def test_lines_come_at_each_phase_and_not_too_often(capsys, monkeypatch):
    clock = iter([0.0, 1.0, 2.0, 3.0, 9.0, 9.5])
    monkeypatch.setattr(display.time, "monotonic", lambda: next(clock))
    lines = Lines(Terminal(), None)
    for phase in ("preparing", "training", "training", "training", "scoring"):
        lines(Progress(phase=phase, asked=2))
    told = [line.split("] ")[1] for line in capsys.readouterr().err.splitlines()]
    assert told == ["preparing", "training", "training", "scoring"]


def test_quiet_shows_nothing(capsys):
    with watching(Terminal(quiet=True), "title", None) as watch:
        watch(SEARCH)
    assert capsys.readouterr().err == ""


def test_words():
    assert [number(v) for v in (0.12345, 12.3456, 1e-5, 3, "relu", True, float("nan"))] == [
        "0.1235", "12.35", "1.00e-05", "3", "relu", "True", "not finite",
    ]  # fmt: skip
    assert [duration(s) for s in (0.4, 65, 3725)] == ["0:00", "1:05", "1:02:05"]
    assert [seconds_text(s) for s in (1.25, 42.4, 185)] == ["1.2 s", "42 s", "3 min 5 s"]
    assert (
        states_text({"completed": 2, "stopped": 1, "failed": 0}) == "2 completed, 1 stopped early"
    )
    assert spread(54.4967, 1.635) == "54.5 ± 1.6"
    assert spread(0.98, 0.01826) == "0.980 ± 0.018"
    assert spread(0.5, 0.0) == "0.5000 ± 0.0000"
    assert spread(None, None) == "– ± –"
    assert states_text({}) == "no trials"
