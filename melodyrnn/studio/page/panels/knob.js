/**
 * One option of the server's table as a control, by its kind: a slider and a number, a list, a box to tick, or text.
 * A control that stands at the default asks for nothing.
 */

import { element } from "../element.js";

/** @typedef {{value: string, text: string}} Choice */

/**
 * @param {import("../actions.js").Option} option
 * @param {unknown} value            what is asked for; undefined at the default
 * @param {readonly Choice[]} names  what may be chosen, where the page knows it; else empty
 * @param {(value: unknown) => void} onChange
 * @param {string} [panel]  begins the ids, which differ from panel to panel
 */
export function knob(option, value, names, onChange, panel = "knob") {
  const id = `${panel}-${option.name}`;
  const help = element("p.knob-help", { id: `${id}-help` }, sentence(option));
  const common = { id, "data-key": id, "aria-describedby": help.id };
  const label = element("label.knob-label", { for: id }, title(option.name));
  if (option.kind === "flag") {
    const box = input({ ...common, type: "checkbox" }, () =>
      onChange(box.checked === option.default ? undefined : box.checked),
    );
    box.checked = Boolean(value ?? option.default);
    return element("div.knob.knob-flag", {}, box, label, help);
  }
  if (option.kind === "names") return boxes(option, value, names, help, onChange);
  const choices = option.choices.length > 0 ? option.choices.map((name) => ({ value: name, text: name })) : names;
  if (choices.length > 0) {
    const none = option.default === null ? [element("option", { value: "" }, option.otherwise || "as it is")] : [];
    const list = /** @type {HTMLSelectElement} */ (
      element(
        "select",
        {
          ...common,
          onchange: () => onChange(list.value === "" || list.value === option.default ? undefined : list.value),
        },
        ...none,
        ...choices.map((choice) => element("option", { value: choice.value }, choice.text)),
      )
    );
    list.value = String(value ?? option.default ?? "");
    return element("div.knob", {}, label, list, help);
  }
  const isNumber = option.kind === "number" || option.kind === "whole";
  if (!isNumber) {
    const text = input({ ...common, type: "text", placeholder: option.otherwise || placeholder(option) }, () =>
      onChange(text.value.trim() === "" ? undefined : text.value.trim()),
    );
    text.value = value === undefined ? "" : String(value);
    return element("div.knob", {}, label, text, help);
  }
  const step = option.kind === "whole" ? 1 : "any";
  const number = input(
    { ...common, type: "number", step, min: option.low, max: option.high, placeholder: option.default ?? "" },
    () => onChange(number.value === "" || number.valueAsNumber === option.default ? undefined : number.valueAsNumber),
  );
  number.value = shown(value ?? option.default);
  const scale = option.kind === "number" && typeof option.default === "number" ? scaleOf(option) : null;
  if (!scale) return element("div.knob.knob-number", {}, label, number, help);
  const slider = input(
    {
      type: "range",
      min: 0,
      max: 200,
      "data-key": `${id}-slider`,
      "aria-label": title(option.name),
      "aria-describedby": help.id,
    },
    () => {
      const turned = scale.value(slider.valueAsNumber / 200);
      onChange(turned === option.default ? undefined : turned);
    },
  );
  slider.valueAsNumber = Math.round(scale.place(Number(value ?? option.default)) * 200);
  slider.setAttribute("aria-valuetext", shown(value ?? option.default));
  slider.addEventListener("input", () => {
    number.value = shown(scale.value(slider.valueAsNumber / 200));
    slider.setAttribute("aria-valuetext", number.value);
  });
  return element("div.knob.knob-number", {}, label, number, slider, help);
}

/**
 * Boxes to tick, for an option that takes several names; none ticked asks for nothing.
 * @param {import("../actions.js").Option} option
 * @param {unknown} value
 * @param {readonly Choice[]} names
 * @param {HTMLElement} help
 * @param {(value: unknown) => void} onChange
 */
function boxes(option, value, names, help, onChange) {
  const chosen = new Set(Array.isArray(value) ? value : []);
  const box = (/** @type {Choice} */ choice) => {
    const id = `knob-${option.name}-${choice.value}`;
    const made = input({ type: "checkbox", id, "data-key": id }, () => {
      if (made.checked) chosen.add(choice.value);
      else chosen.delete(choice.value);
      onChange(chosen.size > 0 ? [...chosen] : undefined);
    });
    made.checked = chosen.has(choice.value);
    return element("label.box", { for: id }, made, element("span", {}, choice.text));
  };
  return element(
    "fieldset.knob",
    { "aria-describedby": help.id },
    element("legend", {}, title(option.name)),
    element("div.boxes", {}, ...names.map(box)),
    help,
  );
}

/** @param {Record<string, unknown>} properties @param {() => void} onchange */
function input(properties, onchange) {
  return /** @type {HTMLInputElement} */ (element("input", { autocomplete: "off", ...properties, onchange }));
}

/** "random_seed" becomes "Random seed". @param {string} name */
export function title(name) {
  const words = name === "top_p" ? "top-p" : name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/**
 * The option's help and its legal values, without what only the command line has: words in place of numbers.
 * @param {import("../actions.js").Option} option
 */
function sentence({ help, legal, choices, kind }) {
  const isNumber = kind === "number" || kind === "whole";
  const sentences = help
    .replace(/^With --\w+: ./, (found) => found[found.length - 1].toUpperCase())
    .replace(/--(\w)/g, "$1")
    .split(/(?<=\.) /)
    .filter((each) => !(isNumber && /^[a-z]+: /.test(each)) && each !== "May be repeated.");
  if (isNumber && legal !== "" && choices.length === 0) sentences.push(`${legal[0].toUpperCase()}${legal.slice(1)}.`);
  return sentences.join(" ");
}

/** @param {import("../actions.js").Option} option */
const placeholder = ({ default: standard }) => (standard === null || standard === "" ? "" : String(standard));

/** @param {unknown} value */
const shown = (value) => (typeof value === "number" ? String(Number(value.toPrecision(3))) : "");

/**
 * Where a value stands on a slider, 0 to 1. The default stands in the middle, where it lies between the ends; above it
 * a wide range grows by factors.
 * @param {import("../actions.js").Option} option
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
