/** Ticks in a thread of its own, where browsers do not slow timers down while the page is in the background. */

setInterval(() => self.postMessage(null), 25);
