/** A song as one list of notes in the order in which they sound. */

/**
 * @typedef {object} ScoreNote
 * @property {import("../song.js").Part} part
 * @property {import("../song.js").Note} note
 */

/** @type {WeakMap<import("../song.js").Song, readonly ScoreNote[]>} */
const known = new WeakMap();

/** All notes of a song, by onset. @param {import("../song.js").Song} song */
export function scoreOf(song) {
  let score = known.get(song);
  if (!score) {
    score = song.parts
      .flatMap((part) => part.notes.map((note) => ({ part, note })))
      .sort((one, other) => one.note.onset - other.note.onset);
    known.set(song, score);
  }
  return score;
}

/** Two notes with the same name are the same note, also in another take. @param {ScoreNote} scored */
export const nameOf = ({ part, note }) =>
  `${part.number}:${note.onset}:${note.pitch}:${note.duration}:${note.velocity}`;
