/**
 * Small helpers to build elements. Text goes in as text nodes only, never as markup. Of the elements, only those that
 * are needed for what they do: JupyterLab styles lists, paragraphs, tables and keys wherever they stand.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes (`class`, `aria-label` …) and children (elements or text).
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * A 16 x 16 icon of one stroked path, in the colour of the text around it.
 *
 * @param {string} path
 */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  const stroke = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  stroke.setAttribute("d", path);
  svg.append(stroke);
  return svg;
}

/**
 * Set a text only where it differs: an untouched node costs the browser nothing.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * The 2D context of a canvas, on the page or off it.
 *
 * @overload
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 *
 * @overload
 * @param {OffscreenCanvas} canvas
 * @returns {OffscreenCanvasRenderingContext2D}
 *
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 */
export function context2d(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("the browser gives no 2D context for a canvas");
  return context;
}

/**
 * Give a canvas a size in CSS pixels, with a pixel of its own for each of the screen's.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {number} ratio pixels of the screen in one CSS pixel
 */
export function fitCanvas(canvas, width, height, ratio) {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  // In pixels, not in per cent: a fraction of a pixel would blur every line.
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}
