/**
 * The one model of state, and the one place that changes it.
 *
 * The state is plain objects that are replaced, never written into. Its part `work` is what undo brings back; songs
 * and takes themselves stay in `songs` for as long as the page is open, so that no step loses one.
 *
 * @typedef {import("./song.js").Song} Song
 *
 * @typedef {object} Take
 * @property {string} id         the song in `songs` that it shows
 * @property {string | null} file  its name on the server, once it is whole
 * @property {string} label      "near you"
 * @property {string} sentence   how it differs, for those who cannot see it
 * @property {boolean} isDone    every bar has been written
 *
 * @typedef {{first: number, last: number}} Bars  from 0, both included
 * @typedef {Readonly<Record<string, unknown>>} Asked  options by name that differ from their defaults
 *
 * @typedef {object} Work
 * @property {string | null} seed     the song that is gone on from
 * @property {readonly string[]} takes
 * @property {string | null} shown    the take on the roll; null shows the seed
 * @property {string | null} other    the take that A/B changes to
 * @property {readonly string[]} kept
 * @property {Bars | null} selection
 * @property {string} action          what to do: a name of ACTIONS
 * @property {Asked} asked
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {"sending" | "reading" | "waiting" | "learning" | "writing"} phase
 * @property {number | null} secondsLeft
 * @property {number} count             takes that are written
 * @property {readonly string[]} takes  their ids, as far as they are known
 * @property {boolean} isChosen         of the takes the best are kept: which, is known at the end
 * @property {number} start             pulse from which bars are written
 * @property {Readonly<Record<number, number>>} written  bars written so far, by the number of the take
 * @property {number | null} bars       bars to write, of all takes; null where the music ends by itself
 *
 * @typedef {object} Playing
 * @property {boolean} isPlaying
 * @property {boolean} loops
 * @property {readonly string[]} muted  names of parts
 * @property {readonly string[]} solo
 *
 * @typedef {object} Live      what live playing does, as the server tells it
 * @property {"stopped" | "starting" | "waiting" | "playing"} state
 * @property {string | null} error
 * @property {string} [port]
 * @property {string} [clock]
 * @property {number} [bpm]
 * @property {number} [bar]
 * @property {number} [beat]
 * @property {number} [bar_pulses]
 * @property {number} [pulse]
 * @property {boolean | null} [answers]
 * @property {number} [late_pulses]
 * @property {number} [notes_sent]
 *
 * @typedef {object} Training  what is being learned, as the server tells it
 * @property {"none" | "reading" | "learning" | "done" | "refused" | "stopped"} state
 * @property {string} [kind]
 * @property {string} [name]
 * @property {number | null} [progress]
 * @property {number | null} [seconds_left]
 * @property {number | null} [read]
 * @property {number | null} [notes]
 * @property {readonly {name: string, reason: string}[]} [skipped]
 * @property {readonly {minutes: number, bits: number | null, training_bits: number | null}[]} [curve]
 * @property {string | null} [error]
 *
 * @typedef {object} Lesson    a file to learn from
 * @property {string} name
 * @property {string | null} id      the seed it became; null while it is read, or where it was refused
 * @property {string} reason         why it was refused, or ""
 *
 * @typedef {object} State
 * @property {"generate" | "live" | "train"} view
 * @property {Readonly<Record<string, Song>>} songs
 * @property {Readonly<Record<string, Take>>} takes
 * @property {Work} work
 * @property {Job | null} job
 * @property {string} refused           the one line of the last request that was refused, or ""
 * @property {string} busy              what the page waits for, such as "Reading song.mid", or ""
 * @property {string} said              what a screen reader is to read out
 * @property {Playing} playing
 * @property {Live} live
 * @property {Training} training
 * @property {readonly Lesson[]} lessons
 * @property {boolean} hasFolder       the server was started with a folder of music
 * @property {number | null} open       the number of the part at its full height
 */

/** @type {Work} */
export const NO_WORK = {
  seed: null,
  takes: [],
  shown: null,
  other: null,
  kept: [],
  selection: null,
  action: "go_on",
  asked: {},
};

/** @type {State} */
export const START = {
  view: "generate",
  songs: {},
  takes: {},
  work: NO_WORK,
  job: null,
  refused: "",
  busy: "",
  said: "",
  playing: { isPlaying: false, loops: false, muted: [], solo: [] },
  live: { state: "stopped", error: null },
  training: { state: "none" },
  lessons: [],
  hasFolder: false,
  open: null,
};

const STEPS_KEPT = 200;

/** Holds the state, tells who listens, and takes steps back. */
export class Store {
  /** @param {State} [start] */
  constructor(start = START) {
    this.state = start;
    /** @type {((state: State, before: State) => void)[]} */
    this.listeners = [];
    /** @type {{name: string, work: Work}[]} */
    this.past = [];
    /** @type {{name: string, work: Work}[]} */
    this.future = [];
  }

  /** Calls `listener` with the state, now and after each change. @param {(state: State, before: State) => void} listener */
  listen(listener) {
    this.listeners.push(listener);
    listener(this.state, this.state);
  }

  /** Replaces parts of the state. @param {Partial<State>} changed */
  change(changed) {
    const before = this.state;
    this.state = { ...before, ...changed };
    for (const listener of this.listeners) listener(this.state, before);
  }

  /** Changes the work without a step that undo knows, as choosing what to look at. @param {Partial<Work>} changed */
  look(changed) {
    this.change({ work: { ...this.state.work, ...changed } });
  }

  /**
   * Takes a step that undo brings back.
   * @param {string} name  what was done: "generated 3 takes"
   * @param {Partial<Work>} changed
   */
  step(name, changed) {
    this.past = [...this.past.slice(1 - STEPS_KEPT), { name, work: this.state.work }];
    this.future = [];
    this.look(changed);
  }

  /** Brings back the work before the last step. */
  undo() {
    const step = this.past.pop();
    if (!step) return this.change({ said: "Nothing to undo" });
    this.future.push({ name: step.name, work: this.state.work });
    this.change({ work: step.work, said: `Undone: ${step.name}` });
  }

  /** Takes a step again that was undone. */
  redo() {
    const step = this.future.pop();
    if (!step) return this.change({ said: "Nothing to do again" });
    this.past.push({ name: step.name, work: this.state.work });
    this.change({ work: step.work, said: `Done again: ${step.name}` });
  }
}

/** The song on the roll: the take that is shown, or the seed. @param {State} state @returns {Song | null} */
export function shownSong({ work, songs }) {
  const id = work.shown ?? work.seed;
  return id === null ? null : (songs[id] ?? null);
}

/** Whether a part sounds, by mute and solo. @param {Playing} playing @param {string} name */
export function sounds(playing, name) {
  return playing.solo.length > 0 ? playing.solo.includes(name) : !playing.muted.includes(name);
}

/** `names` without `name`, or with it where it was missing. @param {readonly string[]} names @param {string} name */
export function toggled(names, name) {
  return names.includes(name) ? names.filter((each) => each !== name) : [...names, name];
}
