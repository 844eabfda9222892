/** What is chosen from some: a box to tick, a list, or several boxes. */

import { element } from "../../element.js";
import { input, parts } from "./field.js";
import { title } from "./words.js";

/** One box. @param {import("./field.js").Knob} knob @returns {import("./field.js").Control} */
export function flagKnob(knob) {
  const { option, onChange } = knob;
  const { common, label, help } = parts(knob);
  const box = input({ ...common, type: "checkbox" }, () =>
    onChange(box.checked === option.default ? undefined : box.checked),
  );
  return {
    node: element("div.knob.knob-flag", {}, box, label, help),
    show: (value) => (box.checked = Boolean(value ?? option.default)),
  };
}

/** One of a list. @param {import("./field.js").Knob} knob @returns {import("./field.js").Control} */
export function listKnob(knob) {
  const { option, onChange, names } = knob;
  const { common, label, help } = parts(knob);
  const choices = option.choices.length > 0 ? option.choices.map((name) => ({ value: name, text: name })) : names;
  const none = option.default === null ? [{ value: "", text: option.otherwise || "as it is" }] : [];
  const list = /** @type {HTMLSelectElement} */ (
    element(
      "select",
      {
        ...common,
        onchange: () => onChange(list.value === "" || list.value === option.default ? undefined : list.value),
      },
      ...[...none, ...choices].map((choice) => element("option", { value: choice.value }, choice.text)),
    )
  );
  return {
    node: element("div.knob", {}, label, list, help),
    show: (value) => (list.value = String(value ?? option.default ?? "")),
  };
}

/** Several boxes; none ticked asks for nothing. @param {import("./field.js").Knob} knob @returns {import("./field.js").Control} */
export function boxesKnob(knob) {
  const { option, onChange, names, panel } = knob;
  const { help } = parts(knob);
  const boxes = names.map(({ value, text }) => {
    const id = `${panel}-${option.name}-${value}`;
    const box = input({ type: "checkbox", id, value, "data-key": id }, () => {
      const chosen = boxes.filter((each) => each.box.checked).map((each) => each.box.value);
      onChange(chosen.length > 0 ? chosen : undefined);
    });
    return { box, node: element("label.box", { for: id }, box, element("span", {}, text)) };
  });
  const legend = element("legend", {}, title(option.name));
  const rows = element("div.boxes", {}, ...boxes.map(({ node }) => node));
  return {
    node: element("fieldset.knob", { "aria-describedby": help.id }, legend, rows, help),
    show: (value) => {
      const chosen = new Set(Array.isArray(value) ? value : []);
      for (const { box } of boxes) box.checked = chosen.has(box.value);
    },
  };
}
