/** A song as a sound file: rendered faster than it plays, by the same synthesizer, brought to one loudness. */

import { endOf, TempoMap } from "../song.js";
import { scoreOf } from "./score.js";
import { Synth } from "./synth.js";

const SAMPLE_RATE = 44100;
const TAIL_SECONDS = 1.5;
const TARGET_RMS = 10 ** (-18 / 20);
const MOST_PEAK = 10 ** (-1 / 20);
const MOST_SECONDS = 20 * 60;

/**
 * Renders the part of a song that lies between two pulses. Notes that begin earlier are not heard.
 * @param {import("../song.js").Song} song
 * @param {{start: number, end: number}} [region]  pulses; all of it if left out
 * @param {(part: import("../song.js").Part) => boolean} [sounds]
 * @returns {Promise<AudioBuffer>}
 */
export async function render(song, region = { start: 0, end: endOf(song) }, sounds = () => true) {
  const tempo = new TempoMap(song.tempos);
  const begin = tempo.secondsAt(region.start);
  const seconds = tempo.secondsAt(region.end) - begin + TAIL_SECONDS;
  if (seconds > MOST_SECONDS) throw new Error("a sound file holds at most 20 minutes: choose some bars");
  const context = new OfflineAudioContext(2, Math.ceil(seconds * SAMPLE_RATE), SAMPLE_RATE);
  const synth = new Synth(context);
  const heard = scoreOf(song).filter(
    ({ part, note }) => note.onset >= region.start && note.onset < region.end && sounds(part),
  );
  for (const { part, note } of heard) {
    const start = tempo.secondsAt(note.onset) - begin;
    const end = tempo.secondsAt(Math.min(note.onset + note.duration, region.end)) - begin;
    synth.play(part, { pitch: note.pitch, velocity: note.velocity, start, end });
  }
  return normalized(await context.startRendering());
}

/** Brings sound to one loudness, without clipping. @param {AudioBuffer} buffer */
function normalized(buffer) {
  const channels = channelsOf(buffer);
  let peak = 0;
  let power = 0;
  for (const samples of channels) {
    for (const sample of samples) {
      peak = Math.max(peak, Math.abs(sample));
      power += sample * sample;
    }
  }
  if (peak === 0) return buffer;
  const rms = Math.sqrt(power / (channels.length * buffer.length));
  const gain = Math.min(TARGET_RMS / rms, MOST_PEAK / peak);
  for (const samples of channels) samples.forEach((sample, index) => (samples[index] = sample * gain));
  return buffer;
}

/** A WAV file, 16 bits a sample. @param {AudioBuffer} buffer */
export function wavOf(buffer) {
  const channels = channelsOf(buffer);
  const bytesOfData = buffer.length * channels.length * 2;
  const file = new DataView(new ArrayBuffer(44 + bytesOfData));
  const text = (/** @type {number} */ at, /** @type {string} */ word) =>
    [...word].forEach((letter, index) => file.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  file.setUint32(4, 36 + bytesOfData, true);
  text(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true); // PCM
  file.setUint16(22, channels.length, true);
  file.setUint32(24, buffer.sampleRate, true);
  file.setUint32(28, buffer.sampleRate * channels.length * 2, true);
  file.setUint16(32, channels.length * 2, true);
  file.setUint16(34, 16, true);
  text(36, "data");
  file.setUint32(40, bytesOfData, true);
  let at = 44;
  for (let index = 0; index < buffer.length; index += 1) {
    for (const samples of channels) {
      file.setInt16(at, Math.round(Math.max(-1, Math.min(1, samples[index])) * 32767), true);
      at += 2;
    }
  }
  return new Blob([file], { type: "audio/wav" });
}

/** @param {AudioBuffer} buffer */
function channelsOf(buffer) {
  return Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
}
