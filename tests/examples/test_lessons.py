"""The lessons and the layer of one's own: each runs small, says what it found, draws figures."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"

SAYS = {
    "01_perceptron": r"separable: \d+ mistakes, 0 in the last epoch\n(?s:.*)"
    r"exclusive_or: \d+ mistakes, [1-9]\d* in(?s:.*)separable: accuracy (9\d\.\d|100\.0)%",
    "02_xor": r"in 1 program\n1 hidden units: 0% of(?s:.*)8 hidden units: (9\d|100)% of",
    "03_mlp_mnist": r"32 units: validation accuracy 0\.[5-9](?s:.*)test accuracy [4-9]\d\.",
    "04_backpropagation": r"dense_1: by hand and in shoal \de-0[6-9] apart\n(?s:.*)"
    r"dense_3: by hand and in shoal \de-0[6-9] apart\n(?s:.*)still \de-(0[6-9]|1\d) off",
    "05_error_functions": r"squared_error: 0\.[5-9]\d+ from(?s:.*)huber: 0\.[0-3]\d+ from",
    "06_convolutions": r"convolutions \(4,874 weights\).*\n(?s:.*)dense layers \(50,890 weights\)",
    "07_activations": r"sigmoid: ‖∂E/∂W‖ of the first layer is \d\.\de-0[3-9](?s:.*)"
    r"relu: ‖∂E/∂W‖ of the first layer is \d\.\de[-+]0[01]",
    "08_regularization": r"8 × 2 networks, \d+ digits each, 1 program\n(?s:.*)"
    r"log_loss, dropout: \S+ \(\S+ to \S+\)\n(?s:.*)accuracy, early stopping",
    "09_segmentation": r"2 weights × 2 seeds in 1 program\n(?s:.*)λ = 1: test IoU 0\.\d+, Dice 0\.",
    "10_text": r"bag of words: test accuracy (?s:.*)convolution: test accuracy \d(?s:.*)"
    r"'The soup was not bad and we did wait long': (yes|no)\n",
}
"""What each prints, among other things."""


def test_there_are_ten():
    assert sorted(path.stem for path in EXAMPLES.glob("[0-9]*.py")) == sorted(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_a_lesson_runs(name, tmp_path, monkeypatch, capsys):
    if name == "10_text":
        pytest.importorskip("tokenizers")
    path = EXAMPLES / f"{name}.py"
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.setattr(sys, "argv", [str(path), "--quick", "--out", str(tmp_path)])
    lesson = runpy.run_path(str(path), run_name="__main__")
    assert re.search(SAYS[name], capsys.readouterr().out)
    promised = re.search(r"Figures: ([\w,\s]+)", lesson["__doc__"])[1].split(",")
    assert {word.strip() for word in promised} == {p.stem for p in tmp_path.glob("*.png")}
    for figure in tmp_path.glob("*.png"):
        with Image.open(figure) as picture:
            assert picture.convert("L").getextrema()[0] < 200  # something is drawn


def test_a_layer_of_one_s_own_is_searched_saved_and_loaded(monkeypatch, capsys):
    path = EXAMPLES / "own_layer.py"
    monkeypatch.setattr(sys, "argv", [str(path), "--trials", "3", "--epochs", "1"])
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr().out
    assert "3 networks in 1 program" in printed
    assert "scaled_tanh_1" in printed
    assert "tanh(b" in printed
    assert "loaded, it predicts the same: True" in printed
