/** Takes side by side: choose, compare, keep, go on from one. */

import { api } from "../api.js";
import { toggled } from "../state.js";
import { songOf } from "../wire.js";

export class Takes {
  /** @param {import("../studio.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
  }

  get state() {
    return this.studio.state;
  }

  /** Shows a take, or the seed alone for null. @param {string | null} id */
  choose(id) {
    const { work, takes } = this.state;
    if (id === work.shown) return;
    this.studio.store.look({ shown: id, other: work.shown });
    this.studio.say(
      id ? `Take ${work.takes.indexOf(id) + 1}, ${takes[id].label}: ${takes[id].sentence}` : "Your bars alone",
    );
  }

  /** Shows the take before or after, around the end. @param {number} by */
  chooseNext(by) {
    const { takes, shown } = this.state.work;
    if (takes.length === 0) return;
    const at = shown ? takes.indexOf(shown) : by > 0 ? -1 : 0;
    this.choose(takes[(at + by + takes.length) % takes.length]);
  }

  /** Changes between the last two takes that were shown, at the same bar. */
  compare() {
    const { other, takes, shown } = this.state.work;
    this.choose(other !== null || shown !== null ? other : (takes[0] ?? null));
  }

  /** Gives the shown take a star, or takes it back. */
  async keep() {
    const { work, takes } = this.state;
    if (!work.shown) return;
    const kept = toggled(work.kept, work.shown);
    const isKept = kept.includes(work.shown);
    this.studio.store.step(isKept ? "kept a take" : "took a star back", { kept });
    this.studio.say(isKept ? "Kept" : "No longer kept");
    const { file } = takes[work.shown];
    if (file) await api.star(file, isKept).catch(() => {});
  }

  /** Makes the shown take the song to go on from. @param {import("../state.js").Bars | null} [selection]  bars of it */
  async goOn(selection = null) {
    const { work, takes } = this.state;
    const file = work.shown ? takes[work.shown]?.file : null;
    if (!file) return;
    await this.studio.wait("Going on from this take", async () => {
      const song = songOf(await api.addTake(file));
      this.studio.store.change({ songs: { ...this.state.songs, [song.id]: song } });
      this.studio.store.step("went on from a take", {
        seed: song.id,
        takes: [],
        shown: null,
        other: null,
        selection,
      });
    });
  }
}
