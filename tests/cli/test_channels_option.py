"""Where the channels are can be said on the command line, and a study remembers it."""

import numpy as np

from shoal import Study
from shoal.tuning.stored_data import reload_data


def test_the_axis_of_channels_is_what_was_said(shoal, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (40, 2, 9, 9)).astype(np.uint8)  # the shape leaves it open
    np.savez(tmp_path / "pictures.npz", x=x, y=np.arange(40) % 2)
    (tmp_path / "n.toml").write_text(
        'layers = [{ kind = "flatten" }, { kind = "dense", units = 2 }]\n'
    )
    options = ("--network", "n.toml", "--epochs", 1, "--confirm", 0, "--study", "s.study")
    done = shoal("search", "pictures.npz", "--channels", "first", *options)
    assert done.exit_code == 0, done.output
    assert "40 images of 9×9×2" in done.stderr
    with Study.open(tmp_path / "s.study").file as file:
        np.testing.assert_array_equal(reload_data(file).x, x.transpose(0, 2, 3, 1))
