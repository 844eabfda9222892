/** What the server sends, turned into what the page holds. */

import { withSigns } from "./words.js";

/**
 * @typedef {import("./song.js").Song} Song
 * @typedef {import("./song.js").Note} Note
 * @typedef {import("./song.js").Section} Section
 * @typedef {[number, number, number, number, (number | undefined)?]} Row  onset, pitch, duration, velocity, 1 if new
 */

/** A Seed, or a Take. @param {any} sent @returns {Song} */
export function songOf(sent) {
  return {
    id: sent.id,
    name: sent.name,
    bars: sent.bar_lines,
    metre: metreOf(sent.time_signatures),
    tempos: sent.tempos,
    key: withSigns(sent.key ?? ""),
    remarks: sent.remarks ?? "",
    chords: (sent.chords ?? []).map((/** @type {any} */ chord) => ({ ...chord, name: withSigns(chord.name) })),
    sections: sent.sections ?? [],
    join: joinOf(sent),
    parts: namedApart(sent.parts).map((part) => ({ ...part, notes: part.notes.map(noteOf).sort(byOnset) })),
  };
}

/** Where new bars begin; null for a take whose new notes lie among the given ones. @param {any} sent @returns {number | null} */
function joinOf({ seed, first_new_bar: first, new_bars: count, bars, bar_lines: lines, join_pulse: join }) {
  if (first === undefined) return join;
  const isBehind = first - 1 + count === bars && (first > 1 || !seed);
  return isBehind ? lines[first - 1] : null;
}

/** The last time signature: the first may be that of a pickup. @param {{numerator: number, denominator: number}[]} signatures */
function metreOf(signatures) {
  const last = signatures.at(-1);
  return last ? `${last.numerator}/${last.denominator}` : "";
}

/** @param {Row} row @returns {Note} */
export function noteOf([onset, pitch, duration, velocity, isNew]) {
  return { onset, pitch, duration, velocity, isNew: isNew === 1 };
}

/** @param {Note} one @param {Note} other */
export const byOnset = (one, other) => one.onset - other.onset || one.pitch - other.pitch;

/**
 * Parts with names that differ: "Keys" and "Keys 2".
 * @param {{number: number, title: string, program: number, is_drum: boolean, notes: Row[]}[]} parts
 */
function namedApart(parts) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return parts.map(({ number, title, program, is_drum, notes }) => {
    const times = (seen.get(title) ?? 0) + 1;
    seen.set(title, times);
    return { number, name: times > 1 ? `${title} ${times}` : title, program, isDrums: is_drum, notes };
  });
}

/**
 * @typedef {object} SentBars  what the "bars" event says of a take that is being written
 * @property {number} until_pulse        its notes before are known
 * @property {number} draft_until_pulse  those after may change yet
 * @property {number[]} bar_lines
 * @property {{numerator: number, denominator: number}[]} time_signatures
 * @property {{pulse: number, bpm: number}[]} tempos
 * @property {Section[]} sections
 * @property {{number: number, title: string, program: number, is_drum: boolean, notes: Row[], gone: [number, number][]}[]} parts
 */

/**
 * A song with what has been written so far: its new notes take the place of those told before, and of given ones.
 * @param {Song} song
 * @param {SentBars} sent
 * @returns {Song}
 */
export function withBars(song, sent) {
  const told = new Map(sent.parts.map((part) => [part.number, part]));
  const fresh = (/** @type {Row[]} */ rows) => rows.map((row) => ({ ...noteOf(row), isNew: true }));
  const parts = song.parts.map((part) => {
    const { notes, gone } = told.get(part.number) ?? { notes: [], gone: [] };
    const away = new Set(gone.map(nameOf));
    const given = part.notes.filter(({ onset, pitch, isNew }) => !isNew && !away.has(nameOf([onset, pitch])));
    return { ...part, notes: [...given, ...fresh(notes)].sort(byOnset) };
  });
  const known = new Set(parts.map(({ number }) => number));
  const added = namedApart(sent.parts.filter(({ number }) => !known.has(number)));
  const { sections } = sent;
  const last = sections.at(-1);
  return {
    ...song,
    bars: longer(sent.bar_lines, Math.max(song.bars.length - 1, last ? last.first_bar + last.bars - 1 : 0)),
    metre: metreOf(sent.time_signatures),
    tempos: sent.tempos,
    sections: last ? sections : song.sections,
    parts: [...parts, ...added.map((part) => ({ ...part, notes: fresh(part.notes) }))],
    knownUntil: sent.until_pulse,
  };
}

/** @param {[number, number]} note  its onset and pitch */
const nameOf = ([onset, pitch]) => `${onset}:${pitch}`;

/** Bar lines of so many bars, of which the first are known; the others are as long as the last. @param {readonly number[]} lines @param {number} bars */
function longer(lines, bars) {
  const all = [...lines];
  const pulses = all.length > 1 ? all[all.length - 1] - all[all.length - 2] : 96;
  while (all.length <= bars) all.push(all[all.length - 1] + pulses);
  return all;
}

/**
 * What a take is drawn on before its first notes arrive: the seed up to the join, with bar lines for the new bars.
 * @param {Song | null} seed
 * @param {string} id
 * @param {{start: number, end: number} | null} region  pulses that are made anew; null where bars follow the join
 * @param {number} bars  new bars after the join
 * @param {readonly number[] | null} parts  numbers of the parts that are emptied in the region; null for all
 * @returns {Song}
 */
export function bareTake(seed, id, region, bars, parts) {
  const base = seed ?? EMPTY;
  if (region) {
    const isGiven = (/** @type {number} */ number, /** @type {Note} */ note) =>
      note.onset < region.start || note.onset >= region.end || (parts !== null && !parts.includes(number));
    const kept = base.parts.map((part) => ({
      ...part,
      notes: part.notes.filter((note) => isGiven(part.number, note)),
    }));
    return { ...base, id, parts: kept, join: null };
  }
  const join = base.join ?? base.bars[base.bars.length - 1];
  const lines = base.bars.filter((line) => line <= join);
  return { ...base, id, bars: longer(lines, lines.length - 1 + bars), join };
}

/** @type {Song} */
const EMPTY = {
  id: "",
  name: "",
  bars: [0],
  metre: "4/4",
  tempos: [{ pulse: 0, bpm: 120 }],
  key: "",
  remarks: "",
  chords: [],
  sections: [],
  join: 0,
  parts: [],
};
