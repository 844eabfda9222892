/**
 * A song as the page holds it: plain values. Time is in pulses, 24 to a quarter note, from the song's start.
 *
 * @typedef {object} Note
 * @property {number} onset     pulses
 * @property {number} duration  pulses
 * @property {number} pitch     MIDI, 0 to 127
 * @property {number} velocity  1 to 127
 * @property {boolean} isNew    made by melodyrnn, not given
 *
 * @typedef {object} Part
 * @property {number} number    unique in its song
 * @property {string} name
 * @property {number} program   General MIDI, 0 to 127
 * @property {boolean} isDrums
 * @property {readonly Note[]} notes  by onset
 *
 * @typedef {{pulse: number, name: string}} Chord
 * @typedef {{letter: string, first_bar: number, bars: number}} Section  of a form; bars from 1
 *
 * @typedef {object} Song
 * @property {string} id
 * @property {string} name
 * @property {readonly number[]} bars  the pulse of each bar line; the last is the song's end
 * @property {string} metre     "4/4"
 * @property {readonly {pulse: number, bpm: number}[]} tempos  by pulse
 * @property {string} key       "A minor", or "" where none was found
 * @property {string} remarks   what is odd in its file, in a sentence, or ""
 * @property {readonly Chord[]} chords
 * @property {readonly Section[]} sections  by bar; none where there is no form
 * @property {number | null} join  the pulse at which new bars begin, or null
 * @property {readonly Part[]} parts
 * @property {number} [knownUntil]  pulses; what comes later is still being written
 */

export const PULSES_PER_QUARTER = 24;

/** The time between pulses and seconds, by the tempos of one song. */
export class TempoMap {
  /** @param {readonly {pulse: number, bpm: number}[]} tempos */
  constructor(tempos) {
    /** @type {{pulse: number, seconds: number, secondsPerPulse: number}[]} */
    this.pieces = [{ pulse: 0, seconds: 0, secondsPerPulse: 60 / 120 / PULSES_PER_QUARTER }];
    for (const { pulse, bpm } of tempos) {
      const secondsPerPulse = 60 / bpm / PULSES_PER_QUARTER;
      const last = this.pieces[this.pieces.length - 1];
      if (pulse <= last.pulse) last.secondsPerPulse = secondsPerPulse;
      else this.pieces.push({ pulse, seconds: this.secondsAt(pulse), secondsPerPulse });
    }
  }

  /** @param {number} pulse */
  secondsAt(pulse) {
    const piece = lastWhere(this.pieces, (each) => each.pulse <= pulse);
    return piece.seconds + (pulse - piece.pulse) * piece.secondsPerPulse;
  }

  /** @param {number} seconds */
  pulseAt(seconds) {
    const piece = lastWhere(this.pieces, (each) => each.seconds <= seconds);
    return piece.pulse + (seconds - piece.seconds) / piece.secondsPerPulse;
  }
}

/**
 * How many elements at the start of a sorted array satisfy `holds`, by halving.
 * @template T
 * @param {readonly T[]} sorted
 * @param {(each: T) => boolean} holds
 */
export function countWhile(sorted, holds) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The last element that satisfies `holds`, of a sorted array that begins with those that do; else the first.
 * @template T
 * @param {readonly T[]} sorted
 * @param {(each: T) => boolean} holds
 */
function lastWhere(sorted, holds) {
  return sorted[Math.max(0, countWhile(sorted, holds) - 1)];
}

/** @param {Song} song */
export const barCount = (song) => Math.max(0, song.bars.length - 1);

/** The bar, from 0, in which a pulse lies; the nearest where it lies in none. @param {Song} song @param {number} pulse */
export function barAt(song, pulse) {
  return Math.max(
    0,
    Math.min(
      barCount(song),
      countWhile(song.bars, (line) => line <= pulse),
    ) - 1,
  );
}

/** Where a song ends, in pulses. @param {Song} song */
export const endOf = (song) => song.bars[song.bars.length - 1] ?? 0;

/**
 * The place of a pulse as a DAW writes it, bar and quarter note from 1: "9.2".
 * @param {Song} song
 * @param {number} pulse
 */
export function place(song, pulse) {
  const bar = barAt(song, pulse);
  const within = Math.max(0, pulse - (song.bars[bar] ?? 0));
  return `${bar + 1}.${Math.floor(within / PULSES_PER_QUARTER) + 1}`;
}

/** The pulses from the start of one bar to the end of another. @param {Song} song @param {{first: number, last: number}} bars */
export function pulsesOf(song, { first, last }) {
  return { start: song.bars[first] ?? 0, end: song.bars[last + 1] ?? endOf(song) };
}

/** The parts that have new notes, and the bars that these lie in, from 0. @param {Song} song */
export function whatIsNew(song) {
  const parts = song.parts.filter((part) => part.notes.some((note) => note.isNew));
  const fresh = parts.flatMap((part) => part.notes.filter((note) => note.isNew));
  const bars = new Set(fresh.map((note) => barAt(song, note.onset)));
  return { parts, bars: [...bars].sort((a, b) => a - b) };
}
