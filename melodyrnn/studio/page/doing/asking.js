/** What is asked for: the chosen bars, what to do with them, and the options. */

import { defaults, knobsOf } from "../actions.js";
import { barsInWords } from "../words.js";

export class Asking {
  /** @param {import("../studio.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
  }

  get state() {
    return this.studio.state;
  }

  /** @param {import("../state.js").Bars | null} selection */
  select(selection) {
    this.studio.store.look({ selection });
    this.studio.say(selection ? `${barsInWords(selection)} chosen` : "No bars chosen");
  }

  /** @param {string} action */
  chooseAction(action) {
    this.studio.store.change({ refused: "" });
    this.studio.store.look({ action });
  }

  /** Sets an option; undefined leaves it to its default. @param {string} name @param {unknown} value */
  ask(name, value) {
    const { [name]: _, ...rest } = this.state.work.asked;
    this.studio.store.look({ asked: value === undefined ? rest : { ...rest, [name]: value } });
  }

  /**
   * The options to send: what was asked for, of the knobs that do something now.
   * @param {import("../actions.js").Action} action
   * @param {import("../state.js").Bars | null} selection
   * @returns {Record<string, unknown>}
   */
  optionsFor(action, selection) {
    const { asked, seed } = this.state.work;
    const { first, more } = knobsOf(this.studio.options, action, { hasSeed: seed !== null, asked });
    const names = new Set([...first, ...more].map(({ name }) => name));
    /** @type {Record<string, unknown>} */
    const options = Object.fromEntries(
      Object.entries({ ...defaults(this.studio.options), ...asked }).filter(([name]) => names.has(name)),
    );
    const span = selection && `${selection.first + 1}-${selection.last + 1}`;
    if (action.name === "replace" || action.name === "vary") options.replace = span;
    if (action.name === "add" && this.state.work.selection) options.over = span;
    return options;
  }
}
