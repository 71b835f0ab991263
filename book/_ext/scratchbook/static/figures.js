// Draws every figure of the page from the JSON stored in it. Plotly is loaded once, when the first figure comes near.
(() => {
  "use strict";

  const NARROW = 660; // below this width a figure uses its stacked design
  const here = new URL(".", document.currentScript.src);
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");

  // Plotly rejects with `undefined` when Pause or the slider interrupts an animation. That is no error; all else is.
  addEventListener("unhandledrejection", (event) => {
    if (event.reason === undefined) event.preventDefault();
  });

  const library = new URL("plotly.min.js", here);
  const ready = () => {
    window.Plotly.setPlotConfig({ logging: 0 }); // it would warn of each interrupted animation
    return window.Plotly;
  };

  let loading;
  const plotly = () =>
    (loading ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = library;
      script.onload = () => done(ready());
      script.onerror = () => failed(new Error(`cannot load ${script.src}`));
      document.head.append(script);
    }));

  window.plotly = plotly; // the explorer draws with it too

  // The same without waiting, for the printer.
  const plotlyNow = () => {
    if (window.Plotly) return;
    const request = new XMLHttpRequest();
    request.open("GET", library, false);
    request.send();
    const script = document.createElement("script");
    script.textContent = request.responseText;
    document.head.append(script);
    loading = Promise.resolve(ready());
  };

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
      this.canvas.addEventListener("keydown", (event) => this.key(event));
      reduced.addEventListener("change", () => this.queue && this.draw(true));
    }

    get slider() {
      return this.canvas.layout?.sliders?.[0];
    }

    // The stored figure as this page needs it: the stacked design on a phone, no fixed width, no motion if so asked.
    prepare(narrow) {
      const figure = JSON.parse(this.source);
      const { layout, data } = figure;
      const meta = layout.meta ?? {};
      if (narrow) {
        for (const [path, value] of Object.entries(meta.narrow ?? {})) set(layout, path, value);
        for (const [index, changes] of Object.entries(meta.narrow_traces ?? {}))
          for (const [path, value] of Object.entries(changes)) set(data[index], path, value);
      }
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
      this.queue = (this.queue ?? plotly()).then(() => this.redraw(window.Plotly, again));
    }

    // Drawn before this returns, unless it has been drawn before.
    drawNow() {
      if (!this.slider) this.redraw(window.Plotly);
    }

    // A new plot if the design changes, otherwise the same one refitted.
    async redraw(Plotly, again) {
      if (!this.canvas.clientWidth) return; // folded away
      const narrow = this.canvas.clientWidth < NARROW;
      if (!again && narrow === this.narrow) return void (await Plotly.Plots.resize(this.canvas));
      this.narrow = narrow;
      const active = this.slider?.active;
      const figure = this.prepare(narrow);
      Plotly.purge(this.canvas);
      await Plotly.newPlot(this.canvas, figure.data, figure.layout, { displayModeBar: false });
      this.canvas.on("plotly_sliderchange", ({ interaction, step }) => interaction && this.say(step));
      if (figure.frames?.length) await Plotly.addFrames(this.canvas, figure.frames);
      if (active !== undefined && active !== this.slider?.active) this.go(active, false);
      this.canvas.dataset.drawn = narrow ? "narrow" : "wide";
    }

    go(index, speak = true) {
      const steps = this.slider.steps;
      const step = steps[Math.max(0, Math.min(steps.length - 1, index))];
      if (speak) this.say(step);
      window.Plotly.animate(this.canvas, ...step.args).catch((reason) => {
        if (reason !== undefined) throw reason;
      });
    }

    say(step) {
      this.live.textContent = step.label;
    }

    key(event) {
      if (!this.slider || event.altKey || event.ctrlKey || event.metaKey) return;
      const active = this.slider.active ?? 0;
      const to = { ArrowRight: active + 1, ArrowLeft: active - 1, Home: 0, End: this.slider.steps.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.go(to);
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
    near.observe(figure.canvas);
  }

  // Paper shows every figure, also those the reader has not come near.
  addEventListener("beforeprint", () => {
    if (figures.size) plotlyNow();
    for (const figure of figures.values()) figure.drawNow();
  });
})();
