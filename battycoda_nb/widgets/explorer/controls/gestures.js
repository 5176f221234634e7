/** The pointer over the picture: the wheel zooms, dragging moves, a box zooms into what it holds. */

import { element } from "../../dom.js";

const WHEEL_RATE = 0.0016; // a notch of 120 is a factor of 1.2
const LINE_PX = 16; // for mice that count in lines
const DRAG_PX = 4; // less is a click

/** Gestures on one view's surface, the canvas above the picture. */
export class Gestures {
  constructor(surface, view) {
    this.surface = surface;
    this.view = view;
    this.box = element("div", { class: "bc-box", "aria-hidden": "true" });
    this.box.hidden = true;
    this.boxing = false;
  }

  listen(signal) {
    const on = (event, handler, options = {}) => this.surface.addEventListener(event, handler, { signal, ...options });
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", () => this.cancel());
    on("dblclick", () => this.zoom.reset());
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

  pointOf({ offsetX, offsetY }) {
    const { project, plot } = this.view.painter;
    if (!project) return null;
    const inPlot =
      offsetX >= plot.x && offsetX < plot.x + plot.width && offsetY >= plot.y && offsetY < plot.y + plot.height;
    const onAxis = offsetX < plot.x && offsetY >= plot.y && offsetY < plot.y + plot.height;
    return { seconds: project.seconds(offsetX), hertz: project.hertz(offsetY), inPlot, onAxis };
  }

  /** Only with the focus: who scrolls through a notebook must not be held up by a picture. */
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

  press(event) {
    const point = this.pointOf(event);
    if (event.button !== 0 || !point?.inPlot) return;
    this.surface.setPointerCapture(event.pointerId);
    this.drag = { x: event.offsetX, y: event.offsetY, from: point, view: this.view.session.viewport, moved: false };
  }

  move(event) {
    const { drag } = this;
    if (!drag) return;
    const [dx, dy] = [event.offsetX - drag.x, event.offsetY - drag.y];
    drag.moved ||= Math.hypot(dx, dy) >= DRAG_PX;
    if (!drag.moved) return;
    if (this.boxing) this.drawBox(drag, event);
    else this.dragPicture(drag, dx, dy);
  }

  /** The point that was taken hold of stays under the pointer. */
  dragPicture({ view }, dx, dy) {
    const { width, height } = this.view.painter.plot;
    this.surface.classList.add("bc-dragging");
    const [dt, df] = [(-dx / width) * (view.right - view.left), (dy / height) * (view.top - view.bottom)];
    this.zoom.show({ left: view.left + dt, right: view.right + dt, bottom: view.bottom + df, top: view.top + df });
  }

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
    this.cancel();
    if (!drag?.moved || !boxing || !drag.box) return;
    const { project } = this.view.painter;
    const { x1, x2, y1, y2 } = drag.box;
    this.zoom.show({
      left: project.seconds(x1),
      right: project.seconds(x2),
      bottom: project.hertz(y2),
      top: project.hertz(y1),
    });
  }
}
