// Plausible moving data in the contract's shapes.
import { searchAt, thresholdsOf, workloadOptions } from "./workloads.mjs";

const SHARDS = 40;

const noise = (seed) => {
  let s = seed;
  return () => { s = (s * 1664525 + 1013904223) % 4294967296; return s / 4294967296; };
};

const option = (name, type, value, fallback, group, help, more = {}) => ({ name, letter: null, type, value, choices: null, min: null, max: null, default: fallback, group, help, form: true, current: null, shapes: null, ...more });

export const options = [
  option("target", "text", "TARGET", null, "Load", "Where events go", { letter: "H", current: "DemoStream" }),
  option("rate", "rate", "RATE", null, "Load", "Events per second", { min: 0, max: 1e9 }),
  option("users", "count", "COUNT", "1", "Load", "Users", { letter: "u", min: 1, max: 1e6 }),
  option("spawn-rate", "rate", "RATE", "1", "Load", "Users added per second", { letter: "r", min: 0.01, max: 1e6 }),
  option("batch-size", "count", "COUNT", "500", "Load", "Events in a batch", { min: 1, max: 500 }),
  option("wait-time", "text", "WAIT", "1s", "Load", "How long a user waits after an answer"),
  option("run-time", "duration", "DURATION", null, "Load", "Stop after this time", { letter: "t", min: 0, max: 31536000 }),
  option("events", "count", "COUNT", null, "Load", "Stop after exactly this many events", { min: 1, max: 1e15 }),
  option("seed", "count", "COUNT", null, "Load", "The same seed makes the same readings, but for their time; unset: another one each run", { min: 0, max: 1.8e19 }),
  ...workloadOptions(option),
  option("region", "text", "REGION", null, "Kinesis", "AWS region; unset: from the target, AWS_REGION, AWS_DEFAULT_REGION, the profile or the instance"),
  option("max-retries", "count", "COUNT", "10", "Kinesis", "How often a refused event is sent again before it counts as failed", { min: 0, max: 100 }),
  option("loglevel", "choice", "LEVEL", "INFO", "Reports", "Log lines of this level and above", { choices: ["DEBUG", "INFO", "WARNING", "ERROR"], form: false }),
];

const parse = (text) => Number.parseFloat(text) * ({ k: 1e3, M: 1e6 }[String(text).replace(/\/s$/, "").slice(-1)] ?? 1);
const COLUMNS = ["asked", "delivered", "generated", "failed", "throttled", "retried", "payload_bytes", "p50_us", "p95_us", "p99_us", "max_us", "service_p50_us", "service_p99_us", "lag_us", "users", "in_flight", "cpu_percent", "secondaries"];

export class Simulation {
  constructor(scenario, seed = 7) {
    this.scenario = scenario;
    this.random = noise(seed);
    this.sequence = 0;
    this.clear();
    this.state = "ready";
    this.id = null;
    this.settings = { target: "DemoStream", model: "rate", rate: 50000, users: null, spawn_rate: 1, batch_size: 500, wait_time: "1s", run_time_s: null, events: null, seed: 1 };
    if (["ready", "scenario"].includes(scenario)) return;
    this.start(scenario === "search" || scenario === "found" ? { target: "DemoStream", rate: "10k", "find-capacity": "p99<200ms,throttled<0.5%" } : scenario === "shape" ? { target: "DemoStream", rate: "50k", shape: "sine:period=2m,low=20%", "warm-up": "30s", threshold: "p99<250ms\nfailed<0.1%\nthrottled<1%\ndelivered_rate>=49k" } : scenario === "big" ? { target: "arn:aws:kinesis:eu-central-1:123456789012:stream/telemetry-production-eu", rate: "3M" } : scenario === "users" ? { target: "kinesis://eu-central-1/DemoStream", users: "40", "spawn-rate": "2" } : { target: "DemoStream", rate: "50k", "run-time": "900" });
    this.startedAt = new Date(Date.now() - 312_000);
    if (scenario === "big") this.totals.delivered = 259_200_000_000;
    for (let i = 0; i < 312; i++) this.tick();
    if (["finished", "found"].includes(scenario) || scenario === "failed") { this.state = "stopped"; this.ended_by = "run time"; }
  }

