"""Four loops, letter for letter the equation of chapter 6: the slow obvious version, oracle of the others."""

import numpy as np

from ..shapes import output_size, span


def correlate(x, w, stride, dilation):
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    (sh, sw), (dh, dw) = stride, dilation
    OH, OW = output_size(H, KH, stride=sh, dilation=dh), output_size(W, KW, stride=sw, dilation=dw)
    y = np.empty((N, F, OH, OW), np.result_type(x, w))
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    rows = slice(i * sh, i * sh + span(KH, dh), dh)
                    columns = slice(j * sw, j * sw + span(KW, dw), dw)
                    y[n, f, i, j] = (x[n, :, rows, columns] * w[f]).sum()
    return y
