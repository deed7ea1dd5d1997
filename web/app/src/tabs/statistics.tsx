// Locust's table, its columns first and ours after them, and the latency distribution.
import type { Latency, Row, Run } from "../contract";
import type { Column } from "../table";
import { Table } from "../table";
import { Thresholds } from "../passing";
import { isActive } from "../store";
import { megabytes, millis, ms, NOTHING, short, whole } from "../units";

const rate = (value: number | null | undefined) => short(value === undefined ? null : value);

const COLUMNS: Column<Row>[] = [
  { key: "type", label: "Type", text: true, sort: (r) => r.method, cell: (r) => r.method },
  { key: "name", label: "Name", text: true, sort: (r) => r.name, cell: (r) => r.name },
  { key: "requests", label: "# Requests", sort: (r) => r.num_requests, cell: (r) => whole(r.num_requests) },
  { key: "fails", label: "# Fails", sort: (r) => r.num_failures, cell: (r) => whole(r.num_failures) },
  { key: "median", label: "Median (ms)", sort: (r) => r.median_response_time, cell: (r) => millis(r.median_response_time) },
  { key: "p95", label: "95%ile (ms)", sort: (r) => r["response_time_percentile_0.95"], cell: (r) => millis(r["response_time_percentile_0.95"]) },
  { key: "p99", label: "99%ile (ms)", sort: (r) => r["response_time_percentile_0.99"], cell: (r) => millis(r["response_time_percentile_0.99"]) },
  { key: "average", label: "Average (ms)", sort: (r) => r.avg_response_time, cell: (r) => millis(r.avg_response_time) },
  { key: "min", label: "Min (ms)", sort: (r) => r.min_response_time, cell: (r) => millis(r.min_response_time) },
  { key: "max", label: "Max (ms)", sort: (r) => r.max_response_time, cell: (r) => millis(r.max_response_time) },
  { key: "size", label: "Average size (bytes)", sort: (r) => r.avg_content_length, cell: (r) => whole(r.avg_content_length) },
  { key: "rps", label: "Current RPS", title: "Requests per second; a request carries a batch of events", sort: (r) => r.current_rps, cell: (r) => rate(r.current_rps) },
  { key: "fps", label: "Current Failures/s", sort: (r) => r.current_fail_per_sec, cell: (r) => rate(r.current_fail_per_sec) },
  { key: "events", label: "# Events", sort: (r) => r.events, cell: (r) => whole(r.events) },
  { key: "delivered", label: "# Delivered", sort: (r) => r.delivered, cell: (r) => whole(r.delivered) },
  { key: "throttled", label: "# Throttled", sort: (r) => r.throttled, cell: (r) => whole(r.throttled) },
  { key: "retried", label: "# Retried", sort: (r) => r.retried, cell: (r) => whole(r.retried) },
  { key: "p999", label: "99.9%ile (ms)", sort: (r) => r["response_time_percentile_0.999"], cell: (r) => millis(r["response_time_percentile_0.999"]) },
  { key: "mbs", label: "MB/s", sort: (r) => r.mb_per_s, cell: (r) => megabytes(r.mb_per_s === null || r.mb_per_s === undefined ? null : r.mb_per_s * 1e6) },
];

const POINTS: [keyof Latency, string][] = [
  ["min", "min"], ["p50", "50 %"], ["p90", "90 %"], ["p95", "95 %"], ["p99", "99 %"], ["p999", "99.9 %"], ["max", "max"], ["mean", "mean"],
];

interface LatencyRow {
  name: string;
  title: string;
  of: Partial<Latency>;
}

export function LatencyTable({ run }: { run: Run }) {
  const rows: LatencyRow[] = [
    { name: "From the due time", title: "What a sensor feels: waiting in a late schedule counts", of: run.latency_us },
    { name: "From the sending", title: "What the service takes to answer", of: run.service_us },
  ];
  for (const [phase, of] of Object.entries(run.phases ?? {}))
    if (of?.latency_us && (of.latency_us.p50 ?? null) !== null)
      rows.push({ name: `Phase ${phase.replace("_", "-")}`, title: "From the due time, of this phase alone", of: of.latency_us });
  const columns: Column<LatencyRow>[] = [
    { key: "name", label: "Latency (ms)", text: true, cell: (r) => <span title={r.title}>{r.name}</span> },
    ...POINTS.map(([key, label]): Column<LatencyRow> => ({ key, label, cell: (r) => ms(r.of[key] ?? null) })),
  ];
  return <Table caption="Latency" columns={columns} rows={rows} rowKey={(r) => r.name} empty={NOTHING} />;
}

export function StatisticsTab({ run }: { run: Run }) {
  const rows = run.rows ?? [];
  const total = rows.find((row) => row.name === "Aggregated");
  const others = rows.filter((row) => row !== total);
  return (
    <>
      <Thresholds run={run} />
      <Table caption="Statistics" columns={COLUMNS} rows={others} rowKey={(r) => r.method + r.name} footer={total}
        empty={isActive(run) ? "No batch has been answered yet." : "This run sent nothing."} />
      {(run.latency_us.p50 ?? null) !== null && <LatencyTable run={run} />}
    </>
  );
}
