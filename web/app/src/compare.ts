// Two runs beside each other: which figures, and by how many percent they differ.
import type { Run } from "./contract";
import { megabytes, ms, percent, whole } from "./units";

export interface Difference {
  label: string;
  a: string;
  b: string;
  change: number | null; // (b - a) / a; null when there is nothing to divide by
  better: "more" | "less" | null;
}

interface Figure {
  label: string;
  better: "more" | "less" | null;
  read: (run: Run) => number | null | undefined;
  print: (value: number | null | undefined) => string;
}

const FIGURES: Figure[] = [
  { label: "Delivered events/s, mean", better: "more", read: (r) => r.mean_per_s.delivered, print: whole },
  { label: "Asked events/s", better: null, read: (r) => r.settings.rate, print: whole },
  { label: "Achieved of what was asked", better: "more", read: (r) => r.achieved_ratio, print: percent },
  { label: "Payload MB/s, mean", better: "more", read: (r) => r.mean_per_s.payload_bytes ?? perSecond(r.bytes.payload, r), print: megabytes },
  { label: "Events generated", better: null, read: (r) => r.events.generated, print: whole },
  { label: "Events delivered", better: null, read: (r) => r.events.delivered, print: whole },
  { label: "Events failed", better: "less", read: (r) => r.events.failed, print: whole },
  { label: "Events unknown", better: "less", read: (r) => r.events.unknown, print: whole },
  { label: "Throttled answers", better: "less", read: (r) => r.events.throttled, print: whole },
  { label: "Retried events", better: "less", read: (r) => r.events.retried, print: whole },
  { label: "Latency p50 (ms)", better: "less", read: (r) => r.latency_us.p50, print: ms },
  { label: "Latency p95 (ms)", better: "less", read: (r) => r.latency_us.p95, print: ms },
  { label: "Latency p99 (ms)", better: "less", read: (r) => r.latency_us.p99, print: ms },
  { label: "Latency max (ms)", better: "less", read: (r) => r.latency_us.max, print: ms },
  { label: "Service p50 (ms)", better: "less", read: (r) => r.service_us.p50, print: ms },
  { label: "Service p99 (ms)", better: "less", read: (r) => r.service_us.p99, print: ms },
  { label: "Largest schedule lag (ms)", better: "less", read: (r) => r.lag_us_max, print: ms },
  { label: "Secondaries", better: null, read: (r) => r.secondaries.length, print: whole },
  { label: "Duration (s)", better: null, read: (r) => r.elapsed_s, print: whole },
];

function perSecond(total: number, run: Run): number | null {
  return run.elapsed_s > 0 ? total / run.elapsed_s : null;
}

export function differences(a: Run, b: Run): Difference[] {
  return FIGURES.map(({ label, better, read, print }) => {
    const [left, right] = [read(a) ?? null, read(b) ?? null];
    return { label, better, a: print(left), b: print(right), change: changeOf(left, right) };
  });
}

export function changeOf(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return null;
  if (a === b) return 0;
  return a === 0 ? null : (b - a) / a;
}

/** +3.2 %, −41 %, ±0; a dash when it cannot be said. */
export function printChange(change: number | null): string {
  if (change === null) return "–";
  if (change === 0) return "±0 %";
  const value = Math.abs(change) * 100;
  const digits = value < 10 ? 1 : 0;
  return `${change > 0 ? "+" : "−"}${value < 0.05 ? "< 0.1" : value.toFixed(digits)} %`;
}
