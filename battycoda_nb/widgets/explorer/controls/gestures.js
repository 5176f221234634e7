/**
 * The pointer over the picture: the wheel zooms, dragging moves, a box zooms into what it holds.
 *
 * @import { Point, Viewport } from "../../../display/viewport.js"
 * @import { Painter } from "../painting/painter.js"
 * @import { Session } from "../session.js"
 *
 * @typedef {{ root: HTMLElement, painter: Painter, session: Session }} Stage
 *
 * @typedef {object} Drag
 * @property {number} x CSS pixels of the surface, where it began
 * @property {number} y
 * @property {Viewport} view shown when it began
 * @property {boolean} moved
 * @property {{ x1: number, x2: number, y1: number, y2: number }} [box]
 */

import { element } from "../../dom.js";

const WHEEL_RATE = 0.0016; // a notch of 120 is a factor of 1.2
const LINE_PX = 16; // for mice that count in lines
const DRAG_PX = 4; // less is a click

/** Gestures on one view's surface, the canvas above the picture. */
export class Gestures {
  /**
   * @param {HTMLElement} surface
   * @param {Stage} view
   */
  constructor(surface, view) {
    this.surface = surface;
    this.view = view;
    this.box = element("div", { class: "bc-box", "aria-hidden": "true" });
    this.box.hidden = true;
    this.boxing = false;
    /** @type {Drag | null} */
    this.drag = null;
  }

  /**
   * Listen until the signal aborts.
   *
   * @param {AbortSignal} signal
   */
  listen(signal) {
    const { surface } = this;
    surface.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
    surface.addEventListener("pointerdown", (event) => this.press(event), { signal });
    surface.addEventListener("pointermove", (event) => this.move(event), { signal });
    surface.addEventListener("pointerup", () => this.release(), { signal });
    surface.addEventListener("pointercancel", () => this.cancel(), { signal });
    surface.addEventListener("dblclick", () => this.zoom.reset(), { signal });
  }

  get zoom() {
    return this.view.session.zoom;
  }

  /** The next drag draws a box. */
  startBox() {
    this.boxing = !this.boxing;
    this.surface.classList.toggle("bc-boxing", this.boxing);
    return this.boxing;
  }

  cancel() {
    this.drag = null;
    this.boxing = false;
    this.box.hidden = true;
    this.surface.classList.remove("bc-boxing", "bc-dragging");
  }

  /**
   * The place of the pointer in the recording, and whether it is in the plot or on the frequency axis.
   *
   * @param {MouseEvent} event
   * @returns {(Point & { inPlot: boolean, onAxis: boolean }) | null}
   */
  pointOf({ offsetX, offsetY }) {
    const { project, plot } = this.view.painter;
    if (!project) return null;
    const inPlot =
      offsetX >= plot.x && offsetX < plot.x + plot.width && offsetY >= plot.y && offsetY < plot.y + plot.height;
    const onAxis = offsetX < plot.x && offsetY >= plot.y && offsetY < plot.y + plot.height;
    return { seconds: project.seconds(offsetX), hertz: project.hertz(offsetY), inPlot, onAxis };
  }

  /**
   * Zoom, only with the focus: who scrolls through a notebook must not be held up by a picture.
   *
   * @param {WheelEvent} event
   */
  wheel(event) {
    if (!this.view.root.contains(document.activeElement)) return;
    const point = this.pointOf(event);
    if (!point || !(point.inPlot || point.onAxis)) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? LINE_PX : 1;
    const [across, down] = [event.deltaX * unit, event.deltaY * unit];
    if (event.shiftKey || Math.abs(across) > Math.abs(down)) {
      // Some systems turn the wheel's direction while Shift is held.
      this.zoom.pan((Math.abs(across) > Math.abs(down) ? across : down) / this.view.painter.plot.width, 0);
      return;
    }
    const axes = event.altKey || point.onAxis ? "frequency" : event.ctrlKey ? "both" : "time";
    this.zoom.zoom(Math.exp(-down * WHEEL_RATE), point, axes);
  }

  /** @param {PointerEvent} event */
  press(event) {
    const { viewport } = this.view.session;
    if (event.button !== 0 || !viewport || !this.pointOf(event)?.inPlot) return;
    this.surface.setPointerCapture(event.pointerId);
    this.drag = { x: event.offsetX, y: event.offsetY, view: viewport, moved: false };
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { drag } = this;
    if (!drag) return;
    const [dx, dy] = [event.offsetX - drag.x, event.offsetY - drag.y];
    drag.moved ||= Math.hypot(dx, dy) >= DRAG_PX;
    if (!drag.moved) return;
    if (this.boxing) this.drawBox(drag, event);
    else this.dragPicture(drag, dx, dy);
  }

  /**
   * Move the picture: the point that was taken hold of stays under the pointer.
   *
   * @param {Drag} drag
   * @param {number} dx
   * @param {number} dy
   */
  dragPicture({ view }, dx, dy) {
    const { width, height } = this.view.painter.plot;
    this.surface.classList.add("bc-dragging");
    const [dt, df] = [(-dx / width) * (view.right - view.left), (dy / height) * (view.top - view.bottom)];
    this.zoom.show({ left: view.left + dt, right: view.right + dt, bottom: view.bottom + df, top: view.top + df });
  }

  /**
   * @param {Drag} drag
   * @param {MouseEvent} event
   */
  drawBox(drag, { offsetX, offsetY }) {
    const { x, y, width, height } = this.view.painter.plot;
    const [x1, x2] = [drag.x, Math.min(Math.max(offsetX, x), x + width)].sort((one, other) => one - other);
    const [y1, y2] = [drag.y, Math.min(Math.max(offsetY, y), y + height)].sort((one, other) => one - other);
    Object.assign(this.box.style, { left: `${x1}px`, top: `${y1}px`, width: `${x2 - x1}px`, height: `${y2 - y1}px` });
    this.box.hidden = false;
    drag.box = { x1, x2, y1, y2 };
  }

  release() {
    const { drag, boxing } = this;
    const { project } = this.view.painter;
    this.cancel();
    if (!drag?.moved || !boxing || !drag.box || !project) return;
    const { x1, x2, y1, y2 } = drag.box;
    this.zoom.show({
      left: project.seconds(x1),
      right: project.seconds(x2),
      bottom: project.hertz(y2),
      top: project.hertz(y1),
    });
  }
}
