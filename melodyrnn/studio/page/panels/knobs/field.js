/** What every control has: a label, a field, a sentence on it. */

import { element } from "../../element.js";
import { sentence, title } from "./words.js";

/**
 * @typedef {object} Control
 * @property {HTMLElement} node
 * @property {(value: unknown) => void} show  undefined shows the default; a field in which one types is left alone
 *
 * @typedef {{value: string, text: string, now?: string}} Choice  and what it is now, of a part
 *
 * @typedef {object} Knob  what a control is made of
 * @property {import("../../actions.js").Option} option
 * @property {readonly Choice[]} names  what may be chosen, or the parts, where the page knows it; else empty
 * @property {(value: unknown) => void} onChange  undefined asks for the default
 * @property {string} panel  begins the ids, which differ from panel to panel
 */

/** The label, the sentence, and what a field needs to be named by them. @param {Knob} knob */
export function parts({ option, panel }) {
  const id = `${panel}-${option.name}`;
  const help = element("p.knob-help", { id: `${id}-help` }, sentence(option));
  const label = element("label.knob-label", { for: id }, title(option.name));
  return { id, help, label, common: { id, "data-key": id, "aria-describedby": help.id } };
}

/** @param {Record<string, unknown>} properties @param {() => void} onchange */
export function input(properties, onchange) {
  return /** @type {HTMLInputElement} */ (element("input", { autocomplete: "off", ...properties, onchange }));
}

/** Writes into a field, unless one types in it. @param {HTMLInputElement} field @param {string} text */
export function write(field, text) {
  if (document.activeElement !== field && field.value !== text) field.value = text;
}
