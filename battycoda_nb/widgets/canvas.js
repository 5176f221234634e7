/** Paints the main canvas: the picture, its axes, the marks of its calls and the colour bar. */

import { linearScale, niceTicks, numberText, pictureExtent, plotRectangle, timeAxis } from "./axes.js";
import { brightness, colourMap, colourTable, isLightMap, middleDb } from "./colours.js";
import { fitCanvas } from "./dom.js";

const BAR_SPAN = 20; // dB on either side of the middle: the arctangent has left 1 % and reached 99 % there
const BAR_ROWS = 128;
const BAR_WIDTH = 10;
const TICK = 5;

/** One canvas and the picture's own pixels behind it. */
export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.pixels = new OffscreenCanvas(1, 1);
    this.pixelContext = this.pixels.getContext("2d");
    this.image = null;
    this.barImage = new OffscreenCanvas(1, BAR_ROWS);
    this.frequencies = null; // of the last picture: the recording's rate stays true while the next one is computed
    this.resize(0, 0, 1);
  }

  /** Take a size in CSS pixels; true when something changed, and the canvas is then blank. */
  resize(width, height, ratio) {
    if (this.width === width && this.height === height && this.ratio === ratio) return false;
    Object.assign(this, { width, height, ratio });
    fitCanvas(this.canvas, width, height, ratio);
    this.plot = plotRectangle(width, height);
    return true;
  }

  /** Draw a picture with everything around it. */
  paint(picture, look, theme) {
    const { meta } = picture;
    this.begin(theme);
    this.colourPixels(picture, colourTable(meta, look));
    const { x, y, width, height } = this.plot;
    this.context.imageSmoothingEnabled = true;
    this.context.imageSmoothingQuality = "medium"; // bilinear, and no jagged lines where it shrinks
    this.context.drawImage(this.pixels, x, y, width, height);
    const { bottom, top } = pictureExtent(meta);
    this.frequencies = { bottom, top };
    this.drawFrequencyAxis();
    this.drawTimeAxis(meta);
    this.drawMarks(meta, isLightMap(look.cmap));
    this.drawColourBar(meta, look);
    this.drawFrame();
  }

  /** Draw the empty axes: no old picture may stand where another is meant. */
  blank(theme) {
    this.begin(theme);
    const { x, y, width, height } = this.plot;
    this.context.fillStyle = theme.blank;
    this.context.globalAlpha = 0.5;
    this.context.fillRect(x, y, width, height);
    this.context.globalAlpha = 1;
    if (this.frequencies) this.drawFrequencyAxis();
    this.drawFrame();
  }

  begin(theme) {
    this.theme = theme;
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.context.font = `11px ${theme.font}`;
    this.context.lineWidth = 1;
  }

  /** Colour the levels at their own size; the canvas then stretches them. */
  colourPixels({ levels, meta }, table) {
    if (this.image?.width !== meta.columns || this.image?.height !== meta.bins) {
      this.image = new ImageData(meta.columns, meta.bins);
      Object.assign(this.pixels, { width: meta.columns, height: meta.bins });
    }
    const packed = new Uint32Array(this.image.data.buffer);
    for (let k = 0; k < packed.length; k++) packed[k] = table[levels[k]];
    this.pixelContext.putImageData(this.image, 0, 0);
  }

  drawFrame() {
    const { x, y, width, height } = this.plot;
    this.context.strokeStyle = this.theme.line;
    this.context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  }

  drawFrequencyAxis() {
    const { x, y, height } = this.plot;
    const { bottom, top } = this.frequencies;
    const place = linearScale(bottom / 1000, top / 1000, y + height, y);
    const ticks = niceTicks(Math.max(bottom, 0) / 1000, top / 1000, height / 44);
    this.drawTicks(ticks, (value, length) => this.line(x - length, place(value), x, place(value)));
    this.context.textAlign = "right";
    this.context.textBaseline = "middle";
    for (const value of ticks.values) this.text(numberText(value, ticks.decimals), x - TICK - 4, place(value));
    this.context.save();
    this.context.translate(12, y + height / 2);
    this.context.rotate(-Math.PI / 2);
    this.context.textAlign = "center";
    this.text("Frequency (kHz)", 0, 0, this.theme.muted);
    this.context.restore();
  }

  drawTimeAxis(meta) {
    const { x, y, width, height } = this.plot;
    const axis = timeAxis(meta);
    const place = linearScale(axis.from, axis.to, x, x + width);
    const ticks = niceTicks(axis.from, axis.to, width / 72);
    const base = y + height;
    this.drawTicks(ticks, (value, length) => this.line(place(value), base, place(value), base + length));
    this.context.textAlign = "center";
    this.context.textBaseline = "top";
    for (const value of ticks.values) this.text(numberText(value, ticks.decimals), place(value), base + TICK + 4);
    this.text(`Time from onset (${axis.unit})`, x + width / 2, base + 25, this.theme.muted);
  }

  drawTicks(ticks, draw) {
    this.context.strokeStyle = this.theme.line;
    for (const value of ticks.minor) draw(value, TICK - 2);
    this.context.strokeStyle = this.theme.muted;
    for (const value of ticks.values) draw(value, TICK);
  }

  /** Onset and offset of the call that is meant, and fainter those of the others; handles lie above the data. */
  drawMarks(meta, onLight) {
    const { left, right } = pictureExtent(meta);
    const { x, y, width } = this.plot;
    const place = linearScale(left, right, x, x + width);
    const ink = onLight ? "0, 0, 0" : "255, 255, 255";
    for (const other of meta.others) {
      this.markEdges(other.map(place), `rgba(${ink}, 0.4)`, [2, 4]);
      this.markBar(other.map(place), this.theme.line, 3);
    }
    const edges = [meta.onset, meta.offset].map(place);
    this.markEdges(edges, `rgba(${ink}, 0.75)`, []);
    this.markBar(edges, this.theme.brand, 3);
    this.markHandles(edges);
    this.context.textBaseline = "alphabetic";
    this.context.textAlign = "right";
    this.text("onset", Math.max(edges[0] + 2, 32), y - 13, this.theme.muted);
    this.context.textAlign = "left";
    this.text("offset", Math.min(edges[1] - 2, this.width - 36), y - 13, this.theme.muted);
  }

  markEdges(edges, colour, dashes) {
    const { x, y, width, height } = this.plot;
    this.context.strokeStyle = colour;
    this.context.setLineDash(dashes);
    for (const edge of edges) {
      if (edge >= x && edge <= x + width) this.line(edge, y, edge, y + height);
    }
    this.context.setLineDash([]);
  }

  markBar([from, to], colour, thickness) {
    const { x, y, width } = this.plot;
    const [start, end] = [Math.max(from, x), Math.min(to, x + width)];
    this.context.fillStyle = colour;
    if (end > start) this.context.fillRect(start, y - 5 - thickness / 2, Math.max(end - start, 1), thickness);
  }

  markHandles(edges) {
    const { x, y, width } = this.plot;
    for (const edge of edges) {
      if (edge >= x && edge <= x + width) this.context.fillRect(Math.round(edge) - 1, y - 9, 2, 8);
    }
  }

  /** The dB values over which the contrast spreads the colours. */
  drawColourBar(meta, look) {
    const { x, y, width, height } = this.plot;
    const [left, middle] = [x + width + 14, middleDb(look.contrast, meta.enbw, look.rms)];
    const colours = colourMap(look.cmap);
    const image = new ImageData(1, BAR_ROWS);
    const packed = new Uint32Array(image.data.buffer);
    const rowDb = linearScale(0, BAR_ROWS, middle + BAR_SPAN, middle - BAR_SPAN);
    for (let row = 0; row < BAR_ROWS; row++) {
      packed[row] = colours[Math.round(255 * brightness(rowDb(row + 0.5), look.contrast, meta.enbw, look.rms))];
    }
    this.barImage.getContext("2d").putImageData(image, 0, 0);
    this.context.drawImage(this.barImage, left, y, BAR_WIDTH, height);
    this.context.strokeStyle = this.theme.line;
    this.context.strokeRect(left - 0.5, y - 0.5, BAR_WIDTH + 1, height + 1);
    this.drawBarTicks(left + BAR_WIDTH, middle);
  }

  drawBarTicks(right, middle) {
    const { y, height } = this.plot;
    const place = linearScale(middle - BAR_SPAN, middle + BAR_SPAN, y + height, y);
    const ticks = niceTicks(middle - BAR_SPAN, middle + BAR_SPAN, 5);
    this.context.textAlign = "left";
    this.context.textBaseline = "middle";
    this.context.strokeStyle = this.theme.muted;
    for (const value of ticks.values) {
      this.line(right, place(value), right + 3, place(value));
      this.text(numberText(value, ticks.decimals), right + 6, place(value));
    }
    this.context.textBaseline = "alphabetic";
    this.text("dB", right - BAR_WIDTH, y - 13, this.theme.muted);
  }

  /** A line that lies on whole device pixels. */
  line(x1, y1, x2, y2) {
    const snap = (value) => (Math.floor(value * this.ratio) + 0.5) / this.ratio;
    const upright = x1 === x2;
    this.context.beginPath();
    this.context.moveTo(upright ? snap(x1) : x1, upright ? y1 : snap(y1));
    this.context.lineTo(upright ? snap(x2) : x2, upright ? y2 : snap(y2));
    this.context.stroke();
  }

  text(words, x, y, colour = this.theme.text) {
    this.context.fillStyle = colour;
    this.context.fillText(words, x, y);
  }
}
