// A grid of cells in a table: drawn again and again, changing only what differs. Nothing here knows of convolution.

// A cell is {text, corner, tile, colour, label, edit, pick, head}: the number shown, a small number in its corner, class
// names, a background, words for a screen reader, and whether it can be typed into or picked.
class Grid {
  constructor(box, { name, onType, onPick, onMove, onWrong, onPaste } = {}) {
    Object.assign(this, { box, name, onType, onPick, onMove, onWrong, onPaste, layout: "", drawn: [], cursor: 0, wanted: [] });
    this.sheet = box.appendChild(document.createElement("div"));
    this.sheet.className = "xp-sheet";
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("focusin", (event) => this.focused(event));
    box.addEventListener("focusout", (event) => this.left(event));
    box.addEventListener("input", (event) => this.typed(event));
    box.addEventListener("click", (event) => this.clicked(event));
    box.addEventListener("paste", (event) => this.pasted(event));
  }

  draw(rows, base) {
    const kind = (c) => (c.edit ? "e" : c.pick ? "p" : c.head ? "h" : "corner" in c ? "c" : ".");
    const layout = rows.map((row) => row.map(kind).join("")).join("/");
    if (layout !== this.layout) this.build(rows, layout);
    const cells = rows.flat();
    cells.forEach((cell, k) => this.fill(k, cell));
    this.size(cells, base);
    return this;
  }

  build(rows, layout) {
    const live = rows.flat().some((cell) => cell.edit || cell.pick);
    const tag = (cell) => (cell.head ? "th" : "td");
    const inside = (cell) =>
      cell.edit ? '<small></small><input type="text" maxlength="12" autocomplete="off" tabindex="-1">' : "corner" in cell ? "<small></small><span></span>" : "";
    const html = rows.map((row) => `<tr>${row.map((c) => `<${tag(c)}>${inside(c)}</${tag(c)}>`).join("")}</tr>`);
    this.sheet.innerHTML = `<table${live ? ' role="grid"' : ""} aria-label="${this.name}"><tbody>${html.join("")}</tbody></table>`;
    this.frame = null;
    this.table = this.sheet.firstChild;
    this.cells = [...this.table.querySelectorAll("td, th")];
    this.columns = rows[0].length;
    this.drawn = this.cells.map(() => ({}));
    this.layout = layout;
  }

  fill(k, cell) {
    const td = this.cells[k];
    const old = this.drawn[k];
    const [corner, body = td] = td.children; // a cell that never has a corner is nothing but its text
    if (old.tile !== cell.tile) td.className = cell.tile ?? "";
    if (old.colour !== cell.colour) td.style.setProperty("--tile", cell.colour ?? "");
    if (old.corner !== cell.corner) corner.textContent = cell.corner ?? "";
    if (old.label !== cell.label) (cell.edit ? body : td).setAttribute("aria-label", cell.label ?? "");
    if (cell.pick && old.picked !== cell.picked) td.setAttribute("aria-selected", Boolean(cell.picked));
    if (cell.edit) this.write(body, cell.text);
    else if (old.text !== cell.text) body.textContent = cell.text;
    this.drawn[k] = cell;
    if (cell.picked) this.cursor = k;
  }

  // A cell that is being typed into keeps what was typed, as long as it means the same number.
  write(input, text) {
    const typing = input === document.activeElement && !input.readOnly && setting.number(input.value) !== null;
    if (!typing || Grid.exact(setting.number(input.value)) !== text) input.value = text;
    input.classList.remove("xp-wrong");
  }

  // Cells as wide as the longest number needs, and as high as `base`.
  size(cells, base) {
    const letters = cells.reduce((most, cell) => Math.max(most, `${cell.text}`.length), 1);
    const font = base >= 36 ? 15 : 13;
    this.width = Math.max(base, Math.ceil(letters * font * 0.7) + 6);
    this.height = base;
    const style = this.sheet.style;
    style.setProperty("--cw", `${this.width}px`);
    style.setProperty("--ch", `${this.height}px`);
    style.setProperty("--fs", `${font}px`);
    this.table.classList.toggle("xp-small", base < 36);
    this.tabStops();
  }

  // A rectangle of cells in a frame that slides from place to place.
  outline(row, column, height, width, look) {
    this.frame ??= this.sheet.appendChild(document.createElement("div"));
    this.frame.className = `xp-frame ${look}`;
    Grid.lay(this.frame, [row * this.height, column * this.width], [height * this.height, width * this.width], [this.width, this.height]);
  }

  // Moves a frame. It slides over cells that stay as they are, and jumps when they change their size.
  static lay(frame, [top, left], [height, width], cell) {
    if (frame.dataset.cell !== `${cell}`) {
      frame.dataset.cell = cell;
      frame.style.transition = "none";
      requestAnimationFrame(() => requestAnimationFrame(() => (frame.style.transition = "")));
    }
    frame.style.transform = `translate(${left}px, ${top}px)`;
    frame.style.width = `${width}px`;
    frame.style.height = `${height}px`;
  }

