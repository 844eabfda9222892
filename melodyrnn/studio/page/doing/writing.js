/** Takes as they are written: the request, what the server tells of it, and the takes when they are whole. */

import { actionOf } from "../actions.js";
import { api, Refused } from "../api.js";
import { labelled, traitsOf } from "../labels.js";
import { barCount, endOf, pulsesOf, whatIsNew } from "../song.js";
import { shownSong } from "../state.js";
import { bareTake, songOf, withBars } from "../wire.js";
import { counted, newInWords } from "../words.js";

const DEFAULT_BARS = 8;

/** @type {import("../state.js").Job} */
const NO_JOB = {
  id: "",
  phase: "sending",
  secondsLeft: null,
  count: 0,
  takes: [],
  isChosen: false,
  start: 0,
  written: {},
  bars: 0,
};

export class Writing {
  /** @param {import("../studio.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
  }

  get state() {
    return this.studio.state;
  }

  /** Asks for takes, by what the panel says. Bars that only the shown take has are bars of that take: it is gone on from. */
  async generate() {
    if (this.state.job) return;
    if (this.isBeyond()) await this.studio.takes.goOn(this.state.work.selection);
    const { work, songs } = this.state;
    const seed = work.seed ? songs[work.seed] : null;
    const action = actionOf(work.action);
    const selection = work.selection ?? (action.isWithin && seed ? { first: 0, last: barCount(seed) - 1 } : null);
    if (action.needs === "bars" && !work.selection) {
      this.studio.store.change({ refused: "Choose the bars to replace: press one in the notes, or drag over several" });
      return;
    }
    const options = this.studio.asking.optionsFor(action, selection);
    const count = Number(options.takes);
    const sending = { ...NO_JOB, count, isChosen: options.best !== undefined };
    this.studio.store.change({ job: sending, refused: "" });
    this.studio.listening.isAwaited = true;
    this.studio.player.wake();
    try {
      const { id } = await api.generate({ seed: work.seed, options });
      const own = action.isWithin ? 0 : Number(options.bars) || DEFAULT_BARS;
      const region = action.isWithin && seed && selection ? pulsesOf(seed, selection) : null;
      const parts = action.name === "replace" ? partNumbers(options.part) : [];
      const takes = sending.isChosen ? [] : Array.from({ length: count }, (_, index) => `${id}:${index + 1}`);
      this.addTakes(takes, (take) => bareTake(seed, take, region, own, parts));
      const length = region && selection ? selection.last - selection.first + 1 : own;
      const bars = options.bars === "end" ? null : length * count;
      const start = region?.start ?? seed?.join ?? (seed ? endOf(seed) : 0);
      this.studio.store.change({ job: { ...sending, id, phase: "waiting", takes, start, bars } });
      this.studio.store.step(`generated ${counted(count, "take")}`, {
        takes: [...work.takes, ...takes],
        shown: takes[0] ?? work.shown,
        other: takes.length > 0 ? work.shown : work.other,
      });
      await this.catchUp(id);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const line = error.isBusy ? `${error.message}. Press R to try again` : error.message;
      this.studio.store.change({ job: null, refused: line, said: line });
    }
  }

  /** Whether bars are chosen, to be made anew, that the shown take has and the song that is gone on from has not. */
  isBeyond() {
    const { work, songs, takes } = this.state;
    const seed = work.seed ? songs[work.seed] : null;
    if (!actionOf(work.action).isWithin || !work.selection || !work.shown || !takes[work.shown].file) return false;
    return !seed || work.selection.last >= barCount(seed);
  }

  /** Takes in what the server told before it was known here which job it is. @param {string} id */
  async catchUp(id) {
    const sent = await api.job(id);
    this.onJob(sent);
    for (const file of sent.takes) await this.onTake(await api.take(file));
  }

  /** @param {readonly string[]} ids @param {(id: string) => import("../song.js").Song} songFor */
  addTakes(ids, songFor) {
    const songs = { ...this.state.songs };
    const takes = { ...this.state.takes };
    for (const id of ids) {
      songs[id] = songFor(id);
      takes[id] = { id, file: null, label: "", sentence: "", isDone: false };
    }
    this.studio.store.change({ songs, takes });
  }

  /** Ends the work that runs; what has been written stays. */
  async cancel() {
    const { job } = this.state;
    if (job?.id) await api.cancel(job.id).catch(() => {});
  }

  /** @param {any} sent  a Job */
  onJob(sent) {
    const { job } = this.state;
    if (!job || job.id !== sent.id) return;
    if (["done", "refused", "cancelled"].includes(sent.state)) {
      this.onEnd(job, sent);
    } else {
      this.studio.store.change({ job: { ...job, phase: sent.state, secondsLeft: sent.seconds_left } });
    }
  }

