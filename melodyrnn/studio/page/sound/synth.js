/** The synthesizer: a strip for each part, a small room, a limiter, and a bounded number of voices. */

import { HATS, noiseOf, strike } from "./kit.js";
import { timbreOf } from "./timbres.js";

/** @typedef {{stop: (seconds: number) => void}} Handle  ends a note early, also one that has not begun */

const VOICES = 64;
const ROOM_SECONDS = 1.1;
const ROOM_LEVEL = 0.14;
const FADE_SECONDS = 0.012;
const PANS = [0, -0.3, 0.3, -0.15, 0.15, -0.45, 0.45];

export class Synth {
  /** @param {BaseAudioContext} context */
  constructor(context) {
    this.context = context;
    this.noise = noiseOf(context);
    this.master = context.createGain();
    this.master.gain.value = 0.8;
    const limiter = context.createDynamicsCompressor();
    limiter.threshold.value = -10;
    limiter.knee.value = 8;
    limiter.ratio.value = 8;
    limiter.attack.value = 0.003;
    limiter.release.value = 0.12;
    this.master.connect(limiter).connect(context.destination);
    const room = context.createConvolver();
    room.buffer = impulseOf(context);
    const roomLevel = context.createGain();
    roomLevel.gain.value = ROOM_LEVEL;
    room.connect(roomLevel).connect(this.master);
    this.room = room;
    /** @type {Map<number, AudioNode>} */
    this.strips = new Map();
    /** @type {{end: number, pitch: number, isDrums: boolean, handle: Handle}[]} */
    this.voices = [];
  }

  /**
   * Plays one note of a part, at seconds of the context's clock.
   * @param {import("../song.js").Part} part
   * @param {import("./timbres.js").Pressed} pressed
   * @returns {Handle}
   */
  play(part, pressed) {
    const { context } = this;
    const strip = this.strip(part);
    if (part.isDrums && HATS.has(pressed.pitch)) {
      for (const voice of this.voices) if (voice.isDrums && HATS.has(voice.pitch)) voice.handle.stop(pressed.start);
    }
    const sounding = part.isDrums
      ? strike(context, strip, this.noise, pressed)
      : { ...timbreOf(part.program)(context, strip, pressed), end: pressed.end };
    const silentAt = sounding.end + sounding.release * 2;
    for (const source of sounding.sources) {
      source.start(pressed.start);
      source.stop(silentAt);
    }
    sounding.sources[0].onended = () => sounding.envelope.disconnect();
    const handle = handleOf(context, sounding);
    this.voices = this.voices.filter((voice) => voice.end > context.currentTime);
    while (this.voices.length >= VOICES) this.voices.shift()?.handle.stop(pressed.start);
    this.voices.push({ end: silentAt, pitch: pressed.pitch, isDrums: part.isDrums, handle });
    return handle;
  }

  /** Ends all that sounds. */
  silence() {
    for (const voice of this.voices) voice.handle.stop(this.context.currentTime);
    this.voices = [];
  }

  /** Where a part's notes go: drums and bass stay in the middle. @param {import("../song.js").Part} part */
  strip(part) {
    const known = this.strips.get(part.number);
    if (known) return known;
    const pan = this.context.createStereoPanner();
    const isCentred = part.isDrums || part.program >> 3 === 4;
    pan.pan.value = isCentred ? 0 : PANS[this.strips.size % PANS.length];
    pan.connect(this.master);
    if (!isCentred) pan.connect(this.room);
    this.strips.set(part.number, pan);
    return pan;
  }
}

/**
 * @param {BaseAudioContext} context
 * @param {import("./timbres.js").Sounding} sounding
 * @returns {Handle}
 */
function handleOf(context, { sources, envelope }) {
  return {
    stop(seconds) {
      const at = Math.max(seconds, context.currentTime);
      envelope.gain.cancelAndHoldAtTime?.(at);
      envelope.gain.setTargetAtTime(0, at, FADE_SECONDS / 3);
      for (const source of sources) source.stop(at + FADE_SECONDS * 2);
    },
  };
}

/** The echo of a small room: noise that dies away, other noise at each side. @param {BaseAudioContext} context */
function impulseOf(context) {
  const length = Math.round(ROOM_SECONDS * context.sampleRate);
  const buffer = context.createBuffer(2, length, context.sampleRate);
  let state = 7;
  for (const channel of [0, 1]) {
    const samples = buffer.getChannelData(channel);
    let smooth = 0;
    for (let index = 0; index < length; index += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      smooth += 0.35 * (state / 2 ** 31 - 1 - smooth);
      samples[index] = smooth * Math.exp((-6 * index) / length);
    }
  }
  return buffer;
}
