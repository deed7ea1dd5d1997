// Thresholds: their figures as people read them, and one line for all.
import type { Threshold } from "./contract";
import { ms, NOTHING, percent, whole } from "./units";

/** In the unit of its threshold: 1.2 ms, 0.1 %, 49,500/s. */
export function figureOf(unit: Threshold["unit"] | string, value: number | null): string {
  if (value === null) return NOTHING;
  if (unit === "us") return `${ms(value)} ms`;
  if (unit === "share") return percent(value);
  return unit === "events/s" ? `${whole(value)}/s` : whole(value);
}

export const STATE_WORDS: Record<string, string> = { met: "met", missed: "missed", none: "not judged yet" };

/** A sign for each state, so that colour is never alone. */
export const STATE_SIGNS: Record<string, string> = { met: "✓", missed: "✗", none: "·" };

export function passingWords(thresholds: Threshold[]): string {
  const missed = thresholds.filter((one) => one.state === "missed");
  const met = thresholds.filter((one) => one.state === "met").length;
  if (missed.length > 0)
    return `${missed.length} of ${thresholds.length} missed: ${missed.map((one) => `${one.text} (${figureOf(one.unit, one.value)})`).join(", ")}`;
  if (met === thresholds.length) return met === 1 ? "met" : `all ${met} met`;
  return met === 0 ? "judged once the load is steady" : `${met} of ${thresholds.length} met`;
}
