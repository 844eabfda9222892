/** What to do, with a few knobs and the button; the rest of the options under "More". */

import { actionOf, ADDED, knobsOf, offered } from "../actions.js";
import { element, refill } from "../element.js";
import { barsInWords } from "../words.js";
import { knob } from "./knob.js";

/**
 * @param {HTMLElement} place
 * @param {import("../studio.js").Studio} studio
 * @param {{styles: readonly string[], models: readonly {name: string}[]}} known  what the server has
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

  const press = () => (studio.state.job ? studio.writing.cancel() : studio.writing.generate());

  studio.store.listen((state, before) => {
    const isSame = state.work === before.work && state.songs === before.songs && state.job === before.job;
    const isFirst = state === before;
    const asks = (/** @type {import("../state.js").Work} */ { action, asked, selection, seed }) => [
      action,
      asked,
      selection,
      seed,
    ];
    const then = asks(before.work);
    if (isFirst || asks(state.work).some((each, index) => each !== then[index])) draw(state);
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
      needsBars && bars
        ? `${action.sentence} Chosen: ${bars}.`
        : needsBars && action.needs === "bars"
          ? `${action.sentence} Choose bars in the notes.`
          : action.sentence;
    const knobs = knobsOf(studio.options, action, { hasSeed: seed !== null, asked: work.asked });
    const control = (/** @type {import("../actions.js").Option} */ option) => {
      return knob(option, work.asked[option.name], namesFor(option.name, seed), (value) =>
        studio.asking.ask(option.name, value),
      );
    };
    refill(first, ...knobs.first.map(control));
    refill(rest, ...knobs.more.map(control));
    more.hidden = knobs.more.length === 0;
  }

  /** What may be chosen for an option, where the page knows it. @param {string} option @param {import("../song.js").Song | null} seed */
  function namesFor(option, seed) {
    const named = (/** @type {readonly string[]} */ names) => names.map((name) => ({ value: name, text: name }));
    if (option === "add") return named(ADDED);
    if (option === "style") return named(known.styles);
    if (option === "model")
      return named([...new Set([...known.models.map(({ name }) => name), ...made(studio.state)])]);
    return option === "part" && seed
      ? seed.parts.map(({ number, name }) => ({ value: String(number), text: name }))
      : [];
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
      onchange: () => studio.asking.chooseAction(name),
    });
    /** @type {HTMLInputElement} */ (radio).checked = name === chosen;
    return element("label.action", { for: id }, radio, element("span", {}, label));
  }

  /** @param {import("../state.js").State} state */
  function drawStatus({ job, refused, busy }) {
    go.replaceChildren(job ? "Stop" : "Generate", element("kbd", { "aria-hidden": "true" }, job ? "Esc" : "R"));
    if (job) {
      const bar = /** @type {HTMLProgressElement} */ (
        element("progress", { max: Math.max(1, job.bars), "aria-label": "Bars written" })
      );
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

/** The model that was made in the Train view, if one is ready. @param {import("../state.js").State} state */
function made({ training, work }) {
  const names = [training.state === "done" ? training.name : undefined, work.asked.model];
  return names.filter((name) => typeof name === "string");
}
