/** A song as a small picture: every note as a dash, given ones calm, new ones in colour. */

import { endOf } from "../song.js";

const SIZE = { width: 176, height: 44 };
const GIVEN_OPACITY = 0.4;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("../song.js").Song} song
 * @param {import("./palette.js").Palette} palette
 */
export function drawMiniature(canvas, song, palette) {
  const scale = window.devicePixelRatio;
  canvas.width = SIZE.width * scale;
  canvas.height = SIZE.height * scale;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(scale, scale);
  const end = Math.max(1, endOf(song));
  const laneHeight = SIZE.height / Math.max(1, song.parts.length);
  song.parts.forEach((part, index) => {
    const pitches = part.notes.map(({ pitch }) => pitch);
    const high = pitches.reduce((a, b) => Math.max(a, b), 0);
    const low = pitches.reduce((a, b) => Math.min(a, b), 127);
    const room = laneHeight - 3;
    context.fillStyle = palette.parts[index % palette.parts.length];
    for (const { onset, duration, pitch, isNew } of part.notes) {
      context.globalAlpha = isNew ? 1 : GIVEN_OPACITY;
      const y = index * laneHeight + 1 + (high === low ? room / 2 : ((high - pitch) / (high - low)) * room);
      const pulses = part.isDrums ? 3 : duration;
      context.fillRect((onset / end) * SIZE.width, y, Math.max(1, (pulses / end) * SIZE.width - 0.5), 1.5);
    }
  });
  context.globalAlpha = 1;
  if (song.join !== null && song.join < end) {
    context.fillStyle = palette.dim;
    context.fillRect((song.join / end) * SIZE.width, 0, 1, SIZE.height);
  }
}
