"""What a reader's eye needs of the figures: room for words, the winner on top, true sentences."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import synthetic

from shoal.report.facts import Facts, Hyperparameter, read_facts
from shoal.report.figures.curves import draw_metric_curve
from shoal.report.figures.frame import CHARACTER, Bands, slant_of
from shoal.report.figures.hyperparameters import draw_hyperparameter, draw_parallel
from shoal.report.figures.lanes import most_at_once
from shoal.report.figures.network import _label
from shoal.report.figures.overlays import Overlay, draw_overlay
from shoal.report.figures.predictions import _short, read_confusion
from shoal.report.page import render_report
from shoal.report.sections.overview import draw_glance, lead_text, short_name
from shoal.report.sentences import chosen_sentence
from shoal.store import StudyFile

LONG = ("piecewise_linear_embedding", "pbld_embedding", "identity")


@pytest.fixture(scope="module")
def facts(tmp_path_factory) -> Facts:
    path = synthetic.write_study(tmp_path_factory.mktemp("s") / "s.study")
    with StudyFile.open(path) as study:
        return read_facts(study)


def with_options(facts: Facts, options: tuple[str, ...]) -> Facts:
    """The same study, its first hyperparameter a choice among these."""
    axis = Hyperparameter("numbers", None, None, False, False, options)
    ranked = tuple(
        replace(t, hyperparams={"numbers": options[t.id % len(options)], **t.hyperparams})
        for t in facts.ranked
    )
    return replace(facts, hyperparameters=(axis, *facts.hyperparameters), ranked=ranked)


def test_short_options_stand_level_and_long_ones_slanted():
    assert slant_of(Bands(("relu", "tanh"), 0, 200)) == 0
    assert slant_of(Bands(LONG, 0, 260)) > 0
    assert slant_of(Bands((), 0, 260)) == 0


def test_slanted_options_do_not_reach_the_title(facts):
    changed = with_options(facts, LONG)
    drawn = draw_hyperparameter(changed, changed.hyperparameters[0], None)
    assert drawn.count("rotate(-45") == 3
    assert "pbld_embedding" in drawn
    height = float(re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', drawn)[1])
    assert height == pytest.approx(240 + 4.7 * 14, abs=0.1)
    level = draw_hyperparameter(facts, facts.hyperparameters[3], None)
    assert "rotate" not in level
    assert 'viewBox="0 0 320 240"' in level


def test_options_of_the_first_axis_begin_inside_the_picture(facts):
    drawn = draw_parallel(with_options(facts, LONG))
    ends = re.findall(r'<text x="([\d.]+)"[^>]*class="tick end halo">([^<]+)<', drawn)
    assert any("…" in word for _, word in ends)
    for place, word in ends:
        assert float(place) - CHARACTER * len(word) >= 0


def test_nothing_covers_the_winner(facts):
    worst = facts.ranked[-1]
    changed = replace(facts, winner=worst)
    assert changed.points()[-1] is worst
    drawn = draw_parallel(changed)
    groups = re.findall(r'<g class="trial [^"]*" data-trial="(\d+)"', drawn)
    assert groups[-1] == str(worst.id)
    assert len(groups) == len(set(groups))


def test_why_another_than_the_best_won_is_told_as_it_was(facts):
    second = replace(facts, winner=facts.ranked[1], result={"trial": facts.ranked[1].id})
    assert chosen_sentence(second) == ""
    folds = replace(second, result={**second.result, "cross_validated": {"folds": 5}})
    won = f"Trial {facts.ranked[1].id} won and not trial {facts.ranked[0].id}: trained again on "
    assert chosen_sentence(folds) == won + "5 folds, it did best."
    seeds = replace(second, result={**second.result, "confirmed": {"seeds": 3}})
    assert chosen_sentence(seeds) == won + "3 fresh seeds, it did best."
    assert chosen_sentence(replace(folds, winner=facts.ranked[0])) == ""
    assert won.replace("'", "&#x27;") in str(draw_glance(folds))


def test_legends_name_only_what_is_there(facts):
    trials = tuple(t for t in facts.trials if t.state == "completed")
    ranked = tuple(t for t in facts.ranked if t.state == "completed")
    assert facts.count("stopped")
    assert "fish-stopped" in str(draw_glance(facts))
    some = replace(facts, trials=trials, ranked=ranked, winner=ranked[0])
    page = render_report(some)
    body = page[page.index("<body") :]
    assert "stopped early" not in body


def test_how_many_ran_side_by_side_is_that_of_the_search(facts):
    most = most_at_once(facts.trials)
    assert 1 < most <= synthetic.LANES
    assert f"up to {most} side by side" in lead_text(facts)


def test_mistakes_among_many_classes_are_listed(facts):
    size = 100
    counts = np.eye(size, dtype=int) * 3
    counts[7, 3] = 9
    counts[np.arange(40), np.arange(40) + 1] += 1
    names = [f"species {i} of a genus with a long name" for i in range(size)]
    result = {**facts.result, "confusion": counts.tolist(), "classes": names}
    many = replace(facts, result=result)
    assert not read_confusion(many).drawn
    page = render_report(many)
    where = page[page.index('id="mistakes"') :]
    first = where[where.index("<tbody>") : where.index("</tr>", where.index("<tbody>"))]
    assert names[7] in first
    assert names[3] in first
    assert ">9<" in first
    assert "the 20 most frequent mistakes of 41" in where
    assert "confusion" not in where[: where.index("</section>")].lower().replace(
        "confusion matrix", ""
    )


@pytest.mark.parametrize(
    ("count", "text"),
    [(7, "7"), (12_523, "12,523"), (572_552, "573k"), (999_600, "1M"), (12_345_678, "12.3M")],
)
def test_a_count_fits_its_cell(count, text):
    assert _short(count) == text


def test_what_only_fills_a_picture_up_is_not_shown():
    true = np.zeros((6, 8), np.int64)
    true[1:3, 1:3] = 1
    true[4:] = -1
    true[:, 7] = -1
    drawn = draw_overlay(Overlay(0, 0.9, "aaaa", true, np.maximum(true, 0)))
    assert 'viewBox="0 0 7 4"' in drawn
    assert 'width="8" height="6"' in drawn
    border = re.search(r'd="([^"]*)" class="border true"', drawn)[1]
    assert sorted(re.findall(r"M\d+,\d+[hv]\d+", border)) == [
        "M1,1h2",
        "M1,1v2",
        "M1,3h2",
        "M3,1v2",
    ]


def test_a_layer_without_room_loses_its_settings_before_its_name():
    text = "PiecewiseLinearEmbedding(bins=32, numeric=8)"
    assert _label(text, 24) == "PiecewiseLinearEmbedding"
    assert _label("Dense(128)", 24) == "Dense(128)"


def test_a_share_of_one_class_is_in_percent_as_everywhere(facts):
    two = {"classes": ["cell", "rest"], "positive": "cell"}
    objective = {"metric": "iou", "direction": "maximize"}
    header = replace(facts.header, preprocessing=two, objective=objective)
    of_class = replace(facts, header=header, metric="iou")
    curves = {
        facts.winner.id: tuple(
            replace(e, metrics={**e.metrics, "iou": 0.5}) for e in facts.curves[facts.winner.id]
        )
    }
    drawn = draw_metric_curve(replace(of_class, curves=curves), 400)
    assert "iou of &#x27;cell&#x27;" in drawn
    assert "50\u202f%" in drawn


@pytest.mark.parametrize(
    ("name", "shown"),
    [("/home/me/photos/flowers", "flowers"), ("photos/", "photos"), ("digits", "digits")],
)
def test_a_page_is_called_by_the_data_without_their_folders(facts, name, shown):
    header = replace(facts.header, dataset={**facts.header.dataset, "name": name})
    assert short_name(replace(facts, header=header)) == shown


def test_numbers_are_never_broken_and_long_networks_are_behind_a_click(facts):
    page = render_report(facts)
    assert '<td class="number words">' in page  # an option's name
    assert re.search(r'<td class="number">[\d.]+</td>', page)
    assert 'class="drawing"' not in page
    long = [
        {"name": f"relu_{i}", "kind": "relu", "text": "relu", "inputs": [f"relu_{i - 1}"],
         "shape": [4], "parameters": 0}
        for i in range(1, 30)
    ]  # fmt: skip
    changed = replace(facts, result={**facts.result, "layers": long})
    assert '<details class="drawing"><summary>The network, 30 layers</summary>' in render_report(
        changed
    )