  clear() {
    this.points = [];
    this.totals = { generated: 0, delivered: 0, failed: 0, unknown: 0, in_flight: 0, retried: 0, throttled: 0, bytes: 0, sent: 0 };
    this.heat = [];
    this.marks = [{ at_s: 0, kind: "start", text: "started" }];
  }

  start(options) {
    this.clear();
    this.id = "r" + Math.floor(this.random() * 1e9).toString(36);
    const model = options.users ? "users" : "rate";
    this.settings = { target: options.target, model, rate: model === "rate" ? parse(options.rate) : null, users: model === "users" ? parse(options.users) : null, spawn_rate: parse(options["spawn-rate"] ?? "1"), batch_size: 500, wait_time: "1s", run_time_s: options["run-time"] ? Number.parseFloat(options["run-time"]) : null, events: null, seed: 1, stages: options.stages ?? null, shape: options.shape ?? null, warm_up_s: options["warm-up"] ? Number.parseFloat(options["warm-up"]) : 0 };
    this.wanted = (options.threshold ?? "").split("\n").filter((one) => one !== "");
    this.searching = Boolean(options["find-capacity"]);
    this.startedAt = new Date();
    this.state = "running";
    this.ended_by = "";
  }

  edit(options) {
    if (options.rate) this.settings.rate = parse(options.rate);
    if (options.users) this.settings.users = parse(options.users);
    this.marks.push({ at_s: this.points.length, kind: "edit", text: `rate ${options.rate ?? ""}${options.users ?? ""}` });
  }

  stop() { this.state = "stopping"; this.stopping = 2; }
  reset() { this.clear(); this.startedAt = new Date(); }

  tick() {
    this.sequence++;
    if (this.state === "stopping" && --this.stopping <= 0) { this.state = "stopped"; this.ended_by = "stopped by freshet"; }
    if (this.state !== "running") return;
    const r = this.random;
    const t = this.points.length;
    const users = this.settings.model === "users" ? Math.min(this.settings.users, t * this.settings.spawn_rate) : 0;
    const wave = this.settings.shape ? 0.6 + 0.4 * Math.sin(t / 19) : 1;
    const asked = this.searching ? searchAt(Math.floor(t / 7.2)).rate : this.settings.model === "rate" ? this.settings.rate * wave : null;
    const wish = asked ?? users * 480;
    const storm = this.scenario !== "finished" && t > 150 && t < 190 ? 0.2 : 0;
    const throttled = Math.round(wish * storm * (0.6 + r() * 0.6));
    if (t === 151 && storm) this.marks.push({ at_s: t, kind: "throttled", text: "throttling began: shardId-000000000003 at 1,000/s" });
    if (t === 220) this.marks.push({ at_s: t, kind: "lost", text: "secondary host-a_2 is missing; its share went to 3 others" });
    if (t === 231) this.marks.push({ at_s: t, kind: "returned", text: "secondary host-a_2 returned" });
    const generated = Math.round(wish * (0.995 + r() * 0.01));
    const failed = this.scenario === "failed" ? Math.round(generated * 0.02 * r()) : storm ? Math.round(r() * 14) : 0;
    const delivered = Math.max(0, Math.round(generated * (1 - storm * 0.3)) - failed);
    const p50 = 3800 + r() * 700 + storm * 30000;
    const point = { asked, delivered, generated, failed, throttled, retried: throttled, payload_bytes: delivered * 117, p50_us: p50, p95_us: p50 * (2.1 + r() * 0.4), p99_us: p50 * (3.5 + r()), max_us: p50 * (6 + r() * 9), service_p50_us: p50 * 0.9, service_p99_us: p50 * 2.9, lag_us: storm ? 40000 + r() * 30000 : r() * 900, users, in_flight: Math.round(2000 + r() * 1500), cpu_percent: 38 + r() * 9 + storm * 60, secondaries: t >= 220 && t < 231 ? 3 : 4 };
    this.points.push(point);
    const weights = Array.from({ length: SHARDS }, (_, i) => (i === 3 ? 1.9 : i === 17 ? 1.4 : 0.85 + r() * 0.3));
    const sum = weights.reduce((a, b) => a + b, 0);
    this.heat.push(weights.map((w) => Math.min(1000, Math.round((delivered * w) / sum * 0.62))));
    const totals = this.totals;
    totals.delivered += delivered; totals.failed += failed; totals.throttled += throttled; totals.retried += throttled; totals.bytes += delivered * 117;
    totals.unknown += t === 221 ? 4000 : 0; totals.in_flight = point.in_flight; totals.sent += Math.round(generated / 500);
    totals.generated = totals.delivered + totals.failed + totals.unknown + totals.in_flight;
    if (this.settings.run_time_s && this.points.length >= this.settings.run_time_s) { this.state = "stopped"; this.ended_by = "run time"; }
  }

