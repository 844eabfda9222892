/** Names takes of one request by how they differ, as measured on their notes. */

import { barAt, whatIsNew } from "./song.js";

/**
 * @typedef {import("./song.js").Song} Song
 *
 * @typedef {object} Traits
 * @property {number} likeness  0 to 1: how much of each new bar stands in the given bar nearest to it
 * @property {number} fullness  new notes a bar
 */

/** @param {Song} song @returns {Traits} */
export function traitsOf(song) {
  /** @type {Map<number, Set<string>>} */
  const given = new Map();
  /** @type {Map<number, Set<string>>} */
  const fresh = new Map();
  for (const part of song.parts) {
    for (const note of part.notes) {
      const bar = barAt(song, note.onset);
      const bars = note.isNew ? fresh : given;
      const place = Math.round((note.onset - song.bars[bar]) / 3);
      const stands = bars.get(bar) ?? new Set();
      bars.set(bar, stands.add(`${part.number}:${place}:${note.pitch}`));
    }
  }
  let alike = 0;
  let notes = 0;
  for (const stands of fresh.values()) {
    notes += stands.size;
    let nearest = 0;
    for (const other of given.values()) {
      const both = [...stands].filter((each) => other.has(each)).length;
      nearest = Math.max(nearest, both / (stands.size + other.size - both));
    }
    alike += nearest;
  }
  const bars = Math.max(1, whatIsNew(song).bars.length);
  return { likeness: alike / bars, fullness: notes / bars };
}

/**
 * A label for each of several takes: the likest is "near you", the least like "bolder", the others by how full they are.
 * Parts that are new have nothing to be like: all are labelled by how full they are.
 * @param {readonly Traits[]} takes
 * @returns {string[]}
 */
export function labelled(takes) {
  if (takes.length < 2) return takes.map(() => "new");
  const labels = takes.map(() => "");
  const likest = takes.map((_, index) => index).sort((one, other) => takes[other].likeness - takes[one].likeness);
  const hasLikeness = takes[likest[0]].likeness > 0;
  if (hasLikeness) {
    labels[likest[0]] = "near you";
    labels[likest[likest.length - 1]] = "bolder";
  }
  const mean = takes.reduce((sum, { fullness }) => sum + fullness, 0) / takes.length;
  return labels.map((label, index) => label || (takes[index].fullness < mean ? "sparser" : "fuller"));
}
