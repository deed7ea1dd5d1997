import assert from "node:assert/strict";
import { test } from "node:test";
import { checkValue, KNOWN } from "../build/start/check.js";
import { checkForm, fieldFor, firstForm, optionsToPreview, optionsToSend } from "../build/start/form.js";

const row = (name, more = {}) => ({ name, letter: null, type: "text", value: null, choices: null, min: null, max: null, default: null, group: "", help: "", form: true, current: null, shapes: null, ...more });
const form = (mode, texts, more = {}) => ({ mode, of: "rate", kind: "stages", source: "default", texts, ...more });
const settings = { target: "T", model: "rate", rate: 100, users: null, spawn_rate: 1, batch_size: 500, wait_time: null, run_time_s: null, events: null, seed: 1 };

test("values are checked as on the command line", () => {
  assert.equal(checkValue(KNOWN.rate, "50k"), null);
  assert.match(checkValue(KNOWN.rate, "fast"), /a rate such as/);
  assert.equal(checkValue(KNOWN["batch-size"], "501"), "At most 500.");
  assert.equal(checkValue(KNOWN["batch-size"], "0"), "At least 1.");
  assert.equal(checkValue(KNOWN["spawn-rate"], "0.001"), "At least 0.01.");
  assert.equal(checkValue(KNOWN["run-time"], ""), null);
  assert.match(checkValue(row("loglevel", { type: "choice", choices: ["INFO", "ERROR"] }), "LOUD"), /One of INFO, ERROR/);
});

test("a target and the load's own figures are needed", () => {
  assert.deepEqual(Object.keys(checkForm(form("rate", {}), [])), ["target", "rate"]);
  assert.deepEqual(Object.keys(checkForm(form("users", { rate: "nonsense" }), [])), ["target", "users"]);
  assert.deepEqual(Object.keys(checkForm(form("search", {}), [])), ["target", "find-capacity"]);
  assert.deepEqual(Object.keys(checkForm(form("shape", {}), [])), ["target", "stages"]);
  assert.deepEqual(Object.keys(checkForm(form("shape", {}, { of: "users" }), [])).sort(), ["begin", "stages", "target"]);
  assert.deepEqual(Object.keys(checkForm(form("shape", {}, { kind: "sine" }), [])), ["target", "rate"]);
  assert.deepEqual(Object.keys(checkForm(form("rate", { target: "a", rate: "1", "template-text": " \n" }, { source: "template" }), [])), ["template-text"]);
});

test("only the chosen load's options are sent", () => {
  const texts = { target: " DemoStream ", rate: "50k", users: "3", "wait-time": "1s", "run-time": "", stages: "30s:10k", "find-capacity": "p99<1s" };
  assert.deepEqual(optionsToSend(form("rate", texts), []), { target: "DemoStream", rate: "50k" });
  assert.deepEqual(optionsToSend(form("users", texts), []), { target: "DemoStream", users: "3", "wait-time": "1s" });
});

test("stages begin at a rate or at a number of users", () => {
  const texts = { target: "a", rate: "50k", stages: "30s:10k", begin: "2k", "wait-time": "1s" };
  assert.deepEqual(optionsToSend(form("shape", texts), []), { target: "a", stages: "30s:10k", rate: "2k" });
  assert.deepEqual(optionsToSend(form("shape", { ...texts, begin: "" }), []), { target: "a", stages: "30s:10k" });
  assert.deepEqual(optionsToSend(form("shape", { ...texts, begin: "5" }, { of: "users" }), []), { target: "a", stages: "30s:10k", users: "5", "wait-time": "1s" });
});

test("a scenario's shape has neither peak nor parameters", () => {
  const texts = { target: "a", rate: "50k", users: "1", "wait-time": "1s", "shape-parameters": "period=10m" };
  assert.deepEqual(checkForm(form("shape", { target: "a" }, { kind: "scenario" }), []), {});
  assert.deepEqual(optionsToSend(form("shape", texts, { kind: "scenario" }), []), { target: "a", shape: "scenario" });
  assert.deepEqual(optionsToSend(form("shape", texts, { kind: "scenario", of: "users" }), []), { target: "a", shape: "scenario", users: "1", "wait-time": "1s" });
});

test("a shape has a name, parameters and a peak", () => {
  const texts = { target: "a", rate: "50k", stages: "30s:10k", "shape-parameters": "period=10m,low=20%" };
  assert.deepEqual(optionsToSend(form("shape", texts, { kind: "sine" }), []), { target: "a", rate: "50k", shape: "sine:period=10m,low=20%" });
  assert.deepEqual(optionsToSend(form("shape", { ...texts, "shape-parameters": " " }, { kind: "daily" }), []), { target: "a", rate: "50k", shape: "daily" });
});

