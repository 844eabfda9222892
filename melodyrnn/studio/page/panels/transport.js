/** Play, loop, the place, A/B; and the ways out: drag, MIDI file, sound file. */

import { api } from "../api.js";
import { element, refill } from "../element.js";
import { barsInWords, fileName } from "../words.js";
import { outputPanel } from "./output.js";
import { place as placeOf } from "../song.js";
import { shownSong } from "../state.js";

/**
 * @param {HTMLElement} place
 * @param {import("../studio.js").Studio} studio
 */
export function transportPanel(place, studio) {
  const play = element("button.play", { onclick: () => studio.listening.togglePlay(), "data-key": "play" });
  const loop = element("button", { onclick: () => studio.listening.toggleLoop(), "data-key": "loop" });
  const where = element("output.where", { "aria-label": "Bar and quarter note" });
  const compare = element("button", {
    onclick: () => studio.takes.compare(),
    "data-key": "ab",
    title: "Change between the last two takes, at the same bar",
  });
  const undo = element("button.quiet", { onclick: () => studio.store.undo(), "data-key": "undo" }, "Undo", key("Z"));
  const out = element("div.out");
  place.append(play, loop, where, compare, undo, ...outputPanel(studio), out);

  studio.store.listen((state, before) => {
    const { playing, work, takes } = state;
    const song = shownSong(state);
    place.hidden = song === null;
    play.replaceChildren(playing.isPlaying ? "■ Stop" : "▶ Play", key("space"));
    play.setAttribute("aria-label", playing.isPlaying ? "Stop" : "Play");
    if (song) {
      loop.replaceChildren(
        "↺ Loop ",
        element(
          "span",
          {},
          barsInWords(studio.listening.loopBars(song))
            .replace(/^bars? /, "")
            .replace(" to ", "–"),
        ),
        key("L"),
      );
    }
    loop.setAttribute("aria-pressed", String(playing.loops));
    const name = (/** @type {string | null} */ id) => (id ? String(work.takes.indexOf(id) + 1) : "yours");
    compare.hidden = work.takes.length === 0;
    compare.replaceChildren("A/B ", element("span", {}, `${name(work.shown)} | ${name(work.other)}`), key("A"));
    undo.toggleAttribute("disabled", studio.store.past.length === 0);
    if (state === before || work !== before.work || takes !== before.takes) refill(out, ...waysOut(state, studio));
  });
  return {
    /** Shows the place that is heard. @param {number} pulse */
    moveTo(pulse) {
      const song = shownSong(studio.state);
      const text = song ? `bar ${placeOf(song, pulse)}` : "";
      if (where.textContent !== text) where.textContent = text;
    },
  };
}

/** @param {string} name */
const key = (name) => element("kbd", { "aria-hidden": "true" }, name);

/**
 * @param {import("../state.js").State} state
 * @param {import("../studio.js").Studio} studio
 */
function waysOut(state, studio) {
  const song = shownSong(state);
  if (!song) return [];
  const wav = element(
    "button",
    { onclick: () => studio.listening.saveSound(), "data-key": "wav", title: "Save what you hear as a sound file" },
    "Save .wav",
  );
  const file = state.work.shown ? state.takes[state.work.shown]?.file : null;
  if (!file) return [wav];
  const url = new URL(api.file(file), location.href).href;
  const name = `${fileName(song)}.mid`;
  const drag = element(
    "a.button.drag",
    {
      href: url,
      download: name,
      draggable: "true",
      "data-key": "drag",
      title: "Drag this onto a track of your DAW, or press it to save the file",
      ondragstart: (/** @type {DragEvent} */ event) =>
        event.dataTransfer?.setData("DownloadURL", `audio/midi:${name}:${url}`),
    },
    element("span.drag-long", {}, "⠿ Drag .mid to your DAW"),
    element("span.drag-short", {}, "Save .mid"),
  );
  return [drag, wav, ...shareButton(url, name)];
}

/** Where the system can share files (phones), a button for it. @param {string} url @param {string} name */
function shareButton(url, name) {
  if (!navigator.canShare?.({ files: [new File([], name, { type: "audio/midi" })] })) return [];
  const share = async () => {
    const bytes = await (await fetch(url)).blob();
    await navigator.share({ files: [new File([bytes], name, { type: "audio/midi" })] }).catch(() => {});
  };
  return [element("button", { onclick: share, "data-key": "share" }, "Share")];
}
