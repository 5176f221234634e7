/**
 * One status panel's life in the browser: what it has received, when, and what it asks of the kernel. No document in
 * here.
 *
 * @import { BrowserMessage, FailedRow, Parts, StatusMessage, StatusModel } from "./messages.d.ts"
 *
 * @typedef {object} FeedView
 * @property {boolean} visible
 * @property {() => void} show draws what has changed
 * @property {() => void} refresh shows whether it still holds
 */

const STALE_MS = 5000; // the kernel sends once a second, if only that nothing has changed
const BEAT_MS = 250;
const CONFIRM_MS = 20_000; // the kernel goes on for a minute without a message from us
const ASK_MS = 1000;
const ASK_SELDOM_MS = 15_000; // what is sent to a kernel that is cut off is kept for it, so not too much of it

/** Views of one model share its feed. */
export class Feed {
  /** @param {StatusModel} model */
  constructor(model) {
    this.model = model;
    /** @type {Partial<Parts>} */
    this.parts = {};
    this.complete = false;
    this.number = 0;
    this.received = 0; // ms; when the last message came
    this.answered = 0; // ms; when the last one came that was from a server that answers
    this.asked = 0;
    this.pause = ASK_MS;
    /** @type {Map<string, number>} */
    this.pressed = new Map(); // task: how often it had been tried when its button was pressed
    /** @type {Set<FeedView>} */
    this.views = new Set();
    this.timer = 0;
    /** @param {StatusMessage} message */
    this.receiver = (message) => this.receive(message);
  }

  start() {
    this.model.on("msg:custom", this.receiver);
    this.timer = setInterval(() => this.beat(), BEAT_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.model.off("msg:custom", this.receiver);
  }

  /**
   * Add a view; it is drawn at once. Returns what takes it away again.
   *
   * @param {FeedView} view
   */
  attach(view) {
    this.views.add(view);
    view.show();
    this.wake();
    return () => this.views.delete(view);
  }

  /** Somebody looks again: ask the kernel at once. */
  wake() {
    this.asked = 0;
    this.pause = ASK_MS;
    this.beat();
  }

  get known() {
    return this.received > 0;
  }

  get stale() {
    return Date.now() - this.received > STALE_MS;
  }

  beat() {
    for (const view of this.views) view.refresh();
    if (![...this.views].some((view) => view.visible)) return;
    const well = this.complete && !this.stale;
    if (Date.now() - this.asked < (well ? CONFIRM_MS : this.pause)) return;
    if (!well) this.pause = Math.min(this.pause * 1.5, ASK_SELDOM_MS);
    this.send({ type: "shown", whole: !this.complete });
    this.asked = Date.now();
  }

  /** @param {StatusMessage} message */
  receive(message) {
    if (message?.type !== "status") return;
    const fits = message.whole || (this.complete && message.number === this.number + 1);
    if (!fits) {
      // Some message was lost, or came before we were there.
      this.complete = false;
      return this.beat();
    }
    const first = !this.complete;
    this.parts = { ...this.parts, ...message.parts };
    this.number = message.number;
    this.complete = true;
    this.received = Date.now();
    if (this.parts.summary?.state !== "unreachable") this.answered = this.received;
    this.pause = ASK_MS;
    if (message.whole || first) this.send({ type: "shown", whole: false }); // the kernel repeats it all until then
    for (const view of this.views) view.show();
  }

  /**
   * Ask to have a failed task tried again; once more while that is under way does nothing.
   *
   * @param {FailedRow} row
   */
  retry(row) {
    if (this.stale || this.isBusy(row)) return;
    this.pressed.set(row.id, row.times);
    this.send({ type: "retry", task_id: row.id });
    for (const view of this.views) view.show();
  }

  /**
   * Whether a failed task is being tried again, as the kernel has it, or as its button has it until the kernel answers.
   *
   * @param {FailedRow} row
   */
  isBusy(row) {
    return row.busy || this.pressed.get(row.id) === row.times;
  }

  /** @param {BrowserMessage} message */
  send(message) {
    try {
      this.model.send(message);
    } catch {
      this.asked = Date.now(); // the kernel is gone, and our channel with it: we grow stale, which is shown
    }
  }
}
