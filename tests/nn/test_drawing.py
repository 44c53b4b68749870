"""A network's picture: every layer once, well-formed, ranges as ranges, nothing injected."""

from __future__ import annotations

from xml.etree import ElementTree

from shoal import (
    Add,
    Choice,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Float,
    Input,
    Int,
    Network,
    Repeat,
    Sequential,
    relu,
)

SVG = "{http://www.w3.org/2000/svg}"


def texts(network):
    root = ElementTree.fromstring(network.draw().svg)
    return root, [element.text for element in root.iter(f"{SVG}text")]


def test_every_layer_is_in_the_picture_once():
    x = Input((8, 8, 1))
    h = relu(Conv(4)(x))
    network = Network(Dense(3)(Flatten()(Add()(h, relu(Conv(4)(h))))))
    root, found = texts(network)
    assert [t for t in found if t.startswith("Conv(")] == ["Conv(4)", "Conv(4)"]
    assert found.count("Relu") == 2
    assert "conv_1 · 40 parameters" in found
    assert found.count("8×8×4") == 5
    tips = [title.text for title in root.iter(f"{SVG}title")]
    assert tips[0] == "A network of 7 layers"
    assert [tip.split(":")[0] for tip in tips[1:]] == ["input", *(n.name for n in network.nodes)]
    # Input to conv, to conv, two to the sum, to flatten, to dense: activations have no edge.
    edges = [path for path in root.iter(f"{SVG}path") if path.get("class") == "edge"]
    assert len(edges) == 6


def test_ranges_and_choices_are_drawn_as_such():
    family = Sequential(
        Dense(Int(4, 16)), relu, Dropout(Float(0.0, 0.5)),
        Choice(Dense(4), Repeat(Dense(4), times=2), None), Repeat(Dense(5), times=Int(1, 3)),
        input_shape=(6,),
    )  # fmt: skip
    _, found = texts(family)
    assert "Dense(4…16)" in found
    assert "≤ 16" in found
    assert "dense_1 · ≤ 112 parameters" in found
    assert "Dropout(rate=0…0.5)" in found


def test_names_from_files_are_text_and_nothing_else(tmp_path):
    network = Sequential(Dense(2, name="<script>&'\""), input_shape=(3,))
    root, found = texts(network)
    assert any("<script>&'\"" in text for text in found)
    assert not list(root.iter(f"{SVG}script"))
    path = tmp_path / "network.svg"
    network.draw().save(path)
    assert path.read_text(encoding="utf-8") == str(network.draw()) == network.draw()._repr_svg_()


def test_a_network_without_a_shape_can_be_drawn():
    _, found = texts(Sequential(Flatten(), Dense(2)))
    assert "Flatten" in found
    assert "Dense(2)" in found
