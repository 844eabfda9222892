/** Choosing bars on a roll, by pointer and by keys, and the place to play from on its ruler. */

import { barAt, barCount } from "../song.js";
import { GUTTER, RULER } from "./lanes.js";

const DRAG_PIXELS = 4;

/**
 * Press a bar to choose it, drag for several, press it again to choose none; press the ruler to play from there.
 * Arrow keys move the choice by a bar, with shift they stretch it, Escape drops it.
 * @param {import("./roll.js").Roll} roll
 * @param {import("./roll.js").Listeners} listeners
 */
export function followPointer(roll, { onSelect, onPlace }) {
  const { scroller } = roll;
  /** @type {{bar: number, x: number, isDrag: boolean} | null} */
  let start = null;

  const barUnder = (/** @type {PointerEvent} */ event) => {
    const left = scroller.getBoundingClientRect().left;
    return roll.scene ? barAt(roll.scene.song, roll.pulseAt(event.clientX - left)) : 0;
  };

  scroller.addEventListener("pointerdown", (event) => {
    const box = scroller.getBoundingClientRect();
    const isOnScrollBar =
      event.clientX - box.left > scroller.clientWidth || event.clientY - box.top > scroller.clientHeight;
    if (!roll.scene || event.button !== 0 || isOnScrollBar) return;
    if (event.clientY - box.top < RULER) {
      onPlace(roll.pulseAt(event.clientX - box.left));
      return;
    }
    start = { bar: barUnder(event), x: event.clientX, isDrag: false };
    if (event.pointerType === "mouse") scroller.setPointerCapture(event.pointerId);
  });
  scroller.addEventListener("pointermove", (event) => {
    if (!start || event.pointerType !== "mouse") return;
    start.isDrag ||= Math.abs(event.clientX - start.x) > DRAG_PIXELS;
    if (start.isDrag) onSelect(inOrder(start.bar, barUnder(event)));
  });
  scroller.addEventListener("pointerup", (event) => {
    if (!start || !roll.scene) return;
    const { selection } = roll.scene;
    if (!start.isDrag) {
      if (event.shiftKey && selection) onSelect(stretched(selection, start.bar));
      else
        onSelect(selection?.first === start.bar && selection.last === start.bar ? null : inOrder(start.bar, start.bar));
    }
    start = null;
  });
  scroller.addEventListener("pointercancel", () => (start = null)); // a finger scrolls instead

  /** @type {number | null} */
  let anchor = null;
  scroller.addEventListener("keydown", (event) => {
    if (!roll.scene || event.ctrlKey || event.metaKey || event.altKey) return;
    const { song, selection } = roll.scene;
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const last = barCount(song) - 1;
    if (!selection || !event.shiftKey) {
      const from = selection ? (by > 0 ? selection.last : selection.first) + by : barAt(song, roll.pulse);
      anchor = Math.max(0, Math.min(last, from));
      onSelect(inOrder(anchor, anchor));
    } else {
      if (anchor === null || (anchor !== selection.first && anchor !== selection.last)) anchor = selection.first;
      const end = (anchor === selection.first ? selection.last : selection.first) + by;
      onSelect(inOrder(anchor, Math.max(0, Math.min(last, end))));
    }
    const bars = roll.scene.selection;
    if (bars) reveal(roll, by > 0 ? bars.last : bars.first);
  });
}

/** Scrolls until a bar is visible. @param {import("./roll.js").Roll} roll @param {number} bar */
function reveal(roll, bar) {
  if (!roll.scene) return;
  const { bars } = roll.scene.song;
  const left = bars[bar] * roll.pixelsPerPulse;
  const right = (bars[bar + 1] ?? bars[bar]) * roll.pixelsPerPulse;
  const { scroller } = roll;
  const room = roll.size.width - GUTTER;
  if (left < scroller.scrollLeft) scroller.scrollLeft = left;
  else if (right > scroller.scrollLeft + room) scroller.scrollLeft = right - room;
}

/** @param {number} one @param {number} other */
const inOrder = (one, other) => ({ first: Math.min(one, other), last: Math.max(one, other) });

/** @param {import("../state.js").Bars} bars @param {number} bar */
const stretched = ({ first, last }, bar) => ({ first: Math.min(first, bar), last: Math.max(last, bar) });
