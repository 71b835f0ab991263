// The explorer's page: one setting, drawn everywhere at once. Arithmetic is in explorer-math.js, the address in
// explorer-address.js, the tables in explorer-grid.js.
(() => {
  "use strict";

  const root = document.querySelector(".xp");
  if (!root) return;
  const math = convolution;
  const show = Grid.show;
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const escape = (text) => `${text}`.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const times = (size) => size.join(" × ");
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const clamp = (n, least, most) => Math.min(most, Math.max(least, n));
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");

  let state = setting.initial();
  let result = null; // what the setting gives; result.sizes.output is missing when no window fits
  let tool = "type";
  let brush = 9;

  // Computing --------------------------------------------------------------------------------------------------------

  function compute({ x, w, stride, padding, dilation, flip, dy }) {
    const options = { stride, padding, dilation, flip };
    const size = [math.shape(x), math.shape(w), options];
    const frame = math.frame(...size);
    const pixels = math.pad(x, frame);
    try {
      const sizes = math.layer(...size);
      const gradient = setting.gradient(dy, sizes.output);
      return {
        sizes, pixels, options, dy: gradient,
        weights: flip ? math.flip(w) : w,
        y: math.conv2d(x, w, options),
        ...math.conv2dGrad(gradient, x, w, options),
        coverage: math.coverage(sizes),
        first: math.windowIndex(sizes.kernel, sizes.padded, sizes.dilation),
        offsets: math.windowOffsets(sizes.output, sizes.padded, sizes.stride),
        views: math.viewIndex(sizes),
        cost: math.cost(sizes),
      };
    } catch (error) {
      return { sizes: frame, pixels, options, error: error.message };
    }
  }

  // The number of the window whose output is selected.
  const selected = () => state.at[0] * result.sizes.output[1] + state.at[1];
  const inside = ([i, j]) => {
    const { size, pads } = result.sizes;
    return i >= pads[0][0] && i < pads[0][0] + size[0] && j >= pads[1][0] && j < pads[1][0] + size[1];
  };

  // Changing the setting ---------------------------------------------------------------------------------------------

  // `kind` names what the reader is doing: one thing makes one step of the browser's history.
  function change(patch, kind) {
    const before = result.sizes.output;
    state = { ...state, ...patch };
    settle();
    remember(kind);
    draw();
    if (result.error || !same(before, result.sizes.output)) announce();
    else if (kind === "at") say(caption());
  }

  function settle() {
    result = compute(state);
    const { output } = result.sizes;
    if (output) {
      const dy = typeof state.dy === "string" ? state.dy : result.dy; // cut to the new size
      state = { ...state, dy, at: state.at.map((n, a) => clamp(n, 0, output[a] - 1)) };
    }
    part("note").hidden = true;
  }

  let last = "";
  let waiting = 0;

  function remember(kind) {
    const step = kind !== last && kind !== "at";
    if (step) flush(); // the step before is complete
    last = kind === "at" ? last : kind;
    part("link").href = setting.write(state);
    clearTimeout(waiting);
    if (step) history.pushState(null, "", setting.write(state));
    else waiting = setTimeout(flush, 200); // browsers refuse an address that changes at every pixel of a stroke
  }

  function flush() {
    clearTimeout(waiting);
    if (waiting) history.replaceState(null, "", part("link").href);
    waiting = 0;
  }

  // Show the setting of an address. An ordinary anchor leaves everything as it is.
  function load(address) {
    clearTimeout(waiting);
    waiting = 0;
    last = "";
    let trouble = "";
    try {
      const read = address.length > 1 ? setting.read(address) : setting.initial();
      if (!read) return false;
      state = read;
      if (address.includes("x=blank")) tool = "draw";
    } catch (error) {
      if (!(error instanceof setting.AddressError)) throw error;
      trouble = `This address has a setting that cannot be read: ${error.message}. Here is the one to begin with.`;
      state = setting.initial();
    }
    settle();
    part("note").hidden = !trouble;
    part("note").textContent = trouble;
    part("link").href = setting.write(state);
    draw();
    announce();
    return true;
  }

  // An error is an alert and speaks for itself.
  const say = (words) => (part("live").textContent = words);
  const announce = () => say(result.error ? "" : `output ${result.sizes.output.join(" by ")}. ${caption()}`);

  // Colours ----------------------------------------------------------------------------------------------------------

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

  function greys(m) {
    const values = m.flat();
    const low = Math.min(0, ...values);
    const high = Math.max(1, ...values);
    return (value) => blend(GREYS, (value - low) / (high - low));
  }

  function signed(m) {
    const limit = Math.max(...m.flat().map(Math.abs)) || 1;
    return (value) => blend(SIGNED, (value / limit + 1) / 2);
  }

  const counts = (most) => (n) => blend(COUNTS, most > 4 && n ? (1 + ((n - 1) * 3) / (most - 1)) / 4 : n / 4);

  // Drawing ----------------------------------------------------------------------------------------------------------

  const grid = (name, label, events) => new Grid(root.querySelector(`[data-grid="${name}"]`), { name: label, ...events });
  const select = (i, j) => same([i, j], state.at) || change({ at: [i, j] }, "at");
  const replaced = (m, i, j, value) => m.map((row, r) => (r === i ? row.map((old, c) => (c === j ? value : old)) : row));
  const toImage = (i, j) => [i - result.sizes.pads[0][0], j - result.sizes.pads[1][0]];

  function typeImage(i, j, value) {
    const [r, c] = toImage(i, j);
    change({ x: replaced(state.x, r, c, value) }, `x${r},${c}`);
  }

  const grids = {
    x: grid("x", "image x with its padding", { onType: typeImage, onMove: drawByKey }),
    w: grid("w", "kernel w", { onType: (u, v, value) => change({ w: replaced(state.w, u, v, value) }, `w${u},${v}`) }),
    flipped: grid("flipped", "the kernel, flipped"),
    y: grid("y", "output y", { onPick: select }),
    dy: grid("dy", "gradient of the output dy", {
      onPick: select,
      onType: (i, j, value) => change({ dy: replaced(result.dy, i, j, value) }, `dy${i},${j}`),
    }),
    dx: grid("dx", "gradient of the image dx"),
    dw: grid("dw", "gradient of the kernel dw"),
    coverage: grid("coverage", "coverage: how many windows contain each pixel"),
    first: grid("first", "flat indices of window 0"),
    window: grid("window", "flat indices of the selected window"),
    offsets: grid("offsets", "offsets, one for each output", { onPick: select }),
    views: grid("views", "matrix of views", { onPick: (row) => row && select(...place(row - 1)) }),
  };
  const place = (k) => [Math.floor(k / result.sizes.output[1]), k % result.sizes.output[1]];

  function draw() {
    root.classList.toggle("xp-pictured", state.picture);
    root.classList.toggle("xp-drawing", tool === "draw");
    for (const box of root.querySelectorAll("[data-when]")) {
      const when = { flip: state.flip, forward: !state.backward, backward: state.backward };
      box.hidden = !when[box.dataset.when];
    }
    for (const name of ["results", "details", "driver"]) part(name).hidden = Boolean(result.error);
    part("error").hidden = !result.error;
    part("error").textContent = result.error ? `✗ ${result.error}` : "";
    drawControls();
    const base = cellSize();
    drawInputs(base);
    if (result.error) drawNothing();
    else drawResults(base);
    for (const each of Object.values(grids)) each.settle();
  }

  // The room there is, measured when it changes.
  let stage = {};
  function measure() {
    const box = root.querySelector(".xp-stage");
    stage = { room: box.clientWidth, gap: parseFloat(getComputedStyle(box).columnGap) };
  }

  // Cells of one size for image, kernel and output, so that the kernel is as large as its window. As many of the three
  // stand side by side as there is room for.
  function cellSize() {
    const { room, gap } = stage;
    const { padded, kernel, output = [0, 0] } = result.sizes;
    const kernelColumn = (cell) => Math.max(kernel[1] * cell, 112); // 112 px for the list below it
    const three = (cell) => (padded[1] + output[1]) * cell + kernelColumn(cell) + 2 * gap;
    const two = (cell) => padded[1] * cell + kernelColumn(cell) + gap;
    const one = (cell) => padded[1] * cell;
    const largest = (width) => [44, 42, 40, 38, 36, 34].find((cell) => width(cell) <= room);
    return largest(three) ?? largest(two) ?? clamp(Math.floor(room / one(1)), 27, 44);
  }

  function drawInputs(base) {
    const { sizes, pixels } = result;
    const W = sizes.padded[1];
    const window = new Set(result.error ? [] : result.views[selected()]);
    const colour = state.picture ? greys(state.x) : () => undefined;
    const cells = pixels.map((row, i) =>
      row.map((value, j) => {
        const index = i * W + j;
        const lit = window.has(index);
        const unused = !result.error && result.coverage[i][j] === 0;
        const tile = `${inside([i, j]) ? "x" : "ring"}${lit ? " lit" : ""}${unused ? " unused" : ""}`;
        const [r, c] = toImage(i, j);
        const label = `x, row ${r}, column ${c}`;
        if (inside([i, j])) return { text: show(value), corner: index, tile, colour: colour(value), edit: true, label };
        return { text: "0", corner: index, tile };
      }),
    );
    grids.x.draw(cells, base);
    for (const input of grids.x.table.querySelectorAll("input")) input.readOnly = tool === "draw";
    outlineWindow(grids.x, "window");

    const weight = (name) => (value, u, v) => ({ text: show(value), tile: "w", edit: name === "w", label: `w, row ${u}, column ${v}` });
    const kernel = (m, name) => m.map((row, u) => row.map((value, v) => weight(name)(value, u, v)));
    grids.w.draw(kernel(state.w, "w"), base);
    if (state.flip) grids.flipped.draw(kernel(math.flip(state.w), "flipped"), base);
  }

  // The frame around the selected window, dashed where the window has gaps.
  function outlineWindow(target, look) {
    if (result.error) return void target.frame?.remove(), (target.frame = null);
    const { kernel, dilation, stride } = result.sizes;
    const spans = kernel.map((k, a) => math.span(k, dilation[a]));
    const corner = state.at.map((n, a) => n * stride[a]);
    target.outline(...corner, ...spans, look + (same(spans, kernel) ? "" : " gaps"));
    target.show(corner[0], corner[1] + spans[1] - 1);
    target.show(...corner);
  }

  function drawNothing() {
    for (const name of ["y", "dy"]) grids[name].draw([[{ text: "?", tile: "void" }]], 44);
    part("y-size").textContent = part("dy-size").textContent = "";
  }

  function drawResults(base) {
    drawDriver();
    part("y-size").textContent = part("dy-size").textContent = times(result.sizes.output);
    if (state.backward) drawBackward(base);
    else drawForward(base);
    part("sum").innerHTML = state.backward ? backwardSum() : forwardSum();
    part("size").innerHTML = sizeWords();
    part("cost").innerHTML = costWords();
    drawIndices(base);
    drawViews();
    part("code").textContent = code();
  }

  const atSelected = (i, j) => i === state.at[0] && j === state.at[1];

  function drawForward(base) {
    const colour = state.picture ? signed(result.y) : () => undefined;
    const cells = result.y.map((row, i) =>
      row.map((value, j) => ({
        text: show(value), corner: "", tile: `y${atSelected(i, j) ? " chosen" : ""}`, colour: colour(value), pick: true,
        picked: atSelected(i, j), label: `y, row ${i}, column ${j}: ${show(value)}`,
      })),
    );
    grids.y.draw(cells, base).show(...state.at);
  }

  function drawBackward(base) {
    const { dy, dx, dw, views, weights, sizes, pixels, coverage } = result;
    const k = selected();
    const gradient = dy[state.at[0]][state.at[1]];
    const taps = new Map(views[k].map((index, t) => [index, gradient * weights.flat()[t]]));
    const plus = (value) => (value < 0 ? "" : "+") + show(value);

    const given = dy.map((row, i) =>
      row.map((value, j) => ({
        text: show(value), tile: `g${atSelected(i, j) ? " chosen" : ""}`, edit: true, picked: atSelected(i, j),
        label: `dy, row ${i}, column ${j}`,
      })),
    );
    grids.dy.draw(given, base).show(...state.at);

    const colour = state.picture ? signed(dx) : () => undefined;
    const spread = pixels.map((row, i) =>
      row.map((_, j) => {
        const index = i * sizes.padded[1] + j;
        const corner = taps.has(index) ? plus(taps.get(index)) : "";
        const lit = taps.has(index) ? " lit" : "";
        const [r, c] = toImage(i, j);
        if (!inside([i, j])) return { text: lit ? "✗" : "", corner, tile: `ring${lit}` };
        return { text: show(dx[r][c]), corner, tile: `g faint${lit}`, colour: colour(dx[r][c]) };
      }),
    );
    grids.dx.draw(spread, base);
    outlineWindow(grids.dx, "stamp");

    const seen = views[k].map((index) => pixels.flat()[index] * gradient);
    const laid = math.rows(state.flip ? [...seen].reverse() : seen, sizes.kernel[1]);
    grids.dw.draw(dw.map((row, u) => row.map((value, v) => ({ text: show(value), corner: plus(laid[u][v]), tile: "g lit" }))), base);

    const tint = counts(Math.max(...coverage.flat()));
    const covered = coverage.map((row, i) =>
      row.map((n, j) => {
        const unused = n === 0 ? " unused" : "";
        if (!inside([i, j])) return { text: "", tile: `ring${unused}` };
        return { text: `${n}`, tile: `count${unused}`, colour: n ? tint(n) : undefined };
      }),
    );
    grids.coverage.draw(covered, base);
    outlineWindow(grids.coverage, "stamp");
  }

  function drawIndices(base) {
    const { first, offsets, views, sizes } = result;
    const small = Math.min(base, 36);
    const square = (flat, tile) => math.rows(flat, sizes.kernel[1]).map((row) => row.map((index) => ({ text: `${index}`, tile })));
    grids.first.draw(square(first, "ghost"), small);
    grids.window.draw(square(views[selected()], "w"), small);
    const cells = math.rows(offsets, sizes.output[1]).map((row, i) =>
      row.map((offset, j) => ({ text: `${offset}`, tile: `plain${atSelected(i, j) ? " chosen" : ""}` })),
    );
    grids.offsets.draw(cells, 30).show(...state.at);
    part("offset").textContent = `+ ${offsets[selected()]} =`;
    part("window-title").textContent = `window ${selected()}`;
    const [sh, sw] = sizes.stride;
    part("index-words").innerHTML =
      `Indices count along the rows of the image${same(sizes.padded, sizes.size) ? "" : " with its padding"}, ` +
      `${sizes.padded[1]} in each row. One output to the right adds ${sw}, one output down adds ` +
      `${sh === 1 ? "" : `${sh} · `}${sizes.padded[1]}${sh === 1 ? "" : ` = ${sh * sizes.padded[1]}`}.`;
  }

  function drawViews() {
    const { views, pixels, weights, y } = result;
    const flat = pixels.flat();
    const outputs = y.flat();
    const chosen = selected();
    const head = (text, tile) => ({ text, tile, head: true });
    const top = [head("k", "corner"), ...weights.flat().map((value) => head(show(value), "w top")), head("y", "top end")];
    const rows = views.map((window, k) => {
      const lit = k === chosen ? " lit" : "";
      const cells = window.map((index) => ({ text: state.indices ? `${index}` : show(flat[index]), tile: `x${lit}` }));
      return [head(`${k}`, `side${lit}`), ...cells, { text: show(outputs[k]), tile: `y${k === chosen ? " chosen" : ""}` }];
    });
    grids.views.draw([top, ...rows], 27).show(chosen + 1, 0);
  }

  // Words ------------------------------------------------------------------------------------------------------------

  const chip = (tile, value) => `<b class="${tile}">${show(value)}</b>`;
  const joined = (products) => products.map((p) => `<span class="xp-term">${p}</span>`).join(" + ");
  const name = (array) => `${array}[${state.at.join(", ")}]`;

  function forwardSum() {
    const flat = result.pixels.flat();
    const weights = result.weights.flat();
    const products = result.views[selected()].map((index, t) => `${chip("x", flat[index])}·${chip("w", weights[t])}`);
    return `${name("y")} = ${joined(products)} = ${chip("y", result.y[state.at[0]][state.at[1]])}`;
  }

  function backwardSum() {
    const gradient = result.dy[state.at[0]][state.at[1]];
    const { sizes } = result;
    const W = sizes.padded[1];
    const outside = result.views[selected()].filter((index) => !inside([Math.floor(index / W), index % W])).length;
    const lost = outside ? ` ${outside} of the ${sizes.kernel[0] * sizes.kernel[1]} fall on padding and are dropped (✗).` : "";
    return (
      `${name("dy")} = ${chip("g", gradient)} goes back twice: times the kernel onto its window in <b>dx</b>, ` +
      `and times its window onto <b>dw</b>. The small numbers are what it adds.${lost} <b>db</b> = ${chip("g", result.db)}, the sum of dy.`
    );
  }

  function caption() {
    if (result.error) return "";
    const value = state.backward ? result.dy[state.at[0]][state.at[1]] : result.y[state.at[0]][state.at[1]];
    return `window ${selected()}: ${name(state.backward ? "dy" : "y")} = ${show(value)}`;
  }

  function sizeWords() {
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
    return `${line(0, "OH", "H", "KH")}${line(1, "OW", "W", "KW")}<p>${remainderWords()} ${unusedWords()}${sameWords()}</p>`;
  }

  function remainderWords() {
    const { padded, kernel, stride, dilation, output } = result.sizes;
    const left = padded.map((n, a) => n - (output[a] - 1) * stride[a] - math.span(kernel[a], dilation[a]));
    const told = [[left[0], "row", "below"], [left[1], "column", "on the right"]]
      .filter(([n]) => n)
      .map(([n, what, where]) => `${n} ${what}${n > 1 ? "s" : ""} ${where}`);
    return told.length ? `The floor leaves over ${told.join(" and ")}.` : "Nothing is left over by the floor.";
  }

  function unusedWords() {
    const { size } = result.sizes;
    const unused = result.coverage.flatMap((row, i) => row.filter((n, j) => n === 0 && inside([i, j]))).length;
    const all = size[0] * size[1];
    return unused ? `<b>${unused} of ${all} pixels</b> lie in no window: they are hatched.` : `Each of the ${all} pixels lies in a window.`;
  }

  // The one place where two conventions differ.
  function sameWords() {
    const odd = state.padding === "same" && state.flip && result.sizes.pads.some(([before, after]) => before !== after);
    return odd
      ? " The odd pixel of “same” goes after, as in <code>conv2d</code>. <code>convolve2d</code> and SciPy put it before when they flip."
      : "";
  }

  function costWords() {
    const { sizes, cost, coverage } = result;
    const windows = sizes.output[0] * sizes.output[1];
    const taps = sizes.kernel[0] * sizes.kernel[1];
    const used = coverage.flatMap((row, i) => row.filter((_, j) => inside([i, j]))).reduce((a, b) => a + b, 0);
    const zeros = cost - used ? `, ${cost - used} of them with a zero of the padding` : "";
    const pixels = sizes.size[0] * sizes.size[1];
    const backward = state.backward ? ` Backward, dx and dw cost ${cost} each.` : "";
    return (
      `${windows} window${windows > 1 ? "s" : ""} × ${taps} tap${taps > 1 ? "s" : ""} = <b>${cost} multiplications</b>${zeros}. ` +
      `The matrix of views holds as many numbers; the image has ${pixels}.${backward}`
    );
  }

  function code() {
    const array = (m) => `np.array([${m.map((row) => `[${row.join(", ")}]`).join(",\n              ")}])`;
    const { stride, dilation, pads } = result.sizes;
    const words = [];
    if (!same(stride, [1, 1])) words.push(`stride=(${stride.join(", ")})`);
    if (typeof state.padding === "string" && state.padding !== "valid") words.push(`padding="${state.padding}"`);
    if (typeof state.padding !== "string") words.push(`padding=(${pads.map((p) => `(${p.join(", ")})`).join(", ")})`);
    if (!same(dilation, [1, 1])) words.push(`dilation=(${dilation.join(", ")})`);
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

  // Controls ---------------------------------------------------------------------------------------------------------

  const field = (name) => root.querySelector(`input[data-field="${name}"], select[data-field="${name}"]`);

  // Each number of the table: its value now, its limits, and what changing it does.
  const axisFields = (a) => ({
    [`x${a}`]: { get: () => math.shape(state.x)[a], most: setting.LIMITS.x[a], set: (n) => ({ x: resized(state.x, a, n, 0) }) },
    [`w${a}`]: { get: () => math.shape(state.w)[a], most: setting.LIMITS.w[a], set: (n) => ({ w: resized(state.w, a, n, 1) }) },
    [`stride${a}`]: { get: () => state.stride[a], most: setting.LIMITS.s, set: (n) => ({ stride: state.stride.with(a, n) }) },
    [`dilation${a}`]: { get: () => state.dilation[a], most: setting.LIMITS.d, set: (n) => ({ dilation: state.dilation.with(a, n) }) },
    [`before${a}`]: padField(a, 0),
    [`after${a}`]: padField(a, 1),
  });

  const padField = (a, end) => ({
    get: () => result.sizes.pads[a][end],
    least: 0,
    most: setting.LIMITS.p,
    set: (n) => ({ padding: result.sizes.pads.map((p, axis) => (axis === a ? p.with(end, n) : p)) }),
  });

  const fields = { ...axisFields(0), ...axisFields(1) };

  // More or fewer rows or columns. Numbers that only count up go on counting; others are followed by zeros.
  function resized(m, axis, n, first) {
    const size = math.shape(m).with(axis, n);
    if (same(m, setting.ramp(...math.shape(m), first))) return setting.ramp(...size, first);
    return math.table(...size, (i, j) => m[i]?.[j] ?? 0);
  }

  function drawControls() {
    for (const [name, { get, least = 1, most }] of Object.entries(fields)) {
      const input = field(name);
      input.min = least;
      input.max = most;
      if (input !== document.activeElement || +input.value !== get()) input.value = get();
    }
    field("padding").value = typeof state.padding === "string" ? state.padding : "own";
    part("x-size").textContent = times(math.shape(state.x));
    part("w-size").textContent = times(math.shape(state.w));
    const radios = { mode: state.backward ? "backward" : "forward", show: state.picture ? "picture" : "numbers", views: state.indices ? "indices" : "pixels", tool };
    for (const [name, value] of Object.entries(radios)) root.querySelector(`[name="${name}"][value="${value}"]`).checked = true;
    root.querySelector('[name="flip"]').checked = state.flip;
    part("brush").hidden = tool !== "draw";
    drawPreset("x", setting.IMAGES, 0);
    drawPreset("w", setting.KERNELS, 1);
  }

  function drawPreset(name, presets, first) {
    const list = root.querySelector(`[data-preset="${name}"]`);
    if (!list.options.length) {
      const all = { own: ["my own"], ramp: [`${first}, ${first + 1}, ${first + 2}, …`], ...presets };
      list.innerHTML = Object.entries(all).map(([key, [words]]) => `<option value="${key}">${escape(words)}</option>`).join("");
    }
    const known = setting.write(state).match(`[#&]${name}=([^&]*)`)[1];
    list.value = Object.hasOwn(presets, known) ? known : known.includes(":") ? "own" : "ramp";
  }

  function drawDriver() {
    const { output } = result.sizes;
    const range = part("window");
    range.max = output[0] * output[1] - 1;
    range.value = selected();
    range.setAttribute("aria-valuetext", caption());
    part("caption").textContent = caption();
    root.querySelector('[data-step="-1"]').disabled = selected() === 0;
    root.querySelector('[data-step="1"]').disabled = selected() === +range.max;
    part("play").hidden = reduced.matches || +range.max === 0;
  }

  const takePreset = {
    x: (key) => {
      if (key === "blank") tool = "draw";
      const x = key === "ramp" ? setting.ramp(...math.shape(state.x)) : setting.image(key);
      change({ x, picture: ["digit", "eye", "blank"].includes(key) }, `preset x ${key}`);
    },
    w: (key) => change({ w: key === "ramp" ? setting.ramp(...math.shape(state.w), 1) : setting.kernel(key) }, `preset w ${key}`),
  };

  function setField(name, value) {
    const { get, set, least = 1, most } = fields[name];
    if (!Number.isInteger(value) || value < least || value > most || value === get()) return;
    change(set(value), name);
  }

  const radio = {
    mode: (value) => change({ backward: value === "backward" }, "mode"),
    show: (value) => change({ picture: value === "picture" }, "show"),
    views: (value) => change({ indices: value === "indices" }, "views"),
    tool: (value) => ((tool = value), draw()),
  };

  const dyButtons = {
    ones: () => "ones",
    one: () => result.dy.map((row, i) => row.map((_, j) => +atSelected(i, j))),
    random: () => `seed${(typeof state.dy === "string" && +state.dy.slice(4) ? +state.dy.slice(4) : 0) + 1}`,
  };

  root.addEventListener("change", ({ target }) => {
    if (target.dataset.preset) target.value !== "own" && takePreset[target.dataset.preset](target.value);
    else if (target.name === "flip") change({ flip: target.checked }, "flip");
    else if (target.type === "radio") radio[target.name](target.value);
    else if (target.dataset.field === "padding")
      change({ padding: target.value === "own" ? result.sizes.pads : target.value }, "padding");
    else if (target.dataset.field in fields) target.value = fields[target.dataset.field].get(); // out of range
  });

  root.addEventListener("input", ({ target }) => {
    if (target === part("window")) change({ at: place(+target.value) }, "at");
    else if (target.dataset.field === "brush") brush = setting.number(target.value) ?? brush;
    else if (target.dataset.field in fields && target.value !== "") setField(target.dataset.field, Number(target.value));
  });

  root.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button !== part("play")) stop();
    if (button.dataset.by) setField(button.dataset.field, fields[button.dataset.field].get() + Number(button.dataset.by));
    if (button.dataset.step) step(Number(button.dataset.step));
    if (button.dataset.dy) change({ dy: dyButtons[button.dataset.dy]() }, `dy ${button.dataset.dy}`);
    if (button === part("play")) playing ? stop() : play();
    if (button === part("reset")) change({ ...setting.initial() }, "reset");
  });

  const step = (by) => {
    const k = selected() + by;
    if (k >= 0 && k <= +part("window").max) change({ at: place(k) }, "at");
  };

  let playing = 0;

  function play() {
    if (selected() === +part("window").max) change({ at: [0, 0] }, "at");
    part("play").textContent = "Stop";
    playing = setInterval(() => (result.error || selected() === +part("window").max ? stop() : step(1)), 450);
  }

  function stop() {
    clearInterval(playing);
    playing = 0;
    part("play").textContent = "Slide";
  }

  // Drawing with a finger or a mouse ----------------------------------------------------------------------------------

  let stroke = 0; // counts strokes: each is one step of the history
  let pen = null; // where the stroke was last

  function cellUnder(event) {
    const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest("td");
    const k = grids.x.cells.indexOf(cell);
    return k >= 0 && grids.x.drawn[k].edit ? toImage(...grids.x.position(k)) : null;
  }

  // Paints every cell on the line from where the pen was, so that a quick stroke has no holes.
  function paint(to) {
    const from = pen ?? to;
    const steps = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]), 1);
    let x = state.x;
    for (let s = 0; s <= steps; s++) {
      const [r, c] = [0, 1].map((a) => Math.round(from[a] + ((to[a] - from[a]) * s) / steps));
      x = replaced(x, r, c, brush);
    }
    pen = to;
    if (!same(x, state.x)) change({ x }, `stroke ${stroke}`);
  }

  grids.x.box.addEventListener("pointerdown", (event) => {
    const cell = tool === "draw" && event.isPrimary && event.button === 0 && cellUnder(event);
    if (!cell) return;
    event.preventDefault();
    stroke += 1;
    pen = null;
    grids.x.box.setPointerCapture(event.pointerId);
    paint(cell);
  });

  grids.x.box.addEventListener("pointermove", (event) => {
    if (!grids.x.box.hasPointerCapture(event.pointerId)) return;
    for (const point of event.getCoalescedEvents?.() ?? []) paintAt(point);
    paintAt(event);
  });

  function paintAt(event) {
    const cell = cellUnder(event);
    if (cell) paint(cell);
    else pen = null;
  }

  function drawByKey(event, k) {
    if (tool !== "draw" || event.key !== " ") return;
    event.preventDefault();
    stroke += 1;
    pen = null;
    paint(toImage(...grids.x.position(k)));
  }

  // Beginning --------------------------------------------------------------------------------------------------------

  addEventListener("hashchange", () => load(location.hash));
  addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href*="="]');
    if (!link || !link.hash.includes("=") || link.pathname !== location.pathname || link === part("link")) return;
    load(link.hash); // also when the address is already this one
    root.scrollIntoView();
    part("window").focus({ preventScroll: true });
  });
  addEventListener("pagehide", flush);
  reduced.addEventListener("change", draw);
  new ResizeObserver(() => {
    const before = stage.room;
    measure();
    if (stage.room !== before) draw();
  }).observe(root);

  root.querySelector("fieldset").disabled = false;
  measure();
  settle();
  if (!load(location.hash)) load("");

  // For tests and for the curious.
  window.explorer = {
    get state() { return state; },
    get result() { return result; },
    address: () => setting.write(state),
    load,
    change,
  };
})();
