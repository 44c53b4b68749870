"""The winner: its hyperparameters, its network, how it learned, where it errs."""

from __future__ import annotations

from shoal.report.facts import Facts, Hyperparameter
from shoal.report.figures.curves import draw_learning_curve, draw_metric_curve
from shoal.report.figures.frame import Scale, both_widths
from shoal.report.figures.hyperparameters import axis_position, axis_scale
from shoal.report.figures.network import Node, draw_network, is_chain, read_network
from shoal.report.figures.overlays import LARGE, draw_overlay, read_overlays
from shoal.report.figures.predictions import (
    Confusion,
    draw_confusion,
    draw_fit,
    read_confusion,
    read_fit,
)
from shoal.report.markup import Child, Markup, tag
from shoal.report.sections.examples import MOST_MISTAKES, draw_by_class, mistakes_table
from shoal.report.sections.parts import Cell, breakable, figure, legend, scroll, section, table
from shoal.report.wording import PERCENT, epochs_text
from shoal.utils.text import grouped, number_text, plural, shortened

_LONG = 20
"""Layers of a network whose drawing is shown without a click, at most."""


def draw_winner(facts: Facts) -> Markup | None:
    """Return the section of hyperparameters, learning curves and network."""
    nodes = read_network(facts)
    if facts.winner is None and not nodes:
        return None
    left = (
        tag("div", _hyperparams(facts), _schedule(facts), _learning(facts))
        if facts.winner is not None
        else None
    )
    right = _network(facts, nodes) if nodes else None
    side_by_side = left is not None and right is not None and is_chain(nodes)
    heading = "The winner" if facts.result else "The best so far"
    if facts.winner is None:
        heading = "The network"
    return section(
        "winner", heading, tag("div", left, right, class_="columns" if side_by_side else None)
    )


def _network(facts: Facts, nodes: list[Node]) -> Markup:
    """The drawing; that of a network too long to look past is behind a click."""
    content = draw_network(nodes)
    if len(nodes) > _LONG:
        opened = tag("summary", f"The network, {plural(len(nodes), 'layer')}")
        content = tag("details", opened, content, class_="drawing")
    return figure(content, _network_caption(facts, nodes))


def draw_mistakes(facts: Facts) -> Markup | None:
    """Return the confusion matrix, or for regression predictions against the truth."""
    confusion = read_confusion(facts)
    if confusion is not None:
        content = draw_confusion(confusion) if confusion.drawn else mistakes_table(confusion)
        return section(
            "mistakes",
            "Where it errs",
            figure(
                scroll(content, "Confusion matrix"),
                _confusion_caption(confusion, _counted(facts)),
            ),
            draw_by_class(facts),
        )
    fit = read_fit(facts)
    if fit is None:
        by_class = draw_by_class(facts)
        return section("mistakes", "Where it errs", by_class) if by_class is not None else None
    explained = fit.explained
    share = (
        ""
        if explained is None
        else f" and explains {100 * explained:.1f}{PERCENT} of their variance"
    )
    caption = (
        f"Predictions for {plural(len(fit.true), 'test example')}: on the dashed diagonal a "
        f"prediction is right. The winner is off by {number_text(fit.error, 3)} "
        f"(root mean square){share}."
    )
    plot = both_widths(lambda width: draw_fit(fit, width))
    return section("mistakes", "Where it errs", figure(plot, caption))


def draw_pictures(facts: Facts) -> Markup | None:
    """Return test pictures of a segmentation with true and predicted contours."""
    overlays = read_overlays(facts)
    if not overlays:
        return None
    key = legend(
        ("key-true", "true border"),
        ("key-found", "predicted border"),
        ("key-wrong", "wrong class"),
    )
    caption = (
        f"{plural(len(overlays), 'test picture')} from the one that went worst to the one that "
        "went best, evenly spread between; networks learned from none of them."
    )
    large = any(max(overlay.true.shape) > LARGE for overlay in overlays)
    shown = [draw_overlay(overlay) for overlay in overlays]
    pictures = tag("div", shown, class_="overlays large" if large else "overlays")
    return section("pictures", "What it sees", figure([pictures, key], caption))


def _hyperparams(facts: Facts) -> Markup:
    assert facts.winner is not None
    axes = {axis.name: axis for axis in facts.hyperparameters}
    rows = [
        tag(
            "tr",
            tag("th", breakable(shortened(name, 60)), scope="row"),
            tag(
                "td",
                shortened(number_text(value), 60),
                class_="number words" if isinstance(value, str) else "number",
            ),
            tag("td", _range(facts, axes[name])),
        )
        for name, value in facts.winner.hyperparams.items()
        if name in axes
    ]
    if not rows:
        return tag("p", "The network has no ranges: there was nothing to search.")
    caption = (
        f"The hyperparameters of trial {facts.winner.id}, and where in its range each one lies."
    )
    return figure(tag("div", tag("table", tag("tbody", rows), class_="values"), class_="scroll"),
                  caption)  # fmt: skip


