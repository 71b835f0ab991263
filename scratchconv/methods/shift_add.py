"""Many channels and few filters: the results are shifted, not the pixels (chapter 17).

`Blocked` copies every row once for each tap along a kernel's row. Here every row is copied once, and multiplied with
each of these taps on its own. What tap v makes of the pixel v columns further on belongs to this output:

    shares[v] is (F, OH, w),   y[:, :, j] = sum over v of shares[v][:, :, j + v]

That adds up KW·F numbers for each output where `Blocked` copies KW·C.
"""

from __future__ import annotations

from . import costs
from .blocked import Blocked
from .piecewise import Piecewise


class ShiftAdd(Piecewise):
    """Correlate padded pieces with filters w (F, c, KH, KW): each column of taps is a kernel of KH×1."""

    bytes = 4 * 2**20

    def __init__(self, w, layer):
        super().__init__(layer)
        (F, c, KH, KW), G = w.shape, layer.groups
        along = w.reshape(G, F // G, c, KH, KW).transpose(0, 4, 1, 2, 3).reshape(KW * F, c, KH, 1)
        part = layer._replace(F=KW * F, KW=1, dilation=(layer.dilation[0], 1))
        self.kernel = Blocked(along, part)

    @staticmethod
    def suits(layer, itemsize):
        return layer.stride[1] == 1 and layer.KW > 1

    @staticmethod
    def nanoseconds(layer):
        """What a layer takes on one core, apart from what all methods have to do."""
        width, rows = costs.width(layer), layer.N * layer.OH
        idle = width / layer.OW * (1 + costs.waste(layer.F // layer.groups * layer.KW))
        sums = rows * layer.F * layer.KW * (costs.RUN + costs.ADD * layer.OW)
        copied = costs.copies(layer, costs.rows(layer), width)
        multiplied = costs.multiplications(layer) * idle
        return copied + sums + costs.MULTIPLY * multiplied + costs.PRODUCT * rows * layer.groups

    @staticmethod
    def numbers(layer):
        return 2 * layer.C * layer.stride[0] + layer.F * (layer.KW + 1)

    def prepare(self, piece, out, space):
        (n, C, _, w), (_, _, OH, OW), KW = piece.shape, out.shape, self.layer.KW
        G, f = C * self.layer.groups // self.layer.C, self.layer.F // self.layer.groups
        shares = space.array((n, G, KW, f, OH, w), piece.dtype)
        rows = shares.reshape(n, -1, OH, w)
        correlate = self.kernel.prepare(piece, rows, space)
        first = [v * self.layer.dilation[1] for v in range(KW)]
        of_taps = [shares[:, :, v, ..., start : start + OW] for v, start in enumerate(first)]

        def run(piece, groups, out):
            correlate(piece, groups, rows)
            place = out.reshape(n, G, f, OH, OW)
            place[...] = 0
            for share in of_taps:
                place += share

        return run
