/**
 * The page's own font and colours as the canvas needs them.
 *
 * @import { Theme } from "../../display/colours.js"
 */

/**
 * Read an element's theme; asking for styles costs time, so whoever asks keeps it.
 *
 * @param {Element} root
 * @returns {Theme}
 */
export function readTheme(root) {
  const style = getComputedStyle(root);
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(`--bc-${name}`).trim();
  return {
    font: style.fontFamily,
    text: colour("text"),
    muted: colour("muted"),
    line: colour("line"),
    blank: colour("blank"),
    brand: colour("brand"),
  };
}
