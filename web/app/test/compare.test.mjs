import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf, printChange } from "../build/compare.js";

test("changes are relative to the first run", () => {
  assert.equal(changeOf(200, 150), -0.25);
  assert.equal(changeOf(0, 0), 0);
  assert.equal(changeOf(0, 5), null);
  assert.equal(changeOf(null, 5), null);
});

test("changes print with a sign and without false precision", () => {
  assert.equal(printChange(-0.25), "−25 %");
  assert.equal(printChange(0.0321), "+3.2 %");
  assert.equal(printChange(0.0001), "+< 0.1 %");
  assert.equal(printChange(0), "±0 %");
  assert.equal(printChange(null), "–");
});
