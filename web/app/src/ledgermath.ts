// The ledger's arithmetic: generated = delivered + failed + unknown + in flight.
import type { Events } from "./contract";

export type Fate = "delivered" | "failed" | "unknown" | "in_flight";
export const FATES: Fate[] = ["delivered", "failed", "unknown", "in_flight"];

export interface LedgerLine {
  fate: Fate;
  events: number;
  ratio: number | null;
}

export interface Ledger {
  lines: LedgerLine[];
  generated: number;
  sum: number;
  missing: number; // generated - sum; anything but 0 is a fault of ours
}

export function ledgerOf(events: Partial<Events>): Ledger {
  const generated = events.generated ?? 0;
  const lines = FATES.map((fate) => {
    const count = events[fate] ?? 0;
    return { fate, events: count, ratio: generated > 0 ? count / generated : null };
  });
  const sum = lines.reduce((total, line) => total + line.events, 0);
  return { lines, generated, sum, missing: generated - sum };
}

/**
 * Widths in percent that sum to 100; whatever exists gets at least `least`, so that one failed event in a
 * billion can still be seen.
 */
export function barWidths(counts: number[], least: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return counts.map(() => 0);
  const raised = counts.map((count) => (count <= 0 ? 0 : Math.max((count / total) * 100, least)));
  const excess = raised.reduce((sum, width) => sum + width, 0) - 100;
  const largest = raised.indexOf(Math.max(...raised));
  return raised.map((width, at) => (at === largest ? width - excess : width));
}
