/** Plays what the page shows: the scheduler, the synthesizer or a MIDI output, and the ticks between. */

import { MidiInstrument } from "../midi_out.js";
import { AHEAD_SECONDS, Scheduler } from "./scheduler.js";
import { Synth } from "./synth.js";

export class Player {
  /** @param {() => void} onEnd  called when the song is over */
  constructor(onEnd) {
    this.onEnd = onEnd;
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {Synth | null} */
    this.synth = null;
    /** @type {MidiInstrument | null} */
    this.midi = null;
    /** The pulse from which playing starts. */
    this.start = 0;
    this.scheduler = new Scheduler(() => this.context?.currentTime ?? 0, {
      play: (part, pressed) => /** @type {Synth | MidiInstrument} */ (this.midi ?? this.synth).play(part, pressed),
    });
  }

  get isPlaying() {
    return this.scheduler.isPlaying;
  }

  /** The audio clock; browsers allow it only after the first key or press. */
  wake() {
    if (!this.context) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.synth = new Synth(this.context);
      const ticker = new Worker(new URL("./ticker.js", import.meta.url), { type: "module" });
      ticker.onmessage = () => this.tick();
    }
    return this.context.resume();
  }

  tick() {
    this.midi?.end(this.scheduler.now() + AHEAD_SECONDS);
    if (this.isPlaying && !this.scheduler.tick()) {
      this.stop();
      this.start = 0;
      this.onEnd();
    }
  }

  /** Plays from a pulse. @param {number} pulse */
  async play(pulse) {
    await this.wake();
    this.start = pulse;
    this.scheduler.play(pulse);
  }

  /** Stops; the next start is from here. */
  stop() {
    if (!this.isPlaying) return;
    this.start = this.scheduler.position();
    this.scheduler.stop();
    this.midi?.cut();
  }

  /** Stops, and silences whatever may sound on in a MIDI output. */
  panic() {
    this.stop();
    this.midi?.silence();
  }

  /** @param {import("../song.js").Song} song @param {Parameters<Scheduler["show"]>[1]} how */
  show(song, how) {
    this.scheduler.show(song, how);
  }

  /**
   * Sends notes to a MIDI output instead of the page's own sound; null brings that back.
   * @param {import("../midi_out.js").MidiOutput | null} output
   */
  use(output) {
    const position = this.scheduler.position();
    const wasPlaying = this.isPlaying;
    this.scheduler.stop();
    this.midi?.silence();
    this.midi?.output.close?.();
    this.midi = output && new MidiInstrument(output, () => this.context?.currentTime ?? 0);
    if (wasPlaying) this.scheduler.play(position);
  }

  /** Goes to a pulse. @param {number} pulse */
  place(pulse) {
    this.start = pulse;
    if (!this.isPlaying) return;
    this.midi?.cut();
    this.scheduler.play(pulse);
  }

  /** Where the music is, in pulses. */
  get pulse() {
    return this.isPlaying ? this.scheduler.position() : this.start;
  }
}
