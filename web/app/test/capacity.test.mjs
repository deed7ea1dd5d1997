import assert from "node:assert/strict";
import { test } from "node:test";
import { byRate, linearScale, logScale, rateScale, searchWords, valueScale } from "../build/capacitymath.js";
import { figureOf, passingWords } from "../build/passingmath.js";

const search = (more) => ({ state: "raising", activity: "holding", conditions: [], from: 1000, to: 1e6, hold_s: 5, rate: 4000, held: null, failed: null, found: null, stopped_by: null, verdict: null, remaining_s: 44.2, steps: [], ...more });

test("the curve runs by rate; of two at one rate the later comes last", () => {
  const steps = [{ rate: 3, at_s: 1 }, { rate: 1, at_s: 2 }, { rate: 2, at_s: 9 }, { rate: 2, at_s: 3 }];
  assert.deepEqual(byRate(steps).map(({ rate, at_s }) => [rate, at_s]), [[1, 2], [2, 3], [2, 9], [3, 1]]);
});

test("a search says where it is", () => {
  assert.equal(searchWords(search({})), "Raising the rate: 4,000 events/s now, holding. At most 45s left.");
  assert.equal(searchWords(search({ held: 2000 })), "Raising the rate: 4,000 events/s now, holding; 2,000 held so far. At most 45s left.");
  assert.match(searchWords(search({ state: "bisecting", held: 2000, failed: 8000 })), /^Closing in on the limit.*between 2,000 and 8,000/);
  assert.match(searchWords(search({ state: "confirming", held: 2000, failed: 8000 })), /^Holding longer/);
});

test("and what came of it", () => {
  assert.equal(searchWords(search({ state: "found", activity: "over", found: 4000, held: 4000, stopped_by: "at 4.2k events/s: throttled 3 %, not < 1 %" })),
    "4,000 events/s is the highest rate that held. Stopped by: at 4.2k events/s: throttled 3 %, not < 1 %.");
  assert.match(searchWords(search({ state: "none", activity: "over" })), /^Not even 1,000 events\/s held\./);
  assert.match(searchWords(search({ state: "stopped", activity: "over", held: 2000 })), /^Ended before it was through: 2,000/);
  assert.match(searchWords(search({ state: "stopped", activity: "over" })), /^Ended before any rate had held/);
});

test("a linear scale begins at zero and ends at a round figure", () => {
  const scale = linearScale(41000, 4);
  assert.deepEqual(scale.ticks, [0, 20000, 40000, 60000]);
  assert.equal(scale.at(30000), 0.5);
  assert.deepEqual(linearScale(0, 2).ticks, [0, 0.5, 1]);
});

test("a logarithmic scale lies between powers of ten", () => {
  const scale = logScale(3, 900);
  assert.deepEqual(scale.ticks, [1, 10, 100, 1000]);
  assert.equal(scale.at(1000), 1);
  assert.ok(Math.abs(scale.at(10) - 1 / 3) < 1e-12);
  assert.deepEqual(logScale(10, 100).ticks, [10, 20, 50, 100]);
});

test("far apart is drawn by powers, near by is not", () => {
  assert.equal(rateScale([1000, 50000], 5).ticks[0], 1000);
  assert.equal(rateScale([10000, 50000], 5).ticks[0], 0);
  assert.deepEqual(rateScale([800, 1300], 5).ticks, [800, 900, 1000, 1100, 1200, 1300]);
  assert.equal(rateScale([800, 1300], 5).at(1050), 0.5);
  assert.deepEqual(rateScale([500], 3).ticks, [400, 600]);
  assert.equal(valueScale([1, 0, 100], 4).ticks[0], 1);
  assert.equal(valueScale([], 4).ticks[0], 0);
});

test("thresholds speak in their unit", () => {
  assert.equal(figureOf("us", 1234), "1.2 ms");
  assert.equal(figureOf("share", 0.0312), "3.1\u00a0%");
  assert.equal(figureOf("events/s", 49500.4), "49,500/s");
  assert.equal(figureOf("events", 12), "12");
  assert.equal(figureOf("us", null), "–");
});

test("one line for all thresholds", () => {
  const one = (text, state, value = 1000) => ({ text, state, unit: "us", value });
  assert.equal(passingWords([one("a", "met"), one("b", "met")]), "all 2 met");
  assert.equal(passingWords([one("a", "met")]), "met");
  assert.equal(passingWords([one("a", "none", null)]), "judged once the load is steady");
  assert.equal(passingWords([one("a", "met"), one("b", "none", null)]), "1 of 2 met");
  assert.equal(passingWords([one("a", "met"), one("p99<1us", "missed")]), "1 of 2 missed: p99<1us (1.0 ms)");
});
