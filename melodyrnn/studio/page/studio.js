/**
 * What the page does: each button and each key calls one of these. The store holds what follows from it.
 */

import { actionOf, knobsOf } from "./actions.js";
import { api, Refused } from "./api.js";
import { labelled, traitsOf } from "./labels.js";
import { barCount, endOf, pulsesOf, whatIsNew } from "./song.js";
import { NO_WORK, shownSong, sounds, toggled } from "./state.js";
import { bareTake, songOf, withNotes } from "./wire.js";
import { barsInWords, counted, newInWords } from "./words.js";
import { render, wavOf } from "./sound/wav.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./song.js").Song} Song
 */

const DEFAULT_TAKES = 3;
const DEFAULT_BARS = 8;

export class Studio {
  /** @param {import("./state.js").Store} store @param {import("./sound/player.js").Player} player */
  constructor(store, player) {
    this.store = store;
    this.player = player;
    /** @type {readonly import("./actions.js").Option[]} */
    this.options = [];
    /** The first notes of what was asked for have not come yet. */
    this.isAwaited = false;
  }

  get state() {
    return this.store.state;
  }

  /**
   * Shows what is waited for; a refusal is shown as its one line.
   * @param {string} busy
   * @param {() => Promise<void>} work
   */
  async wait(busy, work) {
    this.store.change({ busy, refused: "" });
    try {
      await work();
      this.store.change({ busy: "" });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.store.change({ busy: "", refused: error.message, said: error.message });
    }
  }

  /** Reads a file as the song to go on from. @param {File} file */
  open(file) {
    return this.wait(`Reading ${file.name}`, async () => this.begin(songOf(await api.addFile(file))));
  }

  /** @param {string} name  of a sample of the server's */
  openSample(name) {
    return this.wait("Reading the sample", async () => this.begin(songOf(await api.addSample(name))));
  }

