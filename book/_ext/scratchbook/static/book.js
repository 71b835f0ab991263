// What every page needs beside the theme's own scripts.
(() => {
  "use strict";

  // An equation that is wider than the screen can be scrolled, also with the keyboard.
  const scrolling = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const formula of document.querySelectorAll(".formula")) scrolling.observe(formula);

  // What a search result shows of a page comes from its text, not from the buttons and lists around it.
  function textOfArticles() {
    const textOf = Search.htmlToText;
    Search.htmlToText = (page, anchor) => {
      const article = new DOMParser().parseFromString(page, "text/html").querySelector("article");
      article?.querySelectorAll("noscript, .poster").forEach((words) => words.remove());
      return textOf(article ? `<div role="main">${article.outerHTML}</div>` : page, anchor);
    };
  }
  // The scripts of the search page come after this one.
  document.addEventListener("DOMContentLoaded", () => {
    if (typeof Search === "object") textOfArticles();
  });

  // Paper is light.
  const page = document.documentElement.dataset;
  let theme;
  addEventListener("beforeprint", () => {
    theme = page.theme;
    page.theme = "light";
  });
  addEventListener("afterprint", () => {
    page.theme = theme;
  });
})();
