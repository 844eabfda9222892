/** On a narrow page: which one of three panels is shown below the notes. */

import { element } from "../element.js";

const SHEETS = [
  ["asking", "What to do"],
  ["takes", "Takes"],
  ["parts", "Parts"],
];

/** @param {HTMLElement} place @param {HTMLElement} view */
export function sheetTabs(place, view) {
  const buttons = SHEETS.map(([name, text]) => {
    const button = element(
      "button.quiet",
      { "aria-pressed": String(view.dataset.sheet === name), onclick: () => choose(name) },
      text,
    );
    return button;
  });
  const choose = (/** @type {string} */ name) => {
    view.dataset.sheet = name;
    SHEETS.forEach(([each], index) => buttons[index].setAttribute("aria-pressed", String(each === name)));
  };
  place.append(...buttons);
}
