/**
 * MIDI outputs: those of the browser, where it has Web MIDI, and the ports of the server. Notes leave with a time stamp,
 * so they are as exact as sound.
 *
 * @typedef {object} MidiOutput
 * @property {(data: number[], stamp?: number) => void} send  the stamp in milliseconds of the page's clock
 * @property {() => void} [clear]  drops what has not left yet, and ends what sounds
 * @property {() => void} [panic]  the same, and silences every channel
 * @property {() => unknown} [close]
 */

const DRUM_CHANNEL = 9;
const AHEAD_SECONDS = 0.15; // at the most, notes have been handed over
const SHORTEST_SECONDS = 0.005; // a note that is taken back ends after it has begun

/** @returns {boolean} */
export const hasMidi = () => "requestMIDIAccess" in navigator;

/** Asks the user for MIDI, and gives the outputs. Throws where that is refused. @returns {Promise<MIDIOutput[]>} */
export async function midiOutputs() {
  const access = await navigator.requestMIDIAccess();
  return [...access.outputs.values()];
}

/** An instrument as the scheduler wants one, which sends to a MIDI output. Drums use channel 10. */
export class MidiInstrument {
  /** @param {MidiOutput} output @param {() => number} now  seconds of the scheduler's clock */
  constructor(output, now) {
    this.output = output;
    this.now = now;
    /** @type {Map<number, number>} */
    this.channels = new Map();
    /** The note-offs that notes sent have coming. @type {{channel: number, pitch: number, start: number, seconds: number}[]} */
    this.owed = [];
  }

  /**
   * @param {import("./song.js").Part} part
   * @param {import("./sound/timbres.js").Pressed} pressed
   * @returns {import("./sound/synth.js").Handle}
   */
  play(part, { pitch, velocity, start, end }) {
    const channel = this.channel(part);
    this.output.send([0x90 | channel, pitch, velocity], this.stamp(start));
    const owed = { channel, pitch, start, seconds: end };
    this.owed.push(owed);
    return {
      stop: (seconds) => {
        owed.seconds = Math.max(start + SHORTEST_SECONDS, Math.min(seconds, owed.seconds));
      },
    };
  }

  /** Sends the note-offs that are due before a moment. @param {number} until  seconds */
  end(until) {
    for (const { channel, pitch, seconds } of this.owed) {
      if (seconds <= until) this.output.send([0x80 | channel, pitch, 0], this.stamp(seconds));
    }
    this.owed = this.owed.filter(({ seconds }) => seconds > until);
  }

  /** Ends every note: none that was handed over sounds on. */
  cut() {
    for (const owed of this.owed) {
      owed.seconds = Math.min(owed.seconds, Math.max(owed.start + SHORTEST_SECONDS, this.now()));
    }
    this.end(Infinity);
    this.output.clear?.();
  }

  /** The time stamp, in milliseconds, of a second of the scheduler's clock. @param {number} seconds */
  stamp(seconds) {
    return performance.now() + (seconds - this.now()) * 1000;
  }

  /** The channel of a part; its program is sent when it is first used. @param {import("./song.js").Part} part */
  channel(part) {
    const known = this.channels.get(part.number);
    if (known !== undefined) return known;
    const free = [...Array(16).keys()].filter((each) => each !== DRUM_CHANNEL);
    const channel = part.isDrums ? DRUM_CHANNEL : free[this.channels.size % free.length];
    this.channels.set(part.number, channel);
    if (!part.isDrums) this.output.send([0xc0 | channel, part.program]);
    return channel;
  }

  /** Ends every note, and silences every channel. */
  silence() {
    this.cut();
    if (this.output.panic) return this.output.panic();
    const after = this.stamp(this.now() + AHEAD_SECONDS); // what was handed over leaves before
    for (let channel = 0; channel < 16; channel += 1) {
      for (const controller of [64, 120, 123]) this.output.send([0xb0 | channel, controller, 0], after);
    }
  }
}
