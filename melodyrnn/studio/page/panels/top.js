/** The head of the page: what is open, in a line, and the three views. The address names the view: a reload keeps it. */

import { element } from "../element.js";
import { barCount } from "../song.js";
import { shownSong } from "../state.js";
import { counted } from "../words.js";

const VIEWS = /** @type {const} */ (["generate", "live", "train"]);

const viewInAddress = () => VIEWS.find((view) => location.hash === `#${view}`) ?? VIEWS[0];

/** @param {import("../studio.js").Studio} studio @param {(id: string) => HTMLElement} byId */
export function topPanel(studio, byId) {
  const tabs = VIEWS.map((view) => byId(`tab-${view}`));
  VIEWS.forEach((view, index) => {
    tabs[index].onclick = () => studio.store.change({ view });
    tabs[index].onkeydown = (event) => {
      const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (by === 0) return;
      event.stopPropagation();
      const next = (index + by + VIEWS.length) % VIEWS.length;
      studio.store.change({ view: VIEWS[next] });
      tabs[next].focus();
    };
  });
  studio.store.change({ view: viewInAddress() });
  window.onhashchange = () => studio.store.change({ view: viewInAddress() });
  const facts = byId("facts");
  const close = element("button.quiet", { onclick: () => studio.opening.close() }, "New");
  facts.after(close);
  studio.store.listen((state) => {
    if (state.view !== viewInAddress()) history.replaceState(null, "", `#${state.view}`);
    VIEWS.forEach((view, index) => {
      const isShown = state.view === view;
      byId(view).hidden = !isShown;
      tabs[index].setAttribute("aria-selected", String(isShown));
      tabs[index].tabIndex = isShown ? 0 : -1;
    });
    const song = shownSong(state);
    const seed = state.work.seed ? state.songs[state.work.seed] : song;
    close.hidden = song === null || state.view !== "generate";
    facts.textContent = song
      ? [
          seed?.name,
          `${Math.round(song.tempos[0]?.bpm ?? 120)} bpm`,
          song.metre,
          seed?.key,
          counted(barCount(song), "bar"),
        ]
          .filter(Boolean)
          .join(" · ")
      : "";
  });
}
