import assert from "node:assert/strict";
import { test } from "node:test";
import { barWidths, ledgerOf } from "../build/ledgermath.js";

test("the ledger sums, and says by how much it does not", () => {
  const events = { generated: 1000, delivered: 900, failed: 60, unknown: 30, in_flight: 10 };
  const good = ledgerOf(events);
  assert.equal(good.sum, 1000);
  assert.equal(good.missing, 0);
  assert.equal(good.lines[1].ratio, 0.06);
  assert.equal(ledgerOf({ ...events, delivered: 899 }).missing, 1);
});

test("before the first event there are no shares", () => {
  assert.deepEqual(ledgerOf({}).lines.map((line) => line.ratio), [null, null, null, null]);
});

test("one failed event in a billion is still seen, and the bar stays full", () => {
  const widths = barWidths([1e9, 1, 0, 0], 0.6);
  assert.equal(widths[1], 0.6);
  assert.equal(widths[2], 0);
  assert.equal(widths.reduce((a, b) => a + b), 100);
  assert.deepEqual(barWidths([0, 0], 1), [0, 0]);
});
