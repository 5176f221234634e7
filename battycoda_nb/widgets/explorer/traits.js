/**
 * The model's traits in groups that are read, followed and set together.
 *
 * @import { ExplorerModel, Look, Traits, Transform } from "./messages/messages.d.ts"
 */

export const PLACE_TRAITS = /** @type {const} */ (["call", "channel", "overview"]);
export const TRANSFORM_TRAITS = /** @type {const} */ (["window", "window_length", "overlap", "scale"]);
export const LOOK_TRAITS = /** @type {const} */ (["mapping", "low", "high", "contrast", "cmap", "rms", "reference"]);
export const ZOOM_TRAITS = /** @type {const} */ (["times", "frequencies"]);
export const SOUND_TRAITS = /** @type {const} */ (["expansion", "heterodyne"]);
export const PANEL_TRAITS = /** @type {const} */ (["grid", "markers", "waveform", "spectrum", "strip", "filmstrip"]);
export const TEXT_TRAITS = /** @type {const} */ (["title", "notice", "channels", "unit", "bindings", "label_keys"]);

/**
 * @param {ExplorerModel} model
 * @returns {Transform}
 */
export function readTransform(model) {
  return {
    window: model.get("window"),
    window_length: model.get("window_length"),
    overlap: model.get("overlap"),
    scale: model.get("scale"),
  };
}

/**
 * @param {ExplorerModel} model
 * @returns {Look}
 */
export function readLook(model) {
  return {
    mapping: model.get("mapping"),
    low: model.get("low"),
    high: model.get("high"),
    contrast: model.get("contrast"),
    cmap: model.get("cmap"),
    rms: model.get("rms"),
    reference: model.get("reference"),
  };
}

/**
 * Set traits in this browser; `model.save_changes()` tells the kernel.
 *
 * @param {ExplorerModel} model
 * @param {Partial<Traits>} changes
 */
export function setTraits(model, changes) {
  for (const name of namesIn(changes)) {
    const value = changes[name];
    if (value !== undefined) model.set(name, value);
  }
}

/**
 * The names of the traits in an object that holds nothing else.
 *
 * @template {Partial<Traits>} Changes
 * @param {Changes} changes
 */
export function namesIn(changes) {
  return /** @type {(keyof Changes & keyof Traits)[]} */ (Object.keys(changes)); // TypeScript takes objects to hold more
}
