/** The page before there is music: drop a file, pick a sample, or start from nothing. */

import { element } from "../element.js";

/** What can begin from nothing: the style, and what a button says. */
const BEGINNINGS = [
  ["drums", "A beat"],
  ["folk", "A tune"],
  ["song", "A song"],
  ["chorale", "A chorale"],
];

/**
 * @param {HTMLElement} place
 * @param {import("../studio.js").Studio} studio
 * @param {{samples: readonly {name: string, title: string}[], choose: () => void}} what
 */
export function emptyPanel(place, studio, { samples, choose }) {
  const wait = element("p.dim", { role: "status" });
  const buttons = (/** @type {Node[]} */ ...each) => element("div.buttons", {}, ...each);
  place.append(
    element(
      "div.empty-inner",
      {},
      element("h2.drop-title", {}, "Drop a MIDI file here"),
      element(
        "p.dim",
        {},
        "A loop, a song, a phrase. The next bars are written to go with it; yours stay as they are.",
      ),
      buttons(element("button.primary", { onclick: choose }, "Choose a file")),
      wait,
      element("h3", {}, "Or try one of these"),
      buttons(
        ...samples.map(({ name, title }) =>
          element("button", { onclick: () => studio.opening.openSample(name) }, title),
        ),
      ),
      element("h3", {}, "Or start from nothing"),
      buttons(
        ...BEGINNINGS.map(([style, text]) =>
          element("button", { onclick: () => studio.opening.startWith(style) }, text),
        ),
      ),
    ),
  );
  studio.store.listen(({ work, busy, refused }) => {
    place.hidden = work.seed !== null || work.takes.length > 0;
    wait.textContent = busy ? `${busy} …` : refused;
    wait.classList.toggle("refused", busy === "" && refused !== "");
  });
}
