// Scales of colour, the same as in the figures; a test compares them with scratchconv.plotting.
const scales = (() => {
  "use strict";

  const { clamp } = convolution;

  const COUNTS = ["#eceff3", "#f6d9ee", "#e9addb", "#dd8ecb", "#d077bb"];
  const SIGNED = ["#215aa0", "#7aacd6", "#f3f3f0", "#e4966e", "#9e2a20"];
  const GREYS = ["#000000", "#ffffff"];

  function blend(colours, t) {
    const at = clamp(t, 0, 1) * (colours.length - 1);
    const low = Math.min(Math.floor(at), colours.length - 2);
    const channel = (colour, c) => parseInt(colour.slice(1 + 2 * c, 3 + 2 * c), 16);
    const mix = [0, 1, 2].map((c) => Math.round(channel(colours[low], c) * (1 - at + low) + channel(colours[low + 1], c) * (at - low)));
    return `rgb(${mix})`;
  }

  // What a picture needs to colour a matrix: the colours, and the values at their two ends.
  function greys(m) {
    const values = m.flat();
    return { colours: GREYS, low: Math.min(0, ...values), high: Math.max(1, ...values) };
  }

  function signed(m) {
    const limit = Math.max(...m.flat().map(Math.abs)) || 1;
    return { colours: SIGNED, low: -limit, high: limit };
  }

  const counted = (m) => ({ colours: COUNTS, low: 0, high: Math.max(4, ...m.flat()) });

  const counts = (most) => (n) => blend(COUNTS, most > 4 && n ? (1 + ((n - 1) * 3) / (most - 1)) / 4 : n / 4);

  return { greys, signed, counted, counts };
})();
