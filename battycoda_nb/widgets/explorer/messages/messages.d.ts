/**
 * Traits of the explorer's model, and its messages in both directions. view.py lists the same names with what they
 * mean; tests/widgets/explorer/messages/test_messages.py holds the two against each other.
 */

import type { Model } from "../../model.d.ts";

export interface Traits {
  call: number;
  count: number;
  unit: "call" | "window";
  channel: number;
  channels: number;
  overview: boolean;
  times: [number, number] | null;
  frequencies: [number, number] | null;
  window: "tukey" | "hann" | "hamming" | "blackmanharris";
  window_length: number;
  overlap: number | null;
  scale: "linear" | "mel" | "pcen";
  presets: Record<string, Transform>;
  mapping: "range" | "contrast";
  low: number;
  high: number;
  contrast: number;
  cmap: string;
  reference: number;
  rms: number;
  grid: boolean;
  waveform: boolean;
  spectrum: boolean;
  strip: boolean;
  filmstrip: boolean;
  markers: [number, number][];
  expansion: 1 | 5 | 8 | 10 | 16 | 20;
  heterodyne: number;
  bindings: Record<string, string[]>;
  label_keys: Record<string, string>;
  advance: boolean;
  title: string;
  notice: string;
}

export type Transform = Pick<Traits, "window" | "window_length" | "overlap" | "scale">;
export type Look = Pick<Traits, "mapping" | "low" | "high" | "contrast" | "cmap" | "rms" | "reference">;
export type Listening = Pick<Traits, "expansion" | "heterodyne">;

export type ExplorerModel = Model<Traits, KernelMessage, BrowserMessage>;

// Parts of messages

/** One picture, by name; `transform` as transformToken (pictures.js) writes it. */
export interface Place {
  call: number;
  channel: number;
  overview: boolean;
  transform: string;
}

/** A closer picture, by name: `start` and `stop` in s from the recording's start. */
export interface Span {
  file: number;
  call: number;
  channel: number;
  transform: string;
  start: number;
  stop: number;
}

/** A sound, by name. */
export interface SoundName {
  call: number;
  channel: number;
  overview: boolean;
  expansion: Traits["expansion"];
  heterodyne: number;
}

/** Of the PNG of a spectrogram (png.py): what its levels, rows and columns are. */
export interface BlobMeta {
  sample_rate: number;
  time: [number, number];
  end: number;
  frequency: [number, number];
  db: [number, number];
  enbw: number;
  scale: "linear" | "mel" | "pcen";
  unit: "dB" | "PCEN";
  wave: number;
  shape: [number, number];
}

/** Of a call's picture: `onset` and `offset` in s from the recording's start. */
export interface PictureMeta extends BlobMeta {
  call: { onset: number; offset: number; label: string };
}

/** Of a strip's segment: its first column of all, and how many there are in all. */
export interface SegmentMeta extends BlobMeta {
  first: number;
  total: number;
}

// From the kernel

export interface RecordingMessage {
  type: "recording";
  file: number;
  first: number;
  count: number;
  title: string;
  notice: string;
  recorded: string;
  duration: number;
  nyquist: number;
  channels: number;
  rms: number;
  unit: "call" | "window";
  padding: [number, number];
}

export interface PictureMessage extends Place {
  type: "picture";
  digest: string;
  meta: PictureMeta;
}

export interface FailedMessage extends Place {
  type: "failed";
  digest: string;
  message: string;
}

export interface WaitingMessage extends Place {
  type: "waiting";
  message: string;
}

export interface CloseMessage extends Span {
  type: "close";
  ahead: boolean;
  digest?: string;
  meta?: PictureMeta;
  failed?: string;
  dropped?: boolean;
}

export interface StripMessage {
  type: "strip";
  file: number;
  channel: number;
  metas?: SegmentMeta[];
  failed?: string;
  dropped?: boolean;
}

export interface SoundMessage extends SoundName {
  type: "sound";
  start?: number;
  failed?: string;
}

/** Of as many steps as there are `peaks`, from `first` on: [Hz, whether it lies at the band's edge], or null. */
export interface PeaksMessage {
  type: "peaks";
  channel: number;
  first: number;
  peaks: ([number, boolean] | null)[];
}

export interface LabelsMessage {
  type: "labels";
  entries: [number, string, string][];
  labelled: number | null;
  call: number | null;
  problem: string;
}

export interface PlayMessage {
  type: "play";
}

export interface StopMessage {
  type: "stop";
}

export interface ActMessage {
  type: "act";
  action: string;
}

export type KernelMessage =
  | RecordingMessage
  | PictureMessage
  | FailedMessage
  | WaitingMessage
  | CloseMessage
  | StripMessage
  | SoundMessage
  | PeaksMessage
  | LabelsMessage
  | PlayMessage
  | StopMessage
  | ActMessage;

// To the kernel

export interface ReadyRequest {
  type: "ready";
}

export interface NeedRequest extends Place {
  type: "need";
}

export interface RetryRequest extends Place {
  type: "retry";
}

export interface WantRequest {
  type: "want";
  calls: number[];
}

export interface CloseRequest extends Span {
  type: "close";
  ahead: boolean;
}

export interface StripRequest {
  type: "strip";
  file: number;
  channel: number;
  call: number;
}

export interface SoundRequest extends SoundName {
  type: "sound";
  ahead: boolean;
}

export interface JudgeRequest {
  type: "judge";
  action: "label" | "accept" | "reject" | "remove" | "undo" | "redo";
  call: number;
  label?: string;
}

export type BrowserMessage =
  | ReadyRequest
  | NeedRequest
  | RetryRequest
  | WantRequest
  | CloseRequest
  | StripRequest
  | SoundRequest
  | JudgeRequest;
