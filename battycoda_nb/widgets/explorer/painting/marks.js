/**
 * The marks of the calls on a plot: onset and offset of the one that is meant, fainter those of the others, and in the
 * overview the frame of the detail view.
 *
 * @import { Projection, Rectangle } from "../../../display/axes.js"
 * @import { Theme } from "../../../display/colours.js"
 * @import { Viewport } from "../../../display/viewport.js"
 * @import { Pen } from "./pen.js"
 *
 * @typedef {object} Marks
 * @property {number} onset s from the recording's start
 * @property {number} offset
 * @property {[number, number][]} others onset and offset of the other calls in view
 * @property {Viewport | null} frame what the detail view would show
 *
 * @typedef {object} Surface
 * @property {Rectangle} plot
 * @property {number} right the x that no text goes beyond
 * @property {Projection} project
 * @property {Theme} theme
 * @property {boolean} onLight whether the data are bright where they are quiet
 */

import { clipped, line, text } from "./pen.js";

const MOST_LINES = 40;
const BAR_HEIGHT = 3;

/**
 * Draw them all; handles lie above the data.
 *
 * @param {Pen} pen
 * @param {Surface} surface
 * @param {Marks} marks
 */
export function drawMarks(pen, { plot, right, project, theme, onLight }, { onset, offset, others, frame }) {
  const ink = onLight ? "0, 0, 0" : "255, 255, 255";
  for (const [start, end] of others) {
    const [from, to] = [project.x(start), project.x(end)];
    // Where there are many, their lines would hide the picture: the bars above it are enough.
    if (others.length <= MOST_LINES) drawEdges(pen, plot, [from, to], `rgba(${ink}, 0.4)`, [2, 4]);
    drawBar(pen, plot, from, to, theme.line);
  }
  if (frame) drawDetailFrame(pen, plot, project, frame, `rgba(${ink}, 0.7)`);
  const [from, to] = [project.x(onset), project.x(offset)];
  drawEdges(pen, plot, [from, to], `rgba(${ink}, 0.75)`, []);
  drawBar(pen, plot, from, to, theme.brand);
  drawHandles(pen, plot, [from, to]);
  nameEdges(pen, plot, right, from, to, theme.muted);
}

/**
 * @param {Pen} pen
 * @param {Rectangle} plot
 * @param {Projection} project
 * @param {Viewport} frame
 * @param {string} colour
 */
function drawDetailFrame(pen, plot, project, { left, right, bottom, top }, colour) {
  const { context } = pen;
  clipped(pen, plot, () => {
    const [x1, x2] = [project.x(left), project.x(right)];
    const [y1, y2] = [project.y(top), project.y(bottom)];
    context.strokeStyle = colour;
    context.setLineDash([5, 4]);
    context.strokeRect(Math.round(x1) + 0.5, Math.round(y1) + 0.5, Math.round(x2 - x1), Math.round(y2 - y1) - 1);
  });
}

/**
 * @param {Pen} pen
 * @param {Rectangle} plot
 * @param {number[]} edges
 * @param {string} colour
 * @param {number[]} dashes
 */
function drawEdges(pen, { x, y, width, height }, edges, colour, dashes) {
  pen.context.strokeStyle = colour;
  pen.context.setLineDash(dashes);
  for (const edge of edges) {
    if (edge >= x && edge <= x + width) line(pen, edge, y, edge, y + height);
  }
  pen.context.setLineDash([]);
}

/**
 * @param {Pen} pen
 * @param {Rectangle} plot
 * @param {number} from
 * @param {number} to
 * @param {string} colour
 */
function drawBar({ context }, { x, y, width }, from, to, colour) {
  const [start, end] = [Math.max(from, x), Math.min(to, x + width)];
  context.fillStyle = colour;
  if (end > start) context.fillRect(start, y - 5 - BAR_HEIGHT / 2, Math.max(end - start, 1), BAR_HEIGHT);
}

/**
 * In the bar's colour.
 *
 * @param {Pen} pen
 * @param {Rectangle} plot
 * @param {number[]} edges
 */
function drawHandles({ context }, { x, y, width }, edges) {
  for (const edge of edges) {
    if (edge >= x && edge <= x + width) context.fillRect(Math.round(edge) - 1, y - 9, 2, 8);
  }
}

/**
 * @param {Pen} pen
 * @param {Rectangle} plot
 * @param {number} right
 * @param {number} from
 * @param {number} to
 * @param {string} colour
 */
function nameEdges(pen, { x, y, width }, right, from, to, colour) {
  if (to < x || from > x + width) return; // panned away
  pen.context.textBaseline = "alphabetic";
  pen.context.textAlign = "right";
  if (from >= x) text(pen, "onset", Math.max(from + 2, 32), y - 13, colour);
  pen.context.textAlign = "left";
  if (to <= x + width) text(pen, "offset", Math.min(to - 2, right - 34), y - 13, colour);
}
