import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import shoal as library


def test_json_has_every_key_that_is_promised(files, answer):
    found = answer("train", files.data, "--network", files.network)
    assert set(found["validation"]) == set(found["test"]) >= {"accuracy", "loss", "log_loss"}
    assert 1 <= found["best_epoch"] <= found["epochs"] <= 3
    assert set(found["seconds"]) == {"compile", "train", "total"}
    assert found["model"] == "blobs-1.safetensors"
    assert library.Model.load(found["model"]).info["test"] == pytest.approx(found["test"])


def test_default_network_for_images(tmp_path, answer):
    rng = np.random.default_rng(0)
    x = rng.uniform(0.0, 0.2, (60, 6, 6)).astype(np.float32)
    y = np.arange(60) % 2
    x[y == 1, :3] += 0.8
    np.savez(tmp_path / "halves.npz", x=x, y=y)
    found = answer("train", tmp_path / "halves.npz", "--epochs", 12)
    model = library.Model.load(found["model"])
    assert "conv" in {row["kind"] for row in answer("show", found["model"])["layers"]}
    assert model.network.output_shape == (2,)
    assert found["test"]["accuracy"] > 0.9


def test_default_network_for_numbers(files, answer):
    found = answer("train", files.prices, "--target", "price", "--epochs", 60)
    assert set(found["test"]) == {"rmse", "mae", "r2", "loss"}
    assert found["test"]["r2"] > 0.9


def test_target_may_be_another_column(files, answer):
    found = answer("train", files.prices, "--target", "age", "--epochs", 2)
    assert library.Model.load(found["model"]).preprocessing.target == "age"


def test_shares_of_the_rows_are_as_asked_for(files, answer, refused):
    found = answer(
        "train", files.data, "--network", files.network, "--validation", 0.5, "--test", 0
    )
    assert found["test"] is None
    # 60 of 120 rows: every accuracy is a whole number of them.
    rows = found["validation"]["accuracy"] * 60
    assert rows == pytest.approx(round(rows), abs=1e-3)
    message = refused("train", files.data, "--network", files.network, "--validation", 0.9)
    assert "shares of the rows that leave some for training" in message


def test_one_epoch_is_no_plural(files, shoal):
    told = shoal("train", files.data, "--network", files.network, "--epochs", 1).stdout
    assert "1 epoch, the best was number 1" in told


def test_result_for_a_reader(files, shoal):
    result = shoal("train", files.data, "--network", files.network, "--out", "m.safetensors")
    assert result.exit_code == 0
    for word in ("validation", "test", "accuracy", "loss", "3 epochs", "m.safetensors"):
        assert word in result.stdout
    assert "epoch 3/3" in result.stderr
    assert "training loss" in result.stderr


def test_existing_model_is_refused_unless_forced(files, refused, shoal, tmp_path):
    (tmp_path / "m.safetensors").write_bytes(b"old")
    arguments = ("train", files.data, "--network", files.network, "--out", "m.safetensors")
    message = refused(*arguments)
    assert "a file that is there is not overwritten" in message
    assert "--force" in message
    assert (tmp_path / "m.safetensors").read_bytes() == b"old"
    assert shoal(*arguments, "--force").exit_code == 0
    library.Model.load(tmp_path / "m.safetensors")


def test_ranges_are_for_search(files, refused):
    message = refused("train", files.data, "--network", files.family)
    assert "train takes a network without ranges" in message
    assert "dense_1.units" in message


def test_recipe_that_leaves_the_loss_out_gets_the_one_for_the_data(files, answer, tmp_path):
    (tmp_path / "line.toml").write_text(
        'layers = [{ kind = "dense", units = 1 }]\n[recipe]\nepochs = 150\n'
        'optimizer = { kind = "sgd", learning_rate = 0.1 }\n'
    )
    found = answer("train", files.prices, "--network", "line.toml", "--target", "price")
    rows = np.loadtxt(files.prices, delimiter=",", skiprows=1)
    reference = LinearRegression().fit(rows[:, :2], rows[:, 2])
    model = library.Model.load(found["model"])
    frame = library.data.load(files.prices, target="price")
    np.testing.assert_allclose(
        model.predict(frame), reference.predict(rows[:, :2]), atol=0.05, rtol=0
    )


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--epochs", "0", "greater than or equal to 1"),
        ("--batch-size", "0", "greater than or equal to 1"),
        ("--patience", "-1", "greater than or equal to 0"),
        ("--seed", "-1", "greater than or equal to 0"),
        ("--epochs", "ten", "integer"),
    ],
)
def test_numbers_are_checked_before_anything_else(files, shoal, option, value, told):
    result = shoal("train", files.data, f"{option}={value}")
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", "").split())


def test_data_are_needed(shoal):
    result = shoal("train")
    assert result.exit_code == 2
    assert "Missing argument 'DATA'" in result.stderr
