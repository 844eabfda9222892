/** Where the sound goes: this page, a port of the studio's machine, or a MIDI output of the browser; and panic. */

import { api } from "../api.js";
import { element } from "../element.js";
import { hasMidi, midiOutputs } from "../midi_out.js";
import { ServerPort } from "../server_port.js";

const VIRTUAL = "melodyrnn studio";

/**
 * @typedef {object} Choice
 * @property {string} text
 * @property {() => Promise<import("../midi_out.js").MidiOutput | null>} open  null: the sound of this page
 */

/** @param {import("../studio.js").Studio} studio @returns {HTMLElement[]} */
export function outputPanel(studio) {
  const list = /** @type {HTMLSelectElement} */ (
    element("select.output", { "aria-label": "Sound goes to", title: "Sound goes to", "data-key": "output" })
  );
  const panic = element(
    "button",
    { onclick: () => studio.listening.panic(), hidden: true, title: "End every note of the MIDI port" },
    "Panic",
  );
  const lost = (/** @type {string} */ reason) => {
    studio.store.change({ refused: reason, said: reason });
    show(0);
    void studio.listening.sendTo(null);
  };
  /** @type {Choice} */
  const page = { text: "Sound: this page", open: async () => null };
  /** @type {Choice[]} */
  let choices = [page];
  let chosen = 0;

  /** Shows which choice is made. @param {number} index */
  function show(index) {
    chosen = index;
    list.replaceChildren(
      ...choices.map(({ text }, value) => element("option", { value }, text)),
      element("option", { value: "find" }, choices.length > 1 ? "Look for ports again …" : "MIDI port …"),
    );
    list.value = String(index);
    panic.hidden = index === 0;
  }
  show(0);

  /** Finds the ports of the studio's machine, and the outputs of the browser. */
  async function find() {
    const { outputs, system } = await api.ports();
    const served = outputs.map((/** @type {string} */ port) => ({
      text: `MIDI: ${port}`,
      open: () => ServerPort.open({ port }, lost),
    }));
    const made = system && {
      text: `MIDI: a new port, ${VIRTUAL}`,
      open: () => ServerPort.open({ virtual: VIRTUAL }, lost),
    };
    const browsers = hasMidi() ? await midiOutputs().catch(() => []) : [];
    const kept = chosen > 0 ? [choices[chosen]] : [];
    const others = [...served, ...(made ? [made] : []), ...browsers.map(ofBrowser)];
    choices = [page, ...kept, ...others.filter(({ text }) => text !== kept[0]?.text)];
    show(kept.length);
    studio.say(others.length > 0 ? "MIDI ports found: choose one" : "No MIDI port was found");
    if (others.length === 0) studio.store.change({ refused: "No MIDI port was found" });
  }

  list.onchange = () =>
    studio.wait("Opening the port", async () => {
      if (list.value === "find") {
        show(chosen);
        await find();
        list.focus();
        return;
      }
      const index = Number(list.value);
      try {
        await studio.listening.sendTo(await choices[index].open());
        show(index);
      } catch (error) {
        show(chosen);
        throw error;
      }
    });
  return [list, panic];
}

/** @param {MIDIOutput} output @returns {Choice} */
const ofBrowser = (output) => ({ text: `MIDI of the browser: ${output.name ?? output.id}`, open: async () => output });
