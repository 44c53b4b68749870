"""What a run looks like: the lines of a log, and the panel at any width."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import shoal.display.progress
from shoal.cli.terminal import Terminal, watching
from shoal.display import Lines, LivePanel, Progress, progress_line
from shoal.display.panel import NARROWEST, WIDEST, RunPanel
from shoal.display.progress import last_line

SEARCH = Progress(
    phase="training", asked=64,
    states={"waiting": 20, "running": 30, "completed": 8, "stopped": 4, "diverged": 2, "failed": 0},
    begun=7.5, lanes=32, busy=30, occupancy=0.914, epochs=260, elapsed=13.0, remaining=95.0,
    metric="accuracy", best=0.98765, best_trial=41,
)  # fmt: skip
TRAIN = Progress(
    phase="training", asked=1, epochs=7, elapsed=2.0, remaining=4.0, most_epochs=20,
    epoch={"epoch": 7, "train_loss": 0.25, "loss": 0.5, "accuracy": 0.875},
)  # fmt: skip
EARLY = Progress(
    phase="training", asked=40, states={"running": 40}, begun=2.0, lanes=40, busy=40, epochs=40,
    elapsed=1.0, metric="rmse", best=26190.4, best_trial=7, best_unfinished=True,
)  # fmt: skip


def drawn(panel, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(panel)
    return console.file.getvalue().splitlines()


def words(lines: list[str]) -> str:
    """What is written, its lines joined, without the border and the bars."""
    return " ".join(re.sub("[╭╮╰╯│─━╸╺]", " ", " ".join(lines)).split())


def test_line_of_a_search():
    assert progress_line(SEARCH) == (
        "training, 14/64 trials, 4 stopped early, 2 diverged, 30 running, "
        "best validation accuracy 0.9877 (trial 41), 30/32 lanes, 1:35 left"
    )


def test_line_of_a_training():
    assert progress_line(TRAIN) == (
        "training, epoch 7/20, training loss 0.2500, validation loss 0.5000, "
        "validation accuracy 0.8750, 0:04 left"
    )


def test_the_best_is_told_before_any_trial_has_ended():
    told = "best validation rmse 26,190 (trial 7, unfinished)"
    assert told in progress_line(EARLY)
    text = words(drawn(RunPanel("t", EARLY, 1.0, 0.0)))
    assert "rmse 26,190 on validation trial 7, unfinished" in text


def test_last_lines():
    assert (
        last_line(SEARCH, 12.34)
        == "14 trials in 12.3 s, best validation accuracy 0.9877 (trial 41)"
    )
    assert last_line(TRAIN, 84) == (
        "7 epochs in 1 min 24 s, training loss 0.25, validation loss 0.5, validation accuracy 0.875"
    )


TELLS = (
    "14/64", "30 running", "8 completed", "4 stopped early", "2 diverged", "accuracy 0.9877",
    "trial 41", "30/32 busy, 91% useful", "about 1:35 left", "20.0 epochs/s", "Ctrl-C",
)  # fmt: skip


@pytest.mark.parametrize("width", [40, 50, 80, 120, 200])
def test_panel_of_a_search_tells_all_at_any_width(width):
    lines = drawn(RunPanel("shoal search digits", SEARCH, 13.0, 0.0), width)
    assert {len(line) for line in lines} == {min(width, WIDEST)}
    text = words(lines)
    assert [word for word in (*TELLS, "shoal search digits") if word not in text] == []


@pytest.mark.parametrize("width", [40, 50, 80, 120, 200])
def test_panel_of_a_training_tells_all_at_any_width(width):
    lines = drawn(RunPanel("shoal train digits", TRAIN, 2.0, 0.0), width)
    assert {len(line) for line in lines} == {min(width, WIDEST)}
    for word in ("7/20", "training loss 0.2500", "validation loss 0.5000",
                 "validation accuracy 0.8750", "about 0:04 left"):  # fmt: skip
        assert word in words(lines)


@given(
    width=st.integers(1, 220), title=st.text(max_size=60), asked=st.integers(2, 10**9),
    completed=st.integers(0, 10**9), lanes=st.integers(0, 10**6),
    best=st.none() | st.floats(), phase=st.sampled_from(["preparing", "training", "averaging"]),
)  # fmt: skip
def test_no_width_breaks_a_line_or_loses_a_number(
    width, title, asked, completed, lanes, best, phase
):
    told = Progress(
        phase, asked, {"completed": completed, "running": 3}, begun=0.5, lanes=lanes, busy=1,
        metric="label_accuracy", best=best, best_trial=3,
    )  # fmt: skip
    title = "".join(c for c in title if c.isascii() and c.isprintable())
    lines = drawn(RunPanel(title, told, 5.0, 1.0), width)
    assert max(map(len, lines)) <= width
    if width >= NARROWEST:
        assert f"{completed:,}/{asked:,}" in words(lines)


def test_the_bar_moves_before_any_trial_has_ended():
    def filled(begun: float) -> int:
        told = Progress("training", 10, {"running": 10}, begun=begun)
        return sum(line.count("━") for line in drawn(RunPanel("t", told, 1.0, 0.0)))

    assert 0 == filled(0.0) < filled(2.5) < filled(5.0)


@pytest.mark.parametrize(
    "phase",
    ["preparing", "compiling", "training", "confirming", "scoring", "averaging", "done"],
)
@pytest.mark.parametrize("asked", [1, 3])
def test_panel_before_anything_is_known(phase, asked):
    panel = LivePanel("[bold]odd name")
    assert "[bold]odd name" in words(drawn(panel.render()))
    panel(Progress(phase=phase, asked=asked))
    assert "[bold]odd name" in words(drawn(panel.render()))


def test_lines_come_at_each_phase_and_not_too_often(capsys, monkeypatch):
    clock = iter([0.0, 1.0, 2.0, 3.0, 9.0, 9.5])
    monkeypatch.setattr(shoal.display.progress.time, "monotonic", lambda: next(clock))
    lines = Lines(Terminal().remark)
    for phase in ("preparing", "training", "training", "training", "scoring"):
        lines(Progress(phase=phase, asked=2))
    told = [line.split("] ")[1] for line in capsys.readouterr().err.splitlines()]
    assert told == ["preparing", "training", "training", "scoring"]


def test_quiet_shows_nothing(capsys):
    with watching(Terminal(quiet=True), "title") as watch:
        watch(SEARCH)
    assert capsys.readouterr().err == ""


def test_without_a_terminal_there_are_lines_without_colors(capsys):
    with watching(Terminal(), "title") as watch:
        watch(SEARCH)
    told = capsys.readouterr().err
    assert told == f"[0:00] {progress_line(SEARCH)}\n"


def test_the_end_of_a_single_training_is_not_told_as_that_of_a_search():
    def told(phase, asked):
        panel = RunPanel("shoal", Progress(phase, asked, epoch={"epoch": 3.0}), 1.0, 0.0)
        return words(drawn(panel))

    assert "scoring the network on the test split" in told("scoring", 1)
    assert "ensembles" not in told("averaging", 1)
    assert "scoring the winner on the test split" in told("scoring", 5)
