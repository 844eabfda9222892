/** What a roll draws over its tiles: the names at the left, bar numbers and chords, the selection, the join, the veil. */

import { barAt, barCount, countWhile, endOf } from "../song.js";
import { drumName, pitchName } from "../words.js";
import { GUTTER, rowTop, RULER } from "./lanes.js";

/** @typedef {import("./roll.js").Roll} Roll @typedef {import("./roll.js").Scene} Scene */

const VEIL = { first: 0.3, step: 0.12, most: 0.75 };
const MIN_NAME_ROW = 10;

/** Covers what lies ahead, the more the further off. @param {Roll} roll @param {number} pulses  of a bar */
export function drawVeil(roll, pulses) {
  const { context, size, palette: colours } = roll;
  context.fillStyle = colours.ground;
  for (let bar = 0; roll.x(roll.pulse + bar * pulses) < size.width; bar += 1) {
    context.globalAlpha = Math.min(VEIL.most, VEIL.first + bar * VEIL.step);
    const left = roll.x(roll.pulse + bar * pulses);
    context.fillRect(left, RULER, roll.x(roll.pulse + (bar + 1) * pulses) - left, size.height);
  }
  context.globalAlpha = 1;
}

/** The selection, the sections of a form, and the line of the join. @param {Roll} roll @param {Scene} scene */
export function drawMarks(roll, { song, selection }) {
  const { context, size, palette: colours } = roll;
  context.fillStyle = colours.dim;
  for (const { first_bar: bar } of song.sections.slice(1)) {
    context.fillRect(Math.round(roll.x(song.bars[bar - 1])), RULER, 1, size.height);
  }
  if (selection && selection.first < barCount(song)) {
    const left = roll.x(song.bars[selection.first] ?? 0);
    const right = roll.x(song.bars[selection.last + 1] ?? endOf(song));
    context.globalAlpha = 0.16;
    context.fillStyle = colours.accent;
    context.fillRect(left, 0, right - left, size.height);
    context.globalAlpha = 1;
    context.fillRect(left, 0, 2, size.height);
    context.fillRect(right - 2, 0, 2, size.height);
  }
  if (song.join !== null && song.join < endOf(song)) {
    context.strokeStyle = colours.text;
    context.setLineDash([5, 4]);
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(roll.x(song.join) + 0.5, RULER / 2);
    context.lineTo(roll.x(song.join) + 0.5, size.height);
    context.stroke();
    context.setLineDash([]);
  }
}

/** The names of drums and pitches, at the left. @param {Roll} roll */
export function drawGutter(roll) {
  const { context, size, scroller, palette: colours } = roll;
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, GUTTER, size.height);
  context.fillStyle = colours.bar;
  context.fillRect(GUTTER - 1, 0, 1, size.height);
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const lane of roll.lanes) {
    const names = namesOf(lane);
    for (const [pitch, name] of names) {
      const y = RULER - scroller.scrollTop + rowTop(lane, pitch) + lane.rowHeight / 2;
      context.fillStyle = lane.isQuiet ? colours.bar : colours.dim;
      context.fillText(name, GUTTER - 7, y, GUTTER - 10);
    }
    context.fillStyle = colours.bar;
    context.fillRect(0, RULER - scroller.scrollTop + lane.top + lane.height - 1, GUTTER, 1);
  }
}

/** Bar numbers, the letters of a form, and chords. @param {Roll} roll @param {Scene} scene */
export function drawRuler(roll, { song }) {
  const { context, size, palette: colours } = roll;
  context.fillStyle = colours.raised;
  context.fillRect(0, 0, size.width, RULER);
  context.fillStyle = colours.bar;
  context.fillRect(0, RULER - 1, size.width, 1);
  context.save();
  context.beginPath();
  context.rect(GUTTER, 0, size.width - GUTTER, RULER);
  context.clip();
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  const first = barAt(song, roll.pulseAt(GUTTER));
  const barPixels = ((endOf(song) || 1) / Math.max(1, barCount(song))) * roll.pixelsPerPulse;
  const every = barPixels > 28 ? 1 : barPixels > 14 ? 2 : barPixels > 7 ? 4 : 8;
  for (let bar = first; bar < barCount(song) && roll.x(song.bars[bar]) < size.width; bar += 1) {
    const isNew = song.join !== null && song.bars[bar] >= song.join;
    context.font = `${isNew ? "600 " : ""}12px system-ui, sans-serif`;
    context.fillStyle = isNew ? colours.text : colours.dim;
    const section = song.sections.find((each) => each.first_bar === bar + 1);
    const number = section || bar % every === 0 ? String(bar + 1) : "";
    context.fillText(number, roll.x(song.bars[bar]) + 4, 16);
    if (section) {
      const left = roll.x(song.bars[bar]) + 4 + context.measureText(`${number} `).width;
      context.font = "700 13px system-ui, sans-serif";
      context.fillStyle = colours.accent;
      context.fillText(section.letter, left, 16);
    }
    context.fillStyle = colours.bar;
    context.fillRect(Math.round(roll.x(song.bars[bar])), bar % every === 0 ? 4 : 12, 1, RULER - 4);
  }
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = colours.text;
  let free = -Infinity;
  for (
    let index = countWhile(song.chords, ({ pulse }) => roll.x(pulse) < -80);
    index < song.chords.length;
    index += 1
  ) {
    const { pulse, name } = song.chords[index];
    const left = roll.x(pulse) + 4;
    if (left > size.width) break;
    if (left < free) continue;
    context.fillText(name, left, 35);
    free = left + context.measureText(name).width + 6;
  }
  context.restore();
}

/**
 * The names beside a lane: all drum sounds where they have room, the Cs of an open part, else highest and lowest.
 * @param {import("./lanes.js").Lane} lane
 * @returns {[number, string][]}
 */
function namesOf(lane) {
  const { rows, rowHeight, part } = lane;
  if (part.isDrums) return rowHeight >= MIN_NAME_ROW ? rows.map((pitch) => [pitch, drumName(pitch)]) : [];
  if (lane.isOpen) return rows.filter((pitch) => pitch % 12 === 0).map((pitch) => [pitch, pitchName(pitch)]);
  if (part.notes.length === 0) return [];
  const pitches = part.notes.map((note) => note.pitch);
  const ends = new Set([pitches.reduce((a, b) => Math.max(a, b)), pitches.reduce((a, b) => Math.min(a, b))]);
  return [...ends].map((pitch) => [pitch, pitchName(pitch)]);
}
