import assert from "node:assert/strict";
import { test } from "node:test";
import { courseOf, editsToSend, fieldsOfCourse, firstEdit } from "../build/start/editing.js";
import { offsetOf } from "../build/start/place.js";

const level = { model: "rate", rate: 500, users: null, spawn_rate: 1, run_time_s: 60 };
const staged = { ...level, stages: "30s:1k", shape: null };
const shaped = { ...level, stages: null, shape: "sine:period=1m" };

test("a level is edited by its rate, or by its users", () => {
  assert.equal(courseOf(level), "level");
  assert.deepEqual(editsToSend(level, "level", { ...firstEdit(level), rate: "1.5k" }), { rate: "1.5k", "run-time": "60s" });
  assert.deepEqual(fieldsOfCourse("users", "level"), ["users", "spawn-rate", "run-time"]);
});

test("stages that are left take themselves back", () => {
  assert.equal(courseOf(staged), "stages");
  assert.deepEqual(editsToSend(staged, "level", { ...firstEdit(staged), "run-time": "" }), { rate: "500", "run-time": "0", stages: "" });
  assert.deepEqual(editsToSend(staged, "shape", { ...firstEdit(staged), shape: "daily" }), { shape: "daily", rate: "500", "run-time": "60s", stages: "" });
});

test("stages that are the same do not begin anew", () => {
  assert.deepEqual(editsToSend(staged, "stages", firstEdit(staged)), { "run-time": "60s" });
  assert.deepEqual(editsToSend(staged, "stages", { ...firstEdit(staged), stages: "9s:9" }), { stages: "9s:9", "run-time": "60s" });
  assert.deepEqual(editsToSend(shaped, "shape", { ...firstEdit(shaped), rate: "900" }), { rate: "900", "run-time": "60s" });
});

test("the caret goes to the line and column of a mistake", () => {
  const text = "{\n  \"a\": {{randm}},\n}";
  assert.equal(text.slice(offsetOf(text, { line: 2, column: 10 })).slice(0, 5), "randm");
  assert.equal(offsetOf(text, { line: 1, column: 1 }), 0);
  assert.equal(offsetOf(text, { line: 1, column: 99 }), 1);
  assert.equal(offsetOf(text, { line: 3, column: null }), text.length - 1);
});
