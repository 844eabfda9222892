/** What the page does: each button and each key calls something of a Studio. The store holds what follows from it. */

import { Asking } from "./doing/asking.js";
import { Listening } from "./doing/listening.js";
import { Opening } from "./doing/opening.js";
import { Takes } from "./doing/takes.js";
import { Writing } from "./doing/writing.js";

export class Studio {
  /** @param {import("./state.js").Store} store @param {import("./sound/player.js").Player} player */
  constructor(store, player) {
    this.store = store;
    this.player = player;
    /** @type {readonly import("./actions.js").Option[]} */
    this.options = [];
    this.opening = new Opening(this);
    this.asking = new Asking(this);
    this.writing = new Writing(this);
    this.takes = new Takes(this);
    this.listening = new Listening(this);
  }

  get state() {
    return this.store.state;
  }

  /**
   * Shows what is waited for; a refusal is shown as its one line.
   * @param {string} busy
   * @param {() => Promise<void>} work
   */
  async wait(busy, work) {
    this.store.change({ busy, refused: "" });
    try {
      await work();
      this.store.change({ busy: "" });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.store.change({ busy: "", refused: error.message, said: error.message });
    }
  }

  /** Has a screen reader read a sentence. @param {string} said */
  say(said) {
    this.store.change({ said });
  }
}
