// The charts' data: what the server thinned, and what the live stream added since.
import type { Run, Secondary, Series, SeriesColumn, Values } from "./contract";
import { SERIES_COLUMNS } from "./contract";

export function emptySeries(run: string | null): Series {
  return { run_id: run, interval_s: 1, at_s: [], columns: {}, marks: [] };
}

/** Is it there, or missing, replaced, gone? */
export function isHere(one: Secondary): boolean {
  return one.state !== "missing" && one.state !== "replaced" && one.state !== "left";
}

/** One point of every column from a live Run document. */
export function pointOf(run: Run): Record<SeriesColumn, number | null> {
  const present = run.secondaries.filter(isHere);
  const cpu = present.map((one) => one.cpu_percent).filter((value): value is number => value !== null);
  return {
    asked: run.now_per_s.asked,
    delivered: run.now_per_s.delivered,
    generated: run.now_per_s.generated,
    failed: run.now_per_s.failed,
    throttled: run.now_per_s.throttled,
    retried: run.now_per_s.retried ?? null,
    payload_bytes: run.now_per_s.payload_bytes,
    p50_us: run.now_latency_us.p50,
    p95_us: run.now_latency_us.p95,
    p99_us: run.now_latency_us.p99,
    max_us: run.now_latency_us.max,
    service_p50_us: run.now_service_us.p50,
    service_p99_us: run.now_service_us.p99,
    lag_us: run.lag_us,
    users: run.users,
    in_flight: run.events.in_flight,
    cpu_percent: cpu.length === 0 ? null : Math.max(...cpu),
    secondaries: present.length,
  };
}

/** Adds the run's newest second; the same series when it is already there or is another run's. */
export function appendPoint(series: Series, run: Run): Series {
  const last = series.at_s[series.at_s.length - 1] ?? -1;
  if (run.run_id !== series.run_id || run.elapsed_s < last + 0.5) return series;
  const point = pointOf(run);
  const columns: Partial<Record<SeriesColumn, Values>> = {};
  for (const name of SERIES_COLUMNS) {
    const old = series.columns[name];
    if (old !== undefined || point[name] !== null)
      columns[name] = [...(old ?? series.at_s.map(() => null)), point[name]];
  }
  return { ...series, at_s: [...series.at_s, run.elapsed_s], columns, marks: run.marks ?? series.marks };
}

export type Range = { from: number; to: number } | null;

/** Has the live stream added so much that the server had better thin it again? */
export function isTooDense(series: Series, points: number): boolean {
  return series.at_s.length > Math.max(600, points * 1.5);
}

/** Values times a factor; holes stay holes. */
export function scaled(values: Values | undefined, length: number, factor: number): Values {
  if (values === undefined) return new Array<null>(length).fill(null);
  return values.map((value) => (value === null ? null : value * factor));
}

/**
 * Two series on one time axis: the sorted union of their seconds. A hole where one has no sample; the chart
 * spans such holes.
 */
export function joinTimes(a: number[], b: number[]): number[] {
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
}

export function spread(times: number[], at: number[], values: Values): (number | null | undefined)[] {
  const found = new Map(at.map((second, index) => [second, values[index] ?? null]));
  return times.map((second) => (found.has(second) ? found.get(second) : undefined));
}

/** The stretch of time that warmed up, for the charts; null: there was none. */
export function warmUpOf(run: Pick<Run, "phases">): { from: number; to: number; label: string } | null {
  const lasted = run.phases?.["warm_up"]?.duration_s ?? 0;
  if (lasted <= 0) return null;
  const from = run.phases["ramp"]?.duration_s ?? 0;
  return { from, to: from + lasted, label: "warm-up" };
}

/**
 * The sample that a legend reads when no cursor does: while a run goes on the newest of each line (null); when it is
 * over the last before it drained, since the zeros of its end say nothing about it.
 */
export function restingSample(run: Pick<Run, "state" | "elapsed_s" | "phases">, times: number[]): number | null {
  if (run.state !== "stopped") return null;
  const end = run.elapsed_s - (run.phases["drain"]?.duration_s ?? 0);
  for (let at = times.length - 1; at >= 0; at--) {
    const time = times[at];
    if (time !== undefined && time <= end + 0.001) return at;
  }
  return null;
}
