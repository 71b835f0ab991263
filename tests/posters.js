// How far a figure's poster is from the figure that Plotly draws, part by part in the order of painting.
window.posters = (() => {
  "use strict";

  const TAKEN_FOR_NOTHING = 0.05; // px
  const canvas = (figure) => document.querySelectorAll(".plotly-canvas")[figure];
  const words = (element) => element.textContent.replace(/\u200b/g, "").trim();
  const shown = (element) => element.getClientRects().length > 0;

  // The two under one another, for a comparison; the bar of a tall figure where it comes to rest.
  const uncover = () => {
    const style = document.createElement("style");
    style.textContent = `
      .plotly-canvas :is(.poster, .poster-panels) { display: block !important }
      @container (width < 660px) {
        .plotly-canvas.tall .poster { display: flex !important }
        .plotly-canvas.tall .poster-controls { position: relative !important }
      }`;
    document.head.append(style);
  };

  // Give every figure this width, whatever the page has for it.
  const resize = (width) => {
    for (const box of document.querySelectorAll(".plotly-figure")) box.style.width = `${width}px`;
  };

  // Where the corners of a path stand on the screen. Plotly writes M, L, H, V and Z; posters M, l, h, v and z.
  const corners = (path) => {
    const parts = [];
    let [x, y] = [0, 0];
    for (const [, letter, rest] of path.getAttribute("d").matchAll(/([MLHVZ])([^MLHVZ]*)/gi)) {
      const numbers = (rest.match(/-?(\d+\.?\d*|\.\d+)(e-?\d+)?/g) ?? []).map(Number);
      const [dx, dy] = letter === letter.toLowerCase() ? [x, y] : [0, 0];
      if (letter === "M") parts.push([]);
      if ("Hh".includes(letter)) x = dx + numbers[0];
      else if ("Vv".includes(letter)) y = dy + numbers[0];
      else if ("MLl".includes(letter)) [x, y] = [dx + numbers[0], dy + numbers[1]];
      if (!"Zz".includes(letter)) parts.at(-1).push([x, y]);
    }
    return parts.flatMap((part) => open(part).map((point) => onScreen(path, point)));
  };

  // Without corners that repeat the one before, or at the end the first.
  const open = (part) => {
    const there = part.filter((point, place) => !place || String(point) !== String(part[place - 1]));
    return there.length > 1 && String(there[0]) === String(there.at(-1)) ? there.slice(0, -1) : there;
  };

  const onScreen = (path, [x, y]) => {
    const { x: left, y: top } = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
    return [left, top];
  };

  const box = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return [
      [left, top],
      [right, bottom],
    ];
  };

  const opaque = (colour) => {
    const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return alpha ? `rgb(${red}, ${green}, ${blue})` : "none";
  };

  const fill = (element) => {
    const { fill, fillOpacity } = getComputedStyle(element);
    return Number(fillOpacity) ? opaque(fill) : "none";
  };

  const line = (element) => {
    const { stroke, strokeOpacity, strokeWidth, strokeDasharray } = getComputedStyle(element);
    if (opaque(stroke) === "none" || !Number(strokeOpacity) || strokeWidth === "0px") return "none";
    return `${opaque(stroke)} ${strokeWidth} ${strokeDasharray}`;
  };

  const faded = (element, limit) => {
    let opacity = 1;
    for (; element !== limit; element = element.parentElement) opacity *= Number(getComputedStyle(element).opacity);
    return opacity;
  };

  const text = (element, kind) => {
    const family = getComputedStyle(element).fontFamily.replaceAll('"', "");
    return { kind: `${kind} "${pieces(element).join("")}" ${fill(element)} ${family}`, points: box(element) };
  };

  // The words, each piece after its size and weight if those are new.
  const pieces = (element) => {
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let look; walk.nextNode(); ) {
      const { fontSize, fontWeight } = getComputedStyle(walk.currentNode.parentElement);
      if (!words(walk.currentNode)) continue;
      if (look !== (look = `${fontSize} ${fontWeight}`)) found.push(`{${look}}`);
      found.push(walk.currentNode.data);
    }
    return found;
  };

  const area = (path, limit, painted = path) => ({
    kind: `path ${fill(painted)} ${line(painted)} ${faded(path, limit)}`,
    points: corners(path),
  });

  // A square or a head: the box of a head would be larger where it is turned by a transformation.
  const mark = (element) => {
    const points = element.matches("path") ? corners(element) : [];
    return { kind: `mark ${fill(element)}`, points: points.length === 3 ? points : box(element) };
  };
  const picture = (element) => ({ kind: "picture", points: box(element) });
  const some = (element) => element.getBoundingClientRect().width > TAKEN_FOR_NOTHING;

  // What Plotly draws: panels, then titles, then controls.
  const drawn = (root) => [
    ...[...root.querySelectorAll(".cartesianlayer image, .cartesianlayer .trace")].flatMap((part) =>
      part.tagName === "image" ? [picture(part)] : traced(part, root),
    ),
    ...[...root.querySelectorAll(".annotation-text")].map((title) => text(title, "title")),
    ...[...root.querySelectorAll(".slider-group > .slider-label")].map((caption) => text(caption, "caption")),
    ...controls(root, [".updatemenu-item-rect", ".slider-grip-rect", ".slider-rail-touch-rect"]),
  ];

  const traced = (trace, root) => {
    const [filled] = trace.querySelectorAll(".js-fill");
    const lines = [...trace.querySelectorAll(".js-line")];
    const points = [...trace.querySelectorAll(".point")].filter(some).map(mark);
    const texts = [...trace.querySelectorAll("text")].filter(words).map((one) => text(one, "text"));
    return [...way(filled, lines, root), ...points, ...texts];
  };

  // Plotly draws the fill as one path and each part of a line as one of its own.
  const way = (filled, lines, root) => {
    if (!filled && !lines.length) return [];
    const stroke = lines.length ? line(lines[0]) : "none";
    const first = filled ?? lines[0];
    const colour = filled ? fill(filled) : "none";
    const points = filled ? corners(filled) : lines.flatMap(corners);
    return [{ kind: `path ${colour} ${stroke} ${faded(first, root)}`, points }];
  };

  const posted = (root) => {
    const parts = [...root.querySelectorAll(".poster-panels :is(use, path, rect, text)")].filter(
      (part) => shown(part) || part.matches("path"),
    );
    const titles = parts.filter((part) => part.matches("text.muted"));
    return [
      ...parts.filter((part) => !titles.includes(part) && inDesign(part)).map((part) => posterPart(part, root)),
      ...titles.map((title) => text(title, "title")),
      ...[...root.querySelectorAll(".poster-slider text")].map((caption) => text(caption, "caption")),
      ...controls(root, [".poster-buttons b", ".poster-rail i", ".poster-rail"]),
    ];
  };

  const inDesign = (part) => {
    const only = part.closest(".wide, .narrow");
    return !only || getComputedStyle(only).display !== "none";
  };

  const posterPart = (part, root) => {
    if (part.matches("use")) return picture(part);
    if (part.matches("text")) return text(part, "text");
    if (part.matches("rect") || part.closest("svg").getAttribute("overflow")) return mark(part);
    return area(part, root);
  };

  const controls = (root, selectors) =>
    selectors.flatMap((selector, place) =>
      [...root.querySelectorAll(selector)].filter(shown).map((part) => ({ kind: `control ${place}`, points: box(part) })),
    );

  // Sentences about parts that are not the same, or not at the same place to `px`.
  const compare = (figure, px) => {
    const root = canvas(figure);
    const [wanted, found] = [drawn(root), posted(root)];
    const width = root.clientWidth;
    if (wanted.length !== found.length) return { faults: [`${found.length} parts, not ${wanted.length}`], width };
    const faults = [];
    wanted.forEach(({ kind, points }, place) => {
      const part = found[place];
      const distance = off(points, part.points);
      if (part.kind !== kind) faults.push(`part ${place} is [${part.kind}], not [${kind}]`);
      else if (!(distance <= px)) faults.push(`part ${place}, [${kind}], is off by ${distance.toFixed(2)} px`);
    });
    return { faults, width };
  };

  const off = (one, other) =>
    one.length === other.length
      ? Math.max(0, ...one.map(([x, y], place) => Math.max(Math.abs(x - other[place][0]), Math.abs(y - other[place][1]))))
      : Infinity;

  // Whether every figure is drawn for the width it has.
  const fits = () =>
    [...document.querySelectorAll(".plotly-canvas")].every((box) => {
      const svg = box.querySelector(".main-svg");
      const design = box.clientWidth < 660 ? "narrow" : "wide";
      return svg && box.dataset.drawn === design && Math.abs(svg.getBoundingClientRect().width - box.clientWidth) < 1;
    });

  return { uncover, resize, fits, compare };
})();
