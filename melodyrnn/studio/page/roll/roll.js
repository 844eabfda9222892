/**
 * A piano roll: a canvas that draws only what is visible, from tiles, under a scroll bar of the browser's own.
 *
 * The layers, from below: the canvas (tiles, ruler, selection, join), a veil over what is not played yet (live only),
 * the playhead, and the transparent scroller, which takes the pointer and the keys.
 */

import { element } from "../element.js";
import { sounds } from "../state.js";
import { barAt, barCount, countWhile, endOf, PULSES_PER_QUARTER } from "../song.js";
import { drumName, pitchName } from "../words.js";
import { GUTTER, heightOf, layOut, rowTop, RULER } from "./lanes.js";
import { palette } from "./palette.js";
import { followPointer } from "./selecting.js";
import { TILE_WIDTH, Tiles } from "./tiles.js";

/**
 * @typedef {object} Scene  what a roll shows
 * @property {import("../song.js").Song} song
 * @property {number | null} open     the number of the part at its full height
 * @property {import("../state.js").Playing} playing  whose muted parts are drawn quietly
 * @property {import("../state.js").Bars | null} selection
 * @property {number} [veil]  pulses of a bar, while what lies after the playhead is only composed: drawn fainter bar by bar
 */

/**
 * @typedef {object} Listeners
 * @property {(bars: import("../state.js").Bars | null) => void} onSelect
 * @property {(pulse: number) => void} onPlace  the ruler was pressed here
 * @property {(lanes: readonly import("./lanes.js").Lane[], scrollTop: number) => void} onLayout
 */

const PIXELS_PER_PULSE = { least: 0.1, most: 8 };
const EMPTY_END = 24;
const VEIL = { first: 0.3, step: 0.12, most: 0.75 };
const MIN_NAME_ROW = 10;

