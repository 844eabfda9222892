/** Live: a port, a clock, start and stop; the notes as they are sent, under a fixed now; knobs for the next bar. */

import { api, Refused } from "../api.js";
import { element } from "../element.js";
import { LiveSong } from "../live_song.js";
import { START } from "../state.js";
import { Roll } from "../roll/roll.js";
import { Controls } from "./knobs/controls.js";

const VIRTUAL = "melodyrnn";
const NOW = 0.6;
const PIXELS_PER_PULSE = 1.25;
const REPORTS_KEPT = 50;

/** The answers to what is played, as the server names them. */
const RESPONSES = [
  ["", "Plays on its own"],
  ["pause", "Answers when you pause"],
  ["1", "Answers every bar"],
  ["2", "Answers every 2 bars"],
  ["4", "Answers every 4 bars"],
];

const CLOCKS = [
  ["internal", "Its own"],
  ["external", "Follows your DAW"],
  ["send", "Leads your DAW"],
];

/**
 * @param {HTMLElement} place
 * @param {import("../studio.js").Studio} studio
 * @param {{styles: readonly string[]}} known
 */
export function livePanel(place, studio, { styles }) {
  const lead = element("div.live-notes");
  const panel = element("div.live-panel");
  place.append(lead, panel);
  const roll = new Roll(lead, null);
  roll.isFitted = false;
  roll.pixelsPerPulse = PIXELS_PER_PULSE;
  const hint = element(
    "p.live-hint.dim",
    {},
    "What is sent appears here, and to the right of the line what is composed already.",
  );
  lead.append(hint);
  let played = new LiveSong();

  const port = select("Send to", [["", `A new port named ${VIRTUAL}`]]);
  const input = select("Listen to", [["", "Nothing"]]);
  const clock = select("Clock", CLOCKS);
  const respond = select("When you play", RESPONSES);
  const style = select("Style", [["", "As the music it goes on from, or any"], ...styles.map((name) => [name, name])]);
  const fromSeed = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox", id: "live-seed" }));
  fromSeed.checked = true;
  const seedRow = element("div.knob.knob-flag", {}, fromSeed, element("label", { for: "live-seed" }, ""));
  const portsError = element("p.refused");
  const start = element("button.primary", { onclick: () => press() });
  const panic = element("button", { onclick: () => act(() => api.press({ button: "panic" })) }, "Panic: all notes off");
  const again = element(
    "button",
    { onclick: () => act(() => api.press({ button: "again", bars: 4 })) },
    "Again: the last 4 bars",
  );
  const save = element("a.button", { href: api.liveFile, download: "live.mid" }, "Save .mid");
  const status = element("p", { role: "status" });
  const refused = element("p.refused", { role: "alert" });
  const setUp = element(
    "div.knobs",
    {},
    port.field,
    input.field,
    clock.field,
    respond.field,
    style.field,
    seedRow,
    portsError,
  );
  const knobs = element("div.knobs");
  const controls = new Controls(knobs, "turn", turn);
  const heading = element("h3", {}, "From the next bar on");
  const running = element("div.knobs", {}, element("div.buttons", {}, panic, again, save), heading, knobs);
  const reports = element("ol.reports", { "aria-label": "What happened" });
  panel.append(element("h2", {}, "Live"), setUp, running, reports, element("div.go", {}, status, refused, start));

  const isRunning = () => studio.state.live.state !== "stopped";

  async function press() {
    if (isRunning()) return act(() => api.stopLive());
    played = new LiveSong();
    turned = {};
    drawKnobs();
    const { seed } = studio.state.work;
    await act(() =>
      api.startLive({
        ...(port.list.value ? { port: port.list.value } : { virtual: VIRTUAL }),
        ...(input.list.value ? { input: input.list.value } : {}),
        clock: clock.list.value,
        respond:
          respond.list.value === ""
            ? null
            : /^\d+$/.test(respond.list.value)
              ? Number(respond.list.value)
              : respond.list.value,
        ...(seed && fromSeed.checked ? { seed } : {}),
        options: style.list.value ? { style: style.list.value } : {},
      }),
    );
  }

  /** @param {() => Promise<unknown>} call */
  async function act(call) {
    refused.textContent = "";
    try {
      await call();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.textContent = error.message;
    }
  }

  async function findPorts() {
    try {
      const { inputs, outputs, error } = await api.ports();
      port.fill([["", `A new port named ${VIRTUAL}`], ...outputs.map((/** @type {string} */ name) => [name, name])]);
      input.fill([["", "Nothing"], ...inputs.map((/** @type {string} */ name) => [name, name])]);
      portsError.textContent = error ?? "";
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      portsError.textContent = error.message;
    }
  }

  /** @type {Record<string, unknown>} */
  let turned = {};

  /** @param {string} name @param {unknown} value  undefined for the default */
  function turn(name, value) {
    turned[name] = value;
    drawKnobs();
    const option = studio.options.find((each) => each.name === name);
    void act(() => api.turn({ [name]: value ?? option?.default }));
  }

  function drawKnobs() {
    const rows = studio.options.filter(({ where }) => where.includes("knobs"));
    controls.show(rows.map((option) => ({ option, value: turned[option.name], names: [] })));
  }
  drawKnobs();

  studio.store.listen((state, before) => {
    const isFirst = state === before;
    if (state.view === "live" && (isFirst || before.view !== "live")) void findPorts();
    if (!isFirst && state.live === before.live && state.work === before.work && state.view === before.view) return;
    const { live, work, songs } = state;
    const runs = live.state !== "stopped";
    start.textContent = runs ? "Stop" : "Start";
    setUp.hidden = runs;
    running.hidden = !runs;
    const seed = work.seed ? songs[work.seed] : null;
    seedRow.hidden = seed === null;
    if (seed) /** @type {HTMLElement} */ (seedRow.lastElementChild).textContent = `Go on from ${seed.name}`;
    const sentence = inWords(live);
    if (status.textContent !== sentence) status.textContent = sentence;
    if (live.error) refused.textContent = live.error;
    hint.hidden = runs || played.parts.size > 0;
  });

  const isStill = matchMedia("(prefers-reduced-motion: reduce)");
  return {
    /** What was sent and what is composed ahead. */
    song: () => played.song(),
    /** @param {any} message  "live", "sent", "ahead" or "report" */
    on(message) {
      const now = performance.now();
      if (message.type === "live") played.onLive(message.live, now);
      if (message.type === "sent") played.onSent(message, now);
      if (message.type === "ahead") played.onAhead(message);
      if (message.type === "report") {
        reports.prepend(element("li", {}, message.text));
        while (reports.children.length > REPORTS_KEPT) reports.lastElementChild?.remove();
        return;
      }
      if (studio.state.view === "live") {
        roll.show({ song: played.song(), open: null, playing: START.playing, selection: null, veil: played.barPulses });
      }
    },
    /** Moves the notes, once a frame. */
    step() {
      if (studio.state.view !== "live" || !roll.scene) return;
      const pulse = studio.state.live.state === "playing" ? played.pulseAt(performance.now()) : played.pulse;
      const bar = Math.floor(pulse / played.barPulses) * played.barPulses;
      if (pulse !== roll.pulse) roll.hold(isStill.matches ? bar : pulse, NOW);
    },
  };
}

/** @param {import("../state.js").Live} live */
function inWords({ state, port, bpm, bar, beat, clock, answers }) {
  switch (state) {
    case "stopped":
      return "";
    case "starting":
      return "Starting …";
    case "waiting":
      return `Waits for the clock of your DAW (${port})`;
    case "playing":
      return `${answers === false ? "Listens" : "Plays"} to ${port}: bar ${bar}.${beat}, ${Math.round(bpm ?? 0)} bpm, clock ${clock}`;
  }
}

/** A list with its label. @param {string} label @param {string[][]} choices */
function select(label, choices) {
  const id = `live-${label.replaceAll(" ", "-").toLowerCase()}`;
  const list = /** @type {HTMLSelectElement} */ (element("select", { id }));
  const fill = (/** @type {string[][]} */ options) => {
    const before = list.value;
    list.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
    if (options.some(([value]) => value === before)) list.value = before;
  };
  fill(choices);
  return { list, fill, field: element("div.knob", {}, element("label", { for: id }, label), list) };
}
