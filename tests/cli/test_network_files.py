"""Networks written by hand: what can be said, and what is told of mistakes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.cli.network_file import read_network_file
from shoal.engine import recipe_from_json
from shoal.errors import NetworkError, RecipeError, ShoalError
from shoal.space import Float, Int, Space

EXAMPLES = Path(__file__).parents[2] / "examples"


def written(tmp_path, text, name="n.toml"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_toml_and_json_say_the_same(tmp_path):
    toml = written(tmp_path, 'layers = ["flatten", { kind = "dense", units = 7 }]')
    text = json.dumps({"layers": [{"kind": "flatten"}, {"kind": "dense", "units": 7}]})
    both = [read_network_file(toml), read_network_file(written(tmp_path, text, "n.json"))]
    first, second = (read.network.with_input((2, 3, 1)) for read in both)
    assert first.to_json() == second.to_json()
    assert first.parameter_count() == 6 * 7 + 7


def test_array_of_tables(tmp_path):
    text = '[[layers]]\nkind = "flatten"\n[[layers]]\nkind = "dense"\nunits = 2\n'
    network = read_network_file(written(tmp_path, text)).network
    assert [node.name for node in network.nodes] == ["flatten_1", "dense_1"]


def test_an_activation_within_a_layer_may_be_a_bare_word_too(tmp_path):
    text = """layers = [
      { kind = "parametric", activation = "mish" },
      { kind = "parametric", activation = { kind = "leaky_relu", slope = 0.2 } },
    ]"""
    first, second = (n.layer for n in read_network_file(written(tmp_path, text)).network.nodes)
    assert (first.activation.kind, second.activation.slope) == ("mish", 0.2)
    wrong = written(tmp_path, 'layers = [{ kind = "parametric", activation = "dense" }]')
    with pytest.raises(NetworkError, match="dense needs a value for 'units'"):
        read_network_file(wrong)


def test_ranges(tmp_path):
    text = """layers = [
      { kind = "dense", units = { range = "int", low = 2, high = 9, log = true } },
      { kind = "dropout", rate = { range = "float", low = 0.0, high = 0.5, name = "drop" } },
    ]"""
    space = Space(read_network_file(written(tmp_path, text)).network)
    units, drop = space
    assert (units.name, drop.name) == ("dense_1.units", "drop")
    assert isinstance(units.range, Int)
    assert isinstance(drop.range, Float)
    assert (units.range.low, units.range.high, units.range.log) == (2, 9, True)


def test_short_forms_in_a_recipe(tmp_path):
    text = """layers = ["flatten"]
    [recipe]
    loss = "squared_error"
    optimizer = "sgd"
    early_stopping = { patience = 3 }"""
    recipe = recipe_from_json(read_network_file(written(tmp_path, text)).recipe)
    told = recipe.to_json()
    assert (told["loss"]["kind"], told["optimizer"]["kind"]) == ("squared_error", "sgd")
    assert told["early_stopping"]["patience"] == 3


@pytest.mark.parametrize(("text", "name"), [
    ('layers = ["flatten"]\n[recipe]\nearly_stopping = false\nclipping = false', "n.toml"),
    ('{"layers": ["flatten"], "recipe": {"early_stopping": null, "clipping": null}}', "n.json"),
])  # fmt: skip
def test_what_a_recipe_may_do_without_is_switched_off(tmp_path, text, name):
    recipe = recipe_from_json(read_network_file(written(tmp_path, text, name)).recipe)
    assert recipe.early_stopping is None
    assert recipe.clipping is None


def test_block_with_bare_words_inside(tmp_path):
    text = """layers = [{ range = "choice", options = [
      { kind = "sequential", layers = [{ kind = "dense", units = 3 }, "relu"] },
      { kind = "identity" } ] }]"""
    assert len(Space(read_network_file(written(tmp_path, text)).network)) == 1


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.name)
def test_examples_are_networks(path):
    read = read_network_file(path)
    assert read.recipe is not None
    recipe_from_json(read.recipe)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.toml", 'layers = [\n  "relu"\n  "tanh"]', r"a\.toml, line 3, column 3: .* is TOML"),
        ("a.toml", "layers = [", r"a\.toml, end of file: .* is TOML"),
        ("a.json", '{"layers": [}', r"a\.json, line 1, column 13: the file is JSON"),
        ("a.json", "[1, 2]", "a network file is a table; received a list"),
        ("a.json", "null", "a network file is a table; received nothing"),
        ("a.toml", "recipe = 3\nlayers = []", "recipe is a table; received a number"),
        ("a.toml", 'layers = ["dens"]', r"layers\[0\]: there is no layer of this kind.*'dens'"),
        ("a.toml", 'layers = ["dense"]', r"layers\[0\]: dense needs a value for 'units'"),
        ("a.toml", 'layers = [{ kind = "dense", unit = 3 }]', "dense has no field 'unit'"),
        ("a.toml", 'layers = [{ kind = "dense", units = 0 }]', r"layers\[0\]: units"),
        ("a.toml", "units = 3", "a network lists its layers"),
        ("a.yaml", "layers: []", r"TOML or JSON; expected \.toml or \.json; received '\.yaml'"),
        ("a.json", "[" * 100_000, "not nested without end"),
        ("a.toml", "a = " + "[" * 100_000, "not nested without end"),
        ("a.json", "1" * 5000, "the file is JSON"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, name, text, told):
    with pytest.raises(NetworkError, match=told):
        read_network_file(written(tmp_path, text, name))


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "n.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NetworkError, match="text in UTF-8"):
        read_network_file(path)


def test_no_such_file(tmp_path):
    with pytest.raises(NetworkError, match="No such file"):
        read_network_file(tmp_path / "none.toml")


def test_huge_file(tmp_path):
    path = tmp_path / "n.json"
    with open(path, "wb") as file:
        file.truncate(20_000_000)
    with pytest.raises(NetworkError, match="a short text"):
        read_network_file(path)


words = st.sampled_from(
    ["kind", "layers", "nodes", "name", "layer", "inputs", "shares", "range", "options", "low",
     "high", "log", "units", "dense", "relu", "sequential", "choice", "int", "output",
     "input_shape", "recipe", "optimizer", "adamw"]
)  # fmt: skip
plain = words | st.none() | st.booleans() | st.integers(-2, 5) | st.floats(allow_nan=False)
documents = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4)
)


@given(st.dictionaries(words, documents, max_size=5))
def test_whatever_the_file_says_only_our_errors_come(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz", numbered=True) / "n.json"
    path.write_text(json.dumps(data))
    try:
        read = read_network_file(path)
        if read.recipe is not None:
            recipe_from_json(read.recipe)
    except ShoalError:
        pass


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ("epochs = -3", r"wrong\.toml: recipe: .*epochs"),
        (
            'optimizer = "adamant"',
            r"wrong\.toml: recipe: optimizer: there is no part .*'adamant'",
        ),
        ("speed = 1", r"recipe has no field 'speed'"),
        ("loss = false", r"wrong\.toml: recipe: .*loss"),
    ],
)
def test_mistakes_in_a_recipe_name_the_file(files, refused, tmp_path, recipe, told):
    text = f'layers = [{{ kind = "dense", units = 3 }}]\n[recipe]\n{recipe}\n'
    (tmp_path / "wrong.toml").write_text(text)
    message = refused("train", files.data, "--network", "wrong.toml")
    with pytest.raises(RecipeError, match=told):
        raise RecipeError(message)


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ('{ kind = "dense", units = 4 }', "one output for each class; expected shape (3,)"),
        ('{ kind = "conv", channels = 2 }', "layer conv_1: a Conv layer takes maps"),
    ],
)
def test_network_that_the_data_cannot_have(files, refused, tmp_path, layers, told):
    (tmp_path / "n.toml").write_text(f"layers = [{layers}]")
    assert told in refused("train", files.data, "--network", "n.toml")
