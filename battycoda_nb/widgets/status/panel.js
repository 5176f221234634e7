/** The front end of StatusPanel: a summary, a few facts, and tables. Messages: status.py; parts: sections.py. */

import { element, icon, setText } from "../dom.js";
import { Feed } from "./feed.js";
import { LiveTable } from "./table.js";

const WORDS = { well: "Well", trouble: "Trouble", unreachable: "No server", stale: "Not updated" };
// A tick, an exclamation mark, a cross, a clock: who does not see the colour sees the shape.
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
  constructor(feed, host) {
    this.feed = feed;
    this.ended = new AbortController();
    this.build();
    host.append(this.root);
    const { signal } = this.ended;
    document.addEventListener("visibilitychange", () => this.visible && feed.wake(), { signal });
    this.detach = feed.attach(this);
  }

  build() {
    this.signs = Object.fromEntries(Object.entries(SIGNS).map(([state, path]) => [state, icon(path)]));
    this.word = element("span", {});
    this.chip = element("div", { class: "bc-chip" }, ...Object.values(this.signs), this.word);
    this.trouble = element("div", { class: "bc-trouble", "aria-live": "polite" });
    this.note = element("div", { class: "bc-note" });
    this.time = element("div", { class: "bc-time" });
    const words = element("div", { class: "bc-words" }, this.trouble, this.note);
    const summary = element("div", { class: "bc-summary" }, this.chip, words, this.time);
    this.facts = new Map(FACTS.map((name) => [name, element("div", { class: "bc-fact" })]));
    const facts = [...this.facts].map(([name, value]) => {
      return element("div", {}, element("div", { class: "bc-name" }, name), value);
    });
    this.tables = {
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
        extend: (node, row) => this.extendFailed(node, row),
      }),
    };
    const tables = Object.values(this.tables).map((table) => table.node);
    this.root = element(
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

  /** Draw what the kernel has told. */
  show() {
    const { parts } = this.feed;
    for (const [name, value] of parts.facts?.items ?? []) {
      const node = this.facts.get(name);
      setText(node, value);
      node.title = value;
    }
    for (const [name, table] of Object.entries(this.tables)) if (parts[name]) table.show(parts[name]);
    this.root.classList.toggle("bc-nothing", !parts.facts);
    this.refresh();
  }

  /** Say whether it still holds. */
  refresh() {
    const { feed } = this;
    const summary = feed.parts.summary ?? { state: "stale", sentence: "", note: "" };
    const stale = feed.stale || !feed.known;
    const state = stale ? "stale" : summary.state;
    const since = feed.known ? clockText(feed.heard) : "";
    this.root.dataset.state = state;
    this.chip.dataset.state = state;
    setText(this.word, feed.known ? WORDS[state] : "Asking");
    for (const [name, sign] of Object.entries(this.signs)) sign.style.display = name === state ? "" : "none";
    const silence = feed.known ? `Not updated since ${since}. ${SILENT_KERNEL}` : "";
    setText(this.trouble, stale ? silence : summary.sentence);
    setText(this.note, feed.known ? (stale ? "" : summary.note) : "Asking the kernel …");
    setText(this.time, this.timeText(state, since));
  }

  timeText(state, since) {
    if (state === "stale") return "";
    if (state !== "unreachable") return `Updated ${since}`;
    return this.feed.sound ? `Below: as of ${clockText(this.feed.sound)}` : "";
  }

  /** Beside what failed: the button to try it again, and below it what came of that. */
  extendFailed(node, row) {
    if (!node.again) {
      const attributes = { type: "button", "data-lm-suppress-shortcuts": "true" }; // Enter and Space are for it then
      node.again = element("button", attributes, "Try again");
      node.again.addEventListener("click", () => this.feed.retry(node.row));
      node.act = element("div", { class: "bc-act", role: "cell" }, node.again);
      node.outcome = element("div", { class: "bc-more bc-outcome", role: "cell", "aria-live": "polite" });
    }
    node.row = row;
    const busy = this.feed.isBusy(row);
    node.again.setAttribute("aria-disabled", String(busy));
    node.again.setAttribute("aria-label", `Try again: ${row.cells[0]}`);
    setText(node.outcome, busy && !row.busy ? "Asked for again …" : row.outcome);
    if (node.lastChild !== node.outcome) node.append(node.act, node.outcome);
  }
}

function clockText(time) {
  return new Date(time).toLocaleTimeString();
}

export default () => {
  let feed; // one per model: two displays of it share what they know
  return {
    initialize({ model }) {
      feed = new Feed(model);
      feed.start();
      return () => feed.stop();
    },
    render({ el }) {
      const view = new StatusView(feed, el);
      return () => view.end();
    },
  };
};
