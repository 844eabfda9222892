/** Takes side by side: a small roll of each, its label, its star. The list reads as a sentence for each. */

import { element, refill } from "../element.js";
import { drawMiniature } from "../roll/miniature.js";
import { palette } from "../roll/palette.js";

/**
 * @param {HTMLElement} place
 * @param {import("../studio.js").Studio} studio
 */
export function takesPanel(place, studio) {
  const list = element("ol.take-list");
  const goOn = element("button", { onclick: () => studio.takes.goOn(), "data-key": "go-on" }, "Go on from this take");
  place.append(element("div.takes-head", {}, element("h2", {}, "Takes"), goOn), list);
  /** @type {Map<string, {song: import("../song.js").Song, canvas: HTMLCanvasElement}>} */
  const drawn = new Map();

  studio.store.listen((state, before) => {
    const { work } = state;
    place.hidden = work.takes.length === 0;
    goOn.hidden = !(work.shown && state.takes[work.shown]?.file);
    if (state !== before && work === before.work && state.takes === before.takes && state.songs === before.songs)
      return;
    const shown = [...(work.seed ? [null] : []), ...work.takes];
    refill(list, ...shown.map((id) => element("li", {}, card(state, id))));
    list.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.clear());

  /** @param {import("../state.js").State} state @param {string | null} id */
  function card({ work, takes, songs }, id) {
    const take = id ? takes[id] : null;
    const song = songs[id ?? work.seed ?? ""];
    const number = id ? String(work.takes.indexOf(id) + 1) : "";
    const name = take ? take.label || (take.isDone ? "new" : "writing …") : "yours";
    const isKept = id !== null && work.kept.includes(id);
    const sentence = take
      ? `Take ${number}, ${name}: ${take.sentence || "being written"}${isKept ? ", kept" : ""}`
      : "Your bars alone";
    const choose = element(
      "button.take",
      {
        "aria-pressed": String(id === work.shown),
        "aria-label": sentence,
        "data-key": `take ${id}`,
        onclick: () => studio.takes.choose(id),
      },
      element("span.take-title", {}, number ? element("kbd", {}, number) : "", name),
      miniature(id ?? "seed", song),
    );
    if (!id) return choose;
    const star = element(
      "button.star.quiet",
      {
        "aria-pressed": String(isKept),
        "aria-label": `Keep take ${number}`,
        title: "Keep this take (K)",
        "data-key": `keep ${id}`,
        onclick: () => {
          studio.takes.choose(id);
          studio.takes.keep();
        },
      },
      isKept ? "★ Kept" : "☆ Keep",
    );
    return element("div.take-card", {}, choose, star);
  }

  /** @param {string} key @param {import("../song.js").Song} song */
  function miniature(key, song) {
    const known = drawn.get(key);
    if (known && known.song === song) return known.canvas;
    const canvas =
      known?.canvas ?? /** @type {HTMLCanvasElement} */ (element("canvas.miniature", { "aria-hidden": "true" }));
    drawMiniature(canvas, song, palette());
    drawn.set(key, { song, canvas });
    return canvas;
  }
}
