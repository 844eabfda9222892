/** The keys, as one table, and the list of them that ? shows. */

import { element } from "./element.js";

/**
 * @typedef {object} Key
 * @property {string} shown   as it is printed on the keyboard
 * @property {readonly string[]} keys  values of KeyboardEvent.key
 * @property {string} does
 * @property {((studio: import("./studio.js").Studio, key: string) => void) | null} act  null: the notes have it themselves
 */

/** @type {readonly Key[]} */
export const KEYS = [
  { shown: "space", keys: [" "], does: "Play, stop", act: (studio) => studio.listening.togglePlay() },
  { shown: "L", keys: ["l"], does: "Loop the chosen or the new bars", act: (studio) => studio.listening.toggleLoop() },
  { shown: "R", keys: ["r"], does: "Generate, again", act: (studio) => void studio.writing.generate() },
  { shown: "Esc", keys: ["Escape"], does: "Stop writing; choose no bars", act: (studio) => leave(studio) },
  {
    shown: "1 to 9",
    keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
    does: "Show a take",
    act: (studio, key) => studio.takes.choose(studio.state.work.takes[Number(key) - 1] ?? studio.state.work.shown),
  },
  {
    shown: "0",
    keys: ["0"],
    does: "Show your bars alone",
    act: (studio) => studio.state.work.seed && studio.takes.choose(null),
  },
  {
    shown: "↓ ↑",
    keys: ["ArrowDown", "ArrowUp"],
    does: "The next take, the one before",
    act: (studio, key) => studio.takes.chooseNext(key === "ArrowDown" ? 1 : -1),
  },
  { shown: "A", keys: ["a"], does: "A/B: change between the last two takes", act: (studio) => studio.takes.compare() },
  { shown: "K", keys: ["k"], does: "Keep the take", act: (studio) => void studio.takes.keep() },
  { shown: "G", keys: ["g"], does: "Go on from the take", act: (studio) => void studio.takes.goOn() },
  { shown: "Z", keys: ["z"], does: "Undo", act: (studio) => studio.store.undo() },
  { shown: "shift Z", keys: ["Z"], does: "Do again what was undone", act: (studio) => studio.store.redo() },
  {
    shown: "← →",
    keys: ["ArrowLeft", "ArrowRight"],
    does: "In the notes: choose a bar; with shift, several",
    act: null,
  },
  { shown: "+ − F", keys: [], does: "In the notes: closer, wider, all", act: null },
];

/** @param {import("./studio.js").Studio} studio */
function leave(studio) {
  if (studio.state.job) void studio.writing.cancel();
  else if (studio.state.work.selection) studio.asking.select(null);
}

/**
 * @param {import("./studio.js").Studio} studio
 * @param {HTMLDialogElement} dialog
 */
export function listenToKeys(studio, dialog) {
  const rows = KEYS.map(({ shown, does }) =>
    element("div.key-row", {}, element("dt", {}, element("kbd", {}, shown)), element("dd", {}, does)),
  );
  dialog.append(
    element("h2", { id: "keys-title" }, "Keys"),
    element("dl.key-list", {}, ...rows),
    element("button", { onclick: () => dialog.close() }, "Close"),
  );
  let clicked = "";
  document.addEventListener("pointerdown", ({ target }) => {
    const button = target instanceof Element ? target.closest("button, a, summary") : null;
    clicked = button ? nameOf(button) : "";
  });
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (key === "Tab") clicked = "";
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || dialog.open) return;
    if (target instanceof Element && takesKey(target, key, clicked)) return;
    if (key === "?") return dialog.showModal();
    if (studio.state.view !== "generate") return;
    const found = KEYS.find(({ keys, act }) => act && keys.includes(key));
    if (!found?.act) return;
    event.preventDefault();
    found.act(studio, key);
  });
}

/**
 * Whether an element needs a key for itself, as a field does while one types, or a button that the keyboard came to. Of
 * a button that was clicked space still plays.
 * @param {Element} target
 * @param {string} key
 * @param {string} clicked  the name of what was clicked last
 */
function takesKey(target, key, clicked) {
  if (target instanceof HTMLInputElement) {
    const isField = !["checkbox", "radio", "range"].includes(target.type);
    return isField || key === " " || key.startsWith("Arrow");
  }
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  return key === " " && target.matches("button, a, summary") && nameOf(target) !== clicked;
}

/** What tells a button from the others, also when it was drawn anew. @param {Element} target */
const nameOf = (target) => target.getAttribute("data-key") ?? (target.id || (target.textContent ?? ""));
