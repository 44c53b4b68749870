"""Texts, end to end: messages in, a model that reads messages out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_problems import (
    contents,
    messages,
    numbers,
    same_weights,
    search_points,
    written_messages,
)
from typer.testing import CliRunner

import shoal
from shoal import (
    CharacterNGrams,
    Choice,
    Concat,
    Conv,
    Dense,
    Embedding,
    EmbeddingBag,
    GlobalMaxPool,
    HashedNGrams,
    Input,
    Int,
    Network,
    Recipe,
    Sequential,
    Tokens,
    relu,
)
from shoal.cli.main import app
from shoal.data import Dataset, Tokenization
from shoal.defaults.choose import default_network, default_recipe
from shoal.defaults.texts import BUCKETS
from shoal.errors import DataError, NetworkError
from shoal.models.ensemble import load_model
from shoal.optimizers import AdamW
from shoal.tuning.test_results import LONGEST, SHOWN
from shoal.tuning.token_checks import ngrams_of


def network(features, channels, vocabulary=300):
    return Sequential(
        Embedding(vocabulary, features), Conv(channels, kernel_size=3), relu,
        GlobalMaxPool(), Dense(2),
    )  # fmt: skip


RECIPE = Recipe(optimizer=AdamW(learning_rate=2e-2), epochs=6, batch_size=16)


@pytest.fixture(scope="module")
def study():
    points = [
        {"embedding_1.features": f, "conv_1.channels": c} for f, c in ((4, 3), (8, 6), (5, 4))
    ]
    return search_points(network(Int(4, 8), Int(3, 6)), RECIPE, messages(), points, lanes=2)


def test_a_lane_is_trained_as_if_alone(study):
    alone = shoal.train(network(5, 4), RECIPE, messages())
    same_weights(alone, study.model(2), rtol=1e-4)
    losses = [e["train_loss"] for e in alone.info["history"]]
    np.testing.assert_allclose(numbers(study, 2)[:, 0], losses, rtol=1e-4)


def test_messages_are_learned(study):
    """Half of what pure guessing would get wrong, at least: a third are advertisements."""
    assert study.winner["test"]["accuracy"] > 0.9
    model = study.best_model
    assert model.predict(["win a free prize now", "we eat at home"]).tolist() == ["spam", "ham"]


def test_all_rows_may_train_and_validate():
    model = shoal.train(network(5, 4), replace(RECIPE, epochs=1), messages(), test=0.0)
    assert len(model.predict(["win a prize", "at home"])) == 2


def test_a_model_file_reads_the_same(study, tmp_path):
    model, texts = study.best_model, [*written_messages(20, seed=5)[0], "", "ünknown 😀"]
    model.save(tmp_path / "m.safetensors")
    again = shoal.Model.load(tmp_path / "m.safetensors")
    assert again.preprocessing == model.preprocessing
    np.testing.assert_array_equal(again.predict_proba(texts), model.predict_proba(texts))
    with pytest.raises(DataError, match="inputs are texts"):
        again.predict(np.zeros((3, 28)))


def test_the_test_split_is_told_with_its_mistakes_first(study):
    data, model = messages(), study.best_model
    rows = shoal.data.split(data, seed=0).test
    found, told = model.predict(data.x[rows]), study.winner["messages"]
    assert {entry["row"] for entry in told} <= set(rows.tolist())
    wrong = [entry["row"] for entry in told if entry["true"] != entry["predicted"]]
    missed = rows[found != np.array(data.classes)[data.y[rows]]]
    assert len(wrong) == min(len(missed), SHOWN)
    assert set(wrong) <= set(missed.tolist())
    assert len(told) - len(wrong) == SHOWN
    for entry in told:
        assert data.x[entry["row"]].startswith(entry["text"])
        assert len(entry["text"]) <= LONGEST
        assert data.classes[entry["predicted"]] == model.predict([data.x[entry["row"]]])[0]
    leads = [e["lead"] for e in told if e["true"] == e["predicted"]]
    assert leads == sorted(leads)


def test_a_search_goes_on_with_the_tokens_that_it_began_with(tmp_path):
    texts, labels = written_messages(60)
    lines = [f"{label},{text}" for label, text in zip(labels, texts, strict=True)]
    (tmp_path / "m.csv").write_text("\n".join(["label,said", *lines]), encoding="utf-8")
    data = shoal.data.load(tmp_path / "m.csv", tokenization=Tokenization(280, length=9))
    family, recipe = network(4, Int(3, 6), 280), replace(RECIPE, epochs=2)
    options = {"seed": 3, "confirm_seeds": 0, "lanes": 2}
    whole = shoal.search(family, recipe, data, trials=4, **options)
    shoal.search(family, recipe, data, trials=2, study=tmp_path / "m.study", **options).close()
    more = shoal.resume(tmp_path / "m.study", trials=4)
    assert contents(more) == contents(whole)


@pytest.mark.parametrize(
    ("first", "match"),
    [
        (Dense(4), r"layer dense_1: texts are tokens.*expected Embedding\(300, features\)"),
        (Embedding(299, 4), "layer embedding_1: .*vocabulary of at least 300; received 299"),
        (Embedding(Int(200, 400), 4), "vocabulary of at least 300; received 200"),
        (Embedding(300, 4, padding=3), "fills texts up is 0"),
    ],
)
def test_networks_that_cannot_read_these_tokens(first, match):
    with pytest.raises(NetworkError, match=match):
        shoal.search(Sequential(first, GlobalMaxPool(), Dense(2)), RECIPE, messages(), trials=1)


@pytest.mark.parametrize(
    ("x", "what"), [(np.zeros((20, 6)), "a table"), (np.zeros((20, 6, 6)), "images")]
)
def test_what_is_no_text_does_not_go_into_an_embedding(x, what):
    data = Dataset.from_arrays(x, np.arange(20) % 2)
    match = rf"layer embedding_1: an Embedding takes tokens.*expected texts; received {what}"
    network = Sequential(Embedding(300, 4), GlobalMaxPool(), Dense(2))
    with pytest.raises(NetworkError, match=match):
        shoal.train(network, replace(RECIPE, epochs=1), data)


def by_name(network):
    return {node.name: node.layer for node in network.nodes}


@pytest.mark.parametrize("ranges", [False, True])
def test_the_default_network_has_a_vector_for_each_token(ranges):
    data = Dataset.from_arrays(*written_messages(40), tokenization=Tokenization(700))
    built = default_network(data, ranges=ranges)
    layers = by_name(built)
    reads = layers["reads" if ranges else "embedding_bag_1"]
    bag, pairs = reads.options if ranges else (reads, None)
    assert (type(bag), bag.vocabulary) == (EmbeddingBag, 700)
    assert (built.is_family(), built.nodes[-1].layer.units) == (ranges, 2)
    assert default_recipe(data, ranges=ranges).epochs == 100
    ngrams, vectors = layers["character_ngrams_1"], layers[f"embedding_bag_{1 if ranges else 2}"]
    assert (ngrams.buckets, vectors.vocabulary) == (BUCKETS, BUCKETS + 1)
    assert ngrams_of(built).per_token == layers["tokens_1"].per_token
    if ranges:
        assert reads.default is bag
        assert [node.layer.vocabulary for node in pairs.nodes] == [700, 700 + BUCKETS]


@pytest.mark.parametrize(
    ("times", "copies", "kinds"),
    [
        (9, 1, {"hashed_ngrams", "character_ngrams", "tokens"}),
        (60, 1, {"hashed_ngrams"}),
        (1, 20_000, set()),
    ],
    ids=["long", "very-long", "many"],
)
def test_what_is_read_hangs_on_how_long_and_how_many_texts_are(times, copies, kinds):
    texts, labels = written_messages(40)
    long = [" ".join([text] * times) for text in texts]
    data = Dataset.from_arrays(long * copies, labels * copies)
    found = {node.layer.kind for node in default_network(data, ranges=False).nodes}
    assert found - {"embedding_bag", "token_dropout", "concat", "dropout", "dense"} == kinds


ODD = ["", "win a prize 猫が好きです", "😀" * 40, "home " * 5000, "x" * 30_000, "NAÏVE \x00"]


@pytest.mark.filterwarnings("ignore:.* far longer than what is read")
def test_the_default_network_reads_a_text_alone_as_among_others(tmp_path):
    data = Dataset.from_arrays(*written_messages(60))
    recipe = replace(default_recipe(data, ranges=False), epochs=2)
    model = shoal.train(None, recipe, data, test=0.0, progress=False)
    together = model.predict_proba(ODD)
    assert np.isfinite(together).all()
    for text, row in zip(ODD, together, strict=True):
        np.testing.assert_array_equal(model.predict_proba([text])[0], row)
    model.save(tmp_path / "m.safetensors")
    again = shoal.Model.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(again.predict_proba(ODD), together)


@pytest.mark.parametrize(
    ("first", "match"),
    [
        (Sequential(Tokens(3), EmbeddingBag(300, 4)), "a CharacterNGrams layer with the same per"),
        (
            Sequential(CharacterNGrams(7), EmbeddingBag(7, 4)),
            "layer embedding_bag_1: .* at least 8; received 7",
        ),
        (
            Sequential(Choice(CharacterNGrams(7, 2), CharacterNGrams(7)), EmbeddingBag(8, 4)),
            r"read the same; .* received CharacterNGrams\(7, min_n=2\) and CharacterNGrams\(7\)",
        ),
        (
            Sequential(CharacterNGrams(7), HashedNGrams(8, 9), Tokens(), EmbeddingBag(300, 4)),
            "layer tokens_1: a Tokens layer takes a text's whole row",
        ),
    ],
    ids=["alone", "vectors", "unlike", "order"],
)
def test_networks_that_could_not_read_these_ngrams(first, match):
    with pytest.raises(NetworkError, match=match):
        shoal.search(Sequential(first, Dense(2)), RECIPE, messages(), trials=1)


def test_rows_with_ngrams_are_taken_apart_before_they_are_read():
    row = Input()
    ngrams = EmbeddingBag(8, 4)(CharacterNGrams(7)(row))
    network = Network(Dense(2)(Concat()(EmbeddingBag(300, 4)(row), ngrams)))
    with pytest.raises(NetworkError, match="are taken apart first; expected Tokens"):
        shoal.train(network, replace(RECIPE, epochs=1), messages())


def test_runs_of_tokens_are_numbered_behind_all_tokens():
    data = messages()
    network = Sequential(HashedNGrams(200, 9), EmbeddingBag(209, 4), Dense(2))
    match = r"layer hashed_ngrams_1: buckets .* behind the tokens; .* at least 300; received 200"
    with pytest.raises(NetworkError, match=match):
        shoal.train(network, replace(RECIPE, epochs=1), data)
    short = Sequential(HashedNGrams(300, 9), EmbeddingBag(300, 4), Dense(2))
    with pytest.raises(NetworkError, match=r"a vector for each token; .* at least 309; received"):
        shoal.train(short, replace(RECIPE, epochs=1), data)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A table of messages, and a model of it by the command."""
    folder = tmp_path_factory.mktemp("texts")
    texts, labels = written_messages(90)
    lines = [f"{label}\t{text}" for label, text in zip(labels, texts, strict=True)]
    (folder / "sms.tsv").write_text("\n".join(lines), encoding="utf-8")
    told = command(
        "search", folder / "sms.tsv", "--vocabulary", 290, "--text-length", 12, "--trials", 2,
        "--epochs", 8, "--study", folder / "s.study", "--out", folder / "m.safetensors",
        "--report", folder / "r.html",
    )  # fmt: skip
    assert told["best"]["test"]["accuracy"] >= 0.6
    return folder


