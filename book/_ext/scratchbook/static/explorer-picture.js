// A matrix as a picture: Plotly draws pixels, axes, colour bar and hover; outlines that move lie above it. Plotly is
// fetched when the first picture is wanted. Nothing here knows of convolution.

// What is drawn: {z, hover, colours, low, high, first, cell, size, hatched}. `z` holds null for padding, `hover` the
// words of each cell, `first` the row and column at which z begins, `size` the part of it that is not padding,
// `hatched` places [row, column] of z.
class Picture {
  static MARGIN = { t: 20, l: 26, r: 22, b: 40 };
  static LEAST = 110; // px for the numbers of a colour bar

  constructor(box, { onPoint, onKey } = {}) {
    Object.assign(this, { box, frames: {}, wanted: null, drawn: null });
    this.canvas = box.appendChild(document.createElement("div"));
    box.tabIndex = 0;
    box.setAttribute("role", "application");
    box.addEventListener("keydown", (event) => this.key(event, onKey));
    if (onPoint) this.listen(onPoint);
  }

  // Many changes within one frame of the screen are one drawing.
  draw(picture, label) {
    this.box.setAttribute("aria-label", label);
    this.cell = picture.cell;
    this.shape = [picture.z.length, picture.z[0].length];
    const { width, height } = this.layout(picture);
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` }); // before Plotly is there
    if (this.same(picture)) return this;
    if (!this.wanted) requestAnimationFrame(() => this.plot());
    this.wanted = picture;
    return this;
  }

  same(picture) {
    const old = this.wanted ?? this.drawn;
    return Boolean(old) && Object.keys(picture).every((key) => old[key] === picture[key] || JSON.stringify(old[key]) === JSON.stringify(picture[key]));
  }

  async plot() {
    const Plotly = await plotly().catch(() => null);
    if (!Plotly) return void (this.canvas.textContent = "Plotly could not be loaded, so there are no pictures. Choose Numbers.");
    const picture = this.wanted;
    this.wanted = null;
    if (!picture || !this.box.offsetParent) return; // hidden again: there is nothing to measure letters on
    this.drawn = picture;
    await Plotly.react(this.canvas, this.traces(picture), this.layout(picture), { displayModeBar: false });
    this.canvas.dataset.drawn = "";
  }

  traces({ z, hover, colours, low, high, first, cell, size, hatched, mute }) {
    const gap = cell >= 20 ? 1 : 0;
    const heat = {
      type: "heatmap", z, text: hover, x0: first[1], y0: first[0], zmin: low, zmax: high, xgap: gap, ygap: gap,
      colorscale: colours.map((colour, k) => [k / (colours.length - 1), colour]),
      hovertemplate: "%{text}<extra></extra>", hoverongaps: true, hoverinfo: mute ? "skip" : "all",
      colorbar: {
        orientation: "h", thickness: 9, len: 1, x: 0, xanchor: "left", xpad: 0, yref: "container", y: 0, yanchor: "bottom",
        ypad: 2, outlinewidth: 0, tickfont: { size: 12 }, tickangle: 0, tickformat: high < 1e6 ? "~r" : ".2~s",
        tickvals: low < 0 && high > 0 ? [low, 0, high] : [low, high],
      },
    };
    const line = (x, y, width, color, dash) => ({ type: "scatter", mode: "lines", x, y, line: { width, color, dash }, hoverinfo: "skip", showlegend: false });
    const strokes = this.strokes(hatched, first);
    const [bottom, right] = [size[0] - 0.5, size[1] - 0.5];
    const padded = size[0] < z.length || size[1] < z[0].length;
    const border = padded ? [[-0.5, right, right, -0.5, -0.5], [-0.5, -0.5, bottom, bottom, -0.5]] : [[], []];
    return [heat, line(...strokes, 3, "#ffffff"), line(...strokes, 1, "#556070"), line(...border, 1, "#7b8694", "dot")];
  }

  // Two strokes through each hatched cell.
  strokes(cells, [top, left]) {
    const x = cells.flatMap(([, j]) => [-0.5, 0, null, 0, 0.5, null].map((d) => d === null ? null : j + left + d));
    const y = cells.flatMap(([i]) => [0, -0.5, null, 0.5, 0, null].map((d) => d === null ? null : i + top + d));
    return [x, y];
  }

  layout({ first, cell, mute }) {
    const { t, l, r, b } = Picture.MARGIN;
    const [rows, columns] = this.shape;
    const axis = (start, count, other) => ({
      range: [start - 0.5, start + count - 0.5], fixedrange: true, showgrid: false, zeroline: false, ticks: "",
      tickmode: "array", tickvals: this.ticks(start, count), tickfont: { size: 12 }, ...other,
    });
    const down = axis(first[0], rows);
    const width = Math.max(columns * cell, Picture.LEAST);
    return {
      width: width + l + r, height: rows * cell + t + b, margin: Picture.MARGIN, dragmode: false, template: "none",
      font: { family: getComputedStyle(this.box).fontFamily },
      hovermode: mute ? false : "closest", hoverdistance: -1, hoverlabel: { bgcolor: "#1b2430", font: { color: "#ffffff", size: 13 } },
      paper_bgcolor: "rgba(0,0,0,0)", showlegend: false,
      xaxis: axis(first[1], columns, { side: "top", domain: [0, (columns * cell) / width] }), yaxis: { ...down, range: [...down.range].reverse() },
    };
  }

  ticks(start, count) {
    const every = [1, 2, 4, 5, 8, 10].find((n) => n * this.cell >= 24) ?? 16;
    return Array.from({ length: count }, (_, k) => k + start).filter((n) => n >= 0 && n % every === 0);
  }

  // A rectangle of cells in a frame that slides from place to place; `taps` marks single cells inside it.
  outline(name, row, column, height, width, look, taps = []) {
    const { cell } = this;
    const frame = (this.frames[name] ??= this.box.appendChild(document.createElement("div")));
    frame.className = `xp-frame ${look}`;
    Grid.lay(frame, [Picture.MARGIN.t + row * cell, Picture.MARGIN.l + column * cell], [height * cell, width * cell], cell);
    const places = taps.map(([i, j]) => `<i style="left: ${j * cell}px; top: ${i * cell}px; width: ${cell}px; height: ${cell}px"></i>`).join("");
    if (frame.taps !== places) frame.innerHTML = frame.taps = places;
    return this;
  }

  // Pointer and keys --------------------------------------------------------------------------------------------------

  under({ clientX, clientY }) {
    const { left, top } = this.canvas.getBoundingClientRect();
    const j = Math.floor((clientX - left - Picture.MARGIN.l) / this.cell);
    const i = Math.floor((clientY - top - Picture.MARGIN.t) / this.cell);
    return i >= 0 && j >= 0 && i < this.shape[0] && j < this.shape[1] ? [i, j] : null;
  }

  // A mouse is followed while its button is down. A finger scrolls the page, and a tap points.
  listen(onPoint) {
    const point = (event) => {
      const cell = this.under(event);
      if (cell) onPoint(...cell);
    };
    this.box.addEventListener("click", point);
    this.box.addEventListener("pointermove", (event) => event.pointerType === "mouse" && event.buttons === 1 && point(event));
  }

  key(event, onKey) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], " ": [0, 0], Enter: [0, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    onKey(step, event.key);
  }
}