  // Asks for a cell to be in view. It is brought there by `settle`: scrolling the box, never the page.
  show(row, column) {
    this.wanted.push([row, column]);
    return this;
  }

  // What has to be measured, done once for all grids after all are drawn.
  settle() {
    const { box, wanted } = this;
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (scrolls) {
      box.tabIndex = 0; // so that the arrow keys can scroll it
      for (const cell of wanted) this.bring(...cell);
    } else box.removeAttribute("tabindex");
    this.wanted = [];
  }

  bring(row, column) {
    const hold = (offset, size, start, room, lead) => {
      if (offset - lead < start) return offset - lead;
      return offset + size > start + room ? offset + size - room : start;
    };
    const { box, width, height } = this;
    const head = this.layout.startsWith("h") ? [height, width] : [0, 0]; // headings stay in view
    box.scrollTop = hold(row * height, height, box.scrollTop, box.clientHeight, head[0]);
    box.scrollLeft = hold(column * width, width, box.scrollLeft, box.clientWidth, head[1]);
  }

  // Keyboard: one stop for Tab, arrows inside -------------------------------------------------------------------------

  reachable(k) {
    const cell = this.drawn[k];
    return cell && (cell.edit || cell.pick);
  }

  target(k) {
    return this.drawn[k].edit ? this.cells[k].lastChild : this.cells[k];
  }

  tabStops() {
    if (!this.reachable(this.cursor)) this.cursor = this.drawn.findIndex((cell) => cell.edit || cell.pick);
    this.cells.forEach((_, k) => this.reachable(k) && (this.target(k).tabIndex = k === this.cursor ? 0 : -1));
  }

  key(event) {
    const k = this.place(event.target);
    if (k < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const { columns } = this;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Enter: columns }[event.key];
    const start = k - (k % columns);
    let to = { Home: start, End: start + columns - 1 }[event.key] ?? k + step;
    if (Number.isNaN(to)) return void this.onMove?.(event, k);
    if (event.key === "Enter" && !this.reachable(to)) return;
    event.preventDefault();
    const inward = event.key === "Home" ? 1 : -1; // over a border of padding
    while (!step && to !== k && !this.reachable(to)) to += inward;
    const leavesRow = Math.abs(step) === 1 && Math.floor(to / columns) !== Math.floor(k / columns);
    if (this.reachable(to) && !leavesRow) this.target(to).focus();
  }

  place(element) {
    return this.cells?.indexOf(element.closest?.("td")) ?? -1;
  }

  position(k) {
    return [Math.floor(k / this.columns), k % this.columns];
  }

  focused(event) {
    const k = this.place(event.target);
    if (!this.reachable(k)) return;
    this.cursor = k;
    if (this.drawn[k].edit) event.target.select();
    this.tabStops();
    this.onPick?.(...this.position(k));
  }

  clicked(event) {
    const k = this.place(event.target);
    if (k >= 0 && this.drawn[k].pick) this.cells[k].focus();
    else if (k >= 0 && !this.drawn[k].edit) this.onPick?.(...this.position(k));
  }

  typed(event) {
    const k = this.place(event.target);
    const value = setting.number(event.target.value);
    const begun = /^\s*[-−+]?[.,]?\s*$/.test(event.target.value); // there is more to come
    event.target.classList.toggle("xp-wrong", value === null);
    event.target.setAttribute("aria-invalid", value === null);
    if (value !== null) this.onType?.(...this.position(k), value);
    else if (!begun) this.onWrong?.(event.target.value, this.drawn[k].text);
  }

  // A cell that is left holds a number again: the last one it could read.
  left(event) {
    const k = this.place(event.target);
    if (k < 0 || !this.drawn[k].edit) return;
    if (setting.number(event.target.value) === null) this.onWrong?.(event.target.value, this.drawn[k].text);
    event.target.value = this.drawn[k].text;
    event.target.classList.remove("xp-wrong");
    event.target.removeAttribute("aria-invalid");
  }

  // A block of numbers takes the place of all numbers; a single one is pasted as text always is.
  pasted(event) {
    const words = this.onPaste && setting.block(event.clipboardData.getData("text"));
    if (!words) return;
    event.preventDefault();
    this.onPaste(words);
  }

  // A number as the reader gave it, with a true minus sign.
  static exact(value) {
    return setting.plain(value || 0).replace("-", "−");
  }

  // A result: whole numbers to the last digit, others to four digits and at least one behind the point.
  static show(value) {
    if (value === null || value === undefined) return "";
    if (Number.isInteger(value)) return Grid.exact(value);
    return Grid.exact(Number(Math.abs(value) < 1000 ? value.toPrecision(4) : value.toFixed(1)));
  }
}
