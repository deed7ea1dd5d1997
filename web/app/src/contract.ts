// The documents that the primary serves under api/v1; the primary renders them, this page only reads.

export type State = "ready" | "spawning" | "running" | "stopping" | "stopped";
export type Role = "operator" | "viewer";

export interface Session {
  user: string;
  role: Role;
  csrf_token: string;
  version: string;
}

export interface Settings {
  target: string;
  model: "rate" | "users";
  rate: number | null;
  users: number | null;
  spawn_rate: number | null;
  batch_size: number;
  wait_time: string | null;
  run_time_s: number | null;
  events: number | null;
  seed: number | string | null;
  stages?: string | null;
  shape?: string | null;
  warm_up_s?: number;
}

export interface Events {
  generated: number;
  delivered: number;
  failed: number;
  unknown: number;
  in_flight: number;
  retried: number;
  throttled: number;
}

export interface Latency {
  count?: number;
  min: number | null;
  mean: number | null;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  p999: number | null;
  max: number | null;
}

export interface LatencyNow {
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
}

export interface PerSecond {
  delivered: number;
  generated: number;
  asked: number | null;
  failed: number;
  throttled: number;
  retried?: number;
  payload_bytes: number;
}

export interface Phase {
  duration_s: number;
  events: Partial<Events>;
  latency_us: Partial<Latency> | null;
}

export interface Threshold {
  text: string;
  metric: string;
  op: string;
  unit: "us" | "share" | "events" | "events/s";
  limit: number;
  value: number | null; // null while there is nothing to judge
  state: "met" | "missed" | "none";
}

/** One rate that a search for the limit held, and what came of it. */
export interface SearchStep {
  at_s: number;
  seconds: number;
  rate: number;
  confirming: boolean;
  delivered_per_s: number;
  achieved_ratio: number | null;
  p50_us: number | null;
  p99_us: number | null;
  throttled_share: number;
  failed_share: number;
  held: boolean;
  why: string;
}

export interface Search {
  state: "raising" | "bisecting" | "confirming" | "found" | "none" | "stopped" | string;
  activity: "settling" | "holding" | "over" | string;
  conditions: string[];
  from: number;
  to: number;
  hold_s: number;
  rate: number;
  held: number | null;
  failed: number | null;
  found: number | null;
  stopped_by: string | null;
  verdict: { kind: string; text: string } | null;
  remaining_s: number;
  steps: SearchStep[];
}

export interface Preflight {
  mode: string | null;
  shards: number | null;
  events_per_s: number | null;
  bytes_per_s: number | null;
  event_bytes: number | null;
  place: string | null;
  predicted?: { id: string; predicted: number }[] | null; // shares of the shards, 0 to 1, that the keys should give them
}

export interface Secondary {
  id: string;
  host: string;
  index: number;
  state: "ready" | "spawning" | "running" | "missing" | "replaced" | "left" | string;
  local: boolean;
  core: number | null;
  share: { rate: number | null; users: number | null } | null;
  delivered_per_s: number | null;
  cpu_percent: number | null;
  memory_bytes: number | null;
  lag_us: number | null;
  rtt_us: number | null;
  clock_offset_us: number | null;
  clock_error_us?: number | null;
  version: string | null;
  uptime_s: number | null;
}

export interface RunError {
  code: string;
  message: string;
  events: number;
  first_seen: string | null;
  last_seen: string | null;
  shard?: string | null;
}

export interface Mark {
  at_s: number;
  kind: string;
  text: string;
}

/** One row of Locust's statistics; freshet's own members come after Locust's. */
export interface Row {
  method: string;
  name: string;
  num_requests: number;
  num_failures: number;
  median_response_time: number | null;
  "response_time_percentile_0.95"?: number | null;
  "response_time_percentile_0.99"?: number | null;
  "response_time_percentile_0.999"?: number | null;
  avg_response_time: number | null;
  min_response_time: number | null;
  max_response_time: number | null;
  avg_content_length: number | null;
  current_rps: number;
  current_fail_per_sec: number;
  events?: number;
  delivered?: number;
  throttled?: number;
  retried?: number;
  mb_per_s?: number | null;
}

