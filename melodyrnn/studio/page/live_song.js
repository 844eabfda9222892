/**
 * What live playing sent and has composed ahead, as a song that a roll can draw. It keeps the last bars only, so that
 * an hour of playing takes no more memory than a minute.
 */

import { byOnset } from "./wire.js";

const BARS_KEPT = 64;
const DRUM_CHANNEL = 9;

/**
 * @typedef {[number, number, number | null, number, number, number]} Sent  pulse, pitch, duration, velocity, channel, program
 * @typedef {import("./song.js").Note & {isHeld: boolean}} LiveNote
 */

export class LiveSong {
  constructor() {
    /** The parts by channel. @type {Map<number, {program: number, sent: LiveNote[], ahead: LiveNote[]}>} */
    this.parts = new Map();
    this.pulse = 0;
    this.until = 0;
    this.barPulses = 96;
    this.bpm = 120;
    this.heardAt = 0;
  }

  /** @param {import("./state.js").Live} live @param {number} now  milliseconds */
  onLive({ state, bar_pulses, bpm, pulse }, now) {
    if (state === "stopped") for (const part of this.parts.values()) part.ahead = [];
    this.barPulses = bar_pulses ?? this.barPulses;
    this.bpm = bpm ?? this.bpm;
    if (pulse !== undefined) this.moveTo(pulse, now);
  }

  /** @param {{notes: Sent[], ended: [number, number, number][], pulse: number}} message @param {number} now */
  onSent({ notes, ended, pulse }, now) {
    for (const row of notes) this.part(row[4], row[5]).sent.push(liveNote(row, true));
    for (const [end, pitch, channel] of ended) {
      const held = this.parts.get(channel)?.sent.find((note) => note.isHeld && note.pitch === pitch);
      if (held) Object.assign(held, { isHeld: false, duration: Math.max(1, end - held.onset) });
    }
    this.moveTo(pulse, now);
    const oldest = this.pulse - BARS_KEPT * this.barPulses;
    for (const part of this.parts.values()) {
      if (part.sent.length > 0 && part.sent[0].onset < oldest)
        part.sent = part.sent.filter((note) => note.isHeld || note.onset >= oldest);
    }
  }

  /** @param {{notes: Sent[], until_pulse: number}} message */
  onAhead({ notes, until_pulse }) {
    for (const part of this.parts.values()) part.ahead = [];
    for (const row of notes) this.part(row[4], row[5]).ahead.push(liveNote(row, false));
    this.until = until_pulse;
  }

  /** @param {number} channel @param {number} program */
  part(channel, program) {
    const known = this.parts.get(channel) ?? { program, sent: [], ahead: [] };
    known.program = program;
    this.parts.set(channel, known);
    return known;
  }

  /** @param {number} pulse @param {number} now */
  moveTo(pulse, now) {
    this.pulse = pulse;
    this.heardAt = now;
  }

  /** The pulse that is played now, between two messages by the tempo. @param {number} now  milliseconds */
  pulseAt(now) {
    const longest = this.barPulses; // a clock that has stopped sends nothing
    return this.pulse + Math.min(longest, ((now - this.heardAt) / 1000 / 60) * this.bpm * 24);
  }

  /** @returns {import("./song.js").Song} */
  song() {
    const end = Math.max(this.until, this.pulse) + 4 * this.barPulses;
    const bars = Array.from({ length: Math.ceil(end / this.barPulses) + 1 }, (_, bar) => bar * this.barPulses);
    const parts = [...this.parts].sort(([one], [other]) => one - other);
    return {
      id: "live",
      name: "Live",
      bars,
      metre: "",
      tempos: [{ pulse: 0, bpm: this.bpm }],
      key: "",
      remarks: "",
      chords: [],
      sections: [],
      join: null,
      parts: parts.map(([channel, { program, sent, ahead }]) => ({
        number: channel,
        name: channel === DRUM_CHANNEL ? "Drums" : `Channel ${channel + 1}`,
        program,
        isDrums: channel === DRUM_CHANNEL,
        notes: [...sent, ...ahead]
          .map((note) => (note.isHeld ? { ...note, duration: Math.max(1, this.pulse - note.onset) } : note))
          .sort(byOnset),
      })),
    };
  }
}

/** @param {Sent} row @param {boolean} isSent @returns {LiveNote} */
function liveNote([onset, pitch, duration, velocity], isSent) {
  return { onset, pitch, duration: duration ?? 1, velocity, isNew: true, isHeld: isSent && duration === null };
}
