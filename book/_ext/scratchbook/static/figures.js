// Draws every figure of the page from the JSON stored in it, in place of its poster. Plotly is loaded once, when the
// reader has shown a sign of life and a figure is near.
(() => {
  "use strict";

  const NARROW = 660; // below this width a figure uses its stacked design
  const here = new URL(".", document.currentScript.src);
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");

  // Plotly rejects with `undefined` when Pause or the slider interrupts an animation. That is no error; all else is.
  addEventListener("unhandledrejection", (event) => {
    if (event.reason === undefined) event.preventDefault();
  });

  // Resolves with nothing if the script does not arrive.
  let loading;
  const plotly = () =>
    (loading ??= new Promise((done) => {
      const script = document.createElement("script");
      script.src = new URL("plotly.min.js", here);
      script.onload = () => {
        window.Plotly.setPlotConfig({ logging: 0 }); // it would warn of each interrupted animation
        done(window.Plotly);
      };
      script.onerror = () => done();
      document.head.append(script);
    }));

  window.plotly = plotly; // the explorer draws with it too

  const signs = ["scroll", "wheel", "pointermove", "pointerdown", "touchstart", "keydown", "focusin"];
  const alive = new Promise((done) => {
    const note = ({ type, target }) => {
      if (type === "scroll" && target !== document) return; // the theme itself scrolls the list of chapters
      for (const sign of signs) removeEventListener(sign, note, { capture: true });
      done();
    };
    for (const sign of signs) addEventListener(sign, note, { passive: true, capture: true });
  });

  // set(object, "xaxis.domain", value), making what is missing on the way
  const set = (object, path, value) => {
    const keys = path.split(".");
    const last = keys.pop();
    for (const key of keys) object = object[key] ??= {};
    object[last] = value;
  };

  class Figure {
    constructor(box) {
      this.canvas = box.querySelector(".plotly-canvas");
      this.source = box.querySelector("script").textContent;
      this.live = document.createElement("div");
      this.live.className = "plotly-live";
      this.live.setAttribute("aria-live", "polite");
      box.append(this.live);
      this.ready = false;
      this.wish = {}; // what the reader asks of the poster: {frame, button}, done when the figure is drawn
      this.canvas.addEventListener("keydown", (event) => this.key(event));
      this.canvas.addEventListener("pointerdown", (event) => this.press(event));
      this.canvas.addEventListener("pointermove", (event) => this.drag(event));
      this.canvas.addEventListener("pointercancel", () => (this.pressed = null));
      this.canvas.addEventListener("click", (event) => this.release(event), true);
      reduced.addEventListener("change", () => this.queue && this.draw(true));
    }

    get slider() {
      return this.layout.sliders?.[0];
    }

    get layout() {
      return this.ready ? this.canvas.layout : JSON.parse(this.source).layout;
    }

    // The stored figure as this page needs it: the stacked design on a phone, no fixed width, no motion if so asked.
    prepare(narrow) {
      const figure = JSON.parse(this.source);
      const { layout, data, frames } = figure;
      const meta = layout.meta ?? {};
      if (narrow) {
        for (const [path, value] of Object.entries(meta.narrow ?? {})) set(layout, path, value);
        for (const [index, changes] of Object.entries(meta.narrow_traces ?? {}))
          for (const [path, value] of Object.entries(changes)) set(data[index], path, value);
        for (const [frame, traces] of (meta.narrow_frames ?? []).entries())
          for (const [index, changes] of Object.entries(traces))
            for (const [path, value] of Object.entries(changes)) set(frames[frame].data[index], path, value);
      }
      for (const image of layout.images ?? [])
        image.source = document.querySelector(`${image.source} image`).getAttribute("href");
      delete layout.width;
      layout.paper_bgcolor = "rgba(0,0,0,0)";
      if (reduced.matches) this.still(layout);
      return figure;
    }

    still(layout) {
      for (const step of layout.sliders?.[0]?.steps ?? []) {
        const options = (step.args[1] ??= {});
        options.transition = { ...options.transition, duration: 0 };
        options.frame = { ...options.frame, duration: 0 };
      }
      delete layout.updatemenus; // no ▶ and ❚❚: nothing may move by itself
    }

    // Called for every change of width, also when only a sidebar opens. One drawing waits for the other, so that the
    // last one sees the final width.
    draw(again = false) {
      this.queue = (this.queue ?? plotly()).then(async (Plotly) => {
        if (Plotly) await this.redraw(Plotly, again);
        else this.stay();
        return Plotly;
      });
    }

    // The poster is all there will be.
    stay() {
      if (this.canvas.dataset.lost) return;
      this.canvas.dataset.lost = "true";
      delete this.canvas.dataset.waiting;
      const reason = document.createElement("p");
      reason.textContent = "This figure does not move: its script did not load.";
      this.canvas.after(reason);
    }

    // A new plot if the design changes, otherwise the same one refitted.
    async redraw(Plotly, again) {
      if (!this.canvas.clientWidth) return; // folded away
      const narrow = this.canvas.clientWidth < NARROW;
      if (!again && narrow === this.narrow) return void (await Plotly.Plots.resize(this.canvas));
      this.narrow = narrow;
      const active = this.ready ? this.slider?.active : undefined;
      this.ready = false;
      const figure = this.prepare(narrow);
      Plotly.purge(this.canvas);
      await Plotly.newPlot(this.canvas, figure.data, figure.layout, { displayModeBar: false });
      this.canvas.on("plotly_sliderchange", ({ interaction, step }) => {
        this.follow();
        if (interaction) this.say(step);
      });
      if (figure.frames?.length) await Plotly.addFrames(this.canvas, figure.frames);
      this.ready = true;
      if (active !== undefined && active !== this.slider?.active) this.go(active, false);
      this.canvas.dataset.drawn = narrow ? "narrow" : "wide"; // hides the poster
      this.grant();
    }

    // Do what the reader has asked of the poster, or remember it until there is a figure.
    grant(wish = {}) {
      Object.assign(this.wish, wish);
      if (!this.ready) return void (this.canvas.dataset.waiting = "true");
      const { frame, button } = this.wish;
      this.wish = {};
      delete this.canvas.dataset.waiting;
      if (frame !== undefined) this.go(frame);
      if (button !== undefined) this.canvas.querySelectorAll(".updatemenu-button")[button]?.dispatchEvent(new Event("click"));
    }

    // A finger that comes down on the poster may go up on the figure: the place of the control is noted before.
    press({ target }) {
      const control = target.closest(".poster :is(b, .poster-rail)");
      this.pressed = control && { control, place: control.getBoundingClientRect() };
    }

    // The rail of a tall figure's bar, under the finger.
    drag({ target, buttons, clientX, pointerId }) {
      if (!buttons || !this.ready || !this.pressed?.control.matches(".poster-rail")) return;
      if (!target.hasPointerCapture(pointerId)) target.setPointerCapture(pointerId);
      const { left, width } = this.pressed.place;
      const frame = this.frameAt(clientX - left, width);
      if (frame !== this.slider.active) this.go(frame);
    }

    // The poster's controls, which a tall figure keeps in view, show what Plotly's own do.
    follow() {
      const [own, shown] = [".slider-group > .slider-label", ".poster-slider text"].map((one) => this.canvas.querySelector(one));
      if (!own || !shown) return;
      shown.replaceChildren(...own.cloneNode(true).childNodes);
      const { active, steps } = this.slider;
      shown.closest(".poster-controls").style.setProperty("--at", active / Math.max(1, steps.length - 1));
    }

    release(event) {
      if (!this.pressed) return;
      const { control, place } = this.pressed;
      this.pressed = null;
      event.stopPropagation();
      const button = [...control.parentElement.querySelectorAll("b")].indexOf(control);
      this.grant(button < 0 ? { frame: this.frameAt(event.clientX - place.left, place.width) } : { button });
    }

    // Which frame a place on the rail stands for, which begins and ends in the middle of the handle, 20 px wide.
    frameAt(x, width) {
      const last = this.slider.steps.length - 1;
      return Math.round(Math.max(0, Math.min(1, (x - 10) / (width - 20))) * last);
    }

    go(index, speak = true) {
      const step = this.slider.steps[index];
      if (speak) this.say(step);
      window.Plotly.animate(this.canvas, ...step.args).catch((reason) => {
        if (reason !== undefined) throw reason;
      });
    }

    say(step) {
      this.live.textContent = step.label;
    }

    key(event) {
      const slider = this.slider;
      if (!slider || event.altKey || event.ctrlKey || event.metaKey) return;
      const active = this.wish.frame ?? slider.active ?? 0;
      const last = slider.steps.length - 1;
      const to = { ArrowRight: active + 1, ArrowLeft: active - 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.grant({ frame: Math.max(0, Math.min(last, to)) });
    }
  }

  const figures = new Map();
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        resized.observe(target); // calls back at once, which draws
      }
    },
    { rootMargin: "800px" },
  );
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) figures.get(target).draw();
  });

  for (const box of document.querySelectorAll(".plotly-figure")) {
    const figure = new Figure(box);
    figures.set(figure.canvas, figure);
  }

  alive.then(() => {
    for (const canvas of figures.keys()) near.observe(canvas);
  });
})();
