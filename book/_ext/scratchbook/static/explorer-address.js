// The explorer's setting and how it is written in the address: #x=4x6&w=3x2:1,0,2,-1,0,3&s=1,2&p=same
const setting = (() => {
  "use strict";

  const { same, shape, table, rows } = convolution;
  const { IMAGES, KERNELS, EXAMPLES, matrix } = presets;

  // The most a reader may ask for; p is what `full` needs for the largest kernel and dilation.
  const LIMITS = { x: [32, 32], w: [5, 5], s: 6, d: 3, p: 12, value: 999999 };

  const image = (name) => matrix(IMAGES[name][1]);
  const kernel = (name) => matrix(KERNELS[name][1]);
  const ramp = (H, W, first = 0) => table(H, W, (i, j) => first + i * W + j); // np.arange(H * W).reshape(H, W)

  const initial = () => ({
    x: image("book"), w: kernel("book"), stride: [1, 1], padding: "valid", dilation: [1, 1], flip: false,
    at: [1, 2], backward: false, dy: "seed1", picture: false, indices: false,
  });

  // Reading an address -----------------------------------------------------------------------------------------------

  class AddressError extends Error {}

  const brief = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
  const refuse = (rule, got) => {
    throw new AddressError(`${rule}; got “${brief(got)}”`);
  };

  function wholes(text, name, counts, least, most) {
    const parts = text.split(",");
    const good = counts.includes(parts.length) && parts.every((p) => /^\d{1,3}$/.test(p) && p >= least && p <= most);
    if (!good) refuse(`${name} takes ${counts.join(" or ")} whole numbers from ${least} to ${most}`, text);
    return parts.map(Number);
  }

  function pair(text, name, least, most) {
    const numbers = wholes(text, name, [1, 2], least, most);
    return numbers.length === 2 ? numbers : [numbers[0], numbers[0]];
  }

  function padding(text) {
    if (["valid", "same", "full"].includes(text)) return text;
    if (!/^\d/.test(text)) refuse("p is valid, same, full or numbers", text);
    const p = wholes(text, "p", [1, 2, 4], 0, LIMITS.p);
    const [top, bottom, left, right] = { 1: [0, 0, 0, 0], 2: [0, 0, 1, 1], 4: [0, 1, 2, 3] }[p.length].map((i) => p[i]);
    return [[top, bottom], [left, right]];
  }

  // A number as a reader may type it, with a point or a comma, or null.
  function number(text) {
    const plain = /^\s*[-−+]?(\d+[.,]?\d*|[.,]\d+)\s*$/.test(text);
    const value = Number(text.replace("−", "-").replace(",", "."));
    return plain && Math.abs(value) <= LIMITS.value ? value || 0 : null;
  }

  // A block of numbers as a spreadsheet, NumPy or a file of commas writes it; null when it is a single word.
  // A comma separates, unless tabs or semicolons do: then it is a decimal comma.
  function block(text) {
    const lines = text.replace(/\],?/g, "\n").replace(/array\(|[[()]/g, " ").split(/[\r\n]+/).filter((line) => line.trim());
    const comma = /[\t;]/.test(text) ? /[\s;]+/ : /[\s,]+/;
    const words = lines.map((line) => line.trim().split(comma).filter(Boolean)).filter((line) => line.length);
    return words.flat().length > 1 ? words : null;
  }

  // The numbers of a block, at most as large as `most`.
  function readBlock(words, name, most) {
    const wrong = words.flat().find((word) => number(word) === null);
    if (wrong !== undefined) refuse(`${name} holds numbers up to ${LIMITS.value}`, wrong);
    if (words.some((row) => row.length !== words[0].length)) refuse("rows of a block are equally long", `${words.map((row) => row.length)}`);
    if (words.length > most[0] || words[0].length > most[1]) refuse(tooLarge(name, most), `${words.length}x${words[0].length}`);
    return words.map((row) => row.map(number));
  }

  const tooLarge = (name, most) => `${name} has at most ${most[0]} rows and ${most[1]} columns`;

  // "4x6" (counted up from `first`), "4x6:7,9,…" or a preset's name.
  function array(text, name, presets, most, first) {
    if (Object.hasOwn(presets, text)) return matrix(presets[text][1]);
    const [, H, W, , list] = text.match(/^(\d{1,3})x(\d{1,3})(:(.*))?$/) ?? [];
    if (!H) refuse(`${name} is a size like 4x6, a size and its numbers like 1x2:5,7, or a preset's name`, text);
    if (H < 1 || W < 1 || H > most[0] || W > most[1]) refuse(tooLarge(name, most), text);
    if (list === undefined) return ramp(+H, +W, first);
    const values = list.split(",").map(number);
    if (values.length !== H * W) refuse(`${name} of ${H} × ${W} needs ${H * W} numbers`, `${values.length} of them`);
    if (values.includes(null)) refuse(`${name} holds numbers up to ${LIMITS.value}`, list);
    return rows(values, +W);
  }

  function choice(text, name, words) {
    if (!words.includes(text)) refuse(`${name} is ${words.join(" or ")}`, text);
    return text;
  }

  const READ = {
    x: (s, text) => (s.x = array(text, "x", IMAGES, LIMITS.x, 0)),
    w: (s, text) => (s.w = array(text, "w", KERNELS, LIMITS.w, 1)),
    s: (s, text) => (s.stride = pair(text, "s", 1, LIMITS.s)),
    d: (s, text) => (s.dilation = pair(text, "d", 1, LIMITS.d)),
    p: (s, text) => (s.padding = padding(text)),
    at: (s, text) => (s.at = wholes(text, "at", [2], 0, 999)),
    flip: (s, text) => (s.flip = choice(text, "flip", ["0", "1"]) === "1"),
    mode: (s, text) => (s.backward = choice(text, "mode", ["forward", "backward"]) === "backward"),
    show: (s, text) => (s.picture = choice(text, "show", ["numbers", "picture"]) === "picture"),
    views: (s, text) => (s.indices = choice(text, "views", ["pixels", "indices"]) === "indices"),
    dy: (s, text) => (s.dy = /^(ones|seed\d{1,6})$/.test(text) ? text : array(text, "dy", {}, [999, 999], 1)),
  };

  // The setting an address stands for, and a sentence for each part of it that cannot be read. Such a part is left out
  // and the others hold; with no other, there is no setting. What an address does not name is as in `initial`.
  function read(address) {
    const parts = decode(address.replace(/^#/, "")).split("&").filter(Boolean);
    const state = { ...initial(), at: [0, 0] };
    const good = parts.map((part) => attempt(() => readPart(state, part)));
    if (typeof state.dy !== "string") good.push(attempt(() => fitsOutput(state)));
    const troubles = good.filter((trouble) => trouble);
    if (good.length > parts.length && good.at(-1)) state.dy = initial().dy;
    return { state: good.slice(0, parts.length).includes("") ? state : null, troubles };
  }

  // "", or the sentence that says what is wrong.
  function attempt(action) {
    try {
      action();
      return "";
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      return error.message;
    }
  }

  function readPart(state, part) {
    const [name, value = ""] = part.split(/=(.*)/s);
    if (!Object.hasOwn(READ, name)) refuse(`there is no part of that name, it may be ${Object.keys(READ).join(", ")}`, name);
    READ[name](state, value.trim());
  }

  // Some programs write every & and = of an address as %26 and %3D.
  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  function fitsOutput({ x, w, stride, padding, dilation, dy }) {
    let output;
    try {
      ({ output } = convolution.layer(shape(x), shape(w), { stride, padding, dilation }));
    } catch {
      return; // the kernel does not fit, and the page says so
    }
    if (!same(shape(dy), output)) refuse(`dy has the size of the output, ${output.join("x")}`, shape(dy).join("x"));
  }

  // Writing one ------------------------------------------------------------------------------------------------------

  function writeArray(m, presets, first) {
    const name = Object.keys(presets).find((key) => same(matrix(presets[key][1]), m));
    if (name) return name;
    const [H, W] = shape(m);
    return `${H}x${W}` + (same(m, ramp(H, W, first)) ? "" : `:${m.flat().map(plain).join(",")}`);
  }

  // Without an exponent, which an address does not know.
  const plain = (value) => (`${value}`.includes("e") ? value.toFixed(20).replace(/0+$/, "") : `${value}`);

  const writePair = (p) => (p[0] === p[1] ? `${p[0]}` : p.join(","));
  const writePadding = (p) => (typeof p === "string" ? p : p[0][0] === p.flat()[1] && same(p[0], p[1]) ? `${p[0][0]}` : p.flat().join(","));

  function write(s) {
    const parts = {
      x: writeArray(s.x, IMAGES, 0),
      w: writeArray(s.w, KERNELS, 1),
      s: same(s.stride, [1, 1]) ? "" : writePair(s.stride),
      p: s.padding === "valid" ? "" : writePadding(s.padding),
      d: same(s.dilation, [1, 1]) ? "" : writePair(s.dilation),
      flip: s.flip ? "1" : "",
      mode: s.backward ? "backward" : "",
      dy: s.dy === "seed1" ? "" : typeof s.dy === "string" ? s.dy : writeArray(s.dy, {}, 1),
      show: s.picture ? "picture" : "",
      views: s.indices ? "indices" : "",
      at: same(s.at, [0, 0]) ? "" : s.at.join(","),
    };
    return "#" + Object.entries(parts).filter(([, value]) => value).map(([name, value]) => `${name}=${value}`).join("&");
  }

  // The gradient of the output ----------------------------------------------------------------------------------------

  // Small whole numbers that depend on the seed and on the place, so that they stay when the output grows.
  function noise(seed, i, j) {
    let z = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b) ^ Math.imul(j + 1, 0xc2b2ae35);
    z = Math.imul(z ^ (z >>> 15), 0x2c1b3c6d);
    z = Math.imul(z ^ (z >>> 12), 0x297a2d39);
    return (((z ^ (z >>> 15)) >>> 0) % 8) - 3; // −3 … 4
  }

  // dy as numbers, in the shape of the output; what a smaller dy does not reach is 1.
  function gradient(dy, [OH, OW]) {
    if (dy === "ones") return table(OH, OW, () => 1);
    if (typeof dy === "string") return table(OH, OW, (i, j) => noise(+dy.slice(4), i, j));
    return table(OH, OW, (i, j) => dy[i]?.[j] ?? 1);
  }

  return { LIMITS, IMAGES, KERNELS, EXAMPLES, image, kernel, initial, read, write, number, plain, block, readBlock, refuse, attempt, gradient, ramp };
})();
