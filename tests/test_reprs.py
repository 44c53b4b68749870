"""What a prompt and a notebook show: a few lines, or the picture itself."""

import numpy as np
import pytest
from small_problems import bars, blobs, messages

import shoal
from shoal import (
    Conv,
    Dense,
    Flatten,
    Float,
    Input,
    Int,
    MaxPool,
    Network,
    Recipe,
    Sequential,
    relu,
)
from shoal.data.prepare import prepare
from shoal.data.splitting.split import split
from shoal.inspect.subject import new_figure
from shoal.utils.text import short

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def model():
    network = Sequential(Conv(4, kernel_size=3), relu, MaxPool(2), Flatten(), Dense(3))
    return shoal.train(network, Recipe(epochs=2), bars())


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    family = Sequential(Dense(Int(2, 4), name="<b>"), relu, Dense(3))
    recipe = Recipe(optimizer=shoal.optimizers.Adam(learning_rate=Float(1e-3, 1e-1, log=True)))
    path = tmp_path_factory.mktemp("reprs") / "a.study"
    found = shoal.search(
        family, Recipe(optimizer=recipe.optimizer, epochs=2), blobs(), trials=3, lanes=3,
        confirm_seeds=1, study=path,
    )  # fmt: skip
    yield found
    found.close()


@pytest.fixture(scope="module")
def shown(model, study):
    """By name everything that a user is likely to end a cell with."""
    prepared = prepare(blobs(), split(blobs(), seed=0))
    compared = shoal.compare(
        Sequential(Dense(Int(2, 4)), Dense(3)), Recipe(epochs=1), blobs(),
        {"a": {"dense_1.units": 3}}, seeds=2,
    )  # fmt: skip
    curve = shoal.learning_curve(
        Sequential(Dense(3)), Recipe(epochs=1), blobs(), fractions=(0.2, 0.5, 1), seeds=2
    )
    return {
        "model": model, "network": model.network, "family": study.space, "study": study,
        "data": bars(), "texts": messages(), "prepared": prepared, "train": prepared.train,
        "split": prepared.split, "preprocessing": prepared.preprocessing,
        "ensemble": study.ensemble(2), "comparison": compared, "curve": curve, "law": curve.law,
        "equations": model.network.equations(), "drawing": model.network.draw(),
        "filters": shoal.inspect.filters(model), "slices": study.slices(),
        "activations": shoal.inspect.activations(model, bars().x[:20]),
        "feature_maps": shoal.inspect.feature_maps(model, bars().x[:2]),
        "dead_units": shoal.inspect.dead_units(model, bars().x[:20]),
        "deltas": shoal.inspect.deltas(model, bars().x[:20], bars().y[:20]),
        "gradient_norms": shoal.inspect.gradient_norms(model, bars().x[:20], bars().y[:20]),
    }  # fmt: skip


def test_every_repr_is_short_and_tells_no_address(shown):
    for name, thing in shown.items():
        text = repr(thing)
        assert len(text) <= 1000, name
        assert " at 0x" not in text, name
        assert "array(" not in text, name


def test_reprs_say_what_it_is(shown, study):
    assert repr(shown["data"]) == (
        "Dataset(bars: 120 images of 6×6×1, classification into 3 classes)"
    )
    assert repr(shown["network"]) == (
        "Sequential(Conv(4), Relu, MaxPool, Flatten, Dense(3); input 6×6×1; 151 parameters)"
    )
    lines = repr(shown["model"]).splitlines()
    assert lines[0] == "Model: classification of bars, 3 classes"
    assert lines[1].strip() == repr(shown["network"])
    assert lines[2].startswith("  validation: accuracy ")
    assert lines[3].startswith("  test: accuracy ")
    lines = repr(study).splitlines()
    assert lines[0] == f"Study {study.path}"
    assert lines[1] == "  search of blobs: 3 completed, of 3 trials"
    assert lines[2].startswith(f"  winner: trial {study.winner['trial']}, validation accuracy ")
    assert repr(shown["ensemble"]).startswith("Ensemble of 2 networks: classification of blobs")
    assert repr(study.space).startswith("Space of 2 hyperparameters: <b>.units, ")
    assert repr(Input((4,))) == "Input((4,))"
    assert repr(Dense(3)(Input())) == "<output of Dense(3)>"
    assert "weights=<float32 of shape (4, 3, 3, 1)>" in repr(shown["filters"])


def test_long_networks_are_told_by_their_ends():
    long = Sequential(*[Dense(n) for n in range(1, 21)])
    assert repr(long) == (
        "Sequential(Dense(1), Dense(2), Dense(3), … 14 more layers …, Dense(18), Dense(19), "
        "Dense(20))"
    )
    family = Network(Dense(Int(2, 8))(Input((4,))))
    assert repr(family) == "Network(Dense(2…8); input 4; ≤ 40 parameters)"


def test_a_closed_study_says_so(tmp_path):
    study = shoal.search(
        Sequential(Dense(3)), Recipe(epochs=1), blobs(), trials=1, study=tmp_path / "b.study"
    )
    study.close()
    assert repr(study) == f"Study {tmp_path / 'b.study'}, closed"
    assert study._repr_html_() == f"<div>Study {tmp_path / 'b.study'}, closed</div>"


LOOKS = (
    "filters", "slices", "activations", "feature_maps", "dead_units", "deltas", "gradient_norms",
    "curve",
)  # fmt: skip


@pytest.mark.parametrize("name", LOOKS)
def test_looks_are_pictures_in_a_notebook(name, shown):
    assert shown[name]._repr_png_().startswith(PNG)


def test_figures_are_too(shown):
    assert shown["filters"].figure()._repr_png_().startswith(PNG)
    assert shown["curve"].draw()._repr_png_().startswith(PNG)
    assert new_figure(2, 2)._repr_png_().startswith(PNG)


def test_networks_and_models_are_drawn(shown):
    assert shown["network"]._repr_svg_() == shown["network"].draw().svg
    html = shown["model"]._repr_html_()
    assert "<svg" in html
    assert "test: accuracy" in html


def test_a_study_is_a_small_table_in_a_notebook(study):
    html = study._repr_html_()
    assert html.count("<tr>") == 4
    assert "<th>&lt;b&gt;.units</th>" in html  # names are text, not markup
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.zeros((2, 3), np.float32), "<float32 of shape (2, 3)>"),
        (np.float64(0.5), "np.float64(0.5)"),
        (tuple(range(100)), "(0, 1, 2, 3, 4, 5, … 94 more)"),
        ({"a": np.zeros(3)}, "{'a': <float64 of shape (3,)>}"),
        (b"abc", "<3 bytes>"),
        ("x" * 100, "'" + "x" * 58 + "…"),
        (None, "None"),
    ],
)
def test_values_in_a_few_words(value, told):
    assert short(value) == told