export class Roll {
  /** @param {HTMLElement} place @param {Listeners | null} listeners  null: it only shows */
  constructor(place, listeners) {
    this.listeners = listeners;
    this.canvas = /** @type {HTMLCanvasElement} */ (element("canvas.roll-canvas", { "aria-hidden": "true" }));
    this.space = element("div.roll-space");
    const role = listeners ? { role: "application", tabindex: 0 } : { role: "img" };
    this.scroller = element("div.roll-scroller", { ...role, "aria-label": "Piano roll" }, this.space);
    this.playhead = element("div.roll-playhead", { "aria-hidden": "true" });
    place.append(this.canvas, this.playhead, this.scroller);
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    this.tiles = new Tiles();
    this.palette = palette();
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {import("./lanes.js").Lane[]} */
    this.lanes = [];
    this.pixelsPerPulse = 1;
    this.isFitted = true;
    this.pulse = 0;
    this.frame = 0;
    this.size = { width: 0, height: 0 };
    this.scroller.addEventListener("scroll", () => {
      this.listeners?.onLayout(this.lanes, this.scroller.scrollTop);
      this.redraw();
    });
    this.scroller.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    if (listeners) followPointer(this, listeners);
    new ResizeObserver(() => this.lay()).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.lay());
  }

  /** @param {Scene} scene */
  show(scene) {
    const before = this.scene;
    this.scene = scene;
    if (this.isFitted && (!before || endOf(before.song) !== endOf(scene.song))) this.fit();
    const isSame =
      before &&
      before.song === scene.song &&
      before.open === scene.open &&
      before.playing.muted === scene.playing.muted &&
      before.playing.solo === scene.playing.solo;
    if (isSame) this.redraw();
    else this.lay();
  }

  /** Lays the lanes out anew and forgets the tiles. */
  lay() {
    const { scene, scroller } = this;
    this.palette = palette();
    const { clientWidth: width, clientHeight: height } = scroller;
    const isResized = width !== this.size.width;
    const scale = window.devicePixelRatio;
    if (isResized || height !== this.size.height || scale !== this.tiles.scale) {
      this.canvas.width = Math.max(1, Math.round(width * scale));
      this.canvas.height = Math.max(1, Math.round(height * scale));
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.size = { width, height };
    this.redraw();
    if (!scene) return;
    if (isResized && this.isFitted) this.fit();
    this.lanes = layOut(scene.song.parts, height - RULER, scene.open, this.palette.parts, (part) =>
      sounds(scene.playing, part.name),
    );
    const lanesHeight = Math.max(heightOf(this.lanes), 1);
    this.tiles.show(
      {
        song: scene.song,
        lanes: this.lanes,
        height: Math.max(lanesHeight, height - RULER),
        pixelsPerPulse: this.pixelsPerPulse,
        palette: this.palette,
      },
      scale,
    );
    this.space.style.width = `${Math.ceil(GUTTER + endOf(scene.song) * this.pixelsPerPulse + EMPTY_END)}px`;
    this.space.style.height = `${Math.ceil(RULER + lanesHeight)}px`;
    this.listeners?.onLayout(this.lanes, scroller.scrollTop);
    this.redraw();
  }

  /** Draws at the next frame. */
  redraw() {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const { scene, context, scroller, size, palette: colours } = this;
    context.setTransform(window.devicePixelRatio, 0, 0, window.devicePixelRatio, 0, 0);
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, size.width, size.height);
    this.playhead.hidden = !scene;
    if (!scene) return;
    const { scrollLeft, scrollTop } = scroller;
    const first = Math.floor(scrollLeft / TILE_WIDTH);
    const last = Math.floor((scrollLeft + size.width - GUTTER) / TILE_WIDTH);
    for (let number = first; number <= last; number += 1) {
      const x = GUTTER + number * TILE_WIDTH - scrollLeft;
      const tile = this.tiles.tile(number);
      context.drawImage(tile, x, RULER - scrollTop, TILE_WIDTH, tile.height / this.tiles.scale);
    }
    if (scene.veil) this.drawVeil(scene.veil);
    this.drawMarks(scene);
    this.drawGutter();
    this.drawRuler(scene);
    this.movePlayhead();
  }

  /** Covers what lies ahead, the more the further off. @param {number} pulses  of a bar */
  drawVeil(pulses) {
    const { context, size, palette: colours } = this;
    context.fillStyle = colours.ground;
    for (let bar = 0; this.x(this.pulse + bar * pulses) < size.width; bar += 1) {
      context.globalAlpha = Math.min(VEIL.most, VEIL.first + bar * VEIL.step);
      const left = this.x(this.pulse + bar * pulses);
      context.fillRect(left, RULER, this.x(this.pulse + (bar + 1) * pulses) - left, size.height);
    }
    context.globalAlpha = 1;
  }

  /** The selection, and the line of the join. @param {Scene} scene */
  drawMarks({ song, selection }) {
    const { context, size, palette: colours } = this;
    if (selection) {
      const left = this.x(song.bars[selection.first] ?? 0);
      const right = this.x(song.bars[selection.last + 1] ?? endOf(song));
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
      context.moveTo(this.x(song.join) + 0.5, RULER / 2);
      context.lineTo(this.x(song.join) + 0.5, size.height);
      context.stroke();
      context.setLineDash([]);
    }
  }

  /** The names of drums and pitches, at the left. */
  drawGutter() {
    const { context, size, scroller, palette: colours } = this;
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, GUTTER, size.height);
    context.fillStyle = colours.bar;
    context.fillRect(GUTTER - 1, 0, 1, size.height);
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const lane of this.lanes) {
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

  /** Bar numbers and chords. @param {Scene} scene */
  drawRuler({ song }) {
    const { context, size, palette: colours } = this;
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
    const first = barAt(song, this.pulseAt(GUTTER));
    const barPixels = ((endOf(song) || 1) / Math.max(1, barCount(song))) * this.pixelsPerPulse;
    const every = barPixels > 28 ? 1 : barPixels > 14 ? 2 : barPixels > 7 ? 4 : 8;
    for (let bar = first; bar < barCount(song) && this.x(song.bars[bar]) < size.width; bar += 1) {
      const isNew = song.join !== null && song.bars[bar] >= song.join;
      context.font = `${isNew ? "600 " : ""}12px system-ui, sans-serif`;
      context.fillStyle = isNew ? colours.text : colours.dim;
      if (bar % every === 0) context.fillText(String(bar + 1), this.x(song.bars[bar]) + 4, 16);
      context.fillStyle = colours.bar;
      context.fillRect(Math.round(this.x(song.bars[bar])), bar % every === 0 ? 4 : 12, 1, RULER - 4);
    }
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = colours.text;
    let free = -Infinity;
    for (
      let index = countWhile(song.chords, ({ pulse }) => this.x(pulse) < -80);
      index < song.chords.length;
      index += 1
    ) {
      const { pulse, name } = song.chords[index];
      const left = this.x(pulse) + 4;
      if (left > size.width) break;
      if (left < free) continue;
      context.fillText(name, left, 35);
      free = left + context.measureText(name).width + 6;
    }
    context.restore();
  }

  /** Moves the playhead; the roll follows by pages while `follows`. @param {number} pulse @param {boolean} follows */
  moveTo(pulse, follows) {
    this.pulse = pulse;
    const x = this.x(pulse);
    if (follows && (x < GUTTER || x > this.size.width - 24)) {
      this.scroller.scrollLeft = Math.max(0, pulse * this.pixelsPerPulse - (this.size.width - GUTTER) * 0.1);
    }
    this.movePlayhead();
  }

  /** Keeps the playhead at a share of the width, and moves the notes under it. @param {number} pulse @param {number} share */
  hold(pulse, share) {
    this.pulse = pulse;
    this.scroller.scrollLeft = pulse * this.pixelsPerPulse - (this.size.width - GUTTER) * share;
    this.redraw();
  }

  movePlayhead() {
    const x = this.x(this.pulse);
    this.playhead.hidden = !this.scene || x < GUTTER - 1 || x > this.size.width;
    this.playhead.style.transform = `translateX(${x - 1}px)`;
  }

  /** Where a pulse lies, in pixels from the left. @param {number} pulse */
  x(pulse) {
    return GUTTER + pulse * this.pixelsPerPulse - this.scroller.scrollLeft;
  }

  /** The pulse at so many pixels from the left. @param {number} x */
  pulseAt(x) {
    return Math.max(0, (x - GUTTER + this.scroller.scrollLeft) / this.pixelsPerPulse);
  }

  /** Shows the whole song, as far as quarter notes stay wide enough to be told apart. */
  fit() {
    const end = this.scene ? endOf(this.scene.song) : 0;
    const least = 10 / PULSES_PER_QUARTER;
    this.pixelsPerPulse = clampZoom(Math.max(least, (this.size.width - GUTTER - EMPTY_END) / Math.max(1, end)));
    this.isFitted = true;
  }

  /** Zooms by a factor, around a place in pixels from the left. @param {number} factor @param {number} [x] */
  zoom(factor, x = this.size.width / 2) {
    const pulse = this.pulseAt(x);
    this.pixelsPerPulse = clampZoom(this.pixelsPerPulse * factor);
    this.isFitted = false;
    this.lay();
    this.scroller.scrollLeft = pulse * this.pixelsPerPulse - (x - GUTTER);
  }

  /** Shows the whole song again. */
  zoomToFit() {
    this.fit();
    this.lay();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 300), event.offsetX - this.scroller.scrollLeft);
  }
}

/** @param {number} pixels */
const clampZoom = (pixels) => Math.min(PIXELS_PER_PULSE.most, Math.max(PIXELS_PER_PULSE.least, pixels));

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
