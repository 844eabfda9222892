/** Train: files or a folder, what was read and skipped, bits a note falling; stop, and use it at once. */

import { api, Refused } from "../api.js";
import { element, refill } from "../element.js";
import { counted } from "../words.js";
import { drawCurve } from "./curve.js";

const MINUTES = { least: 1, most: 1440, usual: 30 };

/**
 * @param {HTMLElement} place
 * @param {import("../studio.js").Studio} studio
 * @param {{models: readonly {name: string}[], choose: () => void}} known
 */
export function trainPanel(place, studio, { models, choose }) {
  const lessons = element("ul.lessons", { "aria-label": "Files to learn from" });
  const name = field("Name of the model", { value: "mine", maxlength: 40 });
  const minutes = field("Minutes at most", {
    type: "number",
    min: MINUTES.least,
    max: MINUTES.most,
    value: MINUTES.usual,
  });
  const from = /** @type {HTMLSelectElement} */ (
    element("select", { id: "train-from" }, ...models.map((each) => element("option", { value: each.name }, each.name)))
  );
  const fromRow = element("div.knob", {}, element("label", { for: "train-from" }, "Begins as"), from);
  const folder = /** @type {HTMLInputElement} */ (
    element("input", { type: "checkbox", id: "train-folder", onchange: () => draw(studio.state) })
  );
  const folderRow = element(
    "div.knob.knob-flag",
    {},
    folder,
    element("label", { for: "train-folder" }, "Learn the folder that melodyrnn studio --folder names"),
  );
  const start = element("button.primary", { onclick: () => press() });
  const refused = element("p.refused", { role: "alert" });
  const status = element("p", { role: "status" });
  const progress = /** @type {HTMLProgressElement} */ (element("progress", { max: 1, "aria-label": "Learned so far" }));
  const curve = /** @type {HTMLCanvasElement} */ (element("canvas.curve", { role: "img" }));
  const use = element("button", { onclick: () => useIt() }, "Use it now");
  const skipped = element("ul.lessons", { "aria-label": "Files that were skipped" });
  place.append(
    element(
      "div.train-inner",
      {},
      element("h2", {}, "Make a model that knows your music"),
      element(
        "p.dim",
        {},
        "Drop MIDI files here. A few pieces are learned in about a minute; a folder takes longer and learns more.",
      ),
      element("div.buttons", {}, element("button", { onclick: choose }, "Choose files")),
      folderRow,
      lessons,
      element("div.knobs.train-knobs", {}, name.row, fromRow, minutes.row),
      element("div.go", {}, refused, start),
      status,
      progress,
      curve,
      use,
      skipped,
    ),
  );

  const isRunning = () => ["reading", "learning"].includes(studio.state.training.state);
  const ready = () => studio.state.lessons.flatMap(({ id }) => (id ? [id] : []));

  async function press() {
    refused.textContent = "";
    try {
      if (isRunning()) {
        await api.stopTraining();
      } else {
        const common = { name: name.input.value.trim(), from: from.value || null };
        await api.train(
          folder.checked
            ? { kind: "train", music: "folder", minutes: minutes.input.valueAsNumber, ...common }
            : { kind: "adapt", music: ready(), ...common },
        );
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.textContent = error.message;
    }
  }

  function useIt() {
    studio.asking.ask("model", studio.state.training.name);
    studio.store.change({ view: "generate" });
  }

  /** @param {import("../state.js").State} state */
  function draw({ training, lessons: files, hasFolder }) {
    folderRow.hidden = !hasFolder;
    minutes.row.hidden = !folder.checked;
    lessons.hidden = folder.checked;
    refill(
      lessons,
      ...files.map((file) =>
        element(
          "li",
          {},
          element("span", {}, file.name),
          element(file.reason ? "span.refused" : "span.dim", {}, file.reason || (file.id ? "read" : "reading …")),
        ),
      ),
    );
    const runs = isRunning();
    start.textContent = runs ? "Stop" : "Learn";
    start.toggleAttribute("disabled", !runs && !folder.checked && ready().length === 0);
    status.textContent = inWords(training);
    progress.hidden = !runs;
    if (training.progress === null || training.progress === undefined) progress.removeAttribute("value");
    else progress.value = training.progress;
    const points = training.curve ?? [];
    curve.hidden = points.length < 2;
    if (!curve.hidden) drawCurve(curve, points);
    use.hidden = training.state !== "done" && !(training.state === "stopped" && training.kind === "train");
    refill(
      skipped,
      ...(training.skipped ?? []).map((file) =>
        element("li", {}, element("span", {}, file.name), element("span.refused", {}, file.reason)),
      ),
    );
  }

  studio.store.listen((state, before) => {
    const isSame =
      state.training === before.training && state.lessons === before.lessons && state.hasFolder === before.hasFolder;
    if (state === before || !isSame || (state.view === "train" && before.view !== "train")) draw(state);
  });
}

/** @param {import("../state.js").Training} training */
function inWords({ state, kind, name, read, notes, seconds_left, curve, error }) {
  const pieces = read ? `${counted(read, "piece")}, ${counted(notes ?? 0, "note")}` : "your music";
  const last = curve?.at(-1);
  const bits = last?.bits ?? last?.training_bits;
  const score = bits === null || bits === undefined ? "" : `: ${bits.toFixed(2)} bits a note`;
  switch (state) {
    case "none":
      return "";
    case "reading":
      return `Reading ${pieces} …`;
    case "learning":
      return `Learning ${pieces}${seconds_left ? `, about ${Math.ceil(seconds_left)} s left` : ""}${score}`;
    case "done":
      return `“${name}” is ready. It learned ${pieces}${score}`;
    case "stopped":
      return kind === "train" ? `Stopped; the best so far is kept as “${name}”${score}` : "Stopped";
    case "refused":
      return error ?? "";
  }
}

/** A field with its label. @param {string} label @param {Record<string, unknown>} properties */
function field(label, properties) {
  const id = `train-${label.replaceAll(" ", "-").toLowerCase()}`;
  const input = /** @type {HTMLInputElement} */ (element("input", { id, autocomplete: "off", ...properties }));
  return { input, row: element("div.knob", {}, element("label", { for: id }, label), input) };
}
