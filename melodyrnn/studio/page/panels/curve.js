/** Bits a note over minutes as a line, of music held out, and dashed of music learned: lower is better. */

import { palette } from "../roll/palette.js";

const SIZE = { width: 560, height: 160 };
const MARGIN = { left: 40, bottom: 24, top: 8, right: 8 };

/**
 * @param {HTMLCanvasElement} canvas
 * @param {readonly {minutes: number, bits: number | null, training_bits: number | null}[]} points
 */
export function drawCurve(canvas, points) {
  const colours = palette();
  const scale = window.devicePixelRatio;
  canvas.width = SIZE.width * scale;
  canvas.height = SIZE.height * scale;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(scale, scale);
  const values = points.flatMap(({ bits, training_bits }) => [bits, training_bits]).filter((bits) => bits !== null);
  const low = Math.min(...values);
  const high = Math.max(...values, low + 0.1);
  const end = Math.max(...points.map(({ minutes }) => minutes), 1e-3);
  const x = (/** @type {number} */ minutes) =>
    MARGIN.left + (minutes / end) * (SIZE.width - MARGIN.left - MARGIN.right);
  const y = (/** @type {number} */ bits) =>
    MARGIN.top + ((high - bits) / (high - low)) * (SIZE.height - MARGIN.top - MARGIN.bottom);
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = colours.dim;
  context.textAlign = "right";
  context.fillText(high.toFixed(1), MARGIN.left - 6, y(high) + 8);
  context.fillText(low.toFixed(1), MARGIN.left - 6, y(low));
  context.fillText(`${end.toFixed(1)} min`, SIZE.width - MARGIN.right, SIZE.height - 6);
  context.lineWidth = 2;
  const line = (
    /** @type {"bits" | "training_bits"} */ key,
    /** @type {string} */ colour,
    /** @type {number[]} */ dash,
  ) => {
    context.strokeStyle = colour;
    context.setLineDash(dash);
    context.beginPath();
    for (const point of points) {
      const bits = point[key];
      if (bits !== null) context.lineTo(x(point.minutes), y(bits));
    }
    context.stroke();
  };
  line("training_bits", colours.dim, [4, 4]);
  line("bits", colours.accent, []);
  const last = points[points.length - 1];
  canvas.setAttribute(
    "aria-label",
    `Bits a note, from ${high.toFixed(2)} down to ${low.toFixed(2)} in ${last.minutes.toFixed(1)} minutes`,
  );
}
