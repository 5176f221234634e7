/**
 * Messages of the status panel in both directions. panel.py lists the same names with what they mean;
 * tests/widgets/explorer/messages/test_messages.py holds the two against each other. There are no traits of its own.
 */

import type { Model } from "../model.d.ts";

export type StatusModel = Model<Record<never, never>, KernelMessage, BrowserMessage>;

/** The sections of the panel (sections.py). */
export interface Parts {
  summary: { state: "well" | "trouble" | "unreachable"; sentence: string; note: string };
  facts: { items: [string, string][] };
  sites: Table<Row>;
  workers: Table<Row>;
  running: Table<Row>;
  failed: Table<FailedRow>;
}

/** The first rows, and how many there are in all. */
export interface Table<R extends Row> {
  count: number;
  rows: R[];
}

/** `more` is a sentence below the cells, or empty. */
export interface Row {
  id: string;
  cells: string[];
  bad: boolean;
  more: string;
}

/** What failed (retries.py): how often it was tried again, whether that is under way, what came of it. */
export interface FailedRow extends Row {
  times: number;
  busy: boolean;
  outcome: string;
}

// From the kernel

export interface StatusMessage {
  type: "status";
  number: number;
  whole: boolean;
  parts: Partial<Parts>;
}

export type KernelMessage = StatusMessage;

// To the kernel

export interface ShownRequest {
  type: "shown";
  whole: boolean;
}

export interface RetryRequest {
  type: "retry";
  task_id: string;
}

export type BrowserMessage = ShownRequest | RetryRequest;
