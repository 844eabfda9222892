/** The calls of the server, as docs/studio-api.md lists them. */

/** A request that the server refused; the message is its one line. */
export class Refused extends Error {
  /** @param {string} line @param {number} status */
  constructor(line, status) {
    super(line);
    this.status = status;
  }

  get isBusy() {
    return this.status === 503;
  }
}

/**
 * One call. Gives its JSON, or null where there is none; throws Refused.
 * @param {string} method
 * @param {string} path
 * @param {BodyInit | object} [body]  a file, or what becomes JSON
 * @returns {Promise<any>}
 */
async function call(method, path, body) {
  const isFile = body instanceof Blob;
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": isFile ? "audio/midi" : "application/json" },
      body: body === undefined || isFile ? body : JSON.stringify(body),
    });
  } catch {
    throw new Refused("The studio does not answer. Is `melodyrnn studio` still running?", 0);
  }
  if (answer.status === 204) return null;
  const given = await answer.json().catch(() => null);
  if (answer.ok && given !== null) return given;
  throw new Refused(given?.error ?? `The studio answered with ${answer.status}`, answer.status);
}

const id = encodeURIComponent;

export const api = {
  options: () => call("GET", "/api/options"),
  models: () => call("GET", "/api/models"),
  samples: () => call("GET", "/api/samples"),

  /** @param {File} file */
  addFile: (file) => call("POST", `/api/seeds?name=${id(file.name)}`, file),
  /** @param {string} name */
  addSample: (name) => call("POST", `/api/seeds?sample=${id(name)}`),
  /** @param {string} take */
  addTake: (take) => call("POST", `/api/seeds?take=${id(take)}`),
  /** @param {string} seed */
  seed: (seed) => call("GET", `/api/seeds/${id(seed)}`),

  /** @param {{seed: string | null, options: object}} asked */
  generate: (asked) => call("POST", "/api/generate", asked),
  /** @param {string} job */
  job: (job) => call("GET", `/api/jobs/${id(job)}`),
  /** @param {string} job */
  cancel: (job) => call("DELETE", `/api/jobs/${id(job)}`),
  /** @param {string} take */
  take: (take) => call("GET", `/api/takes/${id(take)}`),
  /** @param {string} take @param {boolean} starred */
  star: (take, starred) => call("PUT", `/api/takes/${id(take)}`, { starred }),
  /** Where a take's file is. @param {string} take */
  file: (take) => `/api/takes/${id(take)}.mid`,

  ports: () => call("GET", "/api/ports"),
  /** @param {object} asked */
  startLive: (asked) => call("POST", "/api/live", asked),
  stopLive: () => call("DELETE", "/api/live"),
  /** @param {object} knobs */
  turn: (knobs) => call("POST", "/api/live/knobs", knobs),
  /** @param {object} pressed */
  press: (pressed) => call("POST", "/api/live/press", pressed),
  liveFile: "/api/live/take.mid",

  /** @param {object} asked */
  train: (asked) => call("POST", "/api/train", asked),
  stopTraining: () => call("DELETE", "/api/train"),
};
