/**
 * Paints the stage: the pictures, their axes, the marks of the calls, the panels and the colour bar.
 *
 * @import { Panels, Projection, Ticks } from "../../../display/axes.js"
 * @import { Look, Theme } from "../../../display/colours.js"
 * @import { Picture, Scale } from "../../../display/png.js"
 * @import { Viewport } from "../../../display/viewport.js"
 * @import { Peak } from "../messages/peaks.js"
 * @import { Marks } from "./marks.js"
 * @import { Pen } from "./pen.js"
 *
 * @typedef {Marks & {
 *   layers: Picture[], measured: Picture, peak: Peak | null, viewport: Viewport, covered: boolean, grid: boolean,
 * }} Scene what is on the stage: the pictures, the coarsest first and at least one; the picture that the
 *   spectrum is of, and the call's peak frequency; the part that is shown; whether the last picture covers its time; whether the axes' ticks have lines
 */

import {
  frequencyTicks,
  linearScale,
  niceTicks,
  numberText,
  projection,
  stageLayout,
  timeAxis,
} from "../../../display/axes.js";
import { isLightMap, NO_THEME } from "../../../display/colours.js";
import { powerSpectrum } from "../../../display/power_spectrum.js";
import { context2d, fitCanvas } from "../../dom.js";
import { ColourBar } from "./colour_bar.js";
import { Layers } from "./layers.js";
import { drawMarks } from "./marks.js";
import { drawSpectrum, drawWaveform } from "./panels.js";
import { clipped, frame, line, text, textUpwards } from "./pen.js";

const TICK = 5;

