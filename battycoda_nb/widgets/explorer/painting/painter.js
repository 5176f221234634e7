/** Paints the main canvas: the pictures, their axes, the marks of the calls, the panels and the colour bar. */

import {
  frequencyTicks,
  linearScale,
  niceTicks,
  numberText,
  projection,
  stageLayout,
  timeAxis,
} from "../../../display/axes.js";
import { brightness, colourMap, isLightMap, shownDb } from "../../../display/colours.js";
import { powerSpectrum } from "../../../display/power_spectrum.js";
import { fitCanvas } from "../../dom.js";
import { Layers } from "./layers.js";
import { drawSpectrum, drawWaveform } from "./panels.js";

const BAR_ROWS = 128;
const BAR_WIDTH = 10;
const TICK = 5;
const MOST_LINES = 40;

/** One canvas and all that is painted on it. */
export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.layers = new Layers();
    this.barImage = new OffscreenCanvas(1, BAR_ROWS);
    this.shown = null; // the last viewport and scale: the axis stays true while the next picture is computed
    this.resize(0, 0, 1, {});
  }

  /** Take a size in CSS pixels and the panels; true when something changed, and the canvas is then blank. */
  resize(width, height, ratio, { waveform = false, spectrum = false }) {
    const wanted = { width, height, ratio, waveform, spectrum };
    if (Object.entries(wanted).every(([name, value]) => this[name] === value)) return false;
    Object.assign(this, wanted);
    fitCanvas(this.canvas, width, height, ratio);
    this.layout = stageLayout(width, height, { waveform, spectrum });
    this.plot = this.layout.plot;
    return true;
  }

  /** Draw a scene: {layers (the coarsest first), measured, viewport, onset, offset, others, frame, grid}. */
  paint(scene, look, theme) {
    const { layers, viewport } = scene;
    const { meta } = layers.at(-1);
    this.begin(theme);
    this.shown = { viewport, scale: meta.scale };
    this.project = projection(this.plot, viewport, meta.scale);
    this.fillBlank(scene);
    this.within(this.plot, () => {
      for (const picture of layers) this.layers.draw(this.context, picture, look, viewport, this.project);
    });
    if (scene.grid) this.drawGrid(viewport, scene.onset);
    this.drawFrequencyAxis(viewport);
    this.drawTimeAxis(viewport, scene.onset);
    this.drawMarks(scene, isLightMap(look.cmap));
    this.drawPanels(scene, look);
    this.drawColourBar(meta, look);
    this.drawFrame();
  }

  /** Draw the empty axes: no old picture may stand where another is meant. */
  blank(theme) {
    this.begin(theme);
    this.fillBlank({});
    if (this.shown) {
      this.project = projection(this.plot, this.shown.viewport, this.shown.scale);
      this.drawFrequencyAxis(this.shown.viewport);
    }
    this.drawFrame();
  }

  begin(theme) {
    this.theme = theme;
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.context.font = `11px ${theme.font}`;
    this.context.lineWidth = 1;
  }

  /** What no picture covers: beside one that is being computed, or all of it. */
  fillBlank({ covered = false }) {
    if (covered) return;
    const { x, y, width, height } = this.plot;
    this.context.fillStyle = this.theme.blank;
    this.context.globalAlpha = 0.5;
    this.context.fillRect(x, y, width, height);
    this.context.globalAlpha = 1;
  }

  within({ x, y, width, height }, draw) {
    this.context.save();
    this.context.beginPath();
    this.context.rect(x, y, width, height);
    this.context.clip();
    draw();
    this.context.restore();
  }

  drawFrame() {
    const { x, y, width, height } = this.plot;
    this.context.strokeStyle = this.theme.line;
    this.context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  }

  drawFrequencyAxis(viewport) {
    const { x, y, height } = this.plot;
    const ticks = frequencyTicks(viewport, this.project.y, height, this.shown.scale);
    const place = (kilohertz) => this.project.y(kilohertz * 1000);
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

  drawTimeAxis(viewport, onset) {
    const { x, width } = this.plot;
    const { base } = this.layout;
    const axis = timeAxis(viewport, onset);
    const place = linearScale(axis.from, axis.to, x, x + width);
    const ticks = niceTicks(axis.from, axis.to, width / 72);
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

  /** Lines at the ticks of both axes. */
  drawGrid(viewport, onset) {
    const { x, y, width, height } = this.plot;
    const axis = timeAxis(viewport, onset);
    const place = linearScale(axis.from, axis.to, x, x + width);
    // Grey with half its strength shows on a dark map and on a light one.
    this.context.strokeStyle = "rgba(150, 150, 150, 0.45)";
    for (const value of niceTicks(axis.from, axis.to, width / 72).values) {
      this.line(place(value), y, place(value), y + height);
    }
    for (const value of frequencyTicks(viewport, this.project.y, height, this.shown.scale).values) {
      this.line(x, this.project.y(value * 1000), x + width, this.project.y(value * 1000));
    }
  }

  /** Onset and offset of the call that is meant, and fainter those of the others; handles lie above the data. */
  drawMarks({ onset, offset, others, frame }, onLight) {
    const { y, width, x } = this.plot;
    const place = this.project.x;
    const ink = onLight ? "0, 0, 0" : "255, 255, 255";
    for (const other of others) {
      // Where there are many, their lines would hide the picture: the bars above it say enough.
      if (others.length <= MOST_LINES) this.markEdges(other.map(place), `rgba(${ink}, 0.4)`, [2, 4]);
      this.markBar(other.map(place), this.theme.line, 3);
    }
    if (frame) this.drawDetailFrame(frame, ink);
    const edges = [onset, offset].map(place);
    this.markEdges(edges, `rgba(${ink}, 0.75)`, []);
    this.markBar(edges, this.theme.brand, 3);
    this.markHandles(edges);
    if (edges[1] < x || edges[0] > x + width) return; // panned away
    this.context.textBaseline = "alphabetic";
    this.context.textAlign = "right";
    if (edges[0] >= x) this.text("onset", Math.max(edges[0] + 2, 32), y - 13, this.theme.muted);
    this.context.textAlign = "left";
    if (edges[1] <= x + width) {
      this.text("offset", Math.min(edges[1] - 2, this.layout.bar - 34), y - 13, this.theme.muted);
    }
  }

  /** In the overview: what the detail view would show. */
  drawDetailFrame({ left, right, bottom, top }, ink) {
    this.within(this.plot, () => {
      const [x1, x2, y1, y2] = [
        this.project.x(left),
        this.project.x(right),
        this.project.y(top),
        this.project.y(bottom),
      ];
      this.context.strokeStyle = `rgba(${ink}, 0.7)`;
      this.context.setLineDash([5, 4]);
      this.context.strokeRect(Math.round(x1) + 0.5, Math.round(y1) + 0.5, Math.round(x2 - x1), Math.round(y2 - y1) - 1);
    });
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

  /** The waveform below and the power spectrum beside the picture, on its own axes. */
  drawPanels({ layers, measured, viewport, onset, offset }, look) {
    const { waveform, spectrum } = this.layout;
    const picture = layers.at(-1);
    const { theme, ratio, context } = this;
    if (waveform) drawWaveform(context, waveform, picture, viewport, { theme, onset, offset, ratio });
    if (!spectrum) return;
    const power = powerSpectrum(measured, { from: onset, to: offset });
    drawSpectrum(context, spectrum, power, this.project.y, { theme, look, meta: measured.meta, ratio });
  }

  /** The values over which the look spreads the colours. */
  drawColourBar(meta, look) {
    const { y, height } = this.plot;
    const { bar } = this.layout;
    const { bottom, top } = shownDb(look, meta);
    const colours = colourMap(look.cmap);
    const image = new ImageData(1, BAR_ROWS);
    const packed = new Uint32Array(image.data.buffer);
    const rowDb = linearScale(0, BAR_ROWS, top, bottom);
    for (let row = 0; row < BAR_ROWS; row++) {
      packed[row] = colours[Math.round(255 * brightness(rowDb(row + 0.5), look, meta))];
    }
    this.barImage.getContext("2d").putImageData(image, 0, 0);
    this.context.drawImage(this.barImage, bar, y, BAR_WIDTH, height);
    this.context.strokeStyle = this.theme.line;
    this.context.strokeRect(bar - 0.5, y - 0.5, BAR_WIDTH + 1, height + 1);
    this.drawBarTicks(bar + BAR_WIDTH, bottom, top, meta.unit ?? "dB");
  }

  drawBarTicks(right, bottom, top, unit) {
    const { y, height } = this.plot;
    const place = linearScale(bottom, top, y + height, y);
    const ticks = niceTicks(bottom, top, Math.max(height / 60, 2));
    this.context.textAlign = "left";
    this.context.textBaseline = "middle";
    this.context.strokeStyle = this.theme.muted;
    for (const value of ticks.values) {
      this.line(right, place(value), right + 3, place(value));
      this.text(numberText(value, ticks.decimals), right + 6, place(value));
    }
    this.context.textBaseline = "alphabetic";
    this.text(unit, right - BAR_WIDTH, y - 13, this.theme.muted);
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
