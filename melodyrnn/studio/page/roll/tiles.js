/** Pieces of a roll as bitmaps of one width: grid and notes, drawn once and kept until what they show changes. */

import { countWhile, PULSES_PER_QUARTER } from "../song.js";
import { rowTop } from "./lanes.js";

/**
 * @typedef {object} Picture  what the tiles show
 * @property {import("../song.js").Song} song
 * @property {readonly import("./lanes.js").Lane[]} lanes
 * @property {number} height          pixels
 * @property {number} pixelsPerPulse
 * @property {import("./palette.js").Palette} palette
 */

export const TILE_WIDTH = 256;
const TILES_KEPT = 48;
const GIVEN_OPACITY = 0.55;
const QUIET_OPACITY = 0.25;
const DRAFT_OPACITY = 0.45;
const DRUM_PULSES = 6;
const LEAST_BEAT_PIXELS = 12;
const BLACK_KEYS = new Set([1, 3, 6, 8, 10]);

export class Tiles {
  constructor() {
    /** @type {Map<number, OffscreenCanvas>} */
    this.kept = new Map();
    /** @type {Picture | null} */
    this.picture = null;
    this.scale = 1;
  }

  /** Shows something else from now on. @param {Picture} picture @param {number} scale  device pixels to a pixel */
  show(picture, scale) {
    this.picture = picture;
    this.scale = scale;
    this.kept.clear();
  }

  /** @param {number} number */
  has(number) {
    return this.kept.has(number);
  }

  /** The tile of this number, from 0, drawn if it is not there. @param {number} number */
  tile(number) {
    const known = this.kept.get(number);
    if (known) {
      this.kept.delete(number);
      this.kept.set(number, known);
      return known;
    }
    const made = this.draw(number);
    this.kept.set(number, made);
    if (this.kept.size > TILES_KEPT) this.kept.delete(/** @type {number} */ (this.kept.keys().next().value));
    return made;
  }

  /** @param {number} number */
  draw(number) {
    const { scale } = this;
    const picture = /** @type {Picture} */ (this.picture);
    const canvas = new OffscreenCanvas(Math.ceil(TILE_WIDTH * scale), Math.max(1, Math.ceil(picture.height * scale)));
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    context.scale(scale, scale);
    context.fillStyle = picture.palette.ground;
    context.fillRect(0, 0, TILE_WIDTH, picture.height);
    context.translate(-number * TILE_WIDTH, 0);
    const first = (number * TILE_WIDTH) / picture.pixelsPerPulse;
    const span = { first, last: first + TILE_WIDTH / picture.pixelsPerPulse };
    drawGrid(context, picture, span);
    for (const lane of picture.lanes) drawNotes(context, picture, lane, span);
    return canvas;
  }
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {{first: number, last: number}} span  pulses
 */
function drawGrid(context, { song, lanes, height, pixelsPerPulse, palette }, { first, last }) {
  const left = first * pixelsPerPulse;
  const width = (last - first) * pixelsPerPulse;
  for (const lane of lanes) {
    if (lane.isOpen && !lane.part.isDrums) {
      context.fillStyle = palette.raised;
      for (const pitch of lane.rows) {
        if (BLACK_KEYS.has(pitch % 12)) context.fillRect(left, rowTop(lane, pitch), width, lane.rowHeight);
      }
    }
    context.fillStyle = palette.bar;
    context.fillRect(left, lane.top + lane.height - 1, width, 1);
  }
  const from = Math.max(0, countWhile(song.bars, (line) => line <= first) - 1);
  for (let bar = from; bar < song.bars.length && song.bars[bar] <= last; bar += 1) {
    const next = song.bars[bar + 1] ?? song.bars[bar];
    if (PULSES_PER_QUARTER * pixelsPerPulse >= LEAST_BEAT_PIXELS) {
      context.fillStyle = palette.beat;
      for (let beat = song.bars[bar] + PULSES_PER_QUARTER; beat < next; beat += PULSES_PER_QUARTER) {
        context.fillRect(Math.round(beat * pixelsPerPulse), 0, 1, height);
      }
    }
    context.fillStyle = palette.bar;
    context.fillRect(Math.round(song.bars[bar] * pixelsPerPulse), 0, 1, height);
  }
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {import("./lanes.js").Lane} lane
 * @param {{first: number, last: number}} span  pulses
 */
function drawNotes(context, { pixelsPerPulse, song }, lane, { first, last }) {
  const { notes, isDrums } = lane.part;
  const height = Math.max(2, lane.rowHeight - 1);
  context.fillStyle = lane.colour;
  const longest = longestOf(notes);
  const { knownUntil = Infinity } = song;
  for (let index = countWhile(notes, (note) => note.onset < first - longest); index < notes.length; index += 1) {
    const note = notes[index];
    if (note.onset > last) break;
    const pulses = isDrums ? DRUM_PULSES : note.duration;
    if (note.onset + pulses < first) continue;
    const written = note.onset < knownUntil ? 0.7 + (0.3 * note.velocity) / 127 : DRAFT_OPACITY;
    const opacity = note.isNew ? written : GIVEN_OPACITY;
    context.globalAlpha = lane.isQuiet ? QUIET_OPACITY : opacity;
    const width = Math.max(3, pulses * pixelsPerPulse - 1);
    context.beginPath();
    context.roundRect(
      note.onset * pixelsPerPulse + 0.5,
      rowTop(lane, note.pitch) + 0.5,
      width,
      height,
      Math.min(2.5, height / 2),
    );
    context.fill();
  }
  context.globalAlpha = 1;
}

/** @type {WeakMap<readonly import("../song.js").Note[], number>} */
const longest = new WeakMap();

/** The length of the longest note, at least a drawn drum stroke's. @param {readonly import("../song.js").Note[]} notes */
function longestOf(notes) {
  let pulses = longest.get(notes);
  if (pulses === undefined) {
    pulses = notes.reduce((most, note) => Math.max(most, note.duration), DRUM_PULSES);
    longest.set(notes, pulses);
  }
  return pulses;
}