export interface Run {
  schema_version: number;
  version: string;
  sequence: number;
  now: string;
  state: State;
  phase: "ramp" | "steady" | "drain" | string | null;
  run_id: string | null;
  name: string | null;
  started_at: string | null;
  elapsed_s: number;
  total_s: number | null;
  remaining_s: number | null;
  ended_by: string;
  settings: Settings;
  events: Events;
  requests: { sent: number; succeeded: number; failed: number };
  bytes: { payload: number; wire: number };
  now_per_s: PerSecond;
  mean_per_s: Partial<PerSecond>;
  achieved_ratio: number | null;
  latency_us: Latency;
  service_us: Latency;
  now_latency_us: LatencyNow;
  now_service_us: LatencyNow;
  lag_us: number | null;
  lag_us_max: number | null;
  users: number;
  window: number;
  batches_in_flight: number;
  phases: Record<string, Phase | undefined>;
  verdict: { kind: string; text: string } | null;
  preflight: Preflight | null;
  secondaries: Secondary[];
  refused?: { count: number; address: string; reason: string; at: string } | null; // at the secondaries' port
  shards: { id: string; events: number; per_s: number }[];
  errors: RunError[];
  marks: Mark[];
  rows: Row[];
  exit_code: number | null;
  history_error?: string | null; // why runs can't be kept just now: a full disk, perhaps
  refusal?: string | null; // why a run was not started after all
  thresholds?: Threshold[];
  search?: Search | null;
}

export const SERIES_COLUMNS = [
  "asked", "delivered", "generated", "failed", "throttled", "retried", "payload_bytes",
  "p50_us", "p95_us", "p99_us", "max_us", "service_p50_us", "service_p99_us",
  "lag_us", "users", "in_flight", "cpu_percent", "secondaries",
] as const;
export type SeriesColumn = (typeof SERIES_COLUMNS)[number];
export type Values = (number | null)[];

export interface Series {
  run_id: string | null;
  interval_s: number;
  at_s: number[];
  columns: Partial<Record<SeriesColumn, Values>>;
  marks: Mark[];
}

export interface Shards {
  unit: "shard" | "partition";
  at_s: number[];
  shards: { id: string; events: number; per_s: Values; predicted?: number | null }[]; // predicted: a share, 0 to 1
  limits: { events_per_s: number | null; bytes_per_s: number | null };
}

export interface LogLine {
  n: number;
  at: string;
  level: string;
  who: string;
  message: string;
}

export interface Option {
  name: string;
  letter: string | null;
  type: "flag" | "integer" | "count" | "rate" | "duration" | "size" | "choice" | "text" | "list" | "lines";
  value: string | null;
  choices: string[] | null;
  min: number | null;
  max: number | null;
  default: string | null;
  group: string;
  help: string;
  form: boolean;
  current: string | null;
  shapes: Shape[] | null; // of the option shape: what it names
}

/** A shape of a load, with its parameters as they are when nothing is said of them. */
export interface Shape {
  name: string;
  help: string;
  parameters: { name: string; default: string; help: string }[];
}

export type PreflightAnswer =
  | ({ ok: true; warnings: string[] } & Preflight)
  | { ok: false; code: string; message: string };

/** The load over time, as it would be asked for. */
export interface Curve {
  unit: "events/s" | "users";
  points: [number, number][]; // seconds and value, straight lines between
  ends_s: number | null; // null: goes on until stopped
  peak: number;
  warm_up_s: number;
}

export interface PreviewedEvent {
  key: string;
  data: unknown;
}

export interface RunSummary {
  id: string;
  name: string | null;
  started_at: string;
  duration_s: number;
  target: string;
  model: string;
  asked: number | null;
  delivered: number;
  failed: number;
  unknown: number;
  throttled: number;
  p50_us: number | null;
  p99_us: number | null;
  verdict: string | null;
  exit_code: number | null;
  state: "finished" | "interrupted" | string;
}

export interface KeptRun {
  run: Run;
  host: Record<string, unknown> | null;
  settings: Record<string, unknown>;
}

export interface ReportData {
  run: Run;
  series: Series;
  shards: Shards | null;
  host: Record<string, unknown> | null;
}

/** What a form sends: option names with text, as on the command line. */
export type OptionTexts = Record<string, string>;
