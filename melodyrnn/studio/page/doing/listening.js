/** Playing what the page shows: play, loop, solo, mute; and the same as a sound file. */

import { barCount, endOf, pulsesOf, whatIsNew } from "../song.js";
import { render, wavOf } from "../sound/wav.js";
import { shownSong, sounds, toggled } from "../state.js";
import { fileName } from "../words.js";

export class Listening {
  /** @param {import("../studio.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    /** The first notes of what was asked for have not come yet. */
    this.isAwaited = false;
  }

  get state() {
    return this.studio.state;
  }

  /** Plays the new bars as soon as one is known, unless something plays already. @param {import("../song.js").Song} song */
  startPlaying(song) {
    const { bars } = whatIsNew(song);
    const isKnown = bars.length > 0 && (song.knownUntil ?? Infinity) > song.bars[bars[0]];
    if (!this.isAwaited || !isKnown) return;
    this.isAwaited = false;
    if (!this.studio.player.isPlaying) this.playFrom(song.bars[bars[0]]);
  }

  togglePlay() {
    const song = shownSong(this.state);
    if (this.studio.player.isPlaying) {
      this.studio.player.stop();
      this.setPlaying(false);
    } else if (song) {
      const region = this.loopRegion();
      const start = this.studio.player.start >= endOf(song) ? 0 : this.studio.player.start;
      this.playFrom(region && (start < region.start || start >= region.end) ? region.start : start);
    }
  }

  /** @param {number} pulse */
  playFrom(pulse) {
    this.follow();
    this.setPlaying(true);
    void this.studio.player.play(pulse);
  }

  /** @param {boolean} isPlaying */
  setPlaying(isPlaying) {
    this.studio.store.change({ playing: { ...this.state.playing, isPlaying } });
  }

  toggleLoop() {
    const { playing } = this.state;
    this.studio.store.change({ playing: { ...playing, loops: !playing.loops } });
    this.studio.say(playing.loops ? "Loop off" : "Loop on");
  }

  /** The chosen bars, else the new ones, else all: what a loop repeats, in pulses; null while none does. */
  loopRegion() {
    const song = shownSong(this.state);
    if (!song || !this.state.playing.loops) return null;
    const bars = this.loopBars(song);
    return pulsesOf(song, bars);
  }

  /** @param {import("../song.js").Song} song */
  loopBars(song) {
    const { bars } = whatIsNew(song);
    const whole = { first: 0, last: barCount(song) - 1 };
    return (
      this.state.work.selection ?? (bars.length > 0 ? { first: bars[0], last: Math.max(bars[0], whole.last) } : whole)
    );
  }

  /** Has the player play what is shown. */
  follow() {
    const { playing } = this.state;
    const song = shownSong(this.state);
    if (!song) return;
    this.studio.player.show(song, {
      sounds: (part) => sounds(playing, part.name),
      loop: this.loopRegion(),
      knownUntil: song.knownUntil ?? Infinity,
    });
  }

  /** @param {string} name */
  mute(name) {
    const { playing } = this.state;
    this.studio.store.change({ playing: { ...playing, muted: toggled(playing.muted, name) } });
  }

  /** @param {string} name */
  solo(name) {
    const { playing } = this.state;
    this.studio.store.change({ playing: { ...playing, solo: toggled(playing.solo, name) } });
  }

  /** Sends what is played to a MIDI output; null is the sound of this page. @param {import("../midi_out.js").MidiOutput | null} output */
  async sendTo(output) {
    await this.studio.player.wake();
    this.studio.player.use(output);
  }

  /** Stops, and ends every note of a MIDI output. */
  panic() {
    this.studio.player.panic();
    this.setPlaying(false);
    this.studio.say("All notes off");
  }

  /** The shown take as a sound file. */
  async saveSound() {
    const song = shownSong(this.state);
    if (!song) return;
    const { playing } = this.state;
    await this.studio.wait("Making the sound file", async () => {
      const sound = await render(song, this.loopRegion() ?? undefined, (part) => sounds(playing, part.name));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(wavOf(sound));
      link.download = `${fileName(song)}.wav`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    });
  }
}
