"""Stacks of matrix products, cut so that each part stays in the cache (chapter 17).

OpenBLAS copies ("packs") the operands of a product before it multiplies, except for small ones. A wide product is
therefore cut into columns, and one of many taps along the taps: the parts are small, and their sums are few.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

SMALL = 950_000  # multiplications up to which nothing is packed
SHORTEST = 96  # taps of a part: adding up parts that are shorter costs more than packing
LARGE = 100  # filters and columns from which packing is a small part of the work
NARROWEST = 48  # columns or filters of a part
WIDE = 16  # numbers in a register, or columns of a part that fill all of them
TOGETHER = 2**18  # numbers in the sums that are added up side by side
REGISTER = 64  # bytes
FIRST_CACHE = 40_000  # bytes of it that the columns of a product may fill
MANY_TAPS = 96  # from which more columns than are wanted can take less time
BLOCK, TAPS = 32, 512  # of long sums: filters or columns, and taps, of a product in which nothing is packed


def filled(columns, rows, taps, itemsize):
    """`columns`, or a few more: so many that a product (rows, taps) @ (taps, columns) takes less time.

    OpenBLAS is slow where the numbers in a row nearly fill two registers, or four. Four pay while all the columns fit
    into the first cache. `matmul` does not cut so few columns apart.
    """
    two, four = 2 * REGISTER // itemsize, 4 * REGISTER // itemsize
    if taps < MANY_TAPS:
        return columns
    if 3 * two // 4 < columns < two:
        return two
    fits = taps * four * itemsize <= FIRST_CACHE and rows * taps * four <= SMALL
    return four if fits and 7 * four // 8 <= columns < four else columns


def matmul(a, b, out, space):
    """a (..., M, K) @ b (..., K, N) into out (..., M, N), as `np.matmul` does, in parts that stay small."""
    (M, K), N = a.shape[-2:], b.shape[-1]
    if M * K * N <= SMALL or min(M, N) >= LARGE:
        np.matmul(a, b, out=out)
        return
    a, b = (x.reshape((1,) * (out.ndim - x.ndim) + x.shape) for x in (a, b))
    if SMALL // (M * K) >= NARROWEST:
        _split_columns(a, b, out)
        return
    size = SMALL // (N * K)
    if size < NARROWEST:  # too few filters: all taps at once are too many
        size = max(8, SMALL // (N * min(K, SHORTEST)))
    size = -(-M // -(-M // size))  # parts of even size
    for first in range(0, M, size):
        _split_taps(a[..., first : first + size, :], b, out[..., first : first + size, :], space)


def _split_columns(a, b, out):
    """Some columns of every product at a time: nothing need be added up."""
    N, most = b.shape[-1], SMALL // (a.shape[-2] * a.shape[-1])
    even = -(-N // -(-N // most))
    size = min(-(-even // WIDE), most // WIDE) * WIDE
    for first in range(0, N, size):
        columns = slice(first, first + size)
        np.matmul(a, b[..., columns], out=out[..., columns])


def _split_taps(a, b, out, space):
    (M, K), N = a.shape[-2:], b.shape[-1]
    parts = -(-M * K * N // SMALL)
    if parts == 1 or K < 2 * SHORTEST:
        np.matmul(a, b, out=out)
        return
    for place in _a_few(out, TOGETHER // (M * N)):
        _sum_of_parts(_at(a, place), _at(b, place), out[place], -(-K // parts), space)


def _sum_of_parts(a, b, out, taps, space):
    """Some parts of the taps after others, each over the whole stack, so that its share of `a` stays in the cache.

    Where the products are small, many parts go into one call: between calls, threads wait for each other.
    """
    mark = space.mark()
    total, part = space.array(out.shape, out.dtype), space.array(out.shape, out.dtype)
    K, N = b.shape[-2:]
    parts, rest = K // taps, K % taps
    np.matmul(a[..., K - rest :], b[..., K - rest :, :], out=total)  # zero if there is no rest
    left = np.moveaxis(a[..., : K - rest].reshape(*a.shape[:-1], parts, taps), -2, 0)  # (parts, ..., M, taps)
    right = np.moveaxis(b[..., : K - rest, :].reshape(*b.shape[:-2], parts, taps, N), -3, 0)
    at_once = max(1, min(parts, TOGETHER // out.size))
    products = space.array((at_once, *out.shape), out.dtype)
    for first in range(0, parts, at_once):
        some = slice(first, first + at_once)
        found = np.matmul(left[some], right[some], out=products[: parts - first])
        total += found[0] if at_once == 1 else np.add.reduce(found, axis=0, out=part)
    out[...] = total
    space.rewind(mark)


def _a_few(out, count):
    """Indices that cut the last axis of the stack `out` into runs of at most `count`, and take all others singly."""
    if out.ndim == 2:
        return [()]
    count, last = max(1, count), out.shape[-3]
    runs = [slice(start, start + count) for start in range(0, last, count)]
    return [(*outer, run) for outer in np.ndindex(out.shape[:-3]) for run in runs]


def _at(stack, place):
    """stack[place], where an axis of length 1 stands for all."""
    one = (0 if isinstance(p, int) else slice(None) for p in place)
    return stack[tuple(o if n == 1 else p for o, p, n in zip(one, place, stack.shape, strict=False))]


def long_matmul(a, b, out, space):
    """a (..., M, K) times b (..., N, K), turned round, into out (..., M, N): few numbers, each a sum over many.

    Of so small a block that BLAS packs neither operand, both may be read along the sum, as they lie in memory.
    """
    (*stack, M, N), K = out.shape, a.shape[-1]
    a, b = (np.broadcast_to(x, (*stack, *x.shape[-2:])) for x in (a, b))
    out[...] = 0
    at_once = max(1, TOGETHER // out.size) * TAPS
    for first in range(0, K, at_once):
        for rows in _even(0, M, -(-M // -(-M // BLOCK))):
            for columns in _even(0, N, -(-N // -(-N // BLOCK))):
                for taps in _even(first, min(first + at_once, K), TAPS):
                    _add_blocks(a, b, out, rows, columns, taps, space)


def _even(start, stop, size):
    """(start, size, count): some blocks of one size and, if need be, a last one that is smaller."""
    count, rest = divmod(stop - start, size)
    return [(start, size, count)] * (count > 0) + [(start + count * size, rest, 1)] * (rest > 0)


def _add_blocks(a, b, out, rows, columns, taps, space):
    """Add the products of all blocks of one size, over the taps of one size."""
    (i, m, mc), (j, n, nc), (k, K, kc) = rows, columns, taps
    (*sa, am, ak), (*sb, bn, bk), (*so, om, on), stack = a.strides, b.strides, out.strides, out.shape[:-2]
    mark = space.mark()
    left = as_strided(a[..., i:, k:], (kc, *stack, mc, 1, m, K), (K * ak, *sa, m * am, 0, am, ak), writeable=False)
    right = as_strided(b[..., j:, k:], (kc, *stack, 1, nc, K, n), (K * bk, *sb, 0, n * bn, bk, bn), writeable=False)
    place = as_strided(out[..., i:, j:], (*stack, mc, nc, m, n), (*so, m * om, n * on, om, on))
    found = np.matmul(left, right, out=space.array((kc, *place.shape), out.dtype))
    place += found[0] if kc == 1 else np.add.reduce(found, axis=0, out=space.array(place.shape, out.dtype))
    space.rewind(mark)
