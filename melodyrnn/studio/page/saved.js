/** What a reload finds again: the names of songs and takes are kept in the browser, their notes on the server. */

import { api } from "./api.js";
import { NO_WORK } from "./state.js";
import { bareTake, songOf } from "./wire.js";

const KEY = "melodyrnn studio";

/** @param {import("./state.js").State} state */
export function save({ work, takes, job }) {
  const mine = Object.fromEntries(work.takes.map((id) => [id, takes[id]]));
  sessionStorage.setItem(KEY, JSON.stringify({ work, takes: mine, job }));
}

/**
 * Brings back what the page showed before it was reloaded or cut off, as far as the server still has it.
 * @param {import("./studio.js").Studio} studio
 * @param {any} sent  the server's "state"
 */
export async function restore(studio, sent) {
  const isNew = studio.state.work === NO_WORK;
  const saved = isNew ? read() : { work: studio.state.work, takes: studio.state.takes, job: studio.state.job };
  if (!saved) return;
  const { work, job } = saved;
  const running = job && sent.jobs.find((/** @type {any} */ each) => each.id === job.id);
  const files = new Map(sent.takes.map((/** @type {any} */ take) => [`${take.job}:${take.number}`, take.id]));
  const hasSeed = sent.seeds.some((/** @type {any} */ seed) => seed.id === work.seed);
  const isRunning = running && !["done", "refused", "cancelled"].includes(running.state);
  const ids = work.takes.filter((id) => files.has(id) || (isRunning && job.takes.includes(id)));
  const songs = { ...studio.state.songs };
  const seed = hasSeed && work.seed ? (songs[work.seed] ??= songOf(await api.seed(work.seed))) : null;
  const takes = { ...studio.state.takes };
  for (const id of ids) {
    songs[id] ??= bareTake(seed, id, null, 0, []);
    takes[id] = { ...(saved.takes[id] ?? takes[id]), isDone: false, file: null };
  }
  const shown = work.shown && ids.includes(work.shown) ? work.shown : seed ? null : (ids[0] ?? null);
  const found = { ...work, seed: seed ? work.seed : null, takes: ids, shown, other: null };
  const changed = { songs, takes, work: found, job: isRunning ? job : null };
  studio.store.change(changed);
  await Promise.all(
    ids.filter((id) => files.has(id)).map((id) => studio.writing.load(id, /** @type {string} */ (files.get(id)))),
  );
}

/** @returns {{work: import("./state.js").Work, takes: import("./state.js").State["takes"], job: import("./state.js").Job | null} | null} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}