test("what the primary says of an option stands beside the field that made it", () => {
  assert.equal(fieldFor("shape", form("shape", {}, { kind: "sine" })), "shape-parameters");
  assert.equal(fieldFor("rate", form("shape", {})), "begin");
  assert.equal(fieldFor("rate", form("shape", {}, { kind: "sine" })), "rate");
  assert.equal(fieldFor("rate", form("rate", {})), "rate");
});

test("a search has its own fields, and nothing that it excludes", () => {
  const texts = { target: "a", rate: "50k", "find-capacity": "p99<200ms\nthrottled<0.5%", from: "1k", to: "1M", hold: "5s", threshold: "p99<1s", "warm-up": "10s", events: "100" };
  assert.deepEqual(optionsToSend(form("search", texts), []), { target: "a", from: "1k", to: "1M", hold: "5s", "find-capacity": "p99<200ms\nthrottled<0.5%" });
});

test("a value of the command line can be taken back", () => {
  const options = [row("run-time", { type: "duration", current: "5m" }), row("region", { current: null }), row("users", { type: "count", default: "1", current: "8" }), row("template-text", { type: "lines", current: "{{date.now}}" })];
  const first = firstForm(options, null);
  assert.equal(first.texts["run-time"], "5m");
  assert.equal(first.source, "template");
  assert.equal(first.texts["template-text"], "{{date.now}}");
  const sent = optionsToSend(form("rate", { ...first.texts, target: "a", rate: "1", "run-time": "" }), options);
  assert.deepEqual([sent["run-time"], sent.users, sent["template-text"]], ["", "", ""]);
});

test("a template goes as it was written", () => {
  const texts = { target: "a", rate: "1", "template-text": " {{date.now}}\n" };
  assert.equal(optionsToSend(form("rate", texts, { source: "template" }), [])["template-text"], " {{date.now}}\n");
});

test("events can be looked at while the load is not finished", () => {
  const texts = { target: "a", rate: "what", "template-text": "x", keys: "uniform:5" };
  assert.deepEqual(optionsToPreview(form("rate", texts, { source: "template" }), []), { target: "a", "template-text": "x", keys: "uniform:5" });
  assert.equal(optionsToPreview(form("rate", { ...texts, "template-text": "" }, { source: "template" }), []), null);
});

test("a rate is the model unless the command line speaks of users", () => {
  const users = (current) => row("users", { type: "count", default: "1", current });
  assert.equal(firstForm([users("1")], null).mode, "rate");
  assert.equal(firstForm([users("40")], null).mode, "users");
  assert.equal(firstForm([users("40"), row("rate", { type: "rate", current: "5k" })], null).mode, "rate");
});

test("the command line's stages, shape or search open the form with them", () => {
  const stages = firstForm([row("stages", { current: "5s:1k" }), row("rate", { type: "rate", current: "2k" })], null);
  assert.deepEqual([stages.mode, stages.kind, stages.texts.stages, stages.texts.begin], ["shape", "stages", "5s:1k", "2k"]);
  const shape = firstForm([row("shape", { current: "sine:period=1m" })], null);
  assert.deepEqual([shape.mode, shape.kind, shape.texts["shape-parameters"]], ["shape", "sine", "period=1m"]);
  assert.equal(firstForm([row("find-capacity", { current: "p99<1s" })], null).mode, "search");
});

test("the form opens with the last run's settings", () => {
  const run = { run_id: "r", settings: { ...settings, model: "users", rate: null, users: 40, spawn_rate: 2, batch_size: 10, wait_time: "pacing:1s", run_time_s: 300 } };
  const { mode, texts } = firstForm([], run);
  assert.equal(mode, "users");
  assert.equal(texts.users, "40");
  assert.equal(texts["run-time"], "300s");
});

test("the history remembers what the run's settings do not say", () => {
  const run = { run_id: "r", settings };
  const first = firstForm([], run, { "template-text": "{{date.now}}", threshold: "p99<1s", "kafka-property": "sasl.password=..." });
  assert.deepEqual([first.source, first.texts["template-text"], first.texts.threshold], ["template", "{{date.now}}", "p99<1s"]);
  assert.equal(first.texts["kafka-property"], undefined);
});

test("properties are lines of name and value", () => {
  const list = row("kafka-property", { type: "list", max: 40 });
  assert.equal(checkValue(list, "acks=1\n\n# a comment\n sasl.password=a=b"), null);
  assert.equal(checkValue(list, "acks=1\nlinger.ms"), "Line 2 is not property=value.");
  assert.equal(checkValue(list, "=1"), "Line 1 is not property=value.");
  assert.equal(checkValue(list, `client.id=${"x".repeat(31)}`), "At most 40 bytes.");
  assert.equal(checkValue(row("threshold", { type: "list" }), "p99<250ms"), null);
  const texts = { target: "kafka://local/sensors", rate: "1k", "kafka-property": "acks=1\nlinger.ms=5\n" };
  assert.deepEqual(optionsToSend(form("rate", texts), [list]), { ...texts, "kafka-property": "acks=1\nlinger.ms=5" });
});
