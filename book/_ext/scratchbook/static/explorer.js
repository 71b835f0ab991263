// The explorer's page: one setting, drawn everywhere at once. Arithmetic is in explorer-math.js, the address in
// explorer-address.js, tables in explorer-grid.js, pictures in explorer-picture.js, what they show in
// explorer-drawing.js and explorer-words.js. Here is what a reader does, and what it changes.
(() => {
  "use strict";

  const root = document.querySelector(".xp");
  if (!root) return;
  const math = convolution;
  const { same, clamp } = math;
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const escape = (text) => `${text}`.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");

  let state = setting.initial();
  let result = null; // what the setting gives; result.sizes.output is missing when no window fits
  let tool = "type";
  let brush = 9;
  const now = {
    get state() { return state; },
    get result() { return result; },
    get tool() { return tool; },
  };
  const selected = () => wording.selected(now);
  const caption = () => wording.caption(now);

  // Computing --------------------------------------------------------------------------------------------------------

  function compute({ x, w, stride, padding, dilation, flip }, dy) {
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
      if (!(error instanceof RangeError)) throw error;
      return { sizes: frame, pixels, options, error: error.message };
    }
  }

  // Changing the setting ---------------------------------------------------------------------------------------------

  // While sizes change, what they cut off is kept, so that it is there again when they grow.
  let kept = {};
  const keep = () => (kept = { x: state.x, w: state.w, dy: state.dy });
  const isSize = (kind) => /^([xw]|stride|dilation|before|after)[01]$|^padding$/.test(kind);

  // `kind` names what the reader is doing: one thing makes one step of the browser's history.
  function change(patch, kind) {
    const before = result.sizes.output;
    state = { ...state, ...patch };
    tell("");
    if (kind !== "at" && !isSize(kind)) keep();
    settle(kind !== "at");
    remember(kind);
    draw();
    if (result.error || !same(before, result.sizes.output)) announce();
    else if (kind === "at") say(caption());
  }

  function settle(again = true) {
    if (again) result = compute(state, kept.dy);
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

  // Show the setting of an address. An ordinary anchor leaves everything as it is, and so does an address of which
  // nothing can be read.
  function load(address) {
    if (address.length > 1 && !/=|%3d/i.test(address)) return false;
    clearTimeout(waiting);
    waiting = 0;
    last = "";
    const { state: read, troubles } = address.length > 1 ? setting.read(address) : { state: setting.initial(), troubles: [] };
    state = read ?? state;
    if (read && same(state.x, setting.image("blank"))) tool = "draw";
    keep();
    settle();
    part("note").hidden = !troubles.length;
    part("note").textContent = troubles.length ? complaint(troubles, read) : "";
    tell("");
    part("link").href = setting.write(state);
    draw();
    announce();
    return true;
  }

  const complaint = (troubles, read) =>
    `Of this address, ${troubles.length === 1 ? "one part" : `${troubles.length} parts`} cannot be read: ${troubles.join("; ")}. ` +
    (read ? "The others are set." : "The setting stays as it was.");

  // An error is an alert and speaks for itself.
  const say = (words) => (part("live").textContent = words);
  const announce = () => say(result.error ? "" : `output ${result.sizes.output.join(" by ")}. ${caption()}`);

  // What could not be read, and what holds instead, until something changes.
  function tell(words) {
    part("typo").textContent = words;
    part("typo").hidden = !words;
  }

  // Acts on tables and pictures ---------------------------------------------------------------------------------------

  const replaced = (m, i, j, value) => m.map((row, r) => (r === i ? row.map((old, c) => (c === j ? value : old)) : row));
  const arrays = { x: () => state.x, w: () => state.w, dy: () => result.dy };
  const largest = { x: () => setting.LIMITS.x, w: () => setting.LIMITS.w, dy: () => result.sizes.output };

  const act = {
    say,
    select: (i, j) => same([i, j], state.at) || change({ at: [i, j] }, "at"),
    type: (array, i, j, value) => change({ [array]: replaced(arrays[array](), i, j, value) }, `${array}${i},${j}`),
    paintKey,
    // A window whose middle is as near to a place of the padded image as can be.
    pointAt(...target) {
      const { stride, output } = result.sizes;
      const { spans } = drawn.windowFrame();
      act.select(...target.map((n, a) => clamp(Math.round((n - (spans[a] - 1) / 2) / stride[a]), 0, output[a] - 1)));
    },
    refuse: (text, value) =>
      tell(
        text.trim()
          ? `“${text}” is no number that can be used here: −${setting.LIMITS.value} to ${setting.LIMITS.value}, with a point or a comma. The cell holds ${value}.`
          : `An empty cell cannot be computed with. It holds ${value}.`,
      ),
    paste(array, words) {
      const trouble = setting.attempt(() => {
        const block = setting.readBlock(words, array, largest[array]());
        if (array === "dy" && !same(math.shape(block), result.sizes.output)) setting.refuse(`dy has the size of the output, ${result.sizes.output.join("x")}`, math.shape(block).join("x"));
        change({ [array]: block }, `paste ${array} ${words}`);
      });
      if (trouble) tell(`The block was not taken: ${trouble}. Everything stays as it was.`);
    },
  };

  const drawn = drawing(root, now, act);

  function draw() {
    drawControls();
    if (!result.error) drawDriver();
    drawn.draw();
  }

  // Controls ---------------------------------------------------------------------------------------------------------

  const field = (name) => root.querySelector(`input[data-field="${name}"], select[data-field="${name}"]`);

  // Each number of the table: its value now, its limits, and what changing it does.
  const axisFields = (a) => ({
    [`x${a}`]: { get: () => math.shape(state.x)[a], most: setting.LIMITS.x[a], set: (n) => ({ x: resized("x", a, n, 0) }) },
    [`w${a}`]: { get: () => math.shape(state.w)[a], most: setting.LIMITS.w[a], set: (n) => ({ w: resized("w", a, n, 1) }) },
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
  function resized(array, axis, n, first) {
    const size = math.shape(state[array]).with(axis, n);
    const source = kept[array];
    if (same(source, setting.ramp(...math.shape(source), first))) return setting.ramp(...size, first);
    return math.table(...size, (i, j) => source[i]?.[j] ?? 0);
  }

  function drawControls() {
    for (const [name, { get, least = 1, most }] of Object.entries(fields)) {
      const input = field(name);
      input.min = least;
      input.max = most;
      if (input !== document.activeElement || +input.value !== get()) input.value = get();
    }
    field("padding").value = typeof state.padding === "string" ? state.padding : "own";
    part("x-size").textContent = math.shape(state.x).join(" × ");
    part("w-size").textContent = math.shape(state.w).join(" × ");
    const radios = { mode: state.backward ? "backward" : "forward", show: state.picture ? "picture" : "numbers", views: state.indices ? "indices" : "pixels", tool };
    for (const [name, value] of Object.entries(radios)) root.querySelector(`[name="${name}"][value="${value}"]`).checked = true;
    root.querySelector('[name="flip"]').checked = state.flip;
    part("hand").textContent = state.picture ? "Move" : "Type";
    part("brush").hidden = tool !== "draw";
    drawPreset("x", setting.IMAGES, 0);
    drawPreset("w", setting.KERNELS, 1);
    drawExamples();
  }

  const options = (pairs) => pairs.map(([value, words]) => `<option value="${escape(value)}">${escape(words)}</option>`).join("");

  function drawPreset(name, presets, first) {
    const list = root.querySelector(`[data-preset="${name}"]`);
    const all = { own: ["my own"], ramp: [`${first}, ${first + 1}, ${first + 2}, …`], ...presets };
    if (!list.options.length) list.innerHTML = options(Object.entries(all).map(([key, [words]]) => [key, words]));
    const known = setting.write(state).match(`[#&]${name}=([^&]*)`)[1];
    list.value = Object.hasOwn(presets, known) ? known : known.includes(":") ? "own" : "ramp";
  }

  function drawExamples() {
    const list = part("examples");
    if (!list.options.length) list.innerHTML = options([["", "Examples of the chapters…"], ...setting.EXAMPLES.map(([words, address]) => [address, words])]);
    list.value = setting.EXAMPLES.map(([, address]) => address).find((address) => same(setting.read(address).state, state)) ?? "";
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
      change({ x, picture: ["seven", "digit", "frog", "eye", "blank"].includes(key) }, `preset x ${key}`);
    },
    w: (key) => change({ w: key === "ramp" ? setting.ramp(...math.shape(state.w), 1) : setting.kernel(key) }, `preset w ${key}`),
  };

  function setField(name, value) {
    const { get, set, least = 1, most } = fields[name];
    if (!Number.isInteger(value) || value < least || value > most || value === get()) return;
    change(set(value), name);
  }

  // What is pressed again and again stays under the finger, although the tables above it grow.
  function hold(element, action) {
    const before = element.getBoundingClientRect().top;
    action();
    scrollBy({ top: element.getBoundingClientRect().top - before, behavior: "instant" });
  }

  // A number field that is left holds the setting again, and says so when that is not what was typed.
  function leaveField(input) {
    const { get, least = 1, most } = fields[input.dataset.field];
    const typed = input.value;
    if (typed !== "" && +typed === get()) return;
    input.value = get();
    const what = input.getAttribute("aria-label");
    tell(`${what}: a whole number from ${least} to ${most}${typed === "" ? "" : `, not ${typed}`}. It stays ${get()}.`);
  }

  const radio = {
    mode: (value) => change({ backward: value === "backward" }, "mode"),
    show: (value) => change({ picture: value === "picture" }, "show"),
    views: (value) => change({ indices: value === "indices" }, "views"),
    tool: (value) => ((tool = value), draw()),
  };

  const dyButtons = {
    ones: () => "ones",
    one: () => result.dy.map((row, i) => row.map((_, j) => +drawn.atSelected(i, j))),
    random: () => `seed${(typeof state.dy === "string" && +state.dy.slice(4) ? +state.dy.slice(4) : 0) + 1}`,
  };

  root.addEventListener("change", ({ target }) => {
    if (target.dataset.preset) target.value !== "own" && takePreset[target.dataset.preset](target.value);
    else if (target === part("examples")) target.value && visit(target.value);
    else if (target.name === "flip") change({ flip: target.checked }, "flip");
    else if (target.type === "radio") radio[target.name](target.value);
    else if (target.dataset.field === "padding")
      change({ padding: target.value === "own" ? result.sizes.pads : target.value }, "padding");
    else if (target.dataset.field in fields) leaveField(target);
    else if (target.dataset.field === "brush") leaveBrush(target);
  });

  root.addEventListener("input", ({ target }) => {
    if (target === part("window")) change({ at: drawn.place(+target.value) }, "at");
    else if (target.dataset.field === "brush") brush = setting.number(target.value) ?? brush;
    else if (target.dataset.field in fields && target.value !== "") hold(target, () => setField(target.dataset.field, Number(target.value)));
  });

  function leaveBrush(input) {
    if (setting.number(input.value) === null) tell(`“${input.value}” is no number to draw with. It stays ${Grid.exact(brush)}.`);
    input.value = Grid.exact(brush);
  }

  root.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button !== part("play")) stop();
    if (button.dataset.by) hold(button, () => setField(button.dataset.field, fields[button.dataset.field].get() + Number(button.dataset.by)));
    if (button.dataset.step) step(Number(button.dataset.step));
    if (button.dataset.dy) change({ dy: dyButtons[button.dataset.dy]() }, `dy ${button.dataset.dy}`);
    if (button === part("play")) playing ? stop() : play();
    if (button === part("reset")) change({ ...setting.initial() }, "reset");
  });

  const step = (by) => {
    const k = selected() + by;
    if (k >= 0 && k <= +part("window").max) change({ at: drawn.place(k) }, "at");
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

  // Drawing with a finger, a mouse or the space bar --------------------------------------------------------------------

  let stroke = 0; // counts strokes: each is one step of the history
  let pen = null; // where the stroke was last

  function begin() {
    stroke += 1;
    pen = null;
  }

  // Paints every cell on the lines from where the pen was, so that a quick stroke has no holes; null lifts the pen.
  function paint(places) {
    let { x } = state;
    for (const to of places) {
      if (to) for (const [r, c] of line(pen ?? to, to)) x = replaced(x, r, c, brush);
      pen = to;
    }
    if (!same(x, state.x)) change({ x }, `stroke ${stroke}`);
  }

  function line(from, to) {
    const steps = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]), 1);
    return math.table(1, steps + 1, (_, s) => [0, 1].map((a) => Math.round(from[a] + ((to[a] - from[a]) * s) / steps)))[0];
  }

  // Lets a table or a picture be painted on; `under` finds the place of the padded image under the pointer.
  function canvas(box, under) {
    const pixel = (event) => {
      const place = under(event);
      return place && math.inside(result.sizes, place) ? drawn.toImage(...place) : null;
    };
    box.addEventListener("pointerdown", (event) => {
      const cell = tool === "draw" && event.isPrimary && event.button === 0 && pixel(event);
      if (!cell) return;
      event.preventDefault();
      begin();
      box.setPointerCapture(event.pointerId);
      paint([cell]);
    });
    box.addEventListener("pointermove", (event) => {
      if (box.hasPointerCapture(event.pointerId)) paint([...(event.getCoalescedEvents?.() ?? []), event].map(pixel));
    });
  }

  function tableCell(event) {
    const k = drawn.grids.x.cells.indexOf(document.elementFromPoint(event.clientX, event.clientY)?.closest("td"));
    return k < 0 ? null : drawn.grids.x.position(k);
  }

  canvas(drawn.grids.x.box, tableCell);
  canvas(drawn.pictures.x.box, (event) => drawn.pictures.x.under(event));

  function paintKey(event, cell) {
    if (tool !== "draw" || (event && event.key !== " ")) return;
    event?.preventDefault();
    begin();
    if (cell.every((n, a) => n >= 0 && n < math.shape(state.x)[a])) paint([cell]);
  }

  // Beginning --------------------------------------------------------------------------------------------------------

  // As if a link to this setting had been followed.
  function visit(address) {
    flush();
    history.pushState(null, "", address);
    load(address);
  }

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
  new ResizeObserver(() => drawn.measure() && draw()).observe(root);

  root.querySelector("fieldset").disabled = false;
  drawn.measure();
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
