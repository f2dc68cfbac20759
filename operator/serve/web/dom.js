"use strict";

// What the page is made of: elements, words and times. All foreign text goes in as text, never
// as markup.

const byId = (id) => document.getElementById(id);
const state = {
  token: "",
  status: null,
  events: [],
  clockOffset: 0, // the operator's clock minus ours, in milliseconds
  heard: 0,       // when the stream last said anything
  open: new Set(),
  shown: new Map(),
};

/** An element: strings become text, null and false are left out. */
function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== false && child !== undefined));
  return node;
}

/** Rebuilds a part of the page only when what it shows has changed; keeps the focus. */
function show(id, input, build) {
  const key = JSON.stringify(input, (name, value) => (name === "age" ? undefined : value));
  if (state.shown.get(id) === key) return;
  state.shown.set(id, key);
  const part = byId(id);
  const focus = part.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  part.replaceChildren(...[build()].flat().filter(Boolean));
  if (focus) part.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
}

// ---- words ----

const MOODS = {
  good: ["Ready", "Complete", "Converged", "Pass", "Wired", "ok"],
  bad: ["Stuck", "Failed", "Halted", "RolledBack", "RollingBack", "Degraded", "Fail", "Unreachable", "Unwiring", "Blind"],
  busy: ["Flipping", "Converging", "Probing", "Probed", "Progressing", "Soaking", "Moving", "Wiring", "Restarting"],
  wait: ["Held", "Awaited", "CompleteWithExceptions", "Paused", "Frozen", "Stale", "Unknown"],
};
const moodOf = (word) => Object.keys(MOODS).find((mood) => MOODS[mood].includes(word)) || "";
/** "RolledBack" → "Rolled back" */
const words = (name) => {
  const text = String(name || "").replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
  return text.charAt(0).toUpperCase() + text.slice(1);
};
const badge = (word, mood) => h("span", { class: `badge ${mood ?? moodOf(word)}` }, words(word));
const muted = (...text) => h("span", { class: "muted small" }, ...text);

function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86400)}d ${Math.floor((seconds % 86400) / 3600)}h`;
}
const operatorNow = () => Date.now() + state.clockOffset;
function relative(element) {
  const distance = operatorNow() - Date.parse(element.dateTime);
  element.textContent = element.dataset.style === "left" ? span(-distance) : span(distance);
}
/** A time that keeps showing its age, or what is left until then. */
function time(when, style) {
  if (!when) return "–";
  const element = h("time", { datetime: when, title: new Date(when).toLocaleString(), "data-style": style || "age" });
  relative(element);
  return element;
}
