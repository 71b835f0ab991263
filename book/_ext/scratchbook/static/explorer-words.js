// What the explorer says of a setting: `now` is {state, result}.
const wording = (() => {
  "use strict";

  const math = convolution;
  const { show } = Grid;

  // The number of the window whose output is selected.
  const selected = ({ state, result }) => state.at[0] * result.sizes.output[1] + state.at[1];

  const chip = (tile, value) => `<b class="${tile}">${show(value)}</b>`;
  const joined = (products) => products.map((p) => `<span class="xp-term">${p}</span>`).join(" + ");
  const name = (array, { state }) => `${array}[${state.at.join(", ")}]`;

  function forwardSum(now) {
    const { state, result } = now;
    const flat = result.pixels.flat();
    const weights = result.weights.flat();
    const products = result.views[selected(now)].map((index, t) => `${chip("x", flat[index])}·${chip("w", weights[t])}`);
    return `${name("y", now)} = ${joined(products)} = ${chip("y", result.y[state.at[0]][state.at[1]])}`;
  }

  function backwardSum(now) {
    const { state, result } = now;
    const gradient = result.dy[state.at[0]][state.at[1]];
    const { sizes } = result;
    const W = sizes.padded[1];
    const outside = result.views[selected(now)].filter((index) => !math.inside(sizes, [Math.floor(index / W), index % W])).length;
    const lost = outside ? ` ${outside} of the ${sizes.kernel[0] * sizes.kernel[1]} ${outside > 1 ? "fall on padding and are" : "falls on padding and is"} dropped (✗).` : "";
    return (
      `${name("dy", now)} = ${chip("g", gradient)} goes back twice: times the kernel onto its window in <b>dx</b>, ` +
      `and times its window onto <b>dw</b>. The small numbers${now.small ? " in dw" : ""} are what it adds.${lost} <b>db</b> = ${chip("g", result.db)}, the sum of dy.`
    );
  }

  function caption(now) {
    const { state, result } = now;
    if (result.error) return "";
    const value = state.backward ? result.dy[state.at[0]][state.at[1]] : result.y[state.at[0]][state.at[1]];
    return `window ${selected(now)}: ${name(state.backward ? "dy" : "y", now)} = ${show(value)}`;
  }

  function sizeWords(now) {
    const { result } = now;
    const { size, kernel, stride, dilation, pads, output } = result.sizes;
    const line = (a, out, n, k) => {
      const room = size[a] + pads[a][0] + pads[a][1] - dilation[a] * (kernel[a] - 1) - 1;
      const numbers = `${size[a]} + ${pads[a][0]} + ${pads[a][1]} − ${dilation[a]}·(${kernel[a]} − 1) − 1`;
      const exact = show(room / stride[a]);
      return (
        `<p><var>${out}</var> = ⌊(<var>${n}</var> + before + after − dilation·(<var>${k}</var> − 1) − 1) / stride⌋ + 1</p>` +
        `<p class="xp-indent">= ⌊(${numbers}) / ${stride[a]}⌋ + 1 = ⌊${exact}⌋ + 1 = ${chip("y", output[a])}</p>`
      );
    };
    return `${line(0, "OH", "H", "KH")}${line(1, "OW", "W", "KW")}<p>${remainderWords(now)} ${unusedWords(now)}${sameWords(now)}</p>`;
  }

  function remainderWords({ result }) {
    const { padded, kernel, stride, dilation, output } = result.sizes;
    const left = padded.map((n, a) => n - (output[a] - 1) * stride[a] - math.span(kernel[a], dilation[a]));
    const told = [[left[0], "row", "below"], [left[1], "column", "on the right"]]
      .filter(([n]) => n)
      .map(([n, what, where]) => `${n} ${what}${n > 1 ? "s" : ""} ${where}`);
    return told.length ? `The floor leaves over ${told.join(" and ")}.` : "Nothing is left over by the floor.";
  }

  function unusedWords({ result }) {
    const { size } = result.sizes;
    const unused = result.coverage.flatMap((row, i) => row.filter((n, j) => n === 0 && math.inside(result.sizes, [i, j]))).length;
    const all = size[0] * size[1];
    return unused ? `<b>${unused} of ${all} pixels</b> ${unused > 1 ? "are touched by no tap: they are" : "is touched by no tap: it is"} hatched.` : `A tap touches each of the ${all} pixels.`;
  }

  // The one place where two conventions differ.
  function sameWords({ state, result }) {
    const odd = state.padding === "same" && state.flip && result.sizes.pads.some(([before, after]) => before !== after);
    return odd
      ? " The odd pixel of “same” goes after, as in <code>conv2d</code>. <code>convolve2d</code> and SciPy put it before when they flip."
      : "";
  }

  function indexWords({ result: { sizes } }) {
    const [sh, sw] = sizes.stride;
    return (
      `Indices count along the rows of the image${math.same(sizes.padded, sizes.size) ? "" : " with its padding"}, ` +
      `${sizes.padded[1]} in each row. One output to the right adds ${sw}, one output down adds ` +
      `${sh === 1 ? "" : `${sh} · `}${sizes.padded[1]}${sh === 1 ? "" : ` = ${sh * sizes.padded[1]}`}.`
    );
  }

  function costWords({ state, result }) {
    const { sizes, cost, coverage } = result;
    const windows = sizes.output[0] * sizes.output[1];
    const taps = sizes.kernel[0] * sizes.kernel[1];
    const used = coverage.flatMap((row, i) => row.filter((_, j) => math.inside(result.sizes, [i, j]))).reduce((a, b) => a + b, 0);
    const zeros = cost - used ? `, ${cost - used} of them with a zero of the padding` : "";
    const pixels = sizes.size[0] * sizes.size[1];
    const backward = state.backward ? ` Backward, dx and dw cost ${cost} each.` : "";
    return (
      `${windows} window${windows > 1 ? "s" : ""} × ${taps} tap${taps > 1 ? "s" : ""} = <b>${cost} multiplication${cost > 1 ? "s" : ""}</b>${zeros}. ` +
      `The matrix of views holds as many numbers; the image has ${pixels}.${backward}`
    );
  }

  function code({ state, result }) {
    const array = (m) => `np.array([${m.map((row) => `[${row.join(", ")}]`).join(",\n              ")}])`;
    const { stride, dilation, pads } = result.sizes;
    const words = [];
    if (!math.same(stride, [1, 1])) words.push(`stride=(${stride.join(", ")})`);
    if (typeof state.padding === "string" && state.padding !== "valid") words.push(`padding="${state.padding}"`);
    if (typeof state.padding !== "string") words.push(`padding=(${pads.map((p) => `(${p.join(", ")})`).join(", ")})`);
    if (!math.same(dilation, [1, 1])) words.push(`dilation=(${dilation.join(", ")})`);
    const options = words.map((word) => `, ${word}`).join("");
    const kernel = state.flip ? "sc.flip_kernels(w)[None, None]" : "w[None, None]";
    const lines = [`x = ${array(state.x)}`, `w = ${array(state.w)}`, `y = sc.conv2d(x[None, None], ${kernel}${options})[0, 0]`];
    if (state.backward) {
      const back = `sc.conv2d_grad(dy[None, None], x[None, None], ${kernel}${options})`;
      lines.push(`dy = ${array(result.dy).replaceAll("\n", "\n ")}`, `dx, dw, db = ${back}`);
      lines.push(`dx, dw = dx[0, 0], ${state.flip ? "sc.flip_kernels(dw[0, 0])" : "dw[0, 0]"}`);
    }
    return lines.join("\n");
  }

  return { selected, forwardSum, backwardSum, caption, sizeWords, indexWords, costWords, code };
})();
