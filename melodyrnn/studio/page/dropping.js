/** Takes in MIDI files: dropped anywhere on the page, or chosen. */

/**
 * @param {HTMLInputElement} field
 * @param {(files: readonly File[]) => void} onFiles
 */
export function takeFiles(field, onFiles) {
  field.addEventListener("change", () => {
    onFiles([...(field.files ?? [])]);
    field.value = "";
  });
  let depth = 0;
  const show = () => document.body.classList.toggle("is-dropping", depth > 0);
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    depth += 1;
    show();
  });
  document.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth -= 1;
    show();
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    show();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) onFiles(files);
  });
}
