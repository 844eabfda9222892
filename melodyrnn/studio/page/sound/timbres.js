/**
 * The pitched sounds, as one table: how each starts a note on an audio clock. Every one peaks near the same loudness.
 *
 * @typedef {object} Pressed  a note as a sound is to play it
 * @property {number} pitch     MIDI
 * @property {number} velocity  1 to 127
 * @property {number} start     seconds of the context's clock
 * @property {number} end       seconds; the sound dies away after it
 *
 * @typedef {object} Sounding  what a timbre has started
 * @property {AudioScheduledSourceNode[]} sources
 * @property {GainNode} envelope  ends the sound, early if need be
 * @property {number} release     seconds from the end to silence
 *
 * @typedef {(context: BaseAudioContext, out: AudioNode, pressed: Pressed) => Sounding} Timbre
 */

/** @param {number} pitch */
const hertz = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

/** How loud a velocity is, 0 to 1. @param {number} velocity */
export const loudness = (velocity) => (velocity / 127) ** 1.5;

/** An electric piano: two sines, one bending the other, and a short bell above. @type {Timbre} */
function keys(context, out, pressed) {
  const { pitch, velocity, start } = pressed;
  const frequency = hertz(pitch);
  const tone = oscillator(context, "sine", frequency);
  const bend = oscillator(context, "sine", frequency);
  const depth = context.createGain();
  const bite = frequency * (0.6 + 1.8 * loudness(velocity));
  depth.gain.setValueAtTime(bite, start);
  depth.gain.setTargetAtTime(bite * 0.15, start, 0.25);
  bend.connect(depth).connect(tone.frequency);
  const bell = oscillator(context, "sine", frequency * 4);
  const strike = context.createGain();
  strike.gain.setValueAtTime(0.12 * loudness(velocity), start);
  strike.gain.setTargetAtTime(0, start, 0.06);
  const shape = envelope(context, pressed, {
    level: 0.3,
    attack: 0.003,
    decay: 2.4 - pitch / 64,
    sustain: 0,
    release: 0.14,
  });
  tone.connect(shape);
  bell.connect(strike).connect(shape);
  shape.connect(out);
  return { sources: [tone, bend, bell], envelope: shape, release: 0.14 };
}

/** A plucked bass: a triangle with an edge that closes. @type {Timbre} */
function bass(context, out, pressed) {
  const frequency = hertz(pressed.pitch);
  const body = oscillator(context, "triangle", frequency);
  const edge = oscillator(context, "sawtooth", frequency);
  const edgeLevel = context.createGain();
  edgeLevel.gain.value = 0.4;
  const filter = lowpass(context, frequency * 3);
  filter.frequency.setValueAtTime(frequency * (4 + 8 * loudness(pressed.velocity)), pressed.start);
  filter.frequency.setTargetAtTime(frequency * 3, pressed.start, 0.12);
  const shape = envelope(context, pressed, { level: 0.27, attack: 0.005, decay: 0.9, sustain: 0.45, release: 0.08 });
  body.connect(filter);
  edge.connect(edgeLevel).connect(filter);
  filter.connect(shape).connect(out);
  return { sources: [body, edge], envelope: shape, release: 0.08 };
}

/** A warm pad: two saws a little apart, dark, soft at both ends. @type {Timbre} */
function pad(context, out, pressed) {
  const frequency = hertz(pressed.pitch);
  const attack = Math.min(0.09, 0.4 * (pressed.end - pressed.start));
  const filter = lowpass(context, Math.min(3200, frequency * 3 + 500));
  const shape = envelope(context, pressed, { level: 0.21, attack, decay: 1, sustain: 0.8, release: 0.3 });
  const sources = [-6, 6].map((cents) => oscillator(context, "sawtooth", frequency, cents));
  for (const source of sources) source.connect(filter);
  filter.connect(shape).connect(out);
  return { sources, envelope: shape, release: 0.3 };
}

/** A lead for single lines: a triangle and a little square, with a late vibrato. @type {Timbre} */
function lead(context, out, pressed) {
  const frequency = hertz(pressed.pitch);
  const tone = oscillator(context, "triangle", frequency);
  const reed = oscillator(context, "square", frequency);
  const reedLevel = context.createGain();
  reedLevel.gain.value = 0.18;
  const vibrato = oscillator(context, "sine", 5.2);
  const cents = context.createGain();
  cents.gain.setValueAtTime(0, pressed.start);
  cents.gain.setTargetAtTime(9, pressed.start + 0.25, 0.2);
  vibrato.connect(cents);
  cents.connect(tone.detune);
  cents.connect(reed.detune);
  const filter = lowpass(context, Math.min(5200, frequency * 5 + 600));
  const shape = envelope(context, pressed, { level: 0.24, attack: 0.015, decay: 0.5, sustain: 0.75, release: 0.1 });
  tone.connect(filter);
  reed.connect(reedLevel).connect(filter);
  filter.connect(shape).connect(out);
  return { sources: [tone, reed, vibrato], envelope: shape, release: 0.1 };
}

/** The timbre of each family of eight General MIDI programs, from piano to sound effects. @type {readonly Timbre[]} */
const FAMILIES = [keys, keys, pad, keys, bass, pad, pad, lead, lead, lead, lead, pad, pad, keys, keys, keys];

/** @param {number} program  General MIDI, 0 to 127 */
export const timbreOf = (program) => FAMILIES[program >> 3] ?? keys;

/**
 * @param {BaseAudioContext} context
 * @param {OscillatorType} type
 * @param {number} frequency
 * @param {number} [cents]
 */
function oscillator(context, type, frequency, cents = 0) {
  const made = context.createOscillator();
  made.type = type;
  made.frequency.value = frequency;
  made.detune.value = cents;
  return made;
}

/** @param {BaseAudioContext} context @param {number} frequency */
function lowpass(context, frequency) {
  const filter = context.createBiquadFilter();
  filter.type = "lowpass";
  filter.frequency.value = frequency;
  filter.Q.value = 0.7;
  return filter;
}

/**
 * A gain that rises, falls to its sustained level and dies away at the note's end. `decay`, in seconds, is a time
 * constant; `sustain` a share of the level.
 * @param {BaseAudioContext} context
 * @param {Pressed} pressed
 * @param {{level: number, attack: number, decay: number, sustain: number, release: number}} shape
 */
function envelope(context, { velocity, start, end }, { level, attack, decay, sustain, release }) {
  const made = context.createGain();
  const peak = level * loudness(velocity);
  made.gain.setValueAtTime(0, start);
  made.gain.linearRampToValueAtTime(peak, start + attack);
  made.gain.setTargetAtTime(peak * sustain, start + attack, Math.max(0.1, decay));
  made.gain.setTargetAtTime(0, Math.max(end, start + attack), release / 4);
  return made;
}
