"""Lesson 10: text: tokens, vectors, and the order of words.

A tokenizer, fitted on the training messages alone, cuts a message into tokens, numbers
from a vocabulary. An embedding gives each a vector, which is learned:

    h_t = W[token_t]

Averaged over the message, they form a bag of words: what is said, in no order. A
convolution of size 3 looks at three neighbors at a time, and a maximum over the message
asks whether its pattern occurs anywhere:

    c_t = relu(Σ_i h_{t+i} K_i + b),    m = max over t of c_t

What you should see: "the soup was not good" needs to know what "not" belongs to. In the
messages below some "not" stands elsewhere just as often, so that the bag of words does
no better than a coin, while the convolution reads nearly all of them right. A coin, too,
is right for a little more or less than half of some hundred messages: the gray band is
where 95 % of all coins would be, and the bag of words moves within it, or at its edge.

The messages are made by this script. Needs the extra `text` (pip install "shoal[text]").

Figures: 10_accuracy, 10_vectors
"""

import numpy as np
from page import COLORS, SOFT, Page, band, panels, progress

import shoal
from shoal import (
    Conv,
    Dense,
    Embedding,
    GlobalAvgPool,
    GlobalMaxPool,
    Recipe,
    Sequential,
    relu,
)
from shoal.data import Dataset, Tokenization

GOOD = ("good", "tasty", "great", "lovely", "fresh")
BAD = ("bad", "awful", "stale", "bland", "cold")
THINGS = ("soup", "bread", "tea", "pie", "fish", "salad")
ASIDES = ("we did{} wait long", "it was{} far away", "they had{} many tables", "we will{} hurry")


def messages(rng, count):
    """Short reviews and whether they praise; half of the negations mean nothing."""
    texts, praise = [], []
    for _ in range(count):
        is_good, is_not = rng.random(2) < 0.5
        word, thing = rng.choice(GOOD if is_good else BAD), rng.choice(THINGS)
        aside = str(rng.choice(ASIDES)).format(" not" if rng.random() < 0.5 else "")
        review = f"the {thing} was {'not ' if is_not else ''}{word}"
        parts = [review, aside] if rng.random() < 0.5 else [aside, review]
        texts.append(" and ".join(parts))
        praise.append("yes" if is_good != is_not else "no")
    return texts, praise


def vectors(axes, model):
    """The learned vectors of the words in the plane of their two main directions."""
    words = [*GOOD, *BAD, "not", *THINGS, "and", "the"]
    tokens = model.preprocessing.transform([f"was {word}" for word in words])
    # The last token that is no padding is the word's own, where it is one token.
    own = [row[row != 0][-1] for row in tokens]
    table = model.params["embedding_1"]["weight"]
    main = np.linalg.svd(table[own] - table[own].mean(axis=0), full_matrices=False)[2][:2]
    places = table[own] @ main.T
    line = 0.035 * np.ptp(places[:, 1])  # what a word takes up
    free: dict[str, float] = {}
    for at in np.argsort(places[:, 1]):
        word, (x, y) = words[at], places[at]
        color = COLORS[3] if word in GOOD else COLORS[1] if word in BAD else SOFT
        axes.plot(x, y, "o", color=color, markersize=4)
        above = max(y, free.get(color, y))  # words of a color stand near each other
        free[color] = above + line
        axes.annotate(word, (x, above), (5, -3), textcoords="offset points", color=color,
                      fontsize=8)  # fmt: skip
    axes.set(title="Vectors of words, their two main directions", xticks=[], yticks=[])


def main():
    """The lesson, from the top."""
    page = Page.open(__doc__)
    texts, praise = messages(np.random.default_rng(0), page.pick(1500, 160))
    tokenization = Tokenization(vocabulary=400, lowercase=True)
    data = Dataset.from_arrays(texts, praise, tokenization=tokenization, name="reviews")
    print(f"{texts[0]!r}: {praise[0]}")
    networks = {
        "bag of words": Sequential(Embedding(400, 16), GlobalAvgPool(), Dense(2)),
        "convolution": Sequential(
            Embedding(400, 16), Conv(16, kernel_size=3), relu, GlobalMaxPool(), Dense(2)
        ),
    }
    recipe = Recipe(
        optimizer=shoal.optimizers.Adam(learning_rate=1e-2),
        batch_size=32,
        epochs=page.pick(20, 3),
    )
    figure, ((axes,),) = panels(1, 1, width=5.5, height=3.6)
    rows = shoal.data.split(data, seed=0).test
    said_of, truth = [texts[row] for row in rows], np.array(praise)[rows]
    for (name, network), color in zip(networks.items(), COLORS, strict=False):
        found = shoal.compare(
            network, recipe, data, {name: {}},
            seeds=page.pick(5, 2), callbacks=progress(),
        )  # fmt: skip
        right = [(model.predict(said_of) == truth).mean() for model in found.models[name]]
        print(f"{name}: test accuracy {np.mean(right):.1%}")
        band(axes, found.curve(name, "accuracy"), color, name)
    count = len(shoal.data.split(data, seed=0).validation)
    wide = 1.96 * 0.5 / np.sqrt(count)  # standard deviations of the share that a coin gets
    axes.axhspan(0.5 - wide, 0.5 + wide, color=SOFT, alpha=0.2, linewidth=0, zorder=0,
                 label=f"95 % of coins, {count} messages")  # fmt: skip
    axes.axhline(0.5, color=SOFT, linestyle="--", linewidth=1)
    axes.set(xlabel="epoch", ylabel="validation accuracy", ylim=(0.3, 1.02))
    axes.legend(frameon=False, loc="center right")
    page.save(figure, "10_accuracy")

    model = found.models["convolution"][0]
    for text in ("The soup was not bad and we did wait long", "the pie was bland"):
        print(f"{text!r}: {model.predict([text])[0]}")
    figure, ((axes,),) = panels(1, 1, width=5.5, height=4.4)
    vectors(axes, model)
    page.save(figure, "10_vectors")


if __name__ == "__main__":
    main()
