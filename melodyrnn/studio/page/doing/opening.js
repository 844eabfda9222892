/** What the page opens: a file, a sample, nothing, or files to learn from. */

import { api } from "../api.js";
import { barCount } from "../song.js";
import { NO_WORK } from "../state.js";
import { songOf } from "../wire.js";
import { counted } from "../words.js";

export class Opening {
  /** @param {import("../studio.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
  }

  get state() {
    return this.studio.state;
  }

  /** Reads a file as the song to go on from. @param {File} file */
  open(file) {
    return this.studio.wait(`Reading ${file.name}`, async () => this.begin(songOf(await api.addFile(file))));
  }

  /** @param {string} name  of a sample of the server's */
  openSample(name) {
    return this.studio.wait("Reading the sample", async () => this.begin(songOf(await api.addSample(name))));
  }

  /** Starts music from nothing. @param {string} style */
  startWith(style) {
    this.studio.store.look({ action: "go_on", asked: { ...this.state.work.asked, style } });
    return this.studio.writing.generate();
  }

  /** @param {import("../song.js").Song} song */
  begin(song) {
    this.studio.player.stop();
    this.studio.player.start = 0;
    const { songs, work, playing } = this.state;
    this.studio.store.change({
      songs: { ...songs, [song.id]: song },
      playing: { ...playing, isPlaying: false, muted: [], solo: [] },
      open: null,
    });
    const { style: _, ...asked } = work.asked;
    this.studio.store.step(`opened ${song.name}`, { ...NO_WORK, seed: song.id, asked });
    this.studio.say(
      `${song.name}: ${counted(barCount(song), "bar")}, ${counted(song.parts.length, "part")}. ${song.remarks}`,
    );
  }

  /** Puts everything away, for another song. */
  close() {
    this.studio.player.stop();
    this.studio.listening.setPlaying(false);
    this.studio.store.step("put the song away", NO_WORK);
  }

  /** Reads files to learn from. @param {readonly File[]} files */
  async learn(files) {
    this.studio.store.change({
      lessons: [...this.state.lessons, ...files.map(({ name }) => ({ name, id: null, reason: "" }))],
    });
    const first = this.state.lessons.length - files.length;
    for (const [index, file] of files.entries()) {
      const found = await api.addFile(file).then(
        ({ id }) => ({ id, reason: "" }),
        (error) => ({ id: null, reason: error.message }),
      );
      const lessons = [...this.state.lessons];
      lessons[first + index] = { name: file.name, ...found };
      this.studio.store.change({ lessons });
    }
  }
}
