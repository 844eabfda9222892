/** A drum kit made of swept sines and filtered noise: one table of the General MIDI sounds. */

import { loudness } from "./timbres.js";

/**
 * @typedef {object} Drum
 * @property {number} level
 * @property {{from: number, to: number, sweep: number, decay: number}} [tone]  hertz, and seconds as time constants
 * @property {{type: BiquadFilterType, hertz: number, q: number, decay: number, level: number}} [noise]
 */

/** @param {number} pitch of the drum @returns {Drum} */
const tom = (pitch) => ({
  level: 0.55,
  tone: { from: pitch * 1.6, to: pitch, sweep: 0.05, decay: 0.16 },
  noise: { type: "lowpass", hertz: 1200, q: 0.5, decay: 0.03, level: 0.15 },
});

/** @param {number} decay @param {number} level @param {number} hertz @returns {Drum} */
const metal = (decay, level, hertz) => ({ level, noise: { type: "highpass", hertz, q: 0.8, decay, level: 1 } });

/** @param {number} hertz @param {number} decay @returns {Drum} */
const block = (hertz, decay) => ({
  level: 0.35,
  tone: { from: hertz * 1.1, to: hertz, sweep: 0.01, decay },
  noise: { type: "bandpass", hertz: hertz * 2, q: 2, decay: 0.01, level: 0.3 },
});

/** @type {Drum} */
const KICK = {
  level: 0.95,
  tone: { from: 165, to: 48, sweep: 0.035, decay: 0.13 },
  noise: { type: "lowpass", hertz: 3000, q: 0.5, decay: 0.006, level: 0.25 },
};

/** @type {Drum} */
const SNARE = {
  level: 0.6,
  tone: { from: 260, to: 180, sweep: 0.03, decay: 0.06 },
  noise: { type: "bandpass", hertz: 2600, q: 0.5, decay: 0.07, level: 1.2 },
};

/** @type {Drum} */
const CLAP = { level: 0.6, noise: { type: "bandpass", hertz: 1500, q: 1.2, decay: 0.07, level: 1.8 } };

/** @type {Readonly<Record<number, Drum>>} */
const DRUMS = {
  35: KICK,
  36: KICK,
  37: block(1700, 0.02),
  38: SNARE,
  39: CLAP,
  40: SNARE,
  41: tom(80),
  43: tom(98),
  45: tom(118),
  47: tom(140),
  48: tom(165),
  50: tom(195),
  42: metal(0.025, 0.3, 7500),
  44: metal(0.02, 0.25, 7000),
  46: metal(0.16, 0.3, 7000),
  49: metal(0.5, 0.32, 4800),
  57: metal(0.45, 0.32, 5400),
  52: metal(0.35, 0.32, 4200),
  55: metal(0.2, 0.3, 6000),
  51: metal(0.22, 0.18, 6500),
  59: metal(0.2, 0.18, 7000),
  53: block(2400, 0.2),
  54: metal(0.07, 0.25, 8000),
  69: metal(0.03, 0.2, 6500),
  70: metal(0.02, 0.2, 7500),
  82: metal(0.04, 0.2, 6500),
  56: block(560, 0.09),
  60: tom(330),
  61: tom(250),
  62: tom(300),
  63: tom(260),
  64: tom(190),
  65: tom(360),
  66: tom(270),
  67: block(900, 0.12),
  68: block(680, 0.12),
  75: block(2300, 0.03),
  76: block(1100, 0.03),
  77: block(820, 0.03),
  80: metal(0.05, 0.12, 9000),
  81: metal(0.4, 0.12, 9000),
};

/** Sounds outside the table. */
const OTHER = block(1000, 0.05);

/** A hat that sounds ends an open one. */
export const HATS = new Set([42, 44, 46]);

/**
 * Starts one stroke.
 * @param {BaseAudioContext} context
 * @param {AudioNode} out
 * @param {AudioBuffer} noise  a second of it, from `noiseOf`
 * @param {{pitch: number, velocity: number, start: number}} stroke
 * @returns {import("./timbres.js").Sounding & {end: number}}
 */
export function strike(context, out, noise, { pitch, velocity, start }) {
  const drum = DRUMS[pitch] ?? OTHER;
  const envelope = context.createGain();
  envelope.gain.value = drum.level * loudness(velocity);
  envelope.connect(out);
  /** @type {AudioScheduledSourceNode[]} */
  const sources = [];
  if (drum.tone) {
    const { from, to, sweep, decay } = drum.tone;
    const tone = context.createOscillator();
    tone.frequency.setValueAtTime(from, start);
    tone.frequency.setTargetAtTime(to, start, sweep);
    tone.connect(dying(context, 1, start, decay)).connect(envelope);
    sources.push(tone);
  }
  if (drum.noise) {
    const source = context.createBufferSource();
    source.buffer = noise;
    source.loop = true;
    const filter = context.createBiquadFilter();
    filter.type = drum.noise.type;
    filter.frequency.value = drum.noise.hertz;
    filter.Q.value = drum.noise.q;
    source
      .connect(filter)
      .connect(dying(context, drum.noise.level, start, drum.noise.decay))
      .connect(envelope);
    sources.push(source);
  }
  const longest = Math.max(drum.tone?.decay ?? 0, drum.noise?.decay ?? 0);
  return { sources, envelope, release: 0.03, end: start + 6 * longest };
}

/** A gain that jumps to a level and dies away. @param {BaseAudioContext} context @param {number} level @param {number} start @param {number} decay */
function dying(context, level, start, decay) {
  const made = context.createGain();
  made.gain.setValueAtTime(0, start);
  made.gain.linearRampToValueAtTime(level, start + 0.001);
  made.gain.setTargetAtTime(0, start + 0.001, decay);
  return made;
}

/** A second of white noise, the same each time. @param {BaseAudioContext} context */
export function noiseOf(context) {
  const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
  const samples = buffer.getChannelData(0);
  let state = 1;
  for (let index = 0; index < samples.length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    samples[index] = state / 2 ** 31 - 1;
  }
  return buffer;
}
