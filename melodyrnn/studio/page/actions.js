/**
 * What can be done with a song, as one table: its name, the option that makes it, and the knobs that stand first.
 *
 * @typedef {object} Action
 * @property {string} name
 * @property {string} label
 * @property {string} sentence
 * @property {string | null} option   the option of the server's table without which the action is not offered
 * @property {"bars" | "seed" | "nothing"} needs  what must be there: chosen bars, a song, or nothing
 * @property {readonly string[]} first   options that are shown at once
 * @property {readonly string[]} without options that do nothing here
 * @property {boolean} isWithin     it makes bars anew in their place, rather than new bars behind
 */

/** @type {readonly Action[]} */
export const ACTIONS = [
  {
    name: "go_on",
    label: "Go on",
    sentence: "Writes new bars after yours.",
    option: null,
    needs: "nothing",
    first: ["bars", "stay", "style", "chords", "key"],
    without: ["part", "add"],
    isWithin: false,
  },
  {
    name: "replace",
    label: "Replace bars",
    sentence: "Writes the chosen bars anew, so that they lead into what follows.",
    option: "replace",
    needs: "bars",
    first: ["part", "stay", "chords", "keep"],
    without: ["bars", "form", "add", "vary"],
    isWithin: true,
  },
  {
    name: "add",
    label: "Add a part",
    sentence: "Writes a new part to go with yours.",
    option: "add",
    needs: "seed",
    first: ["add", "stay", "chords"],
    without: ["bars", "part", "form", "vary", "keep", "part_range", "part_density"],
    isWithin: true,
  },
  {
    name: "vary",
    label: "Vary",
    sentence: "Changes the chosen bars a little, or all of them.",
    option: "vary",
    needs: "seed",
    first: ["vary", "part", "keep"],
    without: ["bars", "form", "add"],
    isWithin: true,
  },
];

/** Options for which the page has ways of its own: chosen bars, three takes to choose from, R for another random seed. */
const NEVER = new Set(["from_bar", "to_bar", "with_seed", "random_seed"]);
const NEVER_KINDS = new Set(["passage"]);
const WITH_SEED_ONLY = new Set(["stay", "range", "part_range", "part_density"]);
const WITHOUT_SEED_ONLY = new Set(["tempo"]);

/**
 * @typedef {object} Option  a row of the server's table
 * @property {string} name
 * @property {string} kind
 * @property {string} help
 * @property {unknown} default
 * @property {string} otherwise
 * @property {readonly string[]} where
 * @property {number | null} low
 * @property {number | null} high
 * @property {boolean} above_low
 * @property {boolean} below_high
 * @property {string} unit
 * @property {readonly string[]} choices
 * @property {string} legal
 * @property {string} note
 * @property {{value: string, text: string}} [word]  what may be asked for in place of a number, and what a box says for it
 */

/** Parts that can be added by a plain name. */
export const ADDED = ["bass", "drums", "chords", "melody", "pad", "strings"];

/** What differs on the page from the server's table: it asks for more at once. @type {Readonly<Record<string, object>>} */
const ON_THE_PAGE = {
  bars: { word: { value: "end", text: "Until it ends by itself" } },
  takes: { default: 3, high: 9, legal: "1 to 9", help: "Number of takes to write at once." },
  add: { default: "bass" },
  part: { help: "Only these parts; where none is ticked, all." },
  style: { help: "The kind of music that the model knows best." },
  model: { help: "An included model, or one that you made in Train." },
  keep: {
    help: "rhythm: new pitches on the rhythm that is there. pitches: those that are there, in their order, in a new rhythm.",
  },
  part_range: { help: "The lowest and the highest new note of one part." },
  part_density: { help: "How many notes one part has, relative to what it has now: 0.5 is half as many." },
  vary: { default: 0.3 },
};

/** The server's table as the page uses it. @param {readonly Option[]} options @returns {Option[]} */
export const onThePage = (options) => options.map((option) => ({ ...option, ...ON_THE_PAGE[option.name] }));

/** What is asked for where nothing is said, of options that the page has defaults of its own for. @param {readonly Option[]} options */
export function defaults(options) {
  const own = options.filter(({ name }) => "default" in (ON_THE_PAGE[name] ?? {}));
  return Object.fromEntries(own.map((option) => [option.name, option.default]));
}

/** @param {string} name */
export const actionOf = (name) => ACTIONS.find((action) => action.name === name) ?? ACTIONS[0];

/** The actions that the server knows. @param {readonly Option[]} options */
export function offered(options) {
  const names = new Set(options.map(({ name }) => name));
  return ACTIONS.filter(({ option }) => option === null || names.has(option));
}

/**
 * The options that do something for an action, those that are shown at once first.
 * @param {readonly Option[]} options
 * @param {Action} action
 * @param {{hasSeed: boolean, asked: Readonly<Record<string, unknown>>}} now
 */
export function knobsOf(options, action, { hasSeed, asked }) {
  const does = options.filter(
    ({ name, kind, where }) =>
      where.includes("generate") &&
      !NEVER.has(name) &&
      !NEVER_KINDS.has(kind) &&
      !action.without.includes(name) &&
      !(WITH_SEED_ONLY.has(name) && !hasSeed) &&
      !(WITHOUT_SEED_ONLY.has(name) && hasSeed) &&
      !(name === "vary" && action.option === null && !asked.form) &&
      !(name === "bars" && asked.form),
  );
  const first = does.filter(({ name }) => action.first.includes(name));
  first.sort((one, other) => action.first.indexOf(one.name) - action.first.indexOf(other.name));
  return { first, more: does.filter(({ name }) => !action.first.includes(name)) };
}
