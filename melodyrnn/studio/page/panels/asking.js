/** What to do, with a few knobs and the button; the rest of the options under "More". */

import { actionOf, knobsOf, offered } from "../actions.js";
import { element, refill } from "../element.js";
import { barsInWords } from "../words.js";
import { knob } from "./knob.js";

/**
 * @param {HTMLElement} place
 * @param {import("../studio.js").Studio} studio
 * @param {{styles: readonly string[]}} known  names that the server has
 */
export function askingPanel(place, studio, known) {
  const choices = element("div.actions", { role: "radiogroup", "aria-label": "What to do" });
  const about = element("p.dim");
  const first = element("div.knobs");
  const rest = element("div.knobs");
  const more = element("details.more", {}, element("summary", { "data-key": "more" }, "More"), rest);
  const go = element("button.primary", { "data-key": "go", onclick: () => press() });
  const status = element("div.status");
  place.append(choices, about, first, more, element("div.go", {}, status, go));

  const press = () => (studio.state.job ? studio.cancel() : studio.generate());

  studio.store.listen((state, before) => {
    const isSame = state.work === before.work && state.songs === before.songs && state.job === before.job;
    const isFirst = state === before;
    if (isFirst || state.work !== before.work) draw(state);
    if (isFirst || !isSame || state.refused !== before.refused || state.busy !== before.busy) drawStatus(state);
  });

  /** @param {import("../state.js").State} state */
  function draw({ work, songs }) {
    const action = actionOf(work.action);
    const seed = work.seed ? songs[work.seed] : null;
    refill(choices, ...offered(studio.options).map((each) => choice(each, action.name, seed !== null)));
    const bars = work.selection ? barsInWords(work.selection) : "";
    const needsBars = action.isWithin && action.name !== "add";
    about.textContent =
      needsBars && bars ? `${action.sentence} Chosen: ${bars}.` : needsBars && action.needs === "bars" ? `${action.sentence} Choose bars in the notes.` : action.sentence;
    const knobs = knobsOf(studio.options, action, { hasSeed: seed !== null, asked: work.asked });
    const control = (/** @type {import("../actions.js").Option} */ option) => {
      const names = option.name === "style" ? known.styles : option.name === "part" && seed ? seed.parts.map(({ name }) => name) : [];
      const withDefault = option.name === "takes" ? { ...option, default: 3, high: 8 } : option;
      return knob(withDefault, work.asked[option.name], names, (value) => studio.ask(option.name, value));
    };
    refill(first, ...knobs.first.map(control));
    refill(rest, ...knobs.more.map(control));
    more.hidden = knobs.more.length === 0;
  }

  /** @param {import("../actions.js").Action} action @param {string} chosen @param {boolean} hasSeed */
  function choice({ name, label, needs }, chosen, hasSeed) {
    const id = `action-${name}`;
    const radio = element("input", {
      type: "radio",
      name: "action",
      id,
      value: name,
      "data-key": id,
      disabled: needs !== "nothing" && !hasSeed,
      onchange: () => studio.chooseAction(name),
    });
    /** @type {HTMLInputElement} */ (radio).checked = name === chosen;
    return element("label.action", { for: id }, radio, element("span", {}, label));
  }

  /** @param {import("../state.js").State} state */
  function drawStatus({ job, refused, busy }) {
    go.replaceChildren(job ? "Stop" : "Generate", element("kbd", { "aria-hidden": "true" }, job ? "Esc" : "R"));
    if (job) {
      const bar = /** @type {HTMLProgressElement} */ (element("progress", { max: Math.max(1, job.bars), "aria-label": "Bars written" }));
      bar.value = job.bar;
      status.replaceChildren(element("p", {}, phase(job)), bar);
    } else if (refused) {
      status.replaceChildren(element("p.refused", { role: "alert" }, refused));
    } else {
      status.replaceChildren(...(busy ? [element("p", {}, `${busy} …`)] : []));
    }
  }
}

/** @param {import("../state.js").Job} job */
function phase({ phase: name, secondsLeft, bar, bars }) {
  const left = secondsLeft === null ? "" : `, ${Math.max(1, Math.ceil(secondsLeft))} s left`;
  switch (name) {
    case "sending":
      return "Asking …";
    case "waiting":
      return "Waiting for other work to end …";
    case "reading":
      return "Reading your music …";
    case "learning":
      return `Learning your music${left} …`;
    case "writing":
      return `Writing: ${bar} of ${bars} bars`;
  }
}