  /** Reads files to learn from. @param {readonly File[]} files */
  async learn(files) {
    this.store.change({
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
      this.store.change({ lessons });
    }
  }

  /** Starts music from nothing. @param {string} style */
  startWith(style) {
    this.store.look({ action: "go_on", asked: { ...this.state.work.asked, style } });
    return this.generate();
  }

  /** @param {Song} song */
  begin(song) {
    this.player.stop();
    this.player.start = 0;
    const { songs, work } = this.state;
    this.store.change({ songs: { ...songs, [song.id]: song }, open: null });
    const { style: _, ...asked } = work.asked;
    this.store.step(`opened ${song.name}`, { ...NO_WORK, seed: song.id, asked });
    this.say(`${song.name}: ${counted(barCount(song), "bar")}, ${counted(song.parts.length, "part")}`);
  }

  /** Puts everything away, for another song. */
  close() {
    this.player.stop();
    this.store.step("put the song away", NO_WORK);
  }

  /** Asks for takes, by what the panel says. */
  async generate() {
    const { work, songs, job } = this.state;
    if (job) return;
    const seed = work.seed ? songs[work.seed] : null;
    const action = actionOf(work.action);
    const selection = work.selection ?? (action.isWithin && seed ? { first: 0, last: barCount(seed) - 1 } : null);
    if (action.needs === "bars" && !work.selection) {
      this.store.change({ refused: "Choose the bars to replace: press one in the notes, or drag over several" });
      return;
    }
    const options = this.optionsFor(action, selection);
    const sending = { id: "", phase: /** @type {const} */ ("sending"), secondsLeft: null, takes: [], bar: 0, bars: 0 };
    this.store.change({ job: sending, refused: "" });
    this.isAwaited = true;
    this.player.wake();
    try {
      const { id } = await api.generate({ seed: work.seed, options });
      const count = Number(options.takes);
      const bars = action.isWithin ? 0 : Number(options.bars) || DEFAULT_BARS;
      const region = action.isWithin && seed && selection ? pulsesOf(seed, selection) : null;
      const parts = action.name === "add" ? [-1] : partNumbers(options.part);
      const takes = Array.from({ length: count }, (_, index) => `${id}:${index + 1}`);
      this.addTakes(takes, (take) => bareTake(seed, take, region, bars, parts));
      const length = region && selection ? selection.last - selection.first + 1 : bars;
      this.store.change({ job: { ...sending, id, phase: "waiting", takes, bars: length * count } });
      this.store.step(`generated ${counted(count, "take")}`, {
        takes: [...work.takes, ...takes],
        shown: takes[0],
        other: work.shown,
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const line = error.isBusy ? `${error.message}. Press R to try again` : error.message;
      this.store.change({ job: null, refused: line, said: line });
    }
  }

  /**
   * The options to send: what was asked for, of the knobs that do something now.
   * @param {import("./actions.js").Action} action
   * @param {import("./state.js").Bars | null} selection
   * @returns {Record<string, unknown>}
   */
  optionsFor(action, selection) {
    const { asked, seed } = this.state.work;
    const { first, more } = knobsOf(this.options, action, { hasSeed: seed !== null, asked });
    const names = new Set([...first, ...more].map(({ name }) => name));
    /** @type {Record<string, unknown>} */
    const options = Object.fromEntries(Object.entries(asked).filter(([name]) => names.has(name)));
    options.takes ??= DEFAULT_TAKES;
    const span = selection && `${selection.first + 1}-${selection.last + 1}`;
    if (action.name === "replace" || action.name === "vary") options.replace = span;
    if (action.name === "vary") options.vary ??= 0.3;
    if (action.name === "add") {
      options.add ??= "bass";
      if (this.state.work.selection) options.bars = span;
    }
    return options;
  }

  /** @param {readonly string[]} ids @param {(id: string) => Song} songFor */
  addTakes(ids, songFor) {
    const songs = { ...this.state.songs };
    const takes = { ...this.state.takes };
    for (const id of ids) {
      songs[id] = songFor(id);
      takes[id] = { id, file: null, label: "", sentence: "", isDone: false };
    }
    this.store.change({ songs, takes });
  }

  /** Ends the work that runs; what has been written stays. */
  async cancel() {
    const { job } = this.state;
    if (job?.id) await api.cancel(job.id).catch(() => {});
  }

  // What the server tells.

  /** @param {any} sent  a Job */
  onJob(sent) {
    const { job } = this.state;
    if (!job || job.id !== sent.id) return;
    if (["done", "refused", "cancelled"].includes(sent.state)) {
      this.onEnd(job, sent);
    } else {
      this.store.change({ job: { ...job, phase: sent.state, secondsLeft: sent.seconds_left } });
    }
  }

  /** @param {import("./state.js").Job} job @param {any} sent */
  onEnd(job, sent) {
    const { work, takes, songs } = this.state;
    const isDone = sent.state === "done";
    const there = job.takes.filter((id) => takes[id].file !== null);
    const kept = isDone ? job.takes : there;
    const refused = sent.state === "refused" ? sent.error : "";
    this.store.change({ job: null, refused });
    const left = work.takes.filter((id) => !job.takes.includes(id) || kept.includes(id));
    if (left.length < work.takes.length) {
      this.store.look({
        takes: left,
        shown: work.shown && left.includes(work.shown) ? work.shown : (left.at(-1) ?? null),
      });
    }
    if (isDone) this.label(job.takes);
    const shown = shownSong(this.state);
    if (refused) this.say(refused);
    else if (isDone && shown)
      this.say(`${counted(job.takes.length, "take")} written. ${newInWords(songs[job.takes[0]])}`);
    else this.say("Stopped");
  }

  /** @param {{job: string, number: number, until_pulse: number, parts: any[]}} sent */
  onBars(sent) {
    const { job, songs } = this.state;
    const id = `${sent.job}:${sent.number}`;
    if (!job || job.id !== sent.job || !songs[id]) return;
    const grown = { ...withNotes(songs[id], sent.parts), knownUntil: sent.until_pulse };
    this.store.change({ songs: { ...songs, [id]: grown } });
    this.countBars("writing");
    if (id === this.state.work.shown) this.startPlaying(grown);
  }

  /** Tells how many bars have been written. @param {import("./state.js").Job["phase"]} [phase] */
  countBars(phase) {
    const { job, songs } = this.state;
    if (!job) return;
    const bar = job.takes.reduce((sum, id) => sum + whatIsNew(songs[id]).bars.length, 0);
    this.store.change({ job: { ...job, phase: phase ?? job.phase, bar } });
  }

  /** Plays the new bars as soon as there are some, unless something plays already. @param {Song} song */
  startPlaying(song) {
    const { bars } = whatIsNew(song);
    if (!this.isAwaited || bars.length === 0) return;
    this.isAwaited = false;
    if (!this.player.isPlaying) this.playFrom(song.bars[bars[0]]);
  }

  /** A take is whole: its notes as the file has them. @param {any} sent  a Take without notes */
  async onTake(sent) {
    const id = `${sent.job}:${sent.number}`;
    const take = this.state.takes[id];
    if (!take || take.file) return;
    await this.load(id, sent.id);
  }

  /** Fetches a take's notes. @param {string} id @param {string} file  its name on the server */
  async load(id, file) {
    const sent = await api.take(file);
    const { songs, takes } = this.state;
    const song = { ...songOf(sent), id };
    const sentence = newInWords(song);
    const label = takes[id].label || "";
    this.store.change({
      songs: { ...songs, [id]: song },
      takes: { ...takes, [id]: { ...takes[id], file, label, sentence, isDone: true } },
    });
    this.countBars();
    if (id === this.state.work.shown) this.startPlaying(song);
    const request = Object.keys(this.state.takes).filter((each) => each.split(":")[0] === id.split(":")[0]);
    if (request.every((each) => this.state.takes[each].isDone)) this.label(request);
  }

  /** Names the takes of one request by how they differ. @param {readonly string[]} ids */
  label(ids) {
    const takes = { ...this.state.takes };
    const whole = ids.filter((id) => takes[id]?.isDone);
    const labels = labelled(whole.map((id) => traitsOf(this.state.songs[id])));
    whole.forEach((id, index) => (takes[id] = { ...takes[id], label: labels[index] }));
    this.store.change({ takes });
  }

  // Takes.

  /** Shows a take, or the seed alone for null. @param {string | null} id */
  choose(id) {
    const { work, takes } = this.state;
    if (id === work.shown) return;
    this.store.look({ shown: id, other: work.shown });
    this.say(id ? `Take ${work.takes.indexOf(id) + 1}, ${takes[id].label}: ${takes[id].sentence}` : "Your bars alone");
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
    this.store.step(isKept ? "kept a take" : "took a star back", { kept });
    this.say(isKept ? "Kept" : "No longer kept");
    const { file } = takes[work.shown];
    if (file) await api.star(file, isKept).catch(() => {});
  }

  /** Makes the shown take the song to go on from. */
  async goOn() {
    const { work, takes } = this.state;
    const file = work.shown ? takes[work.shown]?.file : null;
    if (!file) return;
    await this.wait("Going on from this take", async () => {
      const song = songOf(await api.addTake(file));
      this.store.change({ songs: { ...this.state.songs, [song.id]: song } });
      this.store.step("went on from a take", { seed: song.id, takes: [], shown: null, other: null, selection: null });
    });
  }

  // Bars, parts and knobs.

  /** @param {import("./state.js").Bars | null} selection */
  select(selection) {
    this.store.look({ selection });
    this.say(selection ? `${barsInWords(selection)} chosen` : "No bars chosen");
  }

  /** @param {string} action */
  chooseAction(action) {
    this.store.change({ refused: "" });
    this.store.look({ action });
  }

  /** Sets an option; undefined leaves it to its default. @param {string} name @param {unknown} value */
  ask(name, value) {
    const { [name]: _, ...rest } = this.state.work.asked;
    this.store.look({ asked: value === undefined ? rest : { ...rest, [name]: value } });
  }

  /** @param {string} name */
  mute(name) {
    const { playing } = this.state;
    this.store.change({ playing: { ...playing, muted: toggled(playing.muted, name) } });
  }

  /** @param {string} name */
  solo(name) {
    const { playing } = this.state;
    this.store.change({ playing: { ...playing, solo: toggled(playing.solo, name) } });
  }

  // Playing.

  togglePlay() {
    const song = shownSong(this.state);
    if (this.player.isPlaying) {
      this.player.stop();
      this.setPlaying(false);
    } else if (song) {
      const region = this.loopRegion();
      const start = this.player.start >= endOf(song) ? 0 : this.player.start;
      this.playFrom(region && (start < region.start || start >= region.end) ? region.start : start);
    }
  }

  /** @param {number} pulse */
  playFrom(pulse) {
    this.follow();
    this.setPlaying(true);
    void this.player.play(pulse);
  }

  /** @param {boolean} isPlaying */
  setPlaying(isPlaying) {
    this.store.change({ playing: { ...this.state.playing, isPlaying } });
  }

  toggleLoop() {
    const { playing } = this.state;
    this.store.change({ playing: { ...playing, loops: !playing.loops } });
    this.say(playing.loops ? "Loop off" : "Loop on");
  }

  /** The chosen bars, else the new ones, else all: what a loop repeats, in pulses; null while none does. */
  loopRegion() {
    const song = shownSong(this.state);
    if (!song || !this.state.playing.loops) return null;
    const bars = this.loopBars(song);
    return pulsesOf(song, bars);
  }

  /** @param {Song} song */
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
    this.player.show(song, {
      sounds: (part) => sounds(playing, part.name),
      loop: this.loopRegion(),
      knownUntil: song.knownUntil ?? Infinity,
    });
  }

  // Out.

  /** The shown take as a sound file. */
  async saveSound() {
    const song = shownSong(this.state);
    if (!song) return;
    const { playing } = this.state;
    await this.wait("Making the sound file", async () => {
      const sound = await render(song, this.loopRegion() ?? undefined, (part) => sounds(playing, part.name));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(wavOf(sound));
      link.download = `${fileName(song)}.wav`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    });
  }

  /** Has a screen reader read a sentence. @param {string} said */
  say(said) {
    this.store.change({ said });
  }
}

/** A song's name without its ending. @param {Song} song */
export const fileName = (song) => song.name.replace(/\.midi?$/i, "") || "melodyrnn";

/** The parts that an option names, by their numbers; none where all are meant. @param {unknown} names */
function partNumbers(names) {
  return Array.isArray(names) ? names.map(Number) : [];
}
