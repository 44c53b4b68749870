import pytest

import shoal
from docs.catalogue import FILE, METRICS, argument, catalogue, fields, functions, parts, sections
from shoal.metrics import objective
from shoal.registry import LAYERS, RECIPE_PARTS, SAMPLERS

CLASSES = {f"{heading}: {cls.__name__}": cls for heading, (_, classes) in sections().items()
           for cls in classes}  # fmt: skip

NO_EQUATION = {
    "Layers: Concat", "Layers: Crop", "Layers: Flatten", "Layers: Pad", "Layers: Reshape",
    "Augmentation: Crop", "Augmentation: CutOut", "Augmentation: Flip", "Augmentation: Rotation",
}  # fmt: skip
"""What moves numbers and computes none. Samplers may have their steps in their module."""

NO_SOURCE = {
    "Layers: Add", "Layers: Concat", "Layers: Crop", "Layers: Flatten", "Layers: Pad",
    "Layers: Repeat", "Layers: Reshape", "Activations: Identity", "Samplers: Grid",
}  # fmt: skip
"""What nobody had to invent."""

each = pytest.mark.parametrize("place", CLASSES)


def test_the_file_is_what_the_docstrings_say():
    assert FILE.read_text(encoding="utf-8") == catalogue(), "run: python -m docs.catalogue"


@each
def test_everything_has_its_equation_and_its_source(place):
    told = parts(CLASSES[place])[0]
    if not place.startswith("Samplers: "):
        assert ("math:" in told) != (place in NO_EQUATION)
    assert ("Source:" in told) != (place in NO_SOURCE)


@pytest.mark.parametrize("place", [*CLASSES, *functions()])
def test_every_argument_is_explained(place):
    made = (CLASSES | functions())[place]
    assert [name for name, *_ in fields(made) if not argument(made, name)] == []


def test_nothing_is_left_out():
    found = set(CLASSES.values())
    registered = {
        cls for registry in (LAYERS, RECIPE_PARTS, SAMPLERS) for cls in registry.of(object).values()
    }
    assert registered - found == {shoal.Network, shoal.Sequential, shoal.Recipe}
    assert set(METRICS) == set(objective.MEASURES)
    text = catalogue()
    assert len(functions()) == 9  # eight looks, and the learning curve
    assert shoal.EarlyStopping in found
    assert all(f"`{name}`" in text for ways in objective.DIRECTIONS.values() for name in ways)


def test_mathematics_becomes_markdown():
    text = catalogue()
    assert ":math:" not in text
    assert ".. math::" not in text
    assert "$`h = x_1 + x_2 + \\dots`$" in text
    assert "| `learning_rate` | `0.01` | an input of the program | η. |" in text
