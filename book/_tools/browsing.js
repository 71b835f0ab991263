// What the tests and the pictures ask of a page. Injected before the page's own scripts; `figure` is a number, in page order.
window.probe = (() => {
  "use strict";

  let shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      if (!hadRecentInput) shifts.push([value, sources.map(({ node }) => node && describe(node))]);
    }
  }).observe({ type: "layout-shift", buffered: true });

  const describe = (node) => {
    if (!node.outerHTML) return `"${node.textContent.slice(0, 40)}"`;
    return node.cloneNode(false).outerHTML.slice(0, 160);
  };
  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const canvas = (figure) => document.querySelectorAll(".plotly-canvas")[figure];
  const area = (element) => element.getBoundingClientRect();
  const visible = (element) => area(element).width > 1 && getComputedStyle(element).visibility === "visible";

  // Page ------------------------------------------------------------------------------------------------------------

  // Show signs of life, bring everything into view once, wait for what loads late. A figure may show a picture until
  // somebody is there and Plotly has drawn it; `drawn` says that it has.
  const settle = async () => {
    await window.MathJax?.startup?.promise;
    await document.fonts.ready;
    for (const picture of document.images) picture.loading = "eager";
    document.dispatchEvent(new Event("scroll", { bubbles: true }));
    for (const box of document.querySelectorAll(".plotly-canvas")) {
      if (!box.checkVisibility()) continue;
      box.scrollIntoView({ block: "center", behavior: "instant" });
      await until(() => box.dataset.drawn, 15_000);
    }
    await until(() => [...document.images].every(({ complete }) => complete), 15_000);
    scrollTo({ top: 0, behavior: "instant" });
    await still();
    keep();
  };

  const until = async (condition, milliseconds) => {
    const end = performance.now() + milliseconds;
    while (!condition() && performance.now() < end) await pause(20);
  };

  // Styles fade: a theme into the other, a solution when it is unfolded. Wait until nothing has moved for a few looks,
  // for what moves may set other things going.
  const moves = ({ playState, effect }) => playState === "running" && Number.isFinite(effect.getComputedTiming().endTime);
  const still = async () => {
    let quiet = 0;
    await until(() => (quiet = document.getAnimations().some(moves) ? 0 : quiet + 1) > 3, 10_000);
  };

  // For who looks at colours: nothing fades while this is on.
  const calm = (on) => {
    const style = document.getElementById("probe-calm") ?? document.createElement("style");
    style.id = "probe-calm";
    style.textContent = "*, ::before, ::after { transition: none !important; animation: none !important; }";
    if (on) document.head.append(style);
    else style.remove();
  };

  // Open what is folded away: solutions, hidden cells.
  const unfold = async () => {
    for (const box of document.querySelectorAll("details")) box.open = true;
    await still();
  };

  // What follows the reader down the page stays in its place, and what is laid over the page is hidden, so that pieces of
  // the page can be put together.
  const unstick = () => {
    const change = { sticky: ["position: relative", "inset: auto"], fixed: ["visibility: hidden"] };
    for (const element of document.querySelectorAll("body *")) {
      for (const rule of change[getComputedStyle(element).position] ?? []) element.style.setProperty(...rule.split(": "), "important");
    }
  };

  // Go there at once, and wait until it is painted.
  const scroll = async (top) => {
    scrollTo({ top, behavior: "instant" });
    await pause(50);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  };

  const scrolls = (element) => {
    for (; element && element !== document.body; element = element.parentElement) {
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX)) return true;
    }
    return false;
  };

  // What sticks out of the page to the right, if the page can be scrolled sideways.
  const overflow = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth && innerWidth <= document.documentElement.offsetWidth) return [];
    const wide = [...document.body.querySelectorAll("*")].filter(
      (element) => area(element).right > clientWidth + 1 && visible(element) && !scrolls(element.parentElement),
    );
    return [`${scrollWidth} px wide`, ...wide.slice(0, 5).map(describe)];
  };

  // Tables and formulas that a reader would have to push sideways.
  const cut = () =>
    [...document.querySelectorAll(".bd-article :is(.pst-scrollable-table-container, .formula)")]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map((box) => `${box.scrollWidth - box.clientWidth} px of ${describe(box.firstElementChild)}`);

  // Short names in tables that stand in two lines. A name may be broken where the page says so.
  const torn = () =>
    [...document.querySelectorAll("td code .pre")]
      .filter((name) => name.getClientRects().length > 1 && !/\s/.test(name.textContent) && visible(name))
      .map(({ textContent }) => textContent);

  // What axe calls serious or critical. Whether words can be read depends on their looks and on what lies behind them:
  // of the thousands there are, each slow to judge, a few of each kind are asked about.
  const grave = async (selector) => {
    const root = document.querySelector(selector);
    const ask = async (context, options) => (await axe.run(context, { resultTypes: ["violations"], preload: false, ...options })).violations;
    calm(true);
    const found = [
      ...(await ask(root, { rules: { "color-contrast": { enabled: false } } })),
      ...(await ask({ include: kinds(root) }, { runOnly: ["color-contrast"] })),
    ];
    calm(false);
    return found.filter(({ impact }) => ["serious", "critical"].includes(impact));
  };

  // A few elements for each look of words, from all over the page: of one alone axe may be unable to tell, because
  // something lies over it, or because it is a single sign.
  const FEW = 6;
  const kinds = (root) => {
    const backdrops = new Map();
    const found = new Map();
    for (const element of root.querySelectorAll("*")) {
      if (!hasWords(element) || !element.checkVisibility()) continue;
      const { color, fill, fontSize, fontWeight, textShadow } = getComputedStyle(element);
      const look = [color, fill, fontSize, fontWeight, textShadow, element.disabled, backdrop(element, backdrops)].join("|");
      found.set(look, [...(found.get(look) ?? []), element]);
    }
    return [...found.values()].flatMap((alike) => few(alike.some(hasSigns) ? alike.filter(hasSigns) : alike));
  };

  const few = (list) => list.filter((_, place) => place % Math.ceil(list.length / FEW) === 0);
  const field = (element) => element.matches("input, select, textarea");
  const hasSigns = (element) => field(element) || element.textContent.trim().length > 1;
  const hasWords = (element) =>
    field(element) ||
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

  // What may lie behind an element: the backgrounds around it, and by its name whatever is laid over others.
  const backdrop = (element, known) => {
    if (!element) return "";
    if (!known.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter, position } = getComputedStyle(element);
      const painted = backgroundImage !== "none" || !/, 0\)$/.test(backgroundColor) || opacity !== "1" || filter !== "none";
      const over = /absolute|fixed|sticky/.test(position);
      const own = [painted && [backgroundColor, backgroundImage, opacity, filter], over && element.className];
      known.set(element, backdrop(element.parentElement, known) + own.filter(Boolean).join("|"));
    }
    return known.get(element);
  };

  const lost = () =>
    [...document.images].filter((picture) => picture.checkVisibility() && !picture.naturalWidth).map(describe);

  // Figures -----------------------------------------------------------------------------------------------------------

  const layers = ".slider-container, .updatemenu-container, .hoverlayer, defs";
  const round = (text) => (text ?? "").match(/-?\d+(\.\d+)?(e-?\d+)?/g)?.map(Number) ?? [];

  // Everything a figure paints, in painting order: words and where they stand, paths with their colours.
  const painted = (box) => {
    const corner = area(box);
    return [...box.querySelectorAll(".main-svg :is(path, text, image)")]
      .filter((element) => !element.closest(layers))
      .map((element) => {
        const { fill, stroke, fillOpacity, strokeOpacity } = getComputedStyle(element);
        const { left, top, width, height } = area(element);
        const kind = [element.tagName, element.tagName === "text" ? element.textContent : "", fill, fillOpacity, stroke, strokeOpacity];
        const shape = element.tagName === "path" ? round(element.getAttribute("d")) : [];
        return { kind: kind.join(" "), numbers: [left - corner.left, top - corner.top, width, height, ...shape] };
      })
      .filter(({ numbers: [, , width, height] }) => width || height);
  };

  const difference = (shown, wanted) => {
    if (shown.length !== wanted.length) return `${shown.length} parts are painted, not ${wanted.length}`;
    for (const [place, { kind, numbers }] of shown.entries()) {
      const other = wanted[place];
      if (kind !== other.kind) return `part ${place} is "${kind}", not "${other.kind}"`;
      if (numbers.length !== other.numbers.length) return `part ${place}, ${kind}, has another number of points`;
      const off = numbers.findIndex((number, index) => Math.abs(number - other.numbers[index]) > 1);
      if (off >= 0) return `part ${place}, ${kind}, is at ${numbers[off]}, not at ${other.numbers[off]}`;
    }
    return "";
  };

  const merge = (old, change) => {
    for (const [key, value] of Object.entries(change)) {
      const deep = value && typeof value === "object" && !Array.isArray(value) && old[key] && typeof old[key] === "object";
      old[key] = deep ? merge(old[key], value) : value;
    }
    return old;
  };

  // A figure as it was first drawn is kept; later frames are compared with a fresh drawing of that state.
  const first = new Map();
  const keep = () => {
    for (const [figure, { data, layout }] of document.querySelectorAll(".plotly-canvas").entries()) {
      if (data && !first.has(figure)) first.set(figure, JSON.stringify({ data, layout }));
    }
  };

  const drawings = new Map();
  const fresh = async (figure, index) => {
    const key = `${figure} ${index}`;
    if (!drawings.has(key)) drawings.set(key, await draw(figure, index));
    return drawings.get(key);
  };

  const draw = async (figure, index) => {
    const box = canvas(figure);
    const { data, layout } = JSON.parse(first.get(figure));
    box._transitionData._frames[index].data.forEach((change, place) => merge(data[place], change));
    const stage = box.cloneNode(false);
    stage.removeAttribute("class");
    const { width, height } = area(box);
    stage.style.cssText = `position: absolute; top: 0; visibility: hidden; width: ${width}px; height: ${height}px`;
    box.after(stage);
    await Plotly.newPlot(stage, data, layout, { displayModeBar: false });
    const result = painted(stage);
    Plotly.purge(stage);
    stage.remove();
    return result;
  };

  const steps = (figure) => canvas(figure).layout?.sliders?.[0].steps ?? [];
  const active = (figure) => canvas(figure).layout.sliders[0].active;
  const last = (figure) => Math.max(steps(figure).length - 1, 0);

  const stored = (figure) => JSON.parse(canvas(figure).parentElement.querySelector("script").textContent).layout.sliders[0];
  const start = (figure) => stored(figure).active;
  const caption = (figure) => stored(figure).steps[start(figure)].label;

  // The controls that the reader has: Plotly's own, or on a phone the bar of a tall figure. The handle's middle goes
  // from `inset` px after the start of the rail to as many before its end.
  const OWN = {
    rail: ".slider-rail-rect", inset: 2, grip: ".slider-grip-rect", caption: ".slider-group > .slider-label",
    hit: ".updatemenu-item-rect, .slider-rail-touch-rect", buttons: ".updatemenu-button",
  };
  const BAR = {
    rail: ".poster-rail", inset: 10, grip: ".poster-rail i", caption: ".poster-slider text",
    hit: ".poster-buttons b, .poster-rail", buttons: ".poster-buttons b",
  };
  const handles = (figure) => (canvas(figure).querySelector(".poster-controls")?.checkVisibility() ? BAR : OWN);
  const buttons = (figure) => handles(figure).buttons;
  const reach = (figure) => {
    canvas(figure).querySelector(handles(figure).rail).scrollIntoView({ block: "center", behavior: "instant" });
  };

  // Words the browser shows for the frame, where the handle stands, and what is announced.
  const state = (figure) => {
    const box = canvas(figure);
    const { rail, inset, grip, caption } = handles(figure);
    const [way, middle] = [area(box.querySelector(rail)), area(box.querySelector(grip))];
    return {
      steps: steps(figure).map(({ label }) => label),
      caption: box.querySelector(caption).textContent,
      handle: (middle.left + middle.width / 2 - way.left - inset) / (way.width - 2 * inset),
      said: box.parentElement.querySelector("[aria-live]").textContent,
    };
  };

  const disagreement = (figure, index, wanted) => {
    if (active(figure) !== index) return `the slider is at ${active(figure)}, not ${index}`;
    const { steps, caption, handle } = state(figure);
    if (caption !== steps[index]) return `the caption says "${caption}", not "${steps[index]}"`;
    const place = index / (steps.length - 1);
    if (Math.abs(handle - place) > 0.03) return `the handle is at ${handle.toFixed(2)} of the rail, not ${place.toFixed(2)}`;
    return difference(painted(canvas(figure)), wanted);
  };

  // Wait until handle, caption and picture all show this frame; say what does not.
  const arrives = async (figure, index, milliseconds) => {
    const wanted = await fresh(figure, index);
    const end = performance.now() + milliseconds;
    let reason;
    while ((reason = disagreement(figure, index, wanted)) && performance.now() < end) await pause(60);
    return reason;
  };

  // The slider leads to two frames that look the same.
  const alike = async (figure, one, other) => !difference(await fresh(figure, one), await fresh(figure, other));

  // Note every picture of a figure from now on; then say how many were neither the first nor the last.
  let filming, reel;
  const film = (figure) => {
    reel = [];
    const shoot = () => {
      const picture = JSON.stringify(painted(canvas(figure)));
      if (reel.at(-1) !== picture) reel.push(picture);
      filming = requestAnimationFrame(shoot);
    };
    shoot();
  };

  const between = () => {
    cancelAnimationFrame(filming);
    const [start, end] = [reel[0], reel.at(-1)].map(JSON.parse);
    return reel.map(JSON.parse).filter((picture) => difference(picture, start) && difference(picture, end)).length;
  };

  // Where on the screen a frame's place on the rail is, and the two buttons.
  const rail = (figure, index) => {
    const { rail, inset } = handles(figure);
    const { left, top, width, height } = area(canvas(figure).querySelector(rail));
    return [left + inset + (width - 2 * inset) * (index / last(figure)), top + height / 2];
  };

  const controls = (figure) =>
    [...canvas(figure).querySelectorAll(handles(figure).hit)].map((element) => {
      const { width, height } = area(element);
      return { name: element.getAttribute("class") ?? element.textContent, width, height };
    });

  // Words that leave the figure or lie on each other.
  const crowded = (figure) => {
    const box = area(canvas(figure));
    const words = [...canvas(figure).querySelectorAll(".main-svg text")]
      .filter((text) => text.textContent.trim() && parseFloat(getComputedStyle(text).fontSize) > 2 && visible(text))
      .map((text) => [text.textContent, area(text)]);
    const out = words.filter(
      ([, { left, right, top, bottom }]) =>
        left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1,
    );
    const found = out.map(([text]) => `figure ${figure}: "${text}" leaves it`);
    for (const [place, [text, one]] of words.entries()) {
      for (const [other, two] of words.slice(place + 1)) {
        const x = Math.min(one.right, two.right) - Math.max(one.left, two.left);
        const y = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
        if (x > 2 && y > 5) found.push(`figure ${figure}: "${text}" lies on "${other}"`);
      }
    }
    return found;
  };

  // [stored colour, colour on the screen] of all words, fills and lines that are written in one of these colours.
  const colours = (figure, stored) => {
    const found = new Set();
    for (const element of canvas(figure).querySelectorAll(".main-svg :is(text, path, rect)")) {
      for (const part of element.tagName === "text" ? ["fill"] : ["fill", "stroke"]) {
        const written = element.style[part];
        if (stored.includes(written) && !element.closest(".hoverlayer")) found.add(`${written};${getComputedStyle(element)[part]}`);
      }
    }
    return [...found].sort().map((pair) => pair.split(";"));
  };

  return {
    shifts: () => shifts, settle, still, unfold, unstick, scroll, grave, kinds, overflow, cut, torn, lost,
    last, active, start, caption, state, arrives, alike, film, between, rail, reach, buttons, controls, crowded, colours,
  };
})();