  latency(factor = 1) {
    return { count: this.totals.delivered, min: 900 * factor, mean: 4700 * factor, p50: 4120 * factor, p90: 7900 * factor, p95: 9800 * factor, p99: 18700 * factor, p999: 61200 * factor, max: 142300 * factor };
  }

  secondaries() {
    const last = this.points.at(-1);
    return [0, 1, 2, 3].map((i) => ({ id: `host-a_${i}`, host: "host-a", index: i, state: this.state === "ready" || this.state === "stopped" ? "ready" : this.scenario === "failed" && i === 2 ? "missing" : "running", local: true, core: i, share: { rate: this.settings.rate === null ? null : this.settings.rate / 4, users: this.settings.users === null ? null : this.settings.users / 4 }, delivered_per_s: last ? last.delivered / 4 : 0, cpu_percent: last ? last.cpu_percent + i : 1, memory_bytes: 21_400_000 + i * 300_000, lag_us: last?.lag_us ?? 0, rtt_us: 140 + i * 30, clock_offset_us: i === 3 ? null : -40 + i * 35, version: "0.1.0", uptime_s: 1834 }));
  }

  run() {
    const last = this.points.at(-1);
    const active = this.state === "running" || this.state === "stopping";
    const { bytes, sent, ...events } = this.totals;
    if (!active && events.in_flight > 0) { events.delivered += events.in_flight; events.in_flight = 0; }
    const elapsed = this.points.length;
    const now = (name) => (active && last ? last[name] : 0);
    const mean = elapsed > 0 ? events.delivered / elapsed : 0;
    const latency = elapsed > 0 ? this.latency() : { count: 0, min: null, mean: null, p50: null, p90: null, p95: null, p99: null, p999: null, max: null };
    const row = { method: "PutRecords", name: this.settings.target, num_requests: sent, num_failures: Math.round(events.failed / 500), median_response_time: 4.1, "response_time_percentile_0.95": 9.8, "response_time_percentile_0.99": 18.7, "response_time_percentile_0.999": 61.2, avg_response_time: 4.7, min_response_time: 0.9, max_response_time: 142, avg_content_length: 76210, current_rps: now("generated") / 500, current_fail_per_sec: now("failed") / 500, events: events.generated, delivered: events.delivered, throttled: events.throttled, retried: events.retried, mb_per_s: now("payload_bytes") / 1e6 };
    const failed = this.scenario === "failed";
    const verdicts = failed
      ? { kind: "stream", text: "Limited by the stream: 1.0 % of the events were refused for good after 10 retries; hottest shard shardId-000000000003." }
      : events.throttled > 0 ? { kind: "stream", text: "Limited by the stream for 39 s: 3.1 % throttled, hottest shards shardId-000000000003 and -017." } : { kind: "on target", text: `On target: ${(mean / 500).toFixed(1)} % of the asked rate delivered, largest lag 0.9 ms.` };
    return { schema_version: 1, version: "0.1.0", sequence: this.sequence, now: new Date().toISOString(), state: this.state, phase: active ? "steady" : null, run_id: this.id, name: null, started_at: this.id ? this.startedAt.toISOString() : null, elapsed_s: elapsed, total_s: this.settings.run_time_s, remaining_s: active && this.settings.run_time_s ? this.settings.run_time_s - elapsed : null, ended_by: this.ended_by ?? "", settings: this.settings, events, requests: { sent, succeeded: sent - row.num_failures, failed: row.num_failures }, bytes: { payload: bytes, wire: Math.round(bytes * 1.71) }, now_per_s: { delivered: now("delivered"), generated: now("generated"), asked: last?.asked ?? this.settings.rate, failed: now("failed"), throttled: now("throttled"), retried: now("retried"), payload_bytes: now("payload_bytes") }, mean_per_s: { delivered: mean }, achieved_ratio: this.settings.rate ? mean / this.settings.rate : null, latency_us: latency, service_us: elapsed > 0 ? this.latency(0.86) : latency, now_latency_us: { p50: last?.p50_us ?? null, p95: last?.p95_us ?? null, p99: last?.p99_us ?? null, max: last?.max_us ?? null }, now_service_us: { p50: last?.service_p50_us ?? null, p95: null, p99: last?.service_p99_us ?? null, max: null }, lag_us: last?.lag_us ?? 0, lag_us_max: 69_000, users: last?.users ?? 0, window: 64, batches_in_flight: 5, phases: elapsed > 0 ? { ramp: { duration_s: 2, events: { generated: 90000, delivered: 90000, failed: 0, unknown: 0, throttled: 0 }, latency_us: this.latency(1.4) }, warm_up: { duration_s: this.settings.warm_up_s ?? 0, events: {}, latency_us: null }, steady: { duration_s: elapsed - 2, events: { ...events, generated: events.generated - 90000, delivered: events.delivered - 90000 }, latency_us: this.latency() } } : {}, verdict: elapsed > 5 ? verdicts : null, preflight: { mode: "provisioned", shards: SHARDS, events_per_s: 40000, bytes_per_s: 41943040, event_bytes: 117, place: "eu-central-1" }, secondaries: this.secondaries(), shards: [], errors: events.failed > 0 ? [{ code: "ProvisionedThroughputExceededException", message: "Rate exceeded for shard shardId-000000000003 in stream DemoStream under account 123456789012.", events: events.failed - 3, first_seen: new Date(Date.now() - 160000).toISOString(), last_seen: new Date().toISOString(), shard: "shardId-000000000003" }, { code: "InternalFailure", message: "Internal service failure.", events: 3, first_seen: new Date(Date.now() - 90000).toISOString(), last_seen: new Date(Date.now() - 60000).toISOString(), shard: null }] : [], marks: this.marks, rows: elapsed > 0 ? [row, { ...row, method: "", name: "Aggregated" }] : [], thresholds: thresholdsOf(this.wanted ?? [], elapsed > 2 ? "on" : "ready"), search: this.searching ? searchAt(this.scenario === "found" ? 11 : Math.floor(elapsed / 7.2) % 12) : null, exit_code: active || this.state === "ready" ? null : failed ? 1 : 0 };
  }

