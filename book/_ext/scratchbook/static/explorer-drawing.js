// Draws a setting: tables of numbers or pictures, and the words between them. `now` is {state, result, tool}; `act` says
// what a touch on a table or a picture does.
const drawing = (root, now, act) => {
  "use strict";

  const math = convolution;
  const { same, inside } = math;
  const { selected } = wording;
  const { show, exact } = Grid;
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const WIDE = 900; // px, from where the settings stand beside the stage; the style sheet has it too
  const WHOLE = 120; // a matrix of views with more rows shows those around the selected one
  const AROUND = 20;

  const grid = (name, label, events) => new Grid(root.querySelector(`[data-grid="${name}"]`), { name: label, ...events });
  const picture = (name, events) => new Picture(root.querySelector(`[data-picture="${name}"]`), events);
  const place = (k) => [Math.floor(k / now.result.sizes.output[1]), k % now.result.sizes.output[1]];
  const toImage = (i, j) => [i - now.result.sizes.pads[0][0], j - now.result.sizes.pads[1][0]];
  const atSelected = (i, j) => same([i, j], now.state.at);
  let firstRow = 0; // of those that the matrix of views shows

  const editable = (array) => ({
    onType: (i, j, value) => act.type(array, ...(array === "x" ? toImage(i, j) : [i, j]), value),
    onWrong: act.refuse,
    onPaste: (words) => act.paste(array, words),
  });

  const grids = {
    x: grid("x", "image x with its padding", { ...editable("x"), onMove: (event, k) => act.paintKey(event, toImage(...grids.x.position(k))) }),
    w: grid("w", "kernel w", editable("w")),
    flipped: grid("flipped", "the kernel, flipped"),
    y: grid("y", "output y", { onPick: act.select }),
    dy: grid("dy", "gradient of the output dy", { ...editable("dy"), onPick: act.select }),
    dx: grid("dx", "gradient of the image dx"),
    dw: grid("dw", "gradient of the kernel dw"),
    coverage: grid("coverage", "coverage: how many windows contain each pixel"),
    first: grid("first", "flat indices of window 0"),
    window: grid("window", "flat indices of the selected window"),
    offsets: grid("offsets", "offsets, one for each output", { onPick: act.select }),
    views: grid("views", "matrix of views", { onPick: (row) => row && act.select(...place(row - 1 + firstRow)) }),
  };

  // In a picture of the output the arrow keys move the selection, in the others a cursor.
  const cursors = { x: [0, 0], dx: [0, 0], coverage: [0, 0] };
  const steer = { onPoint: act.select, onKey: (step) => act.select(...bounded(now.state.at, step, now.result.sizes.output)) };
  const point = (name) => ({
    onPoint: (i, j) => now.tool !== "draw" && act.pointAt(i, j),
    onKey: (step, key) => moveCursor(name, step, key),
  });
  const pictures = { x: picture("x", point("x")), y: picture("y", steer), dy: picture("dy", steer), dx: picture("dx", point("dx")), coverage: picture("coverage", point("coverage")) };
  const painted = {}; // name: what a picture that is in view was made of
  const bounded = (from, step, size) => from.map((n, a) => math.clamp(n + step[a], 0, size[a] - 1));

  function moveCursor(name, step, key) {
    const cursor = (cursors[name] = bounded(cursors[name], step, now.result.sizes.padded));
    if (key === "Enter") act.pointAt(...cursor);
    if (key === " " && name === "x") act.paintKey(null, toImage(...cursor));
    drawCursor(name);
    act.say(words(name, ...cursor));
  }

  function drawCursor(name) {
    const [i, j] = (cursors[name] = bounded(cursors[name], [0, 0], now.result.sizes.padded));
    pictures[name].outline("cursor", i, j, 1, 1, "cursor");
  }

  // The page ----------------------------------------------------------------------------------------------------------

  function draw() {
    const { state, result, tool } = now;
    root.classList.toggle("xp-drawing", tool === "draw");
    showWhen({ flip: state.flip, forward: !state.backward, backward: state.backward });
    for (const name in pictures) {
      grids[name].box.hidden = state.picture && !result.error;
      pictures[name].box.hidden = !grids[name].box.hidden;
      if (!pictures[name].box.offsetParent) delete painted[name];
    }
    for (const name of ["results", "details", "driver"]) part(name).hidden = Boolean(result.error);
    part("error").hidden = !result.error;
    part("error").textContent = result.error ? `✗ ${result.error}` : "";
    const base = cellSize();
    now.small = state.picture || base < 36; // dx has no room for small numbers
    drawKernel(Math.max(base, 27));
    if (result.error) drawNothing(base);
    else drawResults(base);
    for (const each of Object.values(grids)) each.settle();
  }

  function showWhen(when) {
    for (const box of root.querySelectorAll("[data-when]")) box.hidden = !when[box.dataset.when];
  }

  // The room there is, measured when it changes: beside the settings, or across them on a wide page.
  let stage = {};
  function measure() {
    const before = stage.across;
    const [box, table] = [root.querySelector(".xp-stage"), root.querySelector(".xp-settings")];
    const gap = parseFloat(getComputedStyle(box).columnGap);
    const across = box.parentElement.clientWidth;
    const wide = across >= WIDE;
    root.style.setProperty("--header", `${document.querySelector(".bd-header-article")?.offsetHeight ?? 0}px`);
    stage = { gap, wide, across, beside: wide ? across - table.offsetWidth - 2 * gap : across };
    return across !== before;
  }

  // Cells of one size for image, kernel and output, so that the kernel is as large as its window. As many of the three
  // stand side by side as there is room for; when they need the room of the settings, those move down.
  function cellSize() {
    const { gap, wide, across, beside } = stage;
    const { padded, kernel, output = [0, 0] } = now.result.sizes;
    const pictured = now.state.picture && !now.result.error;
    const margin = pictured ? Picture.MARGIN.l + Picture.MARGIN.r : 0;
    const kernelColumn = (cell) => Math.max(kernel[1] * Math.max(cell, 27), 112); // 112 px for the list below it
    const array = (columns, cell) => (pictured ? Math.max(columns * cell, Picture.LEAST) + margin : columns * cell);
    const two = (cell) => array(padded[1], cell) + kernelColumn(cell) + gap;
    const three = (cell) => two(cell) + array(output[1], cell) + gap;
    const sizes = [44, 42, 40, 38, 36, 34, ...(pictured ? [30, 27, 24, 21, 18, 16, 14, 12, 11, 10] : [])];
    const largest = (width, room) => sizes.find((cell) => width(cell) <= room);
    const single = (room) => math.clamp(Math.floor((room - margin) / padded[1]), pictured ? 4 : 27, 44);
    const spread = wide && !largest(three, beside);
    const room = spread ? across : beside;
    root.classList.toggle("xp-spread", spread);
    return largest(three, room) ?? largest(two, room) ?? single(room);
  }

  function drawKernel(base) {
    const { state } = now;
    const cell = (name, text) => (value, u, v) => ({ text: text(value), tile: "w", edit: name === "w", label: `w, row ${u}, column ${v}` });
    const kernel = (m, ...how) => m.map((row, u) => row.map((value, v) => cell(...how)(value, u, v)));
    grids.w.draw(kernel(state.w, "w", exact), base);
    if (state.flip) grids.flipped.draw(kernel(math.flip(state.w), "flipped", exact), base);
  }

  function drawNothing(base) {
    drawImage(base);
    for (const name of ["y", "dy"]) grids[name].draw([[{ text: "?", tile: "void" }]], 44);
    part("y-size").textContent = part("dy-size").textContent = "";
  }

  function drawResults(base) {
    const { state, result } = now;
    part("y-size").textContent = part("dy-size").textContent = result.sizes.output.join(" × ");
    if (state.picture) drawPictures(base);
    else drawNumbers(base);
    if (state.backward) drawKernelGradient(Math.max(base, 36)); // room for the small numbers
    part("sum").innerHTML = state.backward ? wording.backwardSum(now) : wording.forwardSum(now);
    part("size").innerHTML = wording.sizeWords(now);
    part("cost").innerHTML = wording.costWords(now);
    drawIndices(base);
    drawViews();
    part("code").textContent = wording.code(now);
    part("code").tabIndex = 0; // the theme takes it away while there is nothing to scroll
  }

  // Numbers -----------------------------------------------------------------------------------------------------------

  function drawNumbers(base) {
    drawImage(base);
    if (!now.state.backward) return void drawOutput(base);
    drawOutputGradient(base);
    drawImageGradient(base);
    drawCoverage(base);
  }

  function drawImage(base) {
    const { result } = now;
    const W = result.sizes.padded[1];
    const window = new Set(result.error ? [] : result.views[selected(now)]);
    const cells = result.pixels.map((row, i) =>
      row.map((value, j) => {
        const index = i * W + j;
        const pixel = inside(result.sizes, [i, j]);
        const unused = !result.error && result.coverage[i][j] === 0;
        const tile = `${pixel ? "x" : "ring"}${window.has(index) ? " lit" : ""}${unused ? " unused" : ""}`;
        if (!pixel) return { text: "0", corner: index, tile };
        const [r, c] = toImage(i, j);
        return { text: exact(value), corner: index, tile, edit: true, label: `x, row ${r}, column ${c}` };
      }),
    );
    grids.x.draw(cells, base);
    for (const input of grids.x.table.querySelectorAll("input")) input.readOnly = now.tool === "draw";
    outlineWindow(grids.x, "window");
  }

  // The frame around the selected window, dashed where the window has gaps.
  function outlineWindow(target, look) {
    if (now.result.error) return void target.frame?.remove(), (target.frame = null);
    const { corner, spans, gaps } = windowFrame();
    target.outline(...corner, ...spans, look + gaps);
    target.show(corner[0], corner[1] + spans[1] - 1);
    target.show(...corner);
  }

  function windowFrame() {
    const { kernel, dilation, stride } = now.result.sizes;
    const spans = kernel.map((k, a) => math.span(k, dilation[a]));
    return { corner: now.state.at.map((n, a) => n * stride[a]), spans, gaps: same(spans, kernel) ? "" : " gaps" };
  }

  function drawOutput(base) {
    const cells = now.result.y.map((row, i) =>
      row.map((value, j) => ({
        text: show(value), corner: "", tile: `y${atSelected(i, j) ? " chosen" : ""}`, pick: true,
        picked: atSelected(i, j), label: `y, row ${i}, column ${j}: ${show(value)}`,
      })),
    );
    grids.y.draw(cells, base).show(...now.state.at);
  }

  function drawOutputGradient(base) {
    const given = now.result.dy.map((row, i) =>
      row.map((value, j) => ({
        text: exact(value), tile: `g${atSelected(i, j) ? " chosen" : ""}`, edit: true, picked: atSelected(i, j),
        label: `dy, row ${i}, column ${j}`,
      })),
    );
    grids.dy.draw(given, base).show(...now.state.at);
  }

  const plus = (value) => (value < 0 ? "" : "+") + show(value);
  const gradient = () => now.result.dy[now.state.at[0]][now.state.at[1]];

  function drawImageGradient(base) {
    const { dx, views, weights, sizes, pixels } = now.result;
    const taps = new Map(views[selected(now)].map((index, t) => [index, gradient() * weights.flat()[t]]));
    const spread = pixels.map((row, i) =>
      row.map((_, j) => {
        const index = i * sizes.padded[1] + j;
        const corner = taps.has(index) ? plus(taps.get(index)) : "";
        const lit = taps.has(index) ? " lit" : "";
        const [r, c] = toImage(i, j);
        if (!inside(sizes, [i, j])) return { text: lit ? "✗" : "", corner, tile: `ring${lit}` };
        return { text: show(dx[r][c]), corner, tile: `g faint${lit}` };
      }),
    );
    grids.dx.draw(spread, base);
    outlineWindow(grids.dx, "stamp");
  }

  function drawKernelGradient(base) {
    const { dw, views, sizes, pixels } = now.result;
    const flat = pixels.flat();
    const seen = views[selected(now)].map((index) => flat[index] * gradient());
    const laid = math.rows(now.state.flip ? seen.reverse() : seen, sizes.kernel[1]);
    grids.dw.draw(dw.map((row, u) => row.map((value, v) => ({ text: show(value), corner: plus(laid[u][v]), tile: "g lit" }))), base);
  }

  function drawCoverage(base) {
    const { coverage, sizes } = now.result;
    const tint = scales.counts(Math.max(...coverage.flat()));
    const covered = coverage.map((row, i) =>
      row.map((n, j) => {
        const unused = n === 0 ? " unused" : "";
        if (!inside(sizes, [i, j])) return { text: "", tile: `ring${unused}` };
        return { text: `${n}`, tile: `count${unused}`, colour: n ? tint(n) : undefined };
      }),
    );
    grids.coverage.draw(covered, base);
    outlineWindow(grids.coverage, "stamp");
  }

  // Pictures ----------------------------------------------------------------------------------------------------------

  function drawPictures(base) {
    const { state, result: { y, dy, dx, coverage } } = now;
    drawPadded("x", state.x, scales.greys(state.x), base, "window");
    if (!state.backward) return void drawPlain("y", y, base);
    drawPlain("dy", dy, base);
    drawPadded("dx", dx, scales.signed(dx), base, "stamp");
    drawPadded("coverage", math.crop(coverage, now.result.sizes), scales.counted(coverage), base, "stamp");
  }

  // What a cell is called under the pointer and to a screen reader.
  function words(name, i, j) {
    const { state, result } = now;
    const [r, c] = name in cursors ? toImage(i, j) : [i, j];
    const flat = name === "x" ? ` · index ${i * result.sizes.padded[1] + j}` : "";
    if (name in cursors && !inside(result.sizes, [i, j])) return `padding${name === "x" ? ": 0" : ""}${flat}`;
    const value = name === "x" ? state.x[r][c] : name === "coverage" ? result.coverage[i][j] : result[name][r][c];
    return `${name}[${r}, ${c}] = ${name === "x" ? exact(value) : show(value)}${flat}`;
  }

  // A picture of the image's size, with its padding around it and the pixels that no window uses hatched.
  function drawPadded(name, m, scale, cell, look) {
    const { sizes, coverage, pixels } = now.result;
    const [top, left] = [sizes.pads[0][0], sizes.pads[1][0]];
    const z = pixels.map((row, i) => row.map((_, j) => (inside(sizes, [i, j]) ? m[i - top][j - left] : null)));
    const hatched = name === "dx" ? [] : coverage.flatMap((row, i) => row.flatMap((n, j) => (n ? [] : [[i, j]])));
    paint(name, { z, ...scale, cell, first: [-top, -left], size: sizes.size, hatched, mute: name === "x" && now.tool === "draw" });
    const { corner, spans, gaps } = windowFrame();
    const taps = gaps ? math.table(...sizes.kernel, (u, v) => [u * sizes.dilation[0], v * sizes.dilation[1]]).flat() : [];
    pictures[name].outline("window", ...corner, ...spans, look + gaps, taps);
    drawCursor(name);
  }

  function drawPlain(name, m, cell) {
    paint(name, { z: m, ...scales.signed(m), cell, first: [0, 0], size: math.shape(m), hatched: [], mute: false });
    pictures[name].outline("window", ...now.state.at, 1, 1, name === "y" ? "output" : "stamp");
  }

  const TITLES = { x: "image x", y: "output y", dy: "gradient of the output dy", dx: "gradient of the image dx", coverage: "coverage" };

  // Nothing is painted again when only the selection has moved.
  function paint(name, picture) {
    const key = [now.result, picture.cell, picture.mute];
    if (painted[name]?.every((old, n) => old === key[n])) return;
    painted[name] = key;
    const hover = math.table(...math.shape(picture.z), (i, j) => words(name, i, j));
    const use = name in cursors ? "Arrow keys read pixels, Enter moves the window there" : "Arrow keys move the window";
    const label = `${TITLES[name]} as a picture, ${math.shape(picture.z).join(" by ")}. ${use}.`;
    pictures[name].draw({ ...picture, hover }, label);
  }

  // Indices and views -------------------------------------------------------------------------------------------------

  function drawIndices(base) {
    const { first, offsets, views, sizes } = now.result;
    const small = math.clamp(base, 27, 36);
    const square = (flat, tile) => math.rows(flat, sizes.kernel[1]).map((row) => row.map((index) => ({ text: `${index}`, tile })));
    grids.first.draw(square(first, "ghost"), small);
    grids.window.draw(square(views[selected(now)], "w"), small);
    const cells = math.rows(offsets, sizes.output[1]).map((row, i) =>
      row.map((offset, j) => ({ text: `${offset}`, tile: `plain${atSelected(i, j) ? " chosen" : ""}` })),
    );
    grids.offsets.draw(cells, 30).show(...now.state.at);
    part("offset").textContent = `+ ${offsets[selected(now)]} =`;
    part("window-title").textContent = `window ${selected(now)}`;
    part("index-words").innerHTML = wording.indexWords(now);
  }

  function drawViews() {
    const { views, pixels, weights, y } = now.result;
    const [flat, outputs, chosen] = [pixels.flat(), y.flat(), selected(now)];
    const count = Math.min(views.length, views.length > WHOLE ? 2 * AROUND + 1 : WHOLE);
    firstRow = math.clamp(chosen - AROUND, 0, views.length - count);
    if (views.length <= WHOLE) firstRow = 0;
    const head = (text, tile) => ({ text, tile, head: true });
    const top = [head("k", "corner"), ...weights.flat().map((value) => head(exact(value), "w top")), head("y", "top end")];
    const rows = views.slice(firstRow, firstRow + count).map((window, n) => {
      const k = firstRow + n;
      const lit = k === chosen ? " lit" : "";
      const cells = window.map((index) => ({ text: now.state.indices ? `${index}` : exact(flat[index]), tile: `x${lit}` }));
      return [head(`${k}`, `side${lit}`), ...cells, { text: show(outputs[k]), tile: `y${k === chosen ? " chosen" : ""}` }];
    });
    grids.views.draw([top, ...rows], 27).show(chosen - firstRow + 1, 0);
    part("views-words").textContent =
      `${views.length} × ${weights.flat().length} numbers` +
      (count < views.length ? `; rows ${firstRow} to ${firstRow + count - 1}, around the selected one, are shown.` : ".");
  }

  return { draw, measure, grids, pictures, place, toImage, atSelected, windowFrame };
};
