/**
 * The front end of StatusPanel: a summary, a few facts, and tables. Messages: panel.py; parts: sections.py.
 *
 * @import { FailedRow, Parts, StatusModel } from "./messages.d.ts"
 *
 * @typedef {Parts["summary"]["state"] | "stale"} State
 * @typedef {{ button: HTMLButtonElement, act: HTMLElement, outcome: HTMLElement, row: FailedRow }} Retry
 */

import { element, icon, setText } from "../dom.js";
import { Feed } from "./feed.js";
import { LiveTable } from "./table.js";

/** @type {Record<State, string>} */
const WORDS = { well: "Well", trouble: "Trouble", unreachable: "No server", stale: "Not updated" };
// A tick, an exclamation mark, a cross, a clock: who does not see the colour sees the shape.
/** @type {Record<State, string>} */
const SIGNS = {
  well: "M3 8.5 6.5 12 13 4.5",
  trouble: "M8 2.5v7M8 12.6v.4",
  unreachable: "M4 4l8 8M12 4l-8 8",
  stale: "M8 1.8a6.2 6.2 0 1 0 .01 0M8 4.5V8l2.5 1.7",
};
const FACTS = ["Server", "Round trip", "Cache", "Hit rate"];
const SILENT_KERNEL = "The kernel does not answer. If it was restarted, run the notebook's cells again.";

/** One display of a feed. */
class StatusView {
  /**
   * @param {Feed} feed
   * @param {HTMLElement} host
   */
  constructor(feed, host) {
    this.feed = feed;
    this.ended = new AbortController();
    /** @type {WeakMap<HTMLElement, Retry>} by the row of a failed task */
    this.retries = new WeakMap();
    this.signs = new Map(Object.entries(SIGNS).map(([state, path]) => [state, icon(path)]));
    this.word = element("span", {});
    this.chip = element("div", { class: "bc-chip" }, ...this.signs.values(), this.word);
    this.trouble = element("div", { class: "bc-trouble", "aria-live": "polite" });
    this.note = element("div", { class: "bc-note" });
    this.time = element("div", { class: "bc-time" });
    this.facts = new Map(FACTS.map((name) => [name, element("div", { class: "bc-fact" })]));
    this.tables = this.buildTables();
    this.root = this.buildRoot();
    host.append(this.root);
    const { signal } = this.ended;
    document.addEventListener("visibilitychange", () => this.visible && feed.wake(), { signal });
    this.detach = feed.attach(this);
  }

  buildTables() {
    return {
      sites: new LiveTable({
        name: "sites",
        title: "Sites",
        empty: "No worker has been heard of.",
        columns: ["Site", "Workers", "Asked for", "Ahead", "Prepare"],
      }),
      running: new LiveTable({
        name: "running",
        title: "Running",
        empty: "Nothing runs just now.",
        columns: ["Task", "Site", "For", "Worker"],
      }),
      workers: new LiveTable({
        name: "workers",
        title: "Workers",
        empty: "No worker has been heard of.",
        columns: ["State", "Worker", "Site", "Host", "Version", "Load", "Heard of"],
      }),
      failed: new LiveTable({
        name: "failed",
        title: "Failed",
        empty: "Nothing has failed in the last hour.",
        columns: ["Task", "Site", "When", "Worker", ""],
        /**
         * @param {HTMLElement} node
         * @param {FailedRow} row
         */
        extend: (node, row) => this.extendFailed(node, row),
      }),
    };
  }

  buildRoot() {
    const words = element("div", { class: "bc-words" }, this.trouble, this.note);
    const summary = element("div", { class: "bc-summary" }, this.chip, words, this.time);
    const facts = [...this.facts].map(([name, value]) => {
      return element("div", {}, element("div", { class: "bc-name" }, name), value);
    });
    const tables = Object.values(this.tables).map((table) => table.node);
    return element(
      "div",
      { class: "battycoda-status", role: "group", "aria-label": "Cluster status" },
      summary,
      element("div", { class: "bc-known" }, element("div", { class: "bc-facts" }, ...facts), ...tables),
    );
  }

