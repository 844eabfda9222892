/** What the server sends, turned into what the page holds. */

/**
 * @typedef {import("./song.js").Song} Song
 * @typedef {import("./song.js").Note} Note
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
    key: sent.key ?? "",
    chords: sent.chords ?? [],
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
 * A song with the notes that have been written since, as the "bars" event lists them.
 * @param {Song} song
 * @param {{number: number, title: string, program: number, is_drum: boolean, notes: Row[]}[]} parts
 * @returns {Song}
 */
export function withNotes(song, parts) {
  const known = new Set(song.parts.map((part) => part.number));
  const fresh = new Map(parts.map((part) => [part.number, part.notes.map((row) => ({ ...noteOf(row), isNew: true }))]));
  const grown = song.parts.map((part) => {
    const there = new Set(part.notes.map(({ onset, pitch }) => `${onset}:${pitch}`));
    const notes = (fresh.get(part.number) ?? []).filter(({ onset, pitch }) => !there.has(`${onset}:${pitch}`));
    return notes.length > 0 ? { ...part, notes: [...part.notes, ...notes].sort(byOnset) } : part;
  });
  const added = parts.filter((part) => !known.has(part.number));
  return {
    ...song,
    parts: [
      ...grown,
      ...added.map(({ number, title, program, is_drum }) => ({
        number,
        name: title,
        program,
        isDrums: is_drum,
        notes: fresh.get(number) ?? [],
      })),
    ],
  };
}

/**
 * What a take is drawn on before its first notes arrive: the seed up to the join, with bar lines for the new bars.
 * @param {Song | null} seed
 * @param {string} id
 * @param {{start: number, end: number} | null} region  pulses that are made anew; null where bars follow the join
 * @param {number} bars  new bars after the join
 * @param {readonly number[]} parts  numbers of the parts that are made anew in the region; of none all are
 * @returns {Song}
 */
export function bareTake(seed, id, region, bars, parts) {
  const base = seed ?? EMPTY;
  if (region) {
    const isGiven = (/** @type {number} */ number, /** @type {Note} */ note) =>
      note.onset < region.start || note.onset >= region.end || (parts.length > 0 && !parts.includes(number));
    const kept = base.parts.map((part) => ({
      ...part,
      notes: part.notes.filter((note) => isGiven(part.number, note)),
    }));
    return { ...base, id, parts: kept, join: null };
  }
  const join = base.join ?? base.bars[base.bars.length - 1];
  const lines = base.bars.filter((line) => line <= join);
  const pulses = lines.length > 1 ? lines[lines.length - 1] - lines[lines.length - 2] : 96;
  for (let bar = 0; bar < bars; bar += 1) lines.push(lines[lines.length - 1] + pulses);
  return { ...base, id, bars: lines, join };
}

/** @type {Song} */
const EMPTY = {
  id: "",
  name: "",
  bars: [0],
  metre: "4/4",
  tempos: [{ pulse: 0, bpm: 120 }],
  key: "",
  chords: [],
  join: 0,
  parts: [],
};
