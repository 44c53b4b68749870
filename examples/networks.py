"""Two networks that are graphs and no chains, written with layers and nothing else.

Layers are called on symbols, as functions are; wherever a width stands, a range may
stand. Run as a script, it prints both as tables::

    python examples/networks.py
"""

from __future__ import annotations

from typing import Any

from shoal import (
    BatchNorm,
    Concat,
    Conv,
    ConvTranspose,
    Dense,
    Dropout,
    Float,
    GlobalAvgPool,
    Input,
    Int,
    MaxPool,
    Network,
    relu,
)


def inception_block(x: Any, width: Any) -> Any:
    """Convolutions of several sizes beside each other, their channels concatenated.

    Filters of 1×1 before the large ones, and after the pooling, keep the work small.

    Args:
        x: the symbol of maps (height, width, channels).
        width: channels of each of the four branches, a number or a range; the
            block has four times as many.

    Source: Szegedy et al., "Going deeper with convolutions", CVPR 2015, figure 2b.
    """

    def conv(h: Any, size: int) -> Any:
        return relu(Conv(width, kernel_size=size, initialization="he")(h))

    pooled = MaxPool(3, stride=1, padding="same")(x)
    return Concat()(conv(x, 1), conv(conv(x, 1), 3), conv(conv(x, 1), 5), conv(pooled, 1))


def inception(
    classes: int, *, width: Any = 8, dropout: Any = 0.3, shape: tuple[int, ...] | None = None
) -> Network:
    """A classifier of images: two inception blocks with a pooling between them.

    Args:
        classes: number of classes.
        width: channels of each branch, a number or a range.
        dropout: rate before the last layer, a number or a range.
        shape: of one image; left out, it is taken from the data.
    """
    x = Input(shape)
    h = relu(Conv(width, initialization="he")(x))
    h = MaxPool(2)(inception_block(h, width))
    h = GlobalAvgPool()(inception_block(h, width))
    return Network(Dense(classes)(Dropout(dropout)(h)))


def u_network(
    channels: int,
    *,
    widths: tuple[Any, ...] = (8, 16, 32),
    shape: tuple[int, ...] | None = None,
) -> Network:
    """A network for segmentation, shaped like the letter: down, across, and up again.

    On the way down each level halves the map, on the way up a transposed
    convolution doubles it, and what the same level had on the way down is
    concatenated to it, so that fine detail need not pass through the bottom.
    The output is as large as the image. Height and width are divisible by
    2^(levels - 1); `Pad` and `Crop` make others so.

    Args:
        channels: of the output, one for each class.
        widths: channels of each level from the top to the bottom, numbers or ranges.
        shape: of one image; left out, it is taken from the data.

    Source: Ronneberger, Fischer, Brox, "U-Net: convolutional networks for
    biomedical image segmentation", MICCAI 2015, figure 1.
    """

    def twice(h: Any, width: Any) -> Any:
        for _ in range(2):
            h = relu(BatchNorm()(Conv(width, initialization="he")(h)))
        return h

    h: Any = Input(shape)
    skipped = []
    for width in widths[:-1]:
        h = twice(h, width)
        skipped.append(h)
        h = MaxPool(2)(h)
    h = twice(h, widths[-1])
    for width, skip in zip(reversed(widths[:-1]), reversed(skipped), strict=True):
        up = relu(ConvTranspose(width, kernel_size=2, stride=2, initialization="he")(h))
        h = twice(Concat()(skip, up), width)
    return Network(Conv(channels, kernel_size=1)(h))


def main() -> None:
    """Print both as tables, the widths as ranges."""
    print(inception(10, width=Int(4, 16), dropout=Float(0.0, 0.5), shape=(28, 28, 1)), end="\n\n")
    widths = (Int(4, 8), Int(8, 16), Int(16, 32))
    print(u_network(2, widths=widths, shape=(64, 64, 1)))


if __name__ == "__main__":
    main()
