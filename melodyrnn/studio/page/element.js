/** Makes elements: text is text, whatever a name holds. */

/**
 * @param {string} tag  "button.primary": a tag, and classes
 * @param {Record<string, unknown>} [properties]  attributes; functions are listeners ("onclick"); false leaves out
 * @param {(Node | string)[]} children
 * @returns {HTMLElement}
 */
export function element(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  made.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) set(made, key, value);
  made.append(...children);
  return made;
}

/** Sets one attribute or listener. @param {HTMLElement} made @param {string} key @param {unknown} value */
export function set(made, key, value) {
  if (typeof value === "function") made.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
  else if (value === false || value === null || value === undefined) made.removeAttribute(key);
  else made.setAttribute(key, value === true ? "" : String(value));
}

/**
 * Replaces the children; the focus stays on the element with the same `data-key`.
 * @param {HTMLElement} parent
 * @param {...(Node | string)} children
 */
export function refill(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const key = focused instanceof HTMLElement ? focused.dataset.key : undefined;
  parent.replaceChildren(...children);
  if (key === undefined) return;
  const again = parent.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (again instanceof HTMLElement) again.focus();
}

/**
 * The element of the page with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}
