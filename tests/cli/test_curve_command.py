import pytest

FAST = ("--fractions", "0.25,0.5,1", "--seeds", 2)


def test_a_curve_for_a_reader_and_as_json(files, shoal, answer, tmp_path):
    result = shoal("curve", files.data, "--network", files.network, *FAST, "--figure", "c.svg")
    assert result.exit_code == 0, result.output
    for word in ("training rows", "error rate", "power law", "Twice the data, 144", "c.svg"):
        assert word in result.stdout
    assert "training" in result.stderr
    assert "twice the data" in (tmp_path / "c.svg").read_text()
    found = answer("curve", files.data, "--network", files.network, *FAST, "--quiet")
    assert found["sizes"] == [18, 36, 72]
    assert found["sentence"] in " ".join(result.stdout.split())
    assert len(found["scores"]) == 3
    assert found["power_law"]["c"]["interval"][0] <= found["power_law"]["c"]["interval"][1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--fractions", "0.5,1"), "shares of the training rows"),
        (("--figure", "c.docx"), "the end of a figure's name tells its format"),
    ],
)
def test_what_cannot_be_used_is_told(files, refused, options, message):
    assert message in refused("curve", files.data, "--network", files.network, *options)


def test_fractions_are_numbers(files, shoal):
    result = shoal("curve", files.data, "--fractions", "a,b,c")
    assert result.exit_code == 2
    assert "is no list of numbers" in result.stderr


def test_an_interrupted_curve_tells_what_it_has(files, shoal, monkeypatch, tmp_path):
    import os
    import signal

    from shoal.cli.commands import curve as command

    class Stopper:
        """In place of the display."""

        def __enter__(self):
            return self

        def __exit__(self, *failure):
            return None

        def __call__(self, progress):
            if progress.phase == "training" and progress.epochs == 6:
                os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(command, "watching", lambda *arguments: Stopper())
    result = shoal("curve", files.data, "--network", files.network, *FAST, "--figure", "c.svg")
    assert result.exit_code == 130, result.output
    assert "Interrupted: 6 of 6 trainings have a score" in result.stdout
    assert "interrupted" in (tmp_path / "c.svg").read_text()
