"""What the steps of a method take on one core, in nanoseconds: sums of them tell which method to choose (chapter 17).

Fitted to 7,284 random layers, each done in every way that suits it, a third of them on one core and the others on two;
LOOP, FUSED and TURN, which came later, to 1,710 others. The choice costs 4 % of the time that the best way would have
taken, and as much on a processor of another maker; `benchmarks/choice.py` measures it.
"""

RUN = 5  # a run of numbers that follow one another, before the first is copied
COPY = 0.12  # a number of a run
APART = 0.3  # more, where the next number lies a stride further on
MULTIPLY = 0.017  # a multiplication in a product
PRODUCT = 30  # a product, before its first multiplication
ADD = 0.45  # a number added in place
PLACE = 0.5  # a result moved to where it belongs
LOOP = 14  # a loop over channels, before the first of them
FUSED = 0.12  # a multiplication in it, added where it belongs
TURN = 0.4  # a number moved to or from its place among the channels, beyond what all methods do


def copies(layer, runs, numbers):
    """So many runs of so many numbers each, taken from the image along its rows."""
    return runs * (RUN + numbers * (COPY + APART * (layer.stride[1] > 1)))


def multiplications(layer):
    """In all of a layer, as its definition has them."""
    return layer.N * layer.OH * layer.OW * layer.F * layer.C // layer.groups * layer.KH * layer.KW


def rows(layer):
    """Rows of pixels under the windows of a layer: of every image and channel, those that are skipped as well."""
    return layer.N * layer.C * ((layer.OH - 1) * layer.stride[0] + layer.span[0])


def width(layer):
    """Pixels under a row of windows."""
    return (layer.OW - 1) * layer.stride[1] + layer.span[1]


def waste(filters):
    """What a product of so few rows wastes, as a share of its multiplications: its numbers fill no register."""
    return 1.7 if filters == 1 else 1 if filters < 4 else 0.6 if filters < 6 else 0
