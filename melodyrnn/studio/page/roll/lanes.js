/**
 * The lanes of a roll: each part's strip, one above the other, and where a pitch lies in it.
 *
 * @typedef {import("../song.js").Part} Part
 *
 * @typedef {object} Lane
 * @property {Part} part
 * @property {number} top        pixels below the first lane's top
 * @property {number} height     pixels
 * @property {boolean} isOpen    at its full height, with its keyboard
 * @property {boolean} isQuiet   muted, or another part is solo
 * @property {readonly number[]} rows  pitches, the highest row first
 * @property {number} rowHeight  pixels
 * @property {string} colour     the colour of its new notes
 */

/** Pixels above and beside the lanes: bar numbers and chords, names of pitches. */
export const RULER = 44;
export const GUTTER = 64;

const PADDING = 6;
const LEAST_PITCHES = 16;
const OPEN_ROW = 11;
const OPEN_DRUM_ROW = 20;
const MOST_ROW = 20;
const LEAST_HEIGHT = 44;

/**
 * Lays the parts out in a given height; they take more where that is too little.
 * @param {readonly Part[]} parts
 * @param {number} height          pixels
 * @param {number | null} open     the number of the part at its full height
 * @param {readonly string[]} colours
 * @param {(part: Part) => boolean} sounds
 * @returns {Lane[]}
 */
export function layOut(parts, height, open, colours, sounds) {
  const rows = parts.map(rowsOf);
  const heights = heightsOf(parts, rows, height, open);
  let top = 0;
  return parts.map((part, index) => {
    const lane = {
      part,
      top,
      height: heights[index],
      isOpen: part.number === open,
      isQuiet: !sounds(part),
      rows: rows[index],
      rowHeight: (heights[index] - 2 * PADDING) / rows[index].length,
      colour: colours[index % colours.length],
    };
    top += heights[index];
    return lane;
  });
}

/**
 * The height of each lane: that of its rows if it is open. The others share what is left, drums first, which need the
 * least; none gets more than its rows need.
 * @param {readonly Part[]} parts
 * @param {readonly (readonly number[])[]} rows
 * @param {number} height
 * @param {number | null} open
 */
function heightsOf(parts, rows, height, open) {
  const heights = parts.map(() => 0);
  let left = height;
  let lanes = parts.length;
  const give = (/** @type {number} */ index, /** @type {number} */ pixels) => {
    heights[index] = pixels;
    left -= pixels;
    lanes -= 1;
  };
  const closed = (/** @type {number} */ index) => {
    const most = Math.max(LEAST_HEIGHT, rows[index].length * MOST_ROW + 2 * PADDING);
    give(index, clamp(Math.floor(left / lanes), LEAST_HEIGHT, most));
  };
  const isOpen = (/** @type {Part} */ part) => part.number === open;
  parts.forEach((part, index) => {
    if (isOpen(part)) give(index, rows[index].length * (part.isDrums ? OPEN_DRUM_ROW : OPEN_ROW) + 2 * PADDING);
  });
  parts.forEach((part, index) => !isOpen(part) && part.isDrums && closed(index));
  parts.forEach((part, index) => !isOpen(part) && !part.isDrums && closed(index));
  return heights;
}

/** The height of all lanes, in pixels. @param {readonly Lane[]} lanes */
export function heightOf(lanes) {
  const last = lanes[lanes.length - 1];
  return last ? last.top + last.height : 0;
}

/** The top of a pitch's row, in pixels below the first lane's top. @param {Lane} lane @param {number} pitch */
export function rowTop(lane, pitch) {
  const row = lane.part.isDrums ? lane.rows.indexOf(pitch) : lane.rows[0] - pitch;
  return lane.top + PADDING + row * lane.rowHeight;
}

/** The pitches of a part's rows, the highest first: of drums the sounds that occur. @param {Part} part @returns {number[]} */
function rowsOf(part) {
  const pitches = [...new Set(part.notes.map((note) => note.pitch))].sort((a, b) => b - a);
  if (part.isDrums) return pitches.length > 0 ? pitches : [36];
  const high = pitches[0] ?? 72;
  const low = pitches[pitches.length - 1] ?? 60;
  const missing = Math.max(0, LEAST_PITCHES - (high - low + 1));
  const top = Math.min(127, high + Math.ceil(missing / 2));
  const bottom = Math.max(0, Math.min(low, top - LEAST_PITCHES + 1));
  return Array.from({ length: top - bottom + 1 }, (_, index) => top - index);
}

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
