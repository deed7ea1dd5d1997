import assert from "node:assert/strict";
import { test } from "node:test";
import { checkValue, KNOWN } from "../build/start/check.js";
import { checkForm, firstTexts, optionsToSend } from "../build/start/form.js";

const row = (name, more = {}) => ({ name, letter: null, type: "text", value: null, choices: null, min: null, max: null, default: null, group: "", help: "", form: true, current: null, ...more });

test("values are checked as on the command line", () => {
  assert.equal(checkValue(KNOWN.rate, "50k"), null);
  assert.match(checkValue(KNOWN.rate, "fast"), /a rate such as/);
  assert.equal(checkValue(KNOWN["batch-size"], "501"), "At most 500.");
  assert.equal(checkValue(KNOWN["batch-size"], "0"), "At least 1.");
  assert.equal(checkValue(KNOWN["spawn-rate"], "0.001"), "At least 0.01.");
  assert.equal(checkValue(KNOWN["run-time"], ""), null);
  assert.match(checkValue(row("loglevel", { type: "choice", choices: ["INFO", "ERROR"] }), "LOUD"), /One of INFO, ERROR/);
});

test("a target and the model's own figure are needed", () => {
  assert.deepEqual(Object.keys(checkForm("rate", {}, [])), ["target", "rate"]);
  assert.deepEqual(Object.keys(checkForm("users", { rate: "nonsense" }, [])), ["target", "users"]);
});

test("only the chosen model's options are sent", () => {
  const texts = { target: " DemoStream ", rate: "50k", users: "3", "wait-time": "1s", "run-time": "" };
  assert.deepEqual(optionsToSend("rate", texts, []), { target: "DemoStream", rate: "50k" });
  assert.deepEqual(optionsToSend("users", texts, []), { target: "DemoStream", users: "3", "wait-time": "1s" });
});

test("a value of the command line can be taken back", () => {
  const options = [row("run-time", { type: "duration", current: "5m" }), row("region", { current: null })];
  assert.equal(firstTexts(options, null).texts["run-time"], "5m");
  assert.deepEqual(optionsToSend("rate", { target: "a", rate: "1", "run-time": "" }, options), { target: "a", rate: "1", "run-time": "" });
});

test("a rate is the model unless the command line speaks of users", () => {
  const users = (current) => row("users", { type: "count", default: "1", current });
  assert.equal(firstTexts([users("1")], null).model, "rate");
  assert.equal(firstTexts([users("40")], null).model, "users");
  assert.equal(firstTexts([users("40"), row("rate", { type: "rate", current: "5k" })], null).model, "rate");
});

test("the form opens with the last run's settings", () => {
  const settings = { target: "T", model: "users", rate: null, users: 40, spawn_rate: 2, batch_size: 10, wait_time: "pacing:1s", run_time_s: 300, events: null, seed: 1 };
  const { model, texts } = firstTexts([], { run_id: "r", settings });
  assert.equal(model, "users");
  assert.equal(texts.users, "40");
  assert.equal(texts["run-time"], "300s");
});

test("properties are lines of name and value", () => {
  const list = row("kafka-property", { type: "list", max: 40 });
  assert.equal(checkValue(list, "acks=1\n\n# a comment\n sasl.password=a=b"), null);
  assert.equal(checkValue(list, "acks=1\nlinger.ms"), "Line 2 is not property=value.");
  assert.equal(checkValue(list, "=1"), "Line 1 is not property=value.");
  assert.equal(checkValue(list, `client.id=${"x".repeat(31)}`), "At most 40 bytes.");
  const texts = { target: "kafka://local/sensors", rate: "1k", "kafka-property": "acks=1\nlinger.ms=5\n" };
  assert.deepEqual(optionsToSend("rate", texts, [list]), { ...texts, "kafka-property": "acks=1\nlinger.ms=5" });
});
