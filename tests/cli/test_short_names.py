"""Names of files in a table: their folder once, their ends whole."""

import pytest

from shoal.cli.arguments import LONGEST_NAME, short_names


@pytest.mark.parametrize(
    ("names", "folder", "shown"),
    [
        (["a/b/x.png", "a/b/y.png"], "a/b", ["x.png", "y.png"]),
        (["a/1.png", "a/12.png"], "a", ["1.png", "12.png"]),
        (["a/b/x.png", "a/c/y.png"], "a", ["b/x.png", "c/y.png"]),
        (["x.png", "y.png"], "", ["x.png", "y.png"]),
        (["/x.png", "/y.png"], "", ["/x.png", "/y.png"]),
        (["x.png", "a/y.png"], "", ["x.png", "a/y.png"]),
        (["/data/x.png"], "", ["/data/x.png"]),
    ],
)
def test_the_folder_that_all_share_stands_once(names, folder, shown):
    assert short_names(names) == (folder, shown)


def test_a_long_name_keeps_its_end():
    name = "n" * 100 + "-17.png"
    (shown,) = short_names([name])[1]
    assert len(shown) == LONGEST_NAME
    assert shown == "…" + name[1 - LONGEST_NAME :]
