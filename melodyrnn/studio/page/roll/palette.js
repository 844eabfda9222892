/**
 * The colours that a canvas draws with, read from the style sheet, so that light and dark stand in one place.
 *
 * @typedef {object} Palette
 * @property {string} ground
 * @property {string} raised    black keys, the ruler
 * @property {string} beat      lines of quarter notes
 * @property {string} bar       bar lines
 * @property {string} text
 * @property {string} dim       text beside
 * @property {string} accent    the join, the selection
 * @property {readonly string[]} parts
 */

export const PART_COLOURS = 8;

/** @returns {Palette} */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: colour("ground"),
    raised: colour("raised"),
    beat: colour("line-beat"),
    bar: colour("line-bar"),
    text: colour("text"),
    dim: colour("dim"),
    accent: colour("accent"),
    parts: Array.from({ length: PART_COLOURS }, (_, index) => colour(`part-${index + 1}`)),
  };
}
