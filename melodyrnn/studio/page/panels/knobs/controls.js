/**
 * Options of the server's table as controls, by their kind. A control that stands at the default asks for nothing. The
 * controls stay while their values change, so that no click and no focus is lost.
 */

import { element } from "../../element.js";
import { boxesKnob, flagKnob, listKnob } from "./chosen.js";
import { input, parts, write } from "./field.js";
import { numberKnob } from "./number.js";
import { perPartKnob } from "./per_part.js";

/** @typedef {import("./field.js").Knob} Knob @typedef {import("./field.js").Control} Control */

/** The control for each kind of option; of all others a line of text. @type {Readonly<Record<string, (knob: Knob) => Control>>} */
const KINDS = {
  flag: flagKnob,
  names: boxesKnob,
  parts: perPartKnob,
  number: numberKnob,
  whole: numberKnob,
};

export class Controls {
  /**
   * @param {HTMLElement} place
   * @param {string} panel  begins the ids
   * @param {(name: string, value: unknown) => void} onChange
   */
  constructor(place, panel, onChange) {
    this.place = place;
    this.panel = panel;
    this.onChange = onChange;
    /** @type {Map<string, Control>} */
    this.known = new Map();
  }

  /** Shows these options, in this order. @param {readonly {option: import("../../actions.js").Option, value: unknown, names: readonly import("./field.js").Choice[]}[]} rows */
  show(rows) {
    const shown = rows.map(({ option, value, names }) => {
      const key = JSON.stringify([option.name, names]);
      const control = this.known.get(key) ?? this.made({ option, names });
      this.known.set(key, control);
      control.show(value);
      return control.node;
    });
    arrange(this.place, shown);
  }

  /** @param {Pick<Knob, "option" | "names">} row @returns {Control} */
  made({ option, names }) {
    const knob = {
      option,
      names,
      panel: this.panel,
      onChange: (/** @type {unknown} */ value) => this.onChange(option.name, value),
    };
    const hasList = option.choices.length > 0 || (names.length > 0 && !(option.kind in KINDS));
    return hasList ? listKnob(knob) : (KINDS[option.kind] ?? textKnob)(knob);
  }
}

/** @param {Knob} knob @returns {Control} */
function textKnob(knob) {
  const { option, onChange } = knob;
  const { common, label, help } = parts(knob);
  const standard = option.default === null ? "" : String(option.default);
  const text = input({ ...common, type: "text", placeholder: option.otherwise || standard }, () =>
    onChange(text.value.trim() === "" ? undefined : text.value.trim()),
  );
  return {
    node: element("div.knob", {}, label, text, help),
    show: (value) => write(text, value === undefined ? "" : String(value)),
  };
}

/** Has a place hold these nodes: those that are there stay untouched. @param {HTMLElement} place @param {readonly HTMLElement[]} nodes */
function arrange(place, nodes) {
  for (const node of [...place.children]) if (!nodes.includes(/** @type {HTMLElement} */ (node))) node.remove();
  nodes.forEach((node, index) => {
    if (place.children[index] !== node) place.insertBefore(node, place.children[index] ?? null);
  });
}