  /** @param {import("../state.js").Job} job @param {any} sent */
  onEnd(job, sent) {
    const { work, takes, songs } = this.state;
    const isDone = sent.state === "done";
    const there = job.takes.filter((id) => takes[id].file !== null);
    const kept = isDone ? job.takes : there;
    const refused = sent.state === "refused" ? sent.error : "";
    this.studio.store.change({ job: null, refused });
    const left = work.takes.filter((id) => !job.takes.includes(id) || kept.includes(id));
    if (left.length < work.takes.length) {
      this.studio.store.look({
        takes: left,
        shown: work.shown && left.includes(work.shown) ? work.shown : (left.at(-1) ?? null),
      });
    }
    const shown = shownSong(this.state);
    if (refused) this.studio.say(refused);
    else if (isDone && shown)
      this.studio.say(`${counted(job.takes.length, "take")} written. ${newInWords(songs[job.takes[0]])}`);
    else this.studio.say("Stopped");
  }

  /** @param {import("../wire.js").SentBars & {job: string, number: number}} sent */
  onBars(sent) {
    const { job, songs } = this.state;
    const id = `${sent.job}:${sent.number}`;
    if (!job || job.id !== sent.job) return;
    this.countBars(job, sent);
    if (!songs[id]) return;
    const grown = withBars(songs[id], sent);
    this.studio.store.change({ songs: { ...songs, [id]: grown } });
    if (id === this.state.work.shown) this.studio.listening.startPlaying(grown);
  }

  /** Tells how many bars have been written, and of a form how many there will be. @param {import("../state.js").Job} job @param {import("../wire.js").SentBars & {number: number}} sent */
  countBars(job, { number, bar_lines: lines, draft_until_pulse: until, sections }) {
    const bar = lines.filter((line) => line > job.start && line <= until).length;
    const last = sections.at(-1);
    const given = lines.filter((line) => line < job.start).length;
    const bars = last ? (last.first_bar + last.bars - 1 - given) * job.count : job.bars;
    this.studio.store.change({ job: { ...job, phase: "writing", bars } });
    this.count(number, bar);
  }

  /** So many bars of a take have been written. @param {number} number @param {number} bars */
  count(number, bars) {
    const { job } = this.state;
    if (job) this.studio.store.change({ job: { ...job, written: { ...job.written, [number]: bars } } });
  }

  /** A take is whole: its notes as the file has them. @param {any} sent  a Take, with or without its notes */
  async onTake(sent) {
    const id = `${sent.job}:${sent.number}`;
    const { job, takes, work } = this.state;
    if (job?.isChosen && job.id === sent.job && !takes[id]) {
      const seed = work.seed ? this.state.songs[work.seed] : null;
      this.addTakes([id], () => bareTake(seed, id, null, 0, []));
      this.studio.store.change({ job: { ...job, takes: [...job.takes, id] } });
      const isFirst = job.takes.length === 0;
      this.studio.store.look({
        takes: [...this.state.work.takes, id],
        ...(isFirst ? { shown: id, other: this.state.work.shown } : {}),
      });
    }
    if (this.state.job?.id === sent.job) this.count(sent.number, sent.new_bars);
    if (this.state.takes[id]) await this.load(id, sent.id);
  }

  /** Fetches a take's notes, unless they are there. @param {string} id @param {string} file  its name on the server */
  async load(id, file) {
    if (this.state.takes[id].file) return;
    const sent = await api.take(file);
    const { songs, takes } = this.state;
    const song = { ...songOf(sent), id };
    const sentence = whatIsNew(song).bars.length > 0 ? newInWords(song) : "The same notes as yours";
    const label = takes[id].label || "";
    this.studio.store.change({
      songs: { ...songs, [id]: song },
      takes: { ...takes, [id]: { ...takes[id], file, label, sentence, isDone: true } },
    });
    if (id === this.state.work.shown) this.studio.listening.startPlaying(song);
    const request = Object.keys(this.state.takes).filter((each) => each.split(":")[0] === id.split(":")[0]);
    if (request.every((each) => this.state.takes[each].isDone)) this.label(request);
  }

  /** Names the takes of one request by how they differ. @param {readonly string[]} ids */
  label(ids) {
    const takes = { ...this.state.takes };
    const whole = ids.filter((id) => takes[id]?.isDone);
    const labels = labelled(whole.map((id) => traitsOf(this.state.songs[id])));
    whole.forEach((id, index) => (takes[id] = { ...takes[id], label: labels[index] }));
    this.studio.store.change({ takes });
  }
}

/** The parts that an option names, by their numbers; null where all are meant. @param {unknown} names */
function partNumbers(names) {
  return Array.isArray(names) ? names.map(Number) : null;
}
