"""Useful operations, against counts made by hand."""

from __future__ import annotations

from benchmarks.work import (
    large_cnn_macs,
    mlp_macs,
    mnist_cnn_macs,
    normed_cnn_macs,
    one_mlp_macs,
    picture_cnn_macs,
    small_cnn_macs,
    training_flops,
    unet_macs,
    units_per_epoch,
)
from benchmarks.workloads import SINGLES


def test_the_first_layer_needs_no_input_gradient() -> None:
    # Forward 2·(6+8), weight gradients 2·(6+8), input gradient of the second layer 2·8.
    assert training_flops([6, 8]) == 72


def test_one_layer_has_two_directions() -> None:
    assert training_flops([5]) == 20


def test_mlp() -> None:
    assert mlp_macs(64, [8, 128]) == [64 * 8, 8 * 128, 128 * 10]
    assert one_mlp_macs() == [784 * 512, 512 * 10]


def test_small_cnn() -> None:
    # 28×28 outputs of 9 products each; 14×14 outputs of 9·4; 7·7·16 inputs to 10 outputs.
    assert small_cnn_macs([4, 16]) == [28224, 112896, 7840]


def test_large_cnn() -> None:
    # The last map is 14×14×64: there is no second pooling.
    assert large_cnn_macs() == [627200, 10035200, 6422528, 5120]


def test_mnist_cnn() -> None:
    # Maps of 28², 14² and 7²; the last pooling leaves 3×3×128.
    assert mnist_cnn_macs() == [225792, 3612672, 3612672, 147456, 1280]


def test_picture_cnn() -> None:
    # Maps of 8², 4² and 2²: 64·27·16, 16·144·32, 4·288·32, and 32 means to 4 outputs.
    assert picture_cnn_macs(8) == [27648, 73728, 36864, 128]


def test_a_step_is_a_batch_and_an_epoch_is_itself() -> None:
    assert units_per_epoch(SINGLES["mlp-step"], 129) == 3
    assert units_per_epoch(SINGLES["mlp-epoch"], 129) == 1


def test_networks_of_color_pictures() -> None:
    # Maps of 64², 32² and 16²; the mean over places leaves a number for each filter.
    assert normed_cnn_macs(64, 3, [8, 16, 32]) == [884736, 1179648, 1179648, 320]
    # 8² and 4² on the way down, 8² on the way up with what comes from below and beside.
    assert unet_macs(8, 3, [2, 4]) == [3456, 2304, 1152, 2304, 6912, 256]