def command(*arguments, fails=False):
    done = CliRunner().invoke(app, [*map(str, arguments), *([] if fails else ["--json"])])
    if fails:
        assert done.exit_code == 2
        return " ".join(done.output.replace("│", " ").split())
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_command_from_messages_to_a_report(files):
    page = (files / "r.html").read_text("utf-8")
    assert "What it reads" in page
    model = load_model(files / "m.safetensors")
    assert model.preprocessing.encoder.length == 12
    scored = command("evaluate", files / "m.safetensors", files / "sms.tsv", "--rows", "all")
    texts, labels = written_messages(90)
    right = np.mean(model.predict(texts) == np.array(labels))
    assert scored["accuracy"] == pytest.approx(right)


def test_the_command_predicts_files_and_messages(files):
    model = load_model(files / "m.safetensors")
    new = written_messages(5, seed=9)[0]
    (files / "new.csv").write_text("\n".join(["said", *new]), encoding="utf-8")
    told = command(
        "predict", files / "m.safetensors", files / "new.csv", "--text", "said",
        "--out", files / "p.csv",
    )  # fmt: skip
    lines = (files / "p.csv").read_text("utf-8").splitlines()
    assert (told["rows"], [line.split(",")[0] for line in lines[1:]]) == (
        5, model.predict(new).tolist(),
    )  # fmt: skip
    shown = command("predict", files / "m.safetensors", "--message", new[0], "--message", "")
    assert [p["prediction"] for p in shown["predictions"]] == model.predict([new[0], ""]).tolist()
    command("predict", files / "m.safetensors", "--message", new[1], "--out", files / "q.csv")
    assert (files / "q.csv").read_text("utf-8").splitlines()[1].startswith(new[1] + ",")


def test_what_the_command_refuses(files, tmp_path):
    model = files / "m.safetensors"
    assert "none were given (nor --message)" in command("predict", model, fails=True)
    assert "--out" in command("predict", model, files / "sms.tsv", fails=True)
    both = command("predict", model, files / "sms.tsv", "--message", "a", fails=True)
    assert "takes the place of DATA" in both
    refused = command("evaluate", model, files / "sms.tsv", "--text", "said", fails=True)
    assert "the texts are columns of the table" in refused
    few = command("train", files / "sms.tsv", "--vocabulary", 100, fails=True)
    assert "vocabulary is a whole number of tokens" in few
    np.savez(tmp_path / "x.npz", x=np.zeros((4, 3)), y=np.zeros(4))
    other = command("predict", model, tmp_path / "x.npz", "--out", tmp_path / "p.csv", fails=True)
    assert "expected texts; received a table" in other
