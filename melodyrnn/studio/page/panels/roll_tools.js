/** Closer, wider, all: buttons on the roll, and the same by keys. */

import { element } from "../element.js";

const FACTOR = 1.4;

/** @param {HTMLElement} place @param {import("../roll/roll.js").Roll} roll */
export function rollTools(place, roll) {
  const tools = [
    { key: "-", label: "Wider", text: "−", act: () => roll.zoom(1 / FACTOR) },
    { key: "+", label: "Closer", text: "+", act: () => roll.zoom(FACTOR) },
    { key: "f", label: "All bars", text: "All", act: () => roll.zoomToFit() },
  ];
  const buttons = tools.map(({ label, text, act }) =>
    element("button", { "aria-label": label, title: label, onclick: act }, text),
  );
  place.append(...buttons);
  roll.scroller.addEventListener("keydown", (event) => {
    const found = tools.find(({ key }) => key === event.key);
    if (!found || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    found.act();
  });
}
