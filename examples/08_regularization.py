"""Lesson 8: regularization: two curves, where they part, and what brings them together.

While a network trains, its error on the training data falls and falls. On data that it
does not train on, the error falls for a while and then rises: from there on it learns
the training data by heart. The remedies all make learning by heart harder:

    early stopping     keep the weights of the epoch with the least validation error
    weight decay       w ← w - η λ w besides the gradient's step
    L1                 E + λ Σ |w|: many weights go to zero
    dropout            every unit is left out at random with probability p
    label smoothing    a little less than certainty is asked for
    noise              x + σ z: no pixel can be relied on
    augmentation       digits are moved about: more data, of a kind
    a smaller network  fewer weights to learn by heart with

What you should see: without a remedy the curves part after some epochs. Each remedy's
effect is the difference to no remedy, seed by seed, with its interval over the seeds.
Early stopping, weight decay, L1 and most of all augmentation bring the log loss down.
Accuracy is another matter: it hardly suffers from learning by heart, and only
augmentation, which knows that a moved digit is still that digit, gains much. Not every
remedy helps everywhere: eight units are simply too few here, and noise does little. All
remedies and seeds are lanes of one program.

Training loss is what training minimizes, with the remedy on: where dropout, noise,
smoothing or augmentation make its task harder, it is higher for that reason alone.
Early stopping chose its epoch on the very data shown here, and looks a little better
for it than it would on others.

Figures: 08_two_curves, 08_remedies, 08_effects
"""

import numpy as np
from page import COLORS, SOFT, Page, band, every, panels, progress

import shoal
from shoal import Dense, Dropout, Flatten, Float, Int, Recipe, Sequential, relu
from shoal.augmentation import Noise, Shift
from shoal.tuning.comparison import interval_of

NONE = {
    "dense_1.units": 128,
    "dropout_1.rate": 0.0,
    "loss.label_smoothing": 0.0,
    "optimizer.weight_decay": 0.0,
    "regularizers.strength": 0.0,
    "augmentation.shift_1.amount": 0.0,
    "augmentation.noise_1.stddev": 0.0,
}
REMEDIES = {
    "no remedy": NONE,
    "weight decay": {**NONE, "optimizer.weight_decay": 1.0},
    "L1": {**NONE, "regularizers.strength": 3e-4},
    "dropout": {**NONE, "dropout_1.rate": 0.5},
    "label smoothing": {**NONE, "loss.label_smoothing": 0.1},
    "noise": {**NONE, "augmentation.noise_1.stddev": 0.5},
    "augmentation": {**NONE, "augmentation.shift_1.amount": 0.1},
    "a smaller network": {**NONE, "dense_1.units": 8},
}
STOPPED = "early stopping"


def family():
    """A network and a recipe, with a range wherever a remedy is taken or left."""
    network = Sequential(
        Flatten(), Dense(Int(8, 128)), relu, Dropout(Float(0.0, 0.5)), Dense(10)
    )  # fmt: skip
    optimizer = shoal.optimizers.AdamW(learning_rate=2e-3, weight_decay=Float(0.0, 1.0))
    return network, {
        "loss": shoal.losses.CrossEntropy(label_smoothing=Float(0.0, 0.1)),
        "optimizer": optimizer,
        "regularizers": shoal.regularizers.L1(Float(0.0, 3e-4)),
        "augmentation": (Shift(Float(0.0, 0.1)), Noise(Float(0.0, 0.5))),
    }


