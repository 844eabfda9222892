/** Puts the page together. */

import { onThePage } from "./actions.js";
import { api } from "./api.js";
import { takeFiles } from "./dropping.js";
import { byId, element } from "./element.js";
import { listen } from "./events.js";
import { listenToKeys } from "./keys.js";
import { askingPanel } from "./panels/asking.js";
import { emptyPanel } from "./panels/empty.js";
import { livePanel } from "./panels/live.js";
import { partsPanel } from "./panels/parts.js";
import { rollTools } from "./panels/roll_tools.js";
import { sheetTabs } from "./panels/sheet_tabs.js";
import { takesPanel } from "./panels/takes.js";
import { topPanel } from "./panels/top.js";
import { trainPanel } from "./panels/train.js";
import { transportPanel } from "./panels/transport.js";
import { restore, save } from "./saved.js";
import { Roll } from "./roll/roll.js";
import { Player } from "./sound/player.js";
import { shownSong, Store } from "./state.js";
import { Studio } from "./studio.js";

const store = new Store();
const player = new Player(() => studio.listening.setPlaying(false));
const studio = new Studio(store, player);

/** Asks for what the server knows; where it does not answer, the page says so and lives with less. */
async function known() {
  const [options, models, samples] = await Promise.all(
    [api.options(), api.models(), api.samples()].map((each) => each.catch(() => null)),
  );
  return {
    options: options?.options ?? [],
    models: models?.models ?? [],
    styles: models?.styles ?? [],
    samples: samples?.samples ?? [],
  };
}

topPanel(studio, byId);
const { options, models, styles, samples } = await known();
studio.options = onThePage(options);

const choose = () => byId("file").click();
emptyPanel(byId("empty"), studio, { samples, choose });
askingPanel(byId("asking"), studio, { styles, models });
takesPanel(byId("takes"), studio);
sheetTabs(byId("sheet-tabs"), byId("generate"));
const transport = transportPanel(byId("transport"), studio);
const parts = partsPanel(byId("parts"), studio);
const roll = new Roll(byId("roll"), {
  onSelect: (bars) => studio.asking.select(bars),
  onPlace: (pulse) => player.place(pulse),
  onLayout: (lanes, scrollTop) => parts.lay(lanes, scrollTop),
});
rollTools(byId("roll-tools"), roll);
const live = livePanel(byId("live"), studio, { styles });
trainPanel(byId("train"), studio, { models, choose });

store.listen((state, before) => {
  const song = shownSong(state);
  byId("roll").hidden = byId("parts").hidden = song === null;
  byId("generate").classList.toggle("is-empty", song === null);
  const isFirst = state === before;
  const isSame =
    song === shownSong(before) &&
    state.playing === before.playing &&
    state.open === before.open &&
    state.work === before.work;
  if (song && (isFirst || !isSame)) {
    roll.show({ song, open: state.open, playing: state.playing, selection: state.work.selection });
    studio.listening.follow();
  }
  if (state.work.seed && !before.work.seed && document.activeElement === document.body) roll.scroller.focus();
  if (state.said !== before.said) byId("said").textContent = state.said;
  if (state.work !== before.work || state.takes !== before.takes || state.job !== before.job) save(state);
});

function step() {
  if (player.pulse !== roll.pulse) roll.moveTo(player.pulse, player.isPlaying);
  transport.moveTo(player.pulse);
  live.step();
  requestAnimationFrame(step);
}
requestAnimationFrame(step);

takeFiles(/** @type {HTMLInputElement} */ (byId("file")), (files) =>
  store.state.view === "train" ? studio.opening.learn(files) : studio.opening.open(files[0]),
);
listenToKeys(studio, /** @type {HTMLDialogElement} */ (byId("keys")));
byId("show-keys").onclick = () => /** @type {HTMLDialogElement} */ (byId("keys")).showModal();

const lost = element(
  "p.lost",
  { role: "alert", hidden: true },
  "The studio does not answer. Is melodyrnn studio still running?",
);
document.body.prepend(lost);
listen(
  (message) => {
    if (message.type === "state") {
      const { live: playing, training, has_folder: hasFolder } = message;
      store.change({ live: playing, training, hasFolder });
      void restore(studio, message);
    }
    if (message.type === "live") store.change({ live: message.live });
    if (message.type === "training") store.change({ training: message.training });
    if (["live", "sent", "ahead", "report"].includes(message.type)) live.on(message);
    if (message.type === "job") studio.writing.onJob(message.job);
    if (message.type === "bars") studio.writing.onBars(message);
    if (message.type === "take") void studio.writing.onTake(message.take);
  },
  (isConnected) => (lost.hidden = isConnected),
);

document.body.inert = false; // only now does everything answer

/** What the page is made of, for tests and for the console of a browser. */
export const page = { studio, player, roll, live };
