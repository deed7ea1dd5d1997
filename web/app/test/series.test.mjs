import assert from "node:assert/strict";
import { test } from "node:test";
import { appendPoint, isTooDense, joinTimes, restingSample, scaled, spread } from "../build/seriesmath.js";

const run = (elapsed_s, more = {}) => ({
  run_id: "a", elapsed_s, marks: [], lag_us: 5, users: 0, events: { in_flight: 7 },
  now_per_s: { asked: null, delivered: 100, generated: 101, failed: 0, throttled: 0, payload_bytes: 11_700 },
  now_latency_us: { p50: 1, p95: 2, p99: 3, max: 4 }, now_service_us: { p50: 1, p95: 1, p99: 2, max: 3 },
  secondaries: [{ state: "running", cpu_percent: 40 }, { state: "running", cpu_percent: 60 }, { state: "missing", cpu_percent: 99 }],
  ...more,
});
const series = { run_id: "a", interval_s: 1, at_s: [1, 2], columns: { delivered: [90, 95] }, marks: [] };

test("a live second goes behind the fetched ones; older columns are filled with holes", () => {
  const next = appendPoint(series, run(3));
  assert.deepEqual(next.at_s, [1, 2, 3]);
  assert.deepEqual(next.columns.delivered, [90, 95, 100]);
  assert.deepEqual(next.columns.p99_us, [null, null, 3]);
  assert.equal(next.columns.asked, undefined);
});

test("the busiest secondary counts for CPU, and missing ones not at all", () => {
  const next = appendPoint(series, run(3));
  assert.equal(next.columns.cpu_percent[2], 60);
  assert.equal(next.columns.secondaries[2], 2);
});

test("a second that is there already, or another run's, changes nothing", () => {
  assert.equal(appendPoint(series, run(2)), series);
  assert.equal(appendPoint(series, run(3, { run_id: "b" })), series);
});

test("the server thins again when there are many more points than pixels", () => {
  const long = { ...series, at_s: Array.from({ length: 2000 }, (_, at) => at) };
  assert.ok(isTooDense(long, 1000));
  assert.ok(!isTooDense(long, 1600));
  assert.ok(!isTooDense(series, 100));
});

test("scaling keeps holes and makes up for a missing column", () => {
  assert.deepEqual(scaled([1000, null], 2, 1e-3), [1, null]);
  assert.deepEqual(scaled(undefined, 2, 1), [null, null]);
});

test("two runs share one axis", () => {
  const times = joinTimes([1, 3], [2, 3]);
  assert.deepEqual(times, [1, 2, 3]);
  assert.deepEqual(spread(times, [1, 3], [10, null]), [10, undefined, null]);
});

test("a legend at rest reads the newest sample of a run that goes on, and the last before the drain of one that is over", () => {
  const over = { state: "stopped", elapsed_s: 5.3, phases: { ramp: { duration_s: 1 }, steady: { duration_s: 4 }, drain: { duration_s: 0.3 } } };
  assert.equal(restingSample({ ...over, state: "running" }, [1, 2, 3, 4, 5, 5.3]), null);
  assert.equal(restingSample(over, [1, 2, 3, 4, 5, 5.3]), 4);
  assert.equal(restingSample({ ...over, phases: {} }, [1, 2, 3, 4, 5, 5.3]), 5);
  assert.equal(restingSample(over, []), null);
  assert.equal(restingSample(over, [5.2]), null);
});
