// The explorer's arithmetic: scratchconv on one image and one kernel, in plain functions that know nothing of the page.
// A matrix is an array of rows. Pairs are [vertical, horizontal]. Whole numbers are exact up to 2^53.
const convolution = (() => {
  "use strict";

  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const shape = (m) => [m.length, m[0].length];
  const table = (rows, columns, entry) => range(rows).map((i) => range(columns).map((j) => entry(i, j)));
  const rows = (flat, width) => range(flat.length / width).map((i) => flat.slice(i * width, (i + 1) * width));
  const dot = (a, b) => a.reduce((sum, value, t) => sum + value * b[t], 0);

  const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
  const clamp = (n, least, most) => Math.min(most, Math.max(least, n));

  // Sizes (chapters 7 and 8) -----------------------------------------------------------------------------------------

  // Pixels from the first tap of a kernel to the last, both included.
  const span = (k, dilation) => dilation * (k - 1) + 1;

  // Pixels [before, after] along one axis, for a number, a pair or a word.
  function axisPadding(padding, n, k, stride, dilation) {
    if (padding === "valid") return [0, 0];
    if (padding === "full") return [span(k, dilation) - 1, span(k, dilation) - 1];
    if (padding === "same") {
      const total = Math.max((Math.ceil(n / stride) - 1) * stride + span(k, dilation) - n, 0);
      return [Math.floor(total / 2), Math.ceil(total / 2)]; // the odd pixel goes after
    }
    return Array.isArray(padding) ? padding : [padding, padding];
  }

  // Number of windows that fit along one axis. The error speaks the package's words.
  function outputSize(n, k, { stride = 1, padding = 0, dilation = 1, axis = "axis" } = {}) {
    const [before, after] = axisPadding(padding, n, k, stride, dilation);
    const room = n + before + after - span(k, dilation);
    if (room < 0) {
      const dilated = dilation > 1 ? ` with dilation ${dilation} spans ${span(k, dilation)} pixels and` : "";
      throw new RangeError(
        `the kernel must fit into the padded input: the ${axis} measures ${n} pixels, padding adds ${before} and ` +
          `${after}, and a kernel of ${k}${dilated} does not fit; use a smaller kernel or more padding`,
      );
    }
    return Math.floor(room / stride) + 1;
  }

  // The image with its padding, on which all indices count. It is there even when no window fits.
  function frame(size, kernel, { stride = [1, 1], padding = 0, dilation = [1, 1] } = {}) {
    const both = Array.isArray(padding) ? padding : [padding, padding];
    const pads = size.map((n, a) => axisPadding(both[a], n, kernel[a], stride[a], dilation[a]));
    const padded = size.map((n, a) => n + pads[a][0] + pads[a][1]);
    return { size, kernel, stride, dilation, pads, padded };
  }

  // Every size of one setting.
  function layer(size, kernel, options) {
    const sizes = frame(size, kernel, options);
    const along = (a, axis) => ({ stride: sizes.stride[a], padding: sizes.pads[a], dilation: sizes.dilation[a], axis });
    const output = ["height", "width"].map((axis, a) => outputSize(size[a], kernel[a], along(a, axis)));
    return { ...sizes, output };
  }

  // Windows as lists of flat indices (chapter 3) ---------------------------------------------------------------------

  const windowIndex = ([KH, KW], [, W], [dh, dw] = [1, 1]) => table(KH, KW, (u, v) => u * dh * W + v * dw).flat();

  const windowOffsets = ([OH, OW], [, W], [sh, sw] = [1, 1]) => table(OH, OW, (i, j) => i * sh * W + j * sw).flat();

  // One row of indices for each window: moving a window adds a constant.
  function viewIndex({ kernel, padded, output, stride, dilation }) {
    const first = windowIndex(kernel, padded, dilation);
    return windowOffsets(output, padded, stride).map((offset) => first.map((index) => index + offset));
  }

  // Images -----------------------------------------------------------------------------------------------------------

  const flip = (w) => w.map((row) => [...row].reverse()).reverse();

  // Whether a place of the padded image is a pixel of the image.
  const inside = ({ size: [H, W], pads: [[top], [left]] }, [i, j]) => i >= top && i < top + H && j >= left && j < left + W;

  const pad = (x, sizes) => {
    const { pads: [[top], [left]], padded } = sizes;
    return table(...padded, (i, j) => (inside(sizes, [i, j]) ? x[i - top][j - left] : 0));
  };

  const crop = (m, { size: [H, W], pads: [[top], [left]] }) => table(H, W, (i, j) => m[i + top][j + left]);

  // The operator, its gradients, its coverage ------------------------------------------------------------------------

  // y = views · w: gather every window by its indices, then one product for each.
  function conv2d(x, w, options = {}) {
    const sizes = layer(shape(x), shape(w), options);
    const pixels = pad(x, sizes).flat();
    const weights = (options.flip ? flip(w) : w).flat();
    const y = viewIndex(sizes).map((window) => dot(window.map((index) => pixels[index]), weights));
    return rows(y, sizes.output[1]);
  }

  // Each output's gradient goes to its window times the weights (dx), and to the weights times its window (dw).
  function conv2dGrad(dy, x, w, options = {}) {
    const sizes = layer(shape(x), shape(w), options);
    const pixels = pad(x, sizes).flat();
    const weights = (options.flip ? flip(w) : w).flat();
    const dpixels = pixels.map(() => 0);
    const dweights = weights.map(() => 0);
    const gradients = dy.flat();
    viewIndex(sizes).forEach((window, k) =>
      window.forEach((index, t) => {
        dpixels[index] += gradients[k] * weights[t];
        dweights[t] += gradients[k] * pixels[index];
      }),
    );
    const dw = rows(dweights, w[0].length); // turned back below, to lie as the weights were written
    return {
      dx: crop(rows(dpixels, sizes.padded[1]), sizes),
      dw: options.flip ? flip(dw) : dw,
      db: gradients.reduce((sum, value) => sum + value, 0),
    };
  }

  // How many windows contain each pixel, padding included.
  function coverage(sizes) {
    const counts = Array(sizes.padded[0] * sizes.padded[1]).fill(0);
    for (const index of viewIndex(sizes).flat()) counts[index] += 1;
    return rows(counts, sizes.padded[1]);
  }

  // Multiplications of one forward pass; each of the two gradients costs as many.
  const cost = ({ output: [OH, OW], kernel: [KH, KW] }) => OH * OW * KH * KW;

  return {
    same, clamp, shape, table, rows, span, inside, axisPadding, outputSize, frame, layer,
    windowIndex, windowOffsets, viewIndex, flip, pad, crop, conv2d, conv2dGrad, coverage, cost,
  };
})();