def _schedule(facts: Facts) -> Markup | None:
    """By which hyperparameters the winner was trained, where these changed on the way."""
    assert facts.winner is not None
    parts = facts.winner.schedule
    if not parts:
        return None
    names = list(parts[0]["hyperparams"])
    headings = ["epochs", "trial", *(breakable(shortened(name, 40)) for name in names)]
    rows = [
        [Cell(epochs_text(part["first"], part["last"])), Cell(str(part["trial"]), part["trial"]),
         *(Cell(number_text(part["hyperparams"][n]), part["hyperparams"][n]) for n in names)]
        for part in parts
    ]  # fmt: skip
    first = parts[0]["trial"]
    caption = (
        f"Its weights began in trial {first} and were copied while hyperparameters changed: a "
        "schedule. Above are the last values; on fresh seeds the whole schedule is followed."
    )
    return figure(table(headings, rows, [part["trial"] for part in parts], "Schedule"), caption)


def _learning(facts: Facts) -> Markup | None:
    """The winner's learning curves."""
    assert facts.winner is not None
    if not facts.curves.get(facts.winner.id):
        return None
    plots = [draw_learning_curve(facts, 400)]
    if facts.metric != "loss":
        plots.append(draw_metric_curve(facts, 400))
    return figure(tag("div", plots, class_="pair"), _learning_caption(facts))


def _range(facts: Facts, axis: Hyperparameter) -> Child:
    """A track from the range's low to its high end with the winner's value on it."""
    assert facts.winner is not None
    scale = axis_scale(axis, 6, 154)
    if not isinstance(scale, Scale):
        others = [name for name in axis.options if name != str(facts.winner.hyperparams[axis.name])]
        return tag("span", "not " + shortened(", ".join(others), 30), class_="tick") if others \
            else None  # fmt: skip
    place = axis_position(axis, facts.winner, scale)
    low, high = (number_text(int(v) if axis.whole else v, 3) for v in (scale.low, scale.high))
    note = f"{low} to {high}" + (", logarithmic" if axis.log else "")
    return tag(
        "svg",
        tag("line", x1=6, x2=154, y1=9, y2=9, class_="track"),
        tag("circle", cx=place, cy=9, r=5, class_="dot kept") if place is not None else None,
        tag("text", low, x=2, y=25, class_="tick"),
        tag("text", high, x=158, y=25, class_="tick end"),
        tag("text", "log", x=80, y=25, class_="tick middle") if axis.log else None,
        viewBox="0 0 160 28",
        class_="range",
        role="img",
        aria_label=f"in the range from {note}",
        xmlns="http://www.w3.org/2000/svg",
    )


def _network_caption(facts: Facts, nodes: list[Node]) -> str:
    total = sum(node.parameters for node in nodes)
    whose = "The winner's network" if facts.result.get("layers") else "The family of networks"
    text = f"{whose}, from input to output; on the right of each layer the shape it puts out."
    if not total:
        return text
    largest = max(nodes, key=lambda node: node.parameters)
    return (
        f"{text} Of its {grouped(total)} parameters, "
        f"{100 * largest.parameters / total:.0f}{PERCENT} are in {shortened(largest.name, 40)}."
    )


def _learning_caption(facts: Facts) -> str:
    assert facts.winner is not None
    winner, epochs = facts.winner, facts.curves[facts.winner.id]
    best = winner.best_epoch or len(epochs)
    kept = epochs[min(best, len(epochs)) - 1]
    loss = kept.metrics.get("loss")
    text = (
        f"Trial {winner.id} ran {plural(len(epochs), 'epoch')}; the weights of epoch {best} were "
        f"kept. There the training loss was {number_text(kept.train_loss, 3)}"
    )
    text += f" and the validation loss {number_text(loss, 3)}." if loss is not None else "."
    if best < len(epochs):
        after = len(epochs) - best
        text += (
            f" The {'epoch' if after == 1 else f'{after} epochs'} after it brought nothing better."
        )
    return text


def _counted(facts: Facts) -> str:
    """What the cells of the confusion matrix count."""
    return "test pixel" if facts.header.dataset.get("task") == "segmentation" else "test example"


def _confusion_caption(confusion: Confusion, counted: str) -> str:
    total, correct = confusion.total, confusion.correct
    where = "lie on the diagonal" if confusion.drawn else "got their own class"
    text = (
        f"Of {plural(total, counted)} {grouped(correct)} {where}, "
        f"{100 * correct / total:.1f}{PERCENT}."
    )
    if confusion.drawn:
        text += (
            " Each cell has its count and its share of the row; on the right stands the share of "
            "each class that was found."
        )
    mistakes = confusion.mistakes()
    if not confusion.drawn and len(mistakes) > MOST_MISTAKES:
        text += f" Listed are the {MOST_MISTAKES} most frequent mistakes of {len(mistakes)}."
    if not mistakes:
        return text + " There is no mistake."
    count, true, predicted = mistakes[0]
    hardest = confusion.hardest()
    found = f"{100 * confusion.share(hardest, hardest):.1f}{PERCENT}"

    def name(number: int) -> str:
        return shortened(confusion.names[number], 60)

    return text + (
        f" Hardest is {name(hardest)}, of which {found} are found; the most frequent "
        f"mistake is {name(true)} taken for {name(predicted)} "
        f"({plural(count, 'time')})."
    )
