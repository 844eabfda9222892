/** Names of pitches and drum sounds, and the sentences that are read out. */

import { whatIsNew } from "./song.js";

const PITCH_CLASSES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/** "C4" for MIDI pitch 60. @param {number} pitch */
export const pitchName = (pitch) => `${PITCH_CLASSES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** Short names of the General MIDI drum sounds, by pitch. @type {Readonly<Record<number, string>>} */
const DRUMS = {
  35: "Kick 2",
  36: "Kick",
  37: "Rim",
  38: "Snare",
  39: "Clap",
  40: "Snare 2",
  41: "Tom 6",
  42: "Hat",
  43: "Tom 5",
  44: "Hat pedal",
  45: "Tom 4",
  46: "Hat open",
  47: "Tom 3",
  48: "Tom 2",
  49: "Crash",
  50: "Tom 1",
  51: "Ride",
  52: "China",
  53: "Bell",
  54: "Tambourine",
  55: "Splash",
  56: "Cowbell",
  57: "Crash 2",
  58: "Vibraslap",
  59: "Ride 2",
  60: "Bongo high",
  61: "Bongo low",
  62: "Conga mute",
  63: "Conga high",
  64: "Conga low",
  65: "Timbale high",
  66: "Timbale low",
  67: "Agogo high",
  68: "Agogo low",
  69: "Cabasa",
  70: "Maracas",
  71: "Whistle",
  72: "Whistle long",
  73: "Guiro",
  74: "Guiro long",
  75: "Claves",
  76: "Block high",
  77: "Block low",
  78: "Cuica",
  79: "Cuica open",
  80: "Triangle mute",
  81: "Triangle",
  82: "Shaker",
};

/** @param {number} pitch */
export const drumName = (pitch) => DRUMS[pitch] ?? pitchName(pitch);

/** The name of a key or chord as it is printed: "E♭ major", "F♯m7♭5". @param {string} name */
export const withSigns = (name) =>
  name
    .replace(/([A-G])b/g, "$1♭")
    .replace(/b(?=\d)/g, "♭")
    .replaceAll("#", "♯");

/** "3 takes", "1 take". @param {number} count @param {string} thing */
export const counted = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** "bass, keys and lead". @param {readonly string[]} names */
export function listed(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** "bar 5" or "bars 5 to 8", of bars counted from 0, the last one included. @param {{first: number, last: number}} bars */
export function barsInWords({ first, last }) {
  return first === last ? `bar ${first + 1}` : `bars ${first + 1} to ${last + 1}`;
}

/**
 * What is new in a song, as a sentence: "8 bars, Bass and Keys new, in A minor".
 * @param {import("./song.js").Song} song
 */
export function newInWords(song) {
  const { parts, bars } = whatIsNew(song);
  if (bars.length === 0) return "Nothing new yet";
  const who =
    parts.length > 3 && parts.length === song.parts.length ? "all parts" : listed(parts.map((part) => part.name));
  return `${counted(bars.length, "bar")}, ${who} new${song.key ? `, in ${song.key}` : ""}`;
}

/** A song's name without the ending of its file. @param {import("./song.js").Song} song */
export const fileName = (song) => song.name.replace(/\.midi?$/i, "") || "melodyrnn";
