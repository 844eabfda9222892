/** A value for each part alone: a row for every part, of which those that are filled in are asked for. */

import { element } from "../../element.js";
import { input, parts, write } from "./field.js";
import { title } from "./words.js";

/** @param {import("./field.js").Knob} knob @returns {import("./field.js").Control} */
export function perPartKnob(knob) {
  const { option, onChange, names, panel } = knob;
  const { help } = parts(knob);
  const rows = names.map(({ value, text, now }) => {
    const id = `${panel}-${option.name}-${value}`;
    const field = input({ placeholder: now, type: "text", id, "data-key": id, "aria-describedby": help.id }, () => {
      const asked = rows.filter((row) => row.field.value.trim() !== "");
      onChange(asked.length > 0 ? asked.map((row) => `${row.value}=${row.field.value.trim()}`) : undefined);
    });
    return { value, field, node: element("div.part-row", {}, element("label", { for: id }, text), field) };
  });
  const legend = element("legend", {}, title(option.name));
  return {
    node: element("fieldset.knob", {}, legend, ...rows.map(({ node }) => node), help),
    show: (asked) => {
      const texts = Array.isArray(asked) ? asked.map(String) : [];
      for (const { value, field } of rows) {
        const own = texts.find((text) => text.startsWith(`${value}=`));
        write(field, own?.slice(value.length + 1) ?? "");
      }
    },
  };
}
