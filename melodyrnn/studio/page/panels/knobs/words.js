/** What a control says of its option: its name, and a sentence. */

/** "random_seed" becomes "Random seed". @param {string} name */
export function title(name) {
  const words = name === "top_p" ? "top-p" : name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/**
 * The option's help and its legal values, without what only the command line has: words in place of numbers.
 * @param {import("../../actions.js").Option} option
 */
export function sentence({ help, legal, choices, kind }) {
  const isNumber = kind === "number" || kind === "whole";
  const sentences = help
    .replace(/^With --\w+: ./, (found) => found[found.length - 1].toUpperCase())
    .replace(/--(\w)/g, "$1")
    .split(/(?<=\.) /)
    .filter((each) => !(isNumber && /^[a-z]+: /.test(each)) && each !== "May be repeated.");
  if (isNumber && legal !== "" && choices.length === 0) sentences.push(`${legal[0].toUpperCase()}${legal.slice(1)}.`);
  return sentences.join(" ");
}
