/** The parts, each beside its lane: its name opens it to its full height, S is solo, M is mute. */

import { element, refill } from "../element.js";
import { RULER } from "../roll/lanes.js";

/**
 * @param {HTMLElement} place
 * @param {import("../studio.js").Studio} studio
 */
export function partsPanel(place, studio) {
  const list = element("ul.part-list");
  const heading = element("h2.part-heading", {}, "Parts");
  place.append(heading, list);
  /** @type {readonly import("../roll/lanes.js").Lane[]} */
  let lanes = [];
  return {
    /** Puts each part beside its lane. @param {readonly import("../roll/lanes.js").Lane[]} laidOut @param {number} scrollTop */
    lay(laidOut, scrollTop) {
      if (laidOut !== lanes) {
        lanes = laidOut;
        refill(list, ...lanes.map((lane) => row(lane, studio)));
      }
      list.style.top = `${RULER - scrollTop}px`;
    },
  };
}

/** @param {import("../roll/lanes.js").Lane} lane @param {import("../studio.js").Studio} studio */
function row({ part, top, height, isOpen, colour }, studio) {
  const { solo, muted } = studio.state.playing;
  const { name } = part;
  const swatch = element("span.swatch", { "aria-hidden": "true" });
  swatch.style.background = colour;
  const made = element(
    "li.part",
    {},
    element(
      "button.part-name.quiet",
      {
        "data-key": `open ${part.number}`,
        "aria-expanded": String(isOpen),
        title: isOpen ? `Close ${name}` : `Open ${name} to its full height`,
        onclick: () => studio.store.change({ open: isOpen ? null : part.number }),
      },
      swatch,
      element("span.part-text", {}, name),
    ),
    toggle("S", `Solo ${name}`, solo.includes(name), `solo ${part.number}`, () => studio.listening.solo(name)),
    toggle("M", `Mute ${name}`, muted.includes(name), `mute ${part.number}`, () => studio.listening.mute(name)),
  );
  made.style.top = `${top}px`;
  made.style.height = `${height}px`;
  return made;
}

/** @param {string} text @param {string} label @param {boolean} isOn @param {string} key @param {() => void} onclick */
function toggle(text, label, isOn, key, onclick) {
  return element(
    "button.toggle",
    { "aria-label": label, title: label, "aria-pressed": String(isOn), "data-key": key, onclick },
    text,
  );
}
