/** The WebSocket of the server: tells what happens, and connects again when it is cut. */

const AGAIN_MS = { first: 250, most: 5000 };

/** A WebSocket of the server's. @param {string} path */
export const address = (path) => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;

/**
 * Calls `onMessage` with each message, for as long as the page is open. Each connection begins with the "state".
 * @param {(message: any) => void} onMessage
 * @param {(isConnected: boolean) => void} onConnected
 */
export function listen(onMessage, onConnected) {
  let wait = AGAIN_MS.first;
  const connect = () => {
    const socket = new WebSocket(address("/api/events"));
    socket.onopen = () => {
      wait = AGAIN_MS.first;
      onConnected(true);
    };
    socket.onmessage = ({ data }) => onMessage(JSON.parse(data));
    socket.onclose = () => {
      onConnected(false);
      setTimeout(connect, wait);
      wait = Math.min(AGAIN_MS.most, wait * 2);
    };
  };
  connect();
}
