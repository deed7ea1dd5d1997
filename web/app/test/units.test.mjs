import assert from "node:assert/strict";
import { test } from "node:test";
import {
  axisNumber, clock, duration, isWaitTime, latencyPair, megabytes, ms, NOTHING, parseCount, parseDuration, parseRate, parseSize,
  percent, short, shortId, size, when, whole,
} from "../build/units.js";

test("counts take k, M and G and must be whole", () => {
  assert.equal(parseCount("12"), 12);
  assert.equal(parseCount("50k"), 50_000);
  assert.equal(parseCount("1.5M"), 1_500_000);
  assert.equal(parseCount("2G"), 2_000_000_000);
  assert.equal(parseCount("1.1K"), 1100);
  for (const wrong of ["", "k", "1.0001k", "-1", "+1", "1 k", "1.", "0x10", "1e3", "NaN", "5x", "1k/s"])
    assert.equal(parseCount(wrong), null, wrong);
});

test("rates may be fractions and end in /s", () => {
  assert.equal(parseRate("50k/s"), 50_000);
  assert.equal(parseRate(".5"), 0.5);
  assert.equal(parseRate("0"), 0);
  for (const wrong of ["", "/s", "5/m", "k/s", "5//s"]) assert.equal(parseRate(wrong), null, wrong);
});

test("durations add up, largest unit first", () => {
  assert.equal(parseDuration("90"), 90);
  assert.equal(parseDuration("1h30m"), 5400);
  assert.equal(parseDuration("3h30m10s"), 12_610);
  assert.equal(parseDuration("250ms"), 0.25);
  assert.equal(parseDuration("0.5s"), 0.5);
  assert.equal(parseDuration("1d"), 86_400);
  for (const wrong of ["", "s", "30m1h", "1h1h", "1h30", "5x", "1.", "h1"]) assert.equal(parseDuration(wrong), null, wrong);
});

test("sizes know both kinds of kilo", () => {
  assert.equal(parseSize("64KiB"), 65_536);
  assert.equal(parseSize("5MB"), 5_000_000);
  assert.equal(parseSize("128"), 128);
  for (const wrong of ["", "1KIB", "0.3B", "1 MiB"]) assert.equal(parseSize(wrong), null, wrong);
});

test("units are not looked up in the prototype", () => {
  assert.equal(parseCount("1constructor"), null);
  assert.equal(parseSize("1toString"), null);
});

test("wait times: one, a range in order, or pacing", () => {
  for (const good of ["1s", "0.5s-2s", "pacing:1s", "0", "1-1"]) assert.ok(isWaitTime(good), good);
  for (const wrong of ["", "2s-1s", "1s-", "pacing:", "pacing:1s-2s", "1-2-3"]) assert.ok(!isWaitTime(wrong), wrong);
});

test("numbers print in full, short, and never as NaN", () => {
  assert.equal(whole(1234567), "1,234,567");
  assert.equal(short(9870), "9,870");
  assert.equal(short(12_345), "12.3k");
  assert.equal(short(0.25), "0.25");
  assert.equal(axisNumber(50_000), "50k");
  assert.equal(axisNumber(2500), "2.5k");
  assert.equal(axisNumber(0), "0");
  for (const print of [whole, short, ms, megabytes, size, clock, duration, percent]) {
    assert.equal(print(null), NOTHING);
    assert.equal(print(Number.NaN), NOTHING);
  }
});

test("latency prints microseconds as milliseconds", () => {
  assert.equal(ms(420), "0.42");
  assert.equal(ms(3810), "3.8");
  assert.equal(ms(250_000), "250");
  assert.equal(ms(0), "0");
});

const percentText = (ratio) => percent(ratio).replaceAll("\u00a0", " ");

test("percent hides neither a small loss nor a small miss", () => {
  assert.equal(percentText(1), "100 %");
  assert.equal(percentText(0.999999), "99.99 %");
  assert.equal(percentText(0), "0 %");
  assert.equal(percentText(0.0000001), "< 0.001 %");
  assert.equal(percentText(0.9), "90 %");
});

test("clocks and durations", () => {
  assert.equal(clock(42), "0:42");
  assert.equal(clock(725), "12:05");
  assert.equal(clock(3723), "1:02:03");
  assert.equal(clock(2 * 86_400 + 3 * 3600 + 245), "2d 3:04:05");
  assert.equal(duration(5400), "1h30m");
  assert.equal(duration(0.85), "850ms");
  assert.equal(duration(0), "0s");
});

test("timestamps leave out today's date and keep what is no date", () => {
  const now = new Date(2026, 10, 22, 20, 0, 0);
  assert.equal(when(new Date(2026, 10, 22, 7, 5, 9).toISOString(), now), "07:05:09");
  assert.equal(when(new Date(2026, 9, 1, 7, 5, 9).toISOString(), now), "2026-10-01 07:05:09");
  assert.equal(when("soon", now), "soon");
  assert.equal(when(null, now), NOTHING);
});

test("two latencies share one unit", () => {
  assert.deepEqual(latencyPair(4300, 17_500), { a: "4.3", b: "17.5", unit: "ms" });
  assert.deepEqual(latencyPair(17_957_000, 25_035_000), { a: "18.0", b: "25.0", unit: "s" });
  assert.deepEqual(latencyPair(null, null), { a: NOTHING, b: NOTHING, unit: "ms" });
});

test("long ids are cut behind the host, short ones kept", () => {
  assert.equal(shortId("vm_7879efef354230a5293ce77816bbd19b"), "vm_7879ef…");
  assert.equal(shortId("host-a_2"), "host-a_2");
});
