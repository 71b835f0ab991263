"""Gather by window index: all windows of an image are one matrix, the correlation is one product (chapters 3 to 6)."""

from ..shapes import output_size
from ..windows import view_index


def correlate(x, w, stride, dilation):
    (N, C, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = output_size(H, KH, stride=stride[0], dilation=dilation[0])
    OW = output_size(W, KW, stride=stride[1], dilation=dilation[1])
    index = view_index((C, H, W), (C, KH, KW), stride=stride, dilation=dilation)  # (OH*OW, C*KH*KW)
    views = x.reshape(N, C * H * W)[:, index]  # (N, OH*OW, C*KH*KW), every window copied
    y = views @ w.reshape(F, C * KH * KW).T  # (N, OH*OW, F)
    return y.transpose(0, 2, 1).reshape(N, F, OH, OW)
