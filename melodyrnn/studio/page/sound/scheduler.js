/**
 * Plays a song on an audio clock. A timer looks ahead every 25 ms and hands over what is due within 100 ms, so that
 * notes are as exact as the audio clock, however late the timer is.
 */

import { countWhile, endOf, TempoMap } from "../song.js";
import { nameOf, scoreOf } from "./score.js";

/**
 * @typedef {import("../song.js").Song} Song
 * @typedef {import("../song.js").Part} Part
 *
 * @typedef {object} Instrument  what notes are handed to
 * @property {(part: Part, pressed: import("./timbres.js").Pressed) => import("./synth.js").Handle} play
 *
 * @typedef {object} Region  pulses
 * @property {number} start
 * @property {number} end
 */

export const AHEAD_SECONDS = 0.1;
const START_SECONDS = 0.05;
const SAME_SECONDS = 0.002;
/** Longer notes than this, 64 bars of 4/4, end when the music changes under them. */
const HELD_PULSES = 64 * 96;
const HANDED_KEPT = 512;

export class Scheduler {
  /**
   * @param {() => number} now  seconds of the audio clock
   * @param {Instrument} instrument
   */
  constructor(now, instrument) {
    this.now = now;
    this.instrument = instrument;
    /** @type {Song | null} */
    this.song = null;
    this.tempo = new TempoMap([]);
    /** @type {(part: Part) => boolean} */
    this.sounds = () => true;
    /** @type {Region | null} */
    this.loop = null;
    /** Music is known up to this pulse; the rest is being written. */
    this.knownUntil = Infinity;
    /** From which second which pulse sounds; the last is where notes are being handed over. @type {{seconds: number, pulse: number}[]} */
    this.anchors = [];
    this.next = 0;
    this.isWaiting = false;
    /** @type {Map<string, {start: number, end: number, part: Part, handle: import("./synth.js").Handle}>} */
    this.handed = new Map();
  }

  get isPlaying() {
    return this.anchors.length > 0;
  }

  /** @param {number} pulse */
  play(pulse) {
    this.stop();
    this.anchors = [{ seconds: this.now() + START_SECONDS, pulse }];
    this.seek(pulse);
    this.tick();
  }

  stop() {
    for (const { handle } of this.handed.values()) handle.stop(this.now());
    this.handed.clear();
    this.anchors = [];
    this.isWaiting = false;
  }

  /**
   * Changes what is played, at the same place: another take, more notes, other parts. Notes of both go on sounding.
   * @param {Song} song
   * @param {{sounds: (part: Part) => boolean, loop: Region | null, knownUntil: number}} how
   */
  show(song, { sounds, loop, knownUntil }) {
    const position = this.position();
    this.song = song;
    this.tempo = new TempoMap(song.tempos);
    this.sounds = sounds;
    this.loop = loop;
    this.knownUntil = knownUntil;
    if (!this.isPlaying) return;
    const now = this.now();
    const score = scoreOf(song);
    const near = (/** @type {number} */ pulses) => countWhile(score, ({ note }) => note.onset < position + pulses);
    const there = new Set(score.slice(near(-HELD_PULSES), near(HELD_PULSES)).map(nameOf));
    for (const [name, { end, part, handle }] of this.handed) {
      const isOver = end < now;
      const stays = sounds(part) && there.has(name);
      if (!isOver && !stays) handle.stop(now);
      if (isOver || !stays) this.handed.delete(name);
    }
    this.anchors = [{ seconds: Math.max(now, this.anchors[0].seconds), pulse: position }];
    this.seek(position);
    this.tick();
  }

  /** The pulse that is heard now. */
  position() {
    const now = this.now();
    const [first] = this.anchors;
    if (!first) return 0;
    const anchor = this.anchors.findLast((each) => each.seconds <= now) ?? first;
    const seconds = this.tempo.secondsAt(anchor.pulse) + Math.max(0, now - anchor.seconds);
    const end = this.loop && anchor.pulse < this.loop.end ? this.loop.end : this.song ? endOf(this.song) : 0;
    return Math.min(this.tempo.pulseAt(seconds), end, Math.max(anchor.pulse, this.knownUntil));
  }

  /** Hands over what is due soon. True until the song is over. */
  tick() {
    if (!this.song || !this.isPlaying) return false;
    const now = this.now();
    if (this.isWaiting) {
      const pulse = this.position();
      if (pulse >= this.knownUntil) return true;
      this.isWaiting = false;
      this.anchors = [{ seconds: now + START_SECONDS, pulse }];
    }
    this.anchors = this.anchors.filter((each, index) => !(this.anchors[index + 1]?.seconds <= now));
    const horizon = now + AHEAD_SECONDS;
    const score = scoreOf(this.song);
    for (;;) {
      const limit = Math.min(this.loopEnd(), this.knownUntil, endOf(this.song));
      while (this.next < score.length && score[this.next].note.onset < limit) {
        const scored = score[this.next];
        if (this.secondsOf(scored.note.onset) > horizon) return true;
        this.hand(scored);
        this.next += 1;
      }
      if (this.secondsOf(limit) > horizon) return true;
      if (this.loop && limit === this.loopEnd()) {
        this.anchors.push({ seconds: this.secondsOf(limit), pulse: this.loop.start });
        this.seek(this.loop.start);
      } else if (limit === this.knownUntil && limit < endOf(this.song)) {
        this.isWaiting = this.secondsOf(limit) <= now;
        return true;
      } else {
        return this.secondsOf(limit) > now;
      }
    }
  }

  /** @param {import("./score.js").ScoreNote} scored */
  hand(scored) {
    const { part, note } = scored;
    const start = this.secondsOf(note.onset);
    const end = this.secondsOf(Math.min(note.onset + note.duration, this.loopEnd()));
    const name = nameOf(scored);
    const known = this.handed.get(name);
    if (!this.sounds(part) || (known && Math.abs(known.start - start) < SAME_SECONDS)) return;
    const handle = this.instrument.play(part, { pitch: note.pitch, velocity: note.velocity, start, end });
    this.handed.set(name, { start, end, part, handle });
    if (this.handed.size > HANDED_KEPT) this.forget();
  }

  /** Forgets notes that are over. */
  forget() {
    const now = this.now();
    for (const [name, { end }] of this.handed) if (end < now) this.handed.delete(name);
  }

  /** @param {number} pulse */
  seek(pulse) {
    const score = this.song ? scoreOf(this.song) : [];
    this.next = countWhile(score, ({ note }) => note.onset < pulse - 1e-6);
  }

  /** Where the loop turns back, if what is being handed over lies before it. */
  loopEnd() {
    const anchor = this.anchors[this.anchors.length - 1];
    return this.loop && anchor.pulse < this.loop.end ? this.loop.end : Infinity;
  }

  /** When a pulse sounds, on the way that is being handed over. @param {number} pulse */
  secondsOf(pulse) {
    const anchor = this.anchors[this.anchors.length - 1];
    return anchor.seconds + this.tempo.secondsAt(pulse) - this.tempo.secondsAt(anchor.pulse);
  }
}
