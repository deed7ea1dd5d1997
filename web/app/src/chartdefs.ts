// Which charts there are and which columns each of them draws.
import type { Series, SeriesColumn, Values } from "./contract";
import { scaled } from "./seriesmath";
import { axisNumber, megabytes, millis, percent, whole } from "./units";

export interface LineDef {
  column: SeriesColumn;
  label: string;
  colour: string; // the name of a colour in the style sheet
  dash?: boolean;
  fill?: boolean;
  hidden?: boolean; // off until its legend is pressed
}

export interface ChartDef {
  key: string;
  title: string;
  lines: LineDef[];
  factor: number; // from the document's unit to the shown one
  axis: (value: number) => string;
  value: (value: number | null | undefined) => string;
  log?: boolean; // offers a logarithmic axis
  short?: boolean; // half as high
}

const bytesText = (value: number | null | undefined) => megabytes(value === null || value === undefined ? null : value * 1e6);
const cpuText = (value: number | null | undefined) => percent(value === null || value === undefined ? null : value / 100);

const CHARTS: ChartDef[] = [
  {
    key: "events", title: "Events per Second", factor: 1, axis: axisNumber, value: whole,
    lines: [
      { column: "asked", label: "asked", colour: "muted", dash: true },
      { column: "generated", label: "attempted", colour: "violet" },
      { column: "delivered", label: "delivered", colour: "accent", fill: true },
    ],
  },
  {
    key: "latency", title: "Latency (ms)", factor: 1e-3, axis: axisNumber, value: millis, log: true,
    lines: [
      { column: "p50_us", label: "p50", colour: "accent" },
      { column: "p95_us", label: "p95", colour: "violet" },
      { column: "p99_us", label: "p99", colour: "amber" },
      { column: "max_us", label: "max", colour: "red", hidden: true },
      { column: "service_p50_us", label: "service p50", colour: "accent", dash: true },
      { column: "service_p99_us", label: "service p99", colour: "amber", dash: true },
    ],
  },
  {
    key: "bytes", title: "Throughput (MB/s)", factor: 1e-6, axis: axisNumber, value: bytesText, short: true,
    lines: [{ column: "payload_bytes", label: "payload", colour: "accent", fill: true }],
  },
  {
    key: "failures", title: "Failures and Throttles per Second", factor: 1, axis: axisNumber, value: whole, short: true,
    lines: [
      { column: "failed", label: "failed", colour: "red" },
      { column: "throttled", label: "throttled", colour: "amber" },
      { column: "retried", label: "retried", colour: "violet", hidden: true },
    ],
  },
  {
    key: "lag", title: "Schedule Lag (ms)", factor: 1e-3, axis: axisNumber, value: millis, short: true,
    lines: [{ column: "lag_us", label: "lag", colour: "amber", fill: true }],
  },
  {
    key: "in_flight", title: "Events in Flight", factor: 1, axis: axisNumber, value: whole, short: true,
    lines: [{ column: "in_flight", label: "in flight", colour: "accent", fill: true }],
  },
  {
    key: "users", title: "Number of Users", factor: 1, axis: axisNumber, value: whole, short: true,
    lines: [{ column: "users", label: "users", colour: "accent", fill: true }],
  },
  {
    key: "cpu", title: "CPU of the Secondaries (%)", factor: 1, axis: axisNumber, value: cpuText, short: true,
    lines: [{ column: "cpu_percent", label: "busiest", colour: "accent", fill: true }],
  },
];

export interface Line extends Omit<LineDef, "column"> {
  values: Values;
}

/** The other model's column is all holes or zeros. */
function hasModel(column: SeriesColumn, series: Series): boolean {
  if (column !== "asked" && column !== "users") return true;
  return (series.columns[column] ?? []).some((value) => (value ?? 0) > 0);
}

/** The lines of a chart that have anything to show. */
function linesOf(def: ChartDef, series: Series): Line[] {
  const length = series.at_s.length;
  return def.lines
    .filter((line) => hasModel(line.column, series))
    .map(({ column, ...line }) => ({ ...line, values: scaled(series.columns[column], length, def.factor) }));
}

/** The charts of a series with their lines; one without any line is left out. */
export function chartsOf(series: Series): { def: ChartDef; lines: Line[] }[] {
  return CHARTS.map((def) => ({ def, lines: linesOf(def, series) })).filter(({ lines }) => lines.length > 0);
}
