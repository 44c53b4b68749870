from shoal.network.layers.activations import *
from shoal.network.layers.avg_pool import AvgPool as AvgPool
from shoal.network.layers.batch_ensemble import BatchEnsemble as BatchEnsemble
from shoal.network.layers.batch_norm import BatchNorm as BatchNorm
from shoal.network.layers.category_embedding import CategoryEmbedding as CategoryEmbedding
from shoal.network.layers.channel_dropout import ChannelDropout as ChannelDropout
from shoal.network.layers.character_ngrams import CharacterNGrams as CharacterNGrams
from shoal.network.layers.character_ngrams import Tokens as Tokens
from shoal.network.layers.conv import Conv as Conv
from shoal.network.layers.conv_transpose import ConvTranspose as ConvTranspose
from shoal.network.layers.crop import Crop as Crop
from shoal.network.layers.dense import Dense as Dense
from shoal.network.layers.depthwise_conv import DepthwiseConv as DepthwiseConv
from shoal.network.layers.dropout import Dropout as Dropout
from shoal.network.layers.embedding import Embedding as Embedding
from shoal.network.layers.embedding_bag import EmbeddingBag as EmbeddingBag
from shoal.network.layers.feature_scale import FeatureScale as FeatureScale
from shoal.network.layers.flatten import Flatten as Flatten
from shoal.network.layers.gaussian_noise import GaussianNoise as GaussianNoise
from shoal.network.layers.global_pool import GlobalAvgPool as GlobalAvgPool
from shoal.network.layers.global_pool import GlobalMaxPool as GlobalMaxPool
from shoal.network.layers.hashed_ngrams import HashedNGrams as HashedNGrams
from shoal.network.layers.layer_norm import LayerNorm as LayerNorm
from shoal.network.layers.max_pool import MaxPool as MaxPool
from shoal.network.layers.member_dense import MemberDense as MemberDense
from shoal.network.layers.members import MemberMean as MemberMean
from shoal.network.layers.members import Members as Members
from shoal.network.layers.merge import Add as Add
from shoal.network.layers.merge import Concat as Concat
from shoal.network.layers.merge import Multiply as Multiply
from shoal.network.layers.pad import Pad as Pad
from shoal.network.layers.parametric import Parametric as Parametric
from shoal.network.layers.pbld_embedding import PBLDEmbedding as PBLDEmbedding
from shoal.network.layers.periodic_embedding import PeriodicEmbedding as PeriodicEmbedding
from shoal.network.layers.piecewise_linear_embedding import (
    PiecewiseLinearEmbedding as PiecewiseLinearEmbedding,
)
from shoal.network.layers.reshape import Reshape as Reshape
from shoal.network.layers.token_dropout import TokenDropout as TokenDropout
from shoal.network.layers.up_sample import UpSample as UpSample
