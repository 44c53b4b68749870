"""Lesson 3: a multilayer perceptron reads handwritten digits.

    h = relu(x W1 + b1),    o = h W2 + b2,    p_k = exp(o_k) / Σ_j exp(o_j)

x are the 784 gray values of a picture, o one score for each digit, and p the
probabilities that cross entropy compares with the truth: E = -log p_y.

What you should see: more hidden units, better digits, with less and less to gain. The
columns of W1, drawn as pictures, are blurry strokes. Of what the network still gets wrong,
the sixteen mistakes that it was surest of are shown, with its probability: some would be
hard for you, too, others show what it has not understood. All widths and seeds train side
by side in one program.

Figures: 03_accuracy, 03_confusion, 03_mistakes, 03_first_layer
"""

import numpy as np
from page import COLORS, Page, band, every, panels, progress

import shoal
from shoal import Dense, Flatten, Int, Recipe, Sequential, relu


def confusion(axes, true, said):
    """How often each digit was taken for which; the diagonal, what is right, is left out."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (true, said), 1)
    wrong = counts - np.diag(np.diag(counts))
    axes.imshow(wrong, cmap="Blues")
    for row, column in np.argwhere(wrong > 0):
        shade = "white" if wrong[row, column] > 0.6 * wrong.max() else "black"
        axes.text(column, row, wrong[row, column], ha="center", va="center", color=shade)
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.set(xlabel="taken for", ylabel="digit", title="Mistakes on the test split")


def mistakes(x, true, said, sure):
    """Pictures of the sixteen mistakes that the network was surest of, the surest first."""
    figure, grid = panels(2, 8, width=1.1, height=1.5)
    wrong = np.flatnonzero(said != true)
    wrong = wrong[np.argsort(-sure[wrong])]
    for axes, i in zip(grid.ravel(), wrong, strict=False):
        axes.imshow(x[i, ..., 0], cmap="gray_r")
        axes.set_title(f"{true[i]}, not {said[i]}\n({sure[i]:.0%} sure)", fontsize=8)
    for axes in grid.ravel():
        axes.set_axis_off()
    return figure


def main():
    """The lesson, from the top."""
    page = Page.open(__doc__)
    digits = every(shoal.data.load("mnist-5k"), page.pick(1, 8))
    family = Sequential(Flatten(), Dense(Int(4, 128, log=True)), relu, Dense(10))
    recipe = Recipe(
        loss=shoal.losses.CrossEntropy(),
        # The decay lets weights fade that no digit needs: what stays can be seen.
        optimizer=shoal.optimizers.AdamW(learning_rate=2e-3, weight_decay=1.0),
        batch_size=64,
        epochs=page.pick(20, 3),
    )
    widths, seeds = page.pick((4, 8, 16, 32, 128), (4, 32)), page.pick(5, 2)
    found = shoal.compare(
        family, recipe, digits, {f"{n} units": {"dense_1.units": n} for n in widths},
        seeds=seeds, callbacks=progress(),
    )  # fmt: skip
    figure, ((axes,),) = panels(1, 1, width=6.5, height=4)
    for name, color in zip(found.names, COLORS, strict=False):
        band(axes, found.curve(name, "accuracy"), color, name)
        print(f"{name}: validation accuracy {found.interval(name, 'accuracy')}")
    axes.set(
        xlabel="epoch",
        ylabel="validation accuracy",
        title=f"Lines: the mean of {seeds} seeds; bands: from the worst to the best",
    )
    axes.legend(frameon=False)
    page.save(figure, "03_accuracy")

    # The last of them, on digits that neither trained nor steered it.
    model = found.models[found.names[-1]][0]
    rows = shoal.data.split(digits, seed=0).test
    x, true = digits.x[rows], digits.y[rows]
    shares = model.predict_proba(x)
    said, sure = shares.argmax(axis=1), shares.max(axis=1)
    print(f"test accuracy {(said == true).mean():.1%} of {len(rows)} digits")
    figure, ((axes,),) = panels(1, 1, width=5, height=4.6)
    confusion(axes, true, said)
    page.save(figure, "03_confusion")
    page.save(mistakes(x, true, said, sure), "03_mistakes")
    page.save(shoal.inspect.filters(model).figure(), "03_first_layer")


if __name__ == "__main__":
    main()
