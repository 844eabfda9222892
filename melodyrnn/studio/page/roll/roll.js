/**
 * A piano roll: a canvas that draws only what is visible, from tiles, under a scroll bar of the browser's own.
 *
 * The layers, from below: the canvas (tiles, ruler, selection, join), a veil over what is not played yet (live only),
 * the playhead, and the transparent scroller, which takes the pointer and the keys.
 */

import { element } from "../element.js";
import { sounds } from "../state.js";
import { endOf, PULSES_PER_QUARTER } from "../song.js";
import { GUTTER, heightOf, layOut, RULER } from "./lanes.js";
import { drawGutter, drawMarks, drawRuler, drawVeil } from "./marks.js";
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
const LEAST_QUARTER = 6; // pixels, where the whole song is to be seen

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
    this.isDrawingAhead = false;
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
    this.drawAhead(last + 1);
    if (scene.veil) drawVeil(this, scene.veil);
    drawMarks(this, scene);
    drawGutter(this);
    drawRuler(this, scene);
    this.movePlayhead();
  }

  /** Draws the tile that scrolling shows next, once there is time. @param {number} number */
  drawAhead(number) {
    if (this.tiles.has(number) || this.isDrawingAhead) return;
    this.isDrawingAhead = true;
    whenIdle(() => {
      this.isDrawingAhead = false;
      if (this.scene) this.tiles.tile(number);
    });
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
    const least = LEAST_QUARTER / PULSES_PER_QUARTER;
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

/** Safari has no idle callbacks. @param {() => void} work */
const whenIdle = (work) => ("requestIdleCallback" in window ? requestIdleCallback(work) : setTimeout(work, 30));

/** @param {number} pixels */
const clampZoom = (pixels) => Math.min(PIXELS_PER_PULSE.most, Math.max(PIXELS_PER_PULSE.least, pixels));
