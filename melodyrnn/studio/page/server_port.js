/**
 * A port of the studio's own machine, as a MIDI output: each message leaves with a time stamp, and the studio sends it to
 * the port at that time. When the page goes, the studio ends every note.
 */

import { address } from "./events.js";

export class ServerPort {
  /** @param {WebSocket} socket @param {string} name */
  constructor(socket, name) {
    this.socket = socket;
    this.name = name;
    /** @type {[number, number[]][]} */
    this.waiting = [];
  }

  /**
   * Opens a port that is there, or a new one.
   * @param {{port: string} | {virtual: string}} which
   * @param {(reason: string) => void} onLost  called if it closes by itself
   * @returns {Promise<ServerPort>}
   */
  static open(which, onLost) {
    const socket = new WebSocket(address(`/api/port?${new URLSearchParams(which)}`));
    let reason = "The port was closed";
    return new Promise((resolve, reject) => {
      socket.onmessage = ({ data }) => {
        const told = JSON.parse(data);
        if (told.type === "port") resolve(new ServerPort(socket, told.port));
        else reason = told.error;
      };
      socket.onclose = (event) => {
        reject(new Error(reason));
        if (event.code !== 1000) onLost(reason);
      };
    });
  }

  /** @param {number[]} data @param {number} [stamp]  milliseconds of the page's clock; now, where it is left out */
  send(data, stamp = performance.now()) {
    if (this.waiting.length === 0) queueMicrotask(() => this.flush());
    this.waiting.push([stamp / 1000, data]);
  }

  flush() {
    if (this.waiting.length > 0) this.say({ now: performance.now() / 1000, send: this.waiting });
    this.waiting = [];
  }

  /** Drops what has not left yet, and ends what sounds. */
  clear() {
    this.flush();
    this.say({ stop: true });
  }

  /** The same, and silences every channel. */
  panic() {
    this.flush();
    this.say({ panic: true });
  }

  close() {
    this.socket.close(1000);
  }

  /** @param {object} what */
  say(what) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(what));
  }
}