  series(from, to, points) {
    const first = Math.max(0, Math.floor(from ?? 0));
    const end = Math.min(this.points.length, Math.ceil(to ?? this.points.length) + 1);
    const step = Math.max(1, Math.ceil((end - first) / points));
    const at_s = [];
    const columns = Object.fromEntries(COLUMNS.map((name) => [name, []]));
    for (let i = first; i < end; i += step) {
      at_s.push(i + 1);
      for (const name of COLUMNS) columns[name].push(this.points[i][name]);
    }
    return { run_id: this.id, interval_s: step, at_s, columns, marks: this.marks };
  }

  shards() {
    const step = Math.max(1, Math.ceil(this.heat.length / 120));
    const rows = this.heat.filter((_, i) => i % step === 0);
    return { unit: "shard", at_s: rows.map((_, i) => i * step), shards: Array.from({ length: SHARDS }, (_, s) => ({ id: `shardId-${String(s).padStart(12, "0")}`, events: this.heat.reduce((a, row) => a + row[s], 0), per_s: rows.map((row) => row[s]), predicted: 1 / SHARDS })), limits: { events_per_s: 1000, bytes_per_s: 1048576 } };
  }
}

export function keptRuns() {
  return ["nightly baseline", null, "after resharding", null].map((name, i) => {
    const simulation = new Simulation(i % 2 === 0 ? "finished" : "failed", 11 + i);
    const id = `20261122-${i}`;
    simulation.id = id;
    simulation.startedAt = new Date(Date.now() - (i + 1) * 37_000_000);
    const run = simulation.run();
    return { simulation, summary: { id, name, started_at: simulation.startedAt.toISOString(), duration_s: run.elapsed_s, target: "DemoStream", model: "rate", asked: 50000, delivered: run.events.delivered, failed: run.events.failed, unknown: run.events.unknown, throttled: run.events.throttled, p50_us: 4120 + i * 100, p99_us: 18700 + i * 900, verdict: i === 3 ? null : run.verdict.text, exit_code: i % 2, state: i === 3 ? "interrupted" : "finished" } };
  });
}
