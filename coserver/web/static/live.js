// An open page stays as things are: when the server says that there is news, the page is asked for anew, and what is
// different is changed in place. Nothing changes while something typed is not sent; without this file people reload.
"use strict";

(() => {
  const main = document.querySelector("main[data-live]");
  const news = document.getElementById("news");
  if (!main || !news) return;
  const AGAIN = 30000; // milliseconds after which a stream that was refused is asked for again
  let source = null;
  let asking = false;
  let more = false;

  function changed(field) {
    if (field.type === "hidden" || field.type === "submit") return false;
    if (field.type === "file") return field.files.length > 0;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") {
      const first = Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
      return field.selectedIndex !== first;
    }
    return field.value !== field.defaultValue;
  }

  function typed() {
    return [...main.querySelectorAll("input, select, textarea")].some(changed);
  }

  async function refresh() {
    if (asking) {
      more = true;
      return;
    }
    if (typed()) {
      news.hidden = false;
      return;
    }
    asking = true;
    more = false;
    try {
      await htmx.ajax("GET", location.pathname + location.search, { target: main, select: "#main", swap: "outerMorph" });
    } catch {
      // no answer: the next news asks again
    }
    asking = false;
    if (more) refresh();
  }

  function connect() {
    if (source || document.hidden) return;
    const wanted = new URLSearchParams(main.dataset.live);
    wanted.set("at", main.dataset.at);
    source = new EventSource(`/live?${wanted}`);
    source.addEventListener("news", refresh);
    source.addEventListener("error", () => {
      if (!source || source.readyState !== EventSource.CLOSED) return; // the browser asks again by itself
      source = null;
      refresh(); // where the login is over the answer says so
      setTimeout(connect, AGAIN);
    });
  }

  function rest() {
    if (source) source.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : connect()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", connect);
})();
