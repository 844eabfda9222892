/** What to do, with a few knobs and the button; the rest of the options under "More". */

import { actionOf, ADDED, knobsOf, offered } from "../actions.js";
import { element } from "../element.js";
import { barsInWords, counted, pitchName } from "../words.js";
import { Controls } from "./knobs/controls.js";

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
  const ask = (/** @type {string} */ name, /** @type {unknown} */ value) => studio.asking.ask(name, value);
  const controls = { first: new Controls(first, "knob", ask), more: new Controls(rest, "knob", ask) };
  const radios = offered(studio.options).map(choice);
  choices.append(...radios.map(({ node }) => node));
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
    for (const radio of radios) radio.show(action.name, seed !== null);
    const bars = work.selection ? barsInWords(work.selection) : "";
    const needsBars = action.isWithin && action.name !== "add";
    about.textContent =
      needsBars && bars
        ? `${action.sentence} Chosen: ${bars}.`
        : needsBars && action.needs === "bars"
          ? `${action.sentence} Choose bars in the notes.`
          : action.sentence;
    const knobs = knobsOf(studio.options, action, { hasSeed: seed !== null, asked: work.asked });
    const row = (/** @type {import("../actions.js").Option} */ option) => ({
      option,
      value: work.asked[option.name],
      names: namesFor(option, seed),
    });
    controls.first.show(knobs.first.map(row));
    controls.more.show(knobs.more.map(row));
    more.hidden = knobs.more.length === 0;
  }

  /** What may be chosen for an option, where the page knows it. @param {import("../actions.js").Option} option @param {import("../song.js").Song | null} seed */
  function namesFor({ name, kind }, seed) {
    const named = (/** @type {readonly string[]} */ names) => names.map((each) => ({ value: each, text: each }));
    if (name === "add") return named(ADDED);
    if (name === "style") return named(known.styles);
    if (name === "model") return named([...new Set([...known.models.map((each) => each.name), ...made(studio.state)])]);
    if (name !== "part" && kind !== "parts") return [];
    const parts = seed?.parts.filter(({ isDrums }) => name !== "part_range" || !isDrums) ?? [];
    const now = (/** @type {import("../song.js").Part} */ { notes }) => {
      const pitches = notes.map(({ pitch }) => pitch).sort((one, other) => one - other);
      return name === "part_range" && pitches.length > 0
        ? [pitches[0], pitches.at(-1) ?? 0].map(pitchName).join("–")
        : "1";
    };
    return parts.map((part) => ({ value: String(part.number), text: part.name, now: now(part) }));
  }

  /** @param {import("../actions.js").Action} action */
  function choice({ name, label, needs }) {
    const id = `action-${name}`;
    const radio = /** @type {HTMLInputElement} */ (
      element("input", {
        type: "radio",
        name: "action",
        id,
        value: name,
        "data-key": id,
        onchange: () => studio.asking.chooseAction(name),
      })
    );
    return {
      node: element("label.action", { for: id }, radio, element("span", {}, label)),
      /** @param {string} chosen @param {boolean} hasSeed */
      show(chosen, hasSeed) {
        radio.checked = name === chosen;
        radio.disabled = needs !== "nothing" && !hasSeed;
      },
    };
  }

  /** @param {import("../state.js").State} state */
  function drawStatus({ job, refused, busy, work, songs }) {
    go.replaceChildren(job ? "Stop" : "Generate", element("kbd", { "aria-hidden": "true" }, job ? "Esc" : "R"));
    if (job) {
      const bar = /** @type {HTMLProgressElement} */ (
        element("progress", { max: Math.max(1, job.bars ?? 1), "aria-label": "Bars written" })
      );
      if (job.bars) bar.value = written(job);
      status.replaceChildren(element("p", {}, phase(job)), bar);
    } else if (refused) {
      status.replaceChildren(element("p.refused", { role: "alert" }, refused));
    } else {
      const remarks = songs[work.seed ?? ""]?.remarks ?? "";
      const said = busy ? [element("p", {}, `${busy} …`)] : [];
      status.replaceChildren(...said, ...(remarks ? [element("p.dim", {}, `In this file: ${remarks}.`)] : []));
    }
  }
}

/** Bars written so far, of every take. @param {import("../state.js").Job} job */
const written = (job) => Object.values(job.written).reduce((sum, bars) => sum + bars, 0);

/** @param {import("../state.js").Job} job */
function phase(job) {
  const { phase: name, secondsLeft, bars } = job;
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
      return bars ? `Writing: ${written(job)} of ${counted(bars, "bar")}` : `Writing: ${counted(written(job), "bar")}`;
  }
}

/** The model that was made in the Train view, if one is ready. @param {import("../state.js").State} state */
function made({ training, work }) {
  const names = [training.state === "done" ? training.name : undefined, work.asked.model];
  return names.filter((name) => typeof name === "string");
}
