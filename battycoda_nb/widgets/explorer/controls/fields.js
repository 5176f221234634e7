/** Controls of one value each, as the toolbars have them: a button, a list of choices, a slider. */

import { element, setText } from "../../dom.js";

/**
 * A button with a text and a tooltip.
 *
 * @param {string} text
 * @param {string} title
 * @param {() => void} press
 */
export function button(text, title, press) {
  const node = element("button", { type: "button", title }, text);
  node.addEventListener("click", press);
  return node;
}

/**
 * A list of choices that come and go, in the frame that the toolbars give it.
 *
 * @param {string} name
 * @param {(value: string) => void} choose
 */
export function choice(name, choose) {
  const select = element("select", { "aria-label": name, title: name });
  select.addEventListener("change", () => choose(select.value));
  return { node: element("span", { class: "bc-choice" }, select), select };
}

/**
 * A list of choices that stay, as [value, text].
 *
 * @template {string} Value
 * @param {string} name
 * @param {readonly (readonly [Value, string])[]} choices
 * @param {(value: Value) => void} choose
 */
export function fixedChoice(name, choices, choose) {
  const made = choice(name, () => choose(choices[made.select.selectedIndex][0]));
  made.select.append(...choices.map(([value, text]) => option(value, text)));
  return made;
}

/**
 * @param {string} value
 * @param {string} text
 */
export function option(value, text) {
  return element("option", { value }, text);
}

/**
 * A slider from 0 to 8.
 *
 * @param {string} name
 * @param {(value: number) => void} move with every move
 * @param {(value: number) => void} release when the pointer lets go, or with each press of an arrow key
 */
export function slider(name, move, release) {
  const input = element("input", {
    type: "range",
    min: "0",
    max: "8",
    step: "0.1",
    "aria-label": name,
    title: name,
  });
  const output = element("output", {}, "");
  input.addEventListener("input", () => move(Number(input.value)));
  input.addEventListener("change", () => release(Number(input.value)));
  /** @param {number} value */
  const show = (value) => {
    if (Number(input.value) !== value) input.value = String(value);
    setText(output, value.toFixed(1));
  };
  return { node: element("label", { class: "bc-contrast" }, input, output), input, show };
}