  get visible() {
    return this.root.isConnected && !document.hidden;
  }

  end() {
    this.detach();
    this.ended.abort();
    this.root.remove();
  }

  /** Draw what the kernel has sent. */
  show() {
    const { facts, sites, running, workers, failed } = this.feed.parts;
    for (const [name, value] of facts?.items ?? []) {
      const node = this.facts.get(name);
      if (!node) continue;
      setText(node, value);
      node.title = value;
    }
    if (sites) this.tables.sites.show(sites);
    if (running) this.tables.running.show(running);
    if (workers) this.tables.workers.show(workers);
    if (failed) this.tables.failed.show(failed);
    this.root.classList.toggle("bc-nothing", !facts);
    this.refresh();
  }

  /** Show whether it still holds. */
  refresh() {
    const { feed } = this;
    const { summary } = feed.parts;
    const stale = feed.stale || !feed.known;
    /** @type {State} */
    const state = stale || !summary ? "stale" : summary.state;
    const since = feed.known ? clockText(feed.received) : "";
    this.root.dataset.state = state;
    this.chip.dataset.state = state;
    setText(this.word, feed.known ? WORDS[state] : "Asking");
    for (const [name, sign] of this.signs) sign.style.display = name === state ? "" : "none";
    const silence = feed.known ? `Not updated since ${since}. ${SILENT_KERNEL}` : "";
    setText(this.trouble, stale ? silence : (summary?.sentence ?? ""));
    setText(this.note, feed.known ? (stale ? "" : (summary?.note ?? "")) : "Asking the kernel …");
    setText(this.time, this.timeText(state, since));
  }

  /**
   * @param {State} state
   * @param {string} since
   */
  timeText(state, since) {
    if (state === "stale") return "";
    if (state !== "unreachable") return `Updated ${since}`;
    return this.feed.answered ? `Below: as of ${clockText(this.feed.answered)}` : "";
  }

  /**
   * Put beside what failed the button to try it again, and below it what came of that.
   *
   * @param {HTMLElement} node
   * @param {FailedRow} row
   */
  extendFailed(node, row) {
    const retry = this.retryOf(node, row);
    const busy = this.feed.isBusy(row);
    retry.row = row;
    retry.button.setAttribute("aria-disabled", String(busy));
    retry.button.setAttribute("aria-label", `Try again: ${row.cells[0]}`);
    setText(retry.outcome, busy && !row.busy ? "Asked for again …" : row.outcome);
    if (node.lastChild !== retry.outcome) node.append(retry.act, retry.outcome);
  }

  /**
   * @param {HTMLElement} node
   * @param {FailedRow} row
   */
  retryOf(node, row) {
    let retry = this.retries.get(node);
    if (!retry) {
      const attributes = { type: "button", "data-lm-suppress-shortcuts": "true" }; // Enter and Space are for it then
      const button = element("button", attributes, "Try again");
      const act = element("div", { class: "bc-act", role: "cell" }, button);
      const outcome = element("div", { class: "bc-more bc-outcome", role: "cell", "aria-live": "polite" });
      const made = { button, act, outcome, row };
      button.addEventListener("click", () => this.feed.retry(made.row));
      this.retries.set(node, made);
      retry = made;
    }
    return retry;
  }
}

/** @param {number} time ms */
function clockText(time) {
  return new Date(time).toLocaleTimeString();
}

export default () => {
  /** @type {Feed | null} */
  let feed = null; // one per model: two displays of it share what they know
  return {
    /** @param {{ model: StatusModel }} options */
    initialize({ model }) {
      const started = new Feed(model);
      feed = started;
      started.start();
      return () => started.stop();
    },
    /** @param {{ el: HTMLElement }} options */
    render({ el }) {
      if (!feed) throw new Error("render comes after initialize");
      const view = new StatusView(feed, el);
      return () => view.end();
    },
  };
};