/** One canvas and all that is painted on it. */
export class Painter {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = context2d(canvas);
    this.layers = new Layers();
    this.colourBar = new ColourBar();
    this.theme = NO_THEME;
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
    this.panels = { waveform: false, spectrum: false };
    this.layout = stageLayout(0, 0);
    /** @type {{ viewport: Viewport, scale: Scale } | null} */
    this.shown = null; // the last ones: the axis stays true while the next picture is computed
    /** @type {Projection | null} */
    this.project = null; // of what was painted last
    fitCanvas(canvas, 0, 0, 1);
  }

  get plot() {
    return this.layout.plot;
  }

  /** @returns {Pen} */
  get pen() {
    return { context: this.context, ratio: this.ratio };
  }

  /**
   * Take a size in CSS pixels and the panels; true when something changed, and the canvas is then blank.
   *
   * @param {number} width
   * @param {number} height
   * @param {number} ratio
   * @param {Panels} panels
   */
  resize(width, height, ratio, { waveform = false, spectrum = false }) {
    const { panels } = this;
    const samePanels = panels.waveform === waveform && panels.spectrum === spectrum;
    if (samePanels && this.width === width && this.height === height && this.ratio === ratio) return false;
    this.width = width;
    this.height = height;
    this.ratio = ratio;
    this.panels = { waveform, spectrum };
    fitCanvas(this.canvas, width, height, ratio);
    this.layout = stageLayout(width, height, this.panels);
    return true;
  }

  /**
   * Draw a scene.
   *
   * @param {Scene} scene
   * @param {Look} look
   * @param {Theme} theme
   */
  paint(scene, look, theme) {
    const { layers, viewport, onset } = scene;
    const { meta } = layers[layers.length - 1];
    const { context, layout, pen, plot } = this;
    const project = projection(plot, viewport, meta.scale);
    this.begin(theme);
    this.shown = { viewport, scale: meta.scale };
    this.project = project;
    if (!scene.covered) this.fillBlank();
    clipped(pen, plot, () => {
      for (const picture of layers) this.layers.draw(context, picture, look, viewport, project);
    });
    if (scene.grid) this.drawGrid(project, viewport, meta.scale, onset);
    this.drawFrequencyAxis(project, viewport, meta.scale);
    this.drawTimeAxis(viewport, onset);
    drawMarks(pen, { plot, right: layout.bar, project, theme, onLight: isLightMap(look.cmap) }, scene);
    this.drawPanels(scene, look, project);
    this.colourBar.draw(pen, { x: layout.bar, y: plot.y, height: plot.height }, meta, look, theme);
    frame(pen, plot, theme.line);
  }

  /**
   * Draw the empty axes: no old picture may stand where another is meant.
   *
   * @param {Theme} theme
   */
  blank(theme) {
    this.begin(theme);
    this.fillBlank();
    if (this.shown) {
      const { viewport, scale } = this.shown;
      this.project = projection(this.plot, viewport, scale);
      this.drawFrequencyAxis(this.project, viewport, scale);
    }
    frame(this.pen, this.plot, theme.line);
  }

  /** @param {Theme} theme */
  begin(theme) {
    this.theme = theme;
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.context.font = `11px ${theme.font}`;
    this.context.lineWidth = 1;
  }

  /** Fill what no picture covers: beside one that is being computed, or all of it. */
  fillBlank() {
    const { x, y, width, height } = this.plot;
    this.context.fillStyle = this.theme.blank;
    this.context.globalAlpha = 0.5;
    this.context.fillRect(x, y, width, height);
    this.context.globalAlpha = 1;
  }

  /**
   * @param {Projection} project
   * @param {Viewport} viewport
   * @param {Scale} scale
   */
  drawFrequencyAxis(project, viewport, scale) {
    const { context, pen, theme } = this;
    const { x, y, height } = this.plot;
    const ticks = frequencyTicks(viewport, project.y, height, scale);
    /** @param {number} kilohertz */
    const place = (kilohertz) => project.y(kilohertz * 1000);
    this.drawTicks(ticks, (value, length) => line(pen, x - length, place(value), x, place(value)));
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks.values) {
      text(pen, numberText(value, ticks.decimals), x - TICK - 4, place(value), theme.text);
    }
    textUpwards(pen, "Frequency (kHz)", 12, y + height / 2, theme.muted);
  }

  /**
   * @param {Viewport} viewport
   * @param {number} onset
   */
  drawTimeAxis(viewport, onset) {
    const { context, pen, theme } = this;
    const { x, width } = this.plot;
    const { base } = this.layout;
    const axis = timeAxis(viewport, onset);
    const place = linearScale(axis.from, axis.to, x, x + width);
    const ticks = niceTicks(axis.from, axis.to, width / 72);
    this.drawTicks(ticks, (value, length) => line(pen, place(value), base, place(value), base + length));
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const value of ticks.values) {
      text(pen, numberText(value, ticks.decimals), place(value), base + TICK + 4, theme.text);
    }
    text(pen, `Time from onset (${axis.unit})`, x + width / 2, base + 25, theme.muted);
  }

  /**
   * @param {Ticks} ticks
   * @param {(value: number, length: number) => void} draw
   */
  drawTicks(ticks, draw) {
    this.context.strokeStyle = this.theme.line;
    for (const value of ticks.minor) draw(value, TICK - 2);
    this.context.strokeStyle = this.theme.muted;
    for (const value of ticks.values) draw(value, TICK);
  }

  /**
   * Lines at the ticks of both axes.
   *
   * @param {Projection} project
   * @param {Viewport} viewport
   * @param {Scale} scale
   * @param {number} onset
   */
  drawGrid(project, viewport, scale, onset) {
    const { pen } = this;
    const { x, y, width, height } = this.plot;
    const axis = timeAxis(viewport, onset);
    const place = linearScale(axis.from, axis.to, x, x + width);
    // Grey with half its strength shows on a dark map and on a light one.
    this.context.strokeStyle = "rgba(150, 150, 150, 0.45)";
    for (const value of niceTicks(axis.from, axis.to, width / 72).values) {
      line(pen, place(value), y, place(value), y + height);
    }
    for (const value of frequencyTicks(viewport, project.y, height, scale).values) {
      line(pen, x, project.y(value * 1000), x + width, project.y(value * 1000));
    }
  }

  /**
   * The waveform below and the power spectrum beside the picture, on its own axes.
   *
   * @param {Scene} scene
   * @param {Look} look
   * @param {Projection} project
   */
  drawPanels({ layers, measured, peak, viewport, onset, offset }, look, project) {
    const { waveform, spectrum } = this.layout;
    const { theme, ratio, context } = this;
    const picture = layers[layers.length - 1];
    if (waveform) drawWaveform(context, waveform, picture, viewport, { theme, onset, offset, ratio });
    if (!spectrum) return;
    const power = powerSpectrum(measured, { from: onset, to: offset });
    drawSpectrum(context, spectrum, power, project.y, { theme, look, peak, meta: measured.meta, ratio });
  }
}
