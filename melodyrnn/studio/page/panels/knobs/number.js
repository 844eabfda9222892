/** A number: a field, and a slider where it has two ends. */

import { element } from "../../element.js";
import { input, parts, write } from "./field.js";
import { title } from "./words.js";

/** @param {import("./field.js").Knob} knob @returns {import("./field.js").Control} */
export function numberKnob(knob) {
  const { option, onChange } = knob;
  const { id, common, label, help } = parts(knob);
  const ask = (/** @type {number} */ value) => onChange(value === option.default ? undefined : value);
  const number = input(
    {
      ...common,
      type: "number",
      step: option.kind === "whole" ? 1 : "any",
      min: option.low,
      max: option.high,
      placeholder: option.default ?? "",
    },
    () => (number.value === "" ? onChange(undefined) : ask(number.valueAsNumber)),
  );
  const scale = option.kind === "number" && typeof option.default === "number" ? scaleOf(option) : null;
  const slider = scale && slide(id, option, scale, number, ask, help.id);
  const word = option.word ? wordBox(id, option.word, number, onChange) : null;
  const show = (/** @type {unknown} */ value) => {
    const isWord = word !== null && value === option.word?.value;
    if (word) word.box.checked = isWord;
    number.disabled = isWord;
    write(number, isWord ? "" : shown(value ?? option.default));
    slider?.show(Number(value ?? option.default));
  };
  const rows = [...(slider ? [slider.node] : []), ...(word ? [word.node] : [])];
  return { node: element("div.knob.knob-number", {}, label, number, ...rows, help), show };
}

/**
 * A box to tick for what can be asked for in place of a number.
 * @param {string} id
 * @param {{value: string, text: string}} word
 * @param {HTMLInputElement} number
 * @param {(value: unknown) => void} onChange
 */
function wordBox(id, word, number, onChange) {
  const box = input({ type: "checkbox", id: `${id}-word`, "data-key": `${id}-word` }, () =>
    onChange(box.checked ? word.value : number.value === "" ? undefined : number.valueAsNumber),
  );
  return { box, node: element("label.box", { for: `${id}-word` }, box, element("span", {}, word.text)) };
}

/**
 * @param {string} id
 * @param {import("../../actions.js").Option} option
 * @param {NonNullable<ReturnType<typeof scaleOf>>} scale
 * @param {HTMLInputElement} number
 * @param {(value: number) => void} ask
 * @param {string} help
 */
function slide(id, option, scale, number, ask, help) {
  const turned = () => scale.value(node.valueAsNumber / 200);
  const node = input(
    {
      type: "range",
      min: 0,
      max: 200,
      "data-key": `${id}-slider`,
      "aria-label": title(option.name),
      "aria-describedby": help,
    },
    () => ask(turned()),
  );
  node.addEventListener("input", () => {
    number.value = shown(turned());
    node.setAttribute("aria-valuetext", number.value);
  });
  const show = (/** @type {number} */ value) => {
    if (document.activeElement !== node || shown(turned()) !== shown(value)) {
      node.valueAsNumber = Math.round(scale.place(value) * 200);
    }
    node.setAttribute("aria-valuetext", shown(value));
  };
  return { node, show };
}

/** As it is written in a field: whole numbers whole, others to three digits. @param {unknown} value */
const shown = (value) =>
  typeof value !== "number" ? "" : String(Number.isInteger(value) ? value : Number(value.toPrecision(3)));

/**
 * Where a value stands on a slider, 0 to 1. The default stands in the middle, where it lies between the ends; above it
 * a wide range grows by factors.
 * @param {import("../../actions.js").Option} option
 */
function scaleOf({ low, high, default: standard, above_low }) {
  if (low === null || high === null) return null;
  const middle = Number(standard);
  const round = (/** @type {number} */ value) => Number(value.toPrecision(2));
  const least = above_low ? low + (high - low) / 100 : low;
  if (middle <= low || middle >= high || high / middle <= 4) {
    return {
      place: (/** @type {number} */ value) => (value - low) / (high - low),
      value: (/** @type {number} */ place) => Math.max(least, round(low + (high - low) * place)),
    };
  }
  return {
    place: (/** @type {number} */ value) =>
      value <= middle
        ? (value - low) / (middle - low) / 2
        : 0.5 + Math.log(value / middle) / Math.log(high / middle) / 2,
    value: (/** @type {number} */ place) =>
      Math.max(
        least,
        round(place <= 0.5 ? low + (middle - low) * place * 2 : middle * (high / middle) ** (place * 2 - 1)),
      ),
  };
}