def two_curves(page, found):
    """Training and validation loss without a remedy, and the epoch where they part."""
    figure, ((axes,),) = panels(1, 1, width=6, height=3.8)
    band(axes, found.curve("no remedy", "train_loss"), COLORS[1], "training")
    band(axes, found.curve("no remedy", "log_loss"), COLORS[0], "validation")
    part = found.best_epochs[found.names.index("no remedy")]
    axes.axvline(part.mean(), color=SOFT, linestyle="--")
    axes.annotate("from here on, by heart", (part.mean(), axes.get_ylim()[1] * 0.9), (6, 0),
                  textcoords="offset points")  # fmt: skip
    axes.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
    axes.set_title(f"No remedy: the mean and all of {len(found.seeds)} seeds")
    axes.legend(frameon=False, loc="center right")
    page.save(figure, "08_two_curves")
    print(f"the curves part at epoch {part.mean():.1f} ({part.min()} to {part.max()})")


def remedies(page, found):
    """The two curves with each remedy; without one in gray."""
    figure, grid = panels(2, 4, width=2.7, height=2.4)
    top = found.curve("no remedy", "log_loss").mean(axis=0).max() * 1.1
    for axes, name in zip(grid.ravel(), found.names, strict=True):
        plain = found.curve("no remedy", "log_loss").mean(axis=0)
        axes.plot(np.arange(1, len(plain) + 1), plain, color=SOFT, linestyle="--", linewidth=1)
        band(axes, found.curve(name, "train_loss"), COLORS[1], "training")
        band(axes, found.curve(name, "log_loss"), COLORS[0], "validation")
        axes.set(title=name, ylim=(0, top))
    grid[0, 0].legend(frameon=False, fontsize=8)
    figure.supxlabel("epoch (dashed: validation without a remedy)", fontsize=10)
    figure.supylabel("loss", fontsize=10)
    page.save(figure, "08_remedies")


def effects(page, found):
    """Each remedy's effect at the last epoch, or where early stopping would have stopped."""
    names = [STOPPED, *(name for name in found.names if name != "no remedy")]
    figure, row = panels(1, 2, width=4.6, height=3.6)
    for axes, metric, scale in zip(row[0], ("log_loss", "accuracy"), (1, 100), strict=True):
        plain = found.curve("no remedy", metric)[:, -1]
        print(f"what each does to the {metric}, mean of {len(plain)} seeds (95 % interval):")
        for place, name in zip(reversed(range(len(names))), names, strict=True):
            stopped = name == STOPPED
            values = (
                found.best("no remedy", metric) if stopped else found.curve(name, metric)[:, -1]
            )
            effect = interval_of(scale * (values - plain))
            print(f"{metric}, {name}: {effect}")
            good = effect.high < 0 if metric == "log_loss" else effect.low > 0
            bad = effect.low > 0 if metric == "log_loss" else effect.high < 0
            color = COLORS[3] if good else COLORS[1] if bad else SOFT
            axes.plot([effect.low, effect.high], [place, place], color=color, linewidth=2)
            axes.plot(effect.mean, place, "o", color=color)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_yticks(range(len(names)), names[::-1])
    row[0][0].set(title="Effect on the log loss", xlabel="less is better")
    row[0][1].set(title="Effect on accuracy", xlabel="percentage points, more is better")
    row[0][1].set_yticklabels([])
    figure.supxlabel(f"against no remedy: mean of {len(found.seeds)} seeds, 95 % interval",
                     fontsize=10)  # fmt: skip
    page.save(figure, "08_effects")


def main():
    """The lesson, from the top."""
    page = Page.open(__doc__)
    digits = every(shoal.data.load("mnist-5k"), page.pick(2, 25))
    network, parts = family()
    found = shoal.compare(
        network, Recipe(**parts, batch_size=32, epochs=page.pick(60, 3)), digits, REMEDIES,
        seeds=page.pick(10, 2), objective="log_loss", validation=0.44, test=0.44,
        callbacks=progress(),
    )  # fmt: skip
    count = len(shoal.data.split(digits, validation=0.44, test=0.44).train)
    print(f"{len(REMEDIES)} × {len(found.seeds)} networks, {count} digits each, "
          f"{found.programs} program")  # fmt: skip
    two_curves(page, found)
    remedies(page, found)
    effects(page, found)


if __name__ == "__main__":
    main()
