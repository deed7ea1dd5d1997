// The form's state: which fields a load has, what is wrong, what is sent.
import type { Place } from "../api";
import type { Option, OptionTexts, Run } from "../contract";
import type { OptionRow } from "./check";
import { checkValue, KNOWN } from "./check";

export type Model = "rate" | "users";
export type Mode = Model | "shape" | "search";
export type Source = "default" | "template";
export type Texts = Record<string, string>;

export interface FormState {
  mode: Mode;
  of: Model; // what a shape changes
  kind: string; // "stages", or the shape's name
  source: Source;
  texts: Texts;
}

export interface Bind {
  name: string;
  value: string;
  error: string | undefined;
  place?: Place | null; // of the error, in a text of many lines
  onValue: (value: string) => void;
}

/** The shape that stands for the function of the scenario which the primary was started with: it has neither peak nor parameters. */
export const SCENARIO = "scenario";

/** Does the primary's scenario shape the load? */
export const shapesLoad = (options: Option[]) => options.some((option) => option.name === "shape" && option.current === SCENARIO);

export const PASSING = ["threshold", "abort-on", "abort-below"];
const EVENTS = ["template-text", "keys", "event-size"];
const LOAD = ["rate", "users", "spawn-rate", "wait-time", "stages", "shape", "warm-up", "events", "find-capacity", "from", "to", "hold"];
const MAIN = new Set(["target", "batch-size", "run-time", ...LOAD, ...EVENTS, ...PASSING]);

/** What a run before this one is remembered by, besides its settings. */
const REMEMBERED = [...EVENTS, ...PASSING, "stages", "shape", "warm-up", "find-capacity", "from", "to", "hold"];

const FALLBACKS: Texts = { rate: "10k", users: "1", "spawn-rate": "1", "batch-size": "500", "wait-time": "1s", stages: "30s:10k,2m:10k,30s:0" };

const TEMPLATE = `{
  "sensorId": {{random.number(100000)}},
  "temperature": {{random.number({"min":10,"max":150})}},
  "status": "{{random.arrayElement(["OK","FAIL","WARN"])}}",
  "timestamp": {{date.now("x")}}
}`;

export const has = (options: Option[], name: string) => options.some((option) => option.name === name);

export function advancedOptions(options: Option[]): Option[] {
  return options.filter((option) => option.form && !MAIN.has(option.name));
}

function rowOf(name: string, options: Option[]): OptionRow | undefined {
  return options.find((option) => option.name === name) ?? KNOWN[name];
}

/** Given on the command line, not only by default. */
const isSet = (option: Option) => option.current !== null && option.current !== option.default;

function splitShape(text: string): { kind: string; parameters: string } {
  const colon = text.indexOf(":");
  return colon < 0 ? { kind: text, parameters: "" } : { kind: text.slice(0, colon), parameters: text.slice(colon + 1) };
}

function modeOf(texts: Texts, of: Model): Mode {
  if (texts["find-capacity"]) return "search";
  return texts["stages"] || texts["shape"] ? "shape" : of;
}

/** The settings of the last run that the present document carries. */
function lastTexts(run: Run): Texts {
  const last = run.settings;
  const texts: Texts = { target: last.target, "batch-size": String(last.batch_size) };
  if (last.rate !== null && !run.search) texts["rate"] = String(last.rate);
  if (last.users !== null) texts["users"] = String(last.users);
  if (last.spawn_rate !== null) texts["spawn-rate"] = String(last.spawn_rate);
  if (last.wait_time !== null) texts["wait-time"] = last.wait_time;
  texts["run-time"] = last.run_time_s !== null && last.run_time_s > 0 ? `${last.run_time_s}s` : "";
  texts["events"] = last.events !== null ? String(last.events) : "";
  texts["stages"] = last.stages ?? "";
  texts["shape"] = last.shape ?? "";
  texts["warm-up"] = last.warm_up_s ? `${last.warm_up_s}s` : "";
  texts["find-capacity"] = run.search?.conditions.join("\n") ?? "";
  return texts;
}

/**
 * What the fields hold at first: the command line's values, the defaults, or the last run's. `kept` is what the history
 * has of that run's options.
 */
export function firstForm(options: Option[], run: Run | null, kept: Record<string, unknown> = {}): FormState {
  const given: Texts = {};
  for (const option of options) {
    const text = option.current ?? option.default;
    if (text !== null && (MAIN.has(option.name) || isSet(option))) given[option.name] = text;
  }
  const isGiven = (name: string) => options.some((option) => option.name === name && isSet(option));
  let of: Model = isGiven("users") && !isGiven("rate") ? "users" : "rate";
  if (run?.run_id) {
    of = run.settings.model;
    Object.assign(given, lastTexts(run));
    for (const name of REMEMBERED) {
      const text = kept[name];
      if (typeof text === "string") given[name] = text;
    }
  }
  const mode = modeOf(given, of);
  const { kind, parameters } = splitShape(given["shape"] ?? "");
  const source = given["template-text"] ? "template" : "default";
  const texts: Texts = { ...FALLBACKS, "template-text": TEMPLATE, ...Object.fromEntries(Object.entries(given).filter(([name, text]) => text !== "" || FALLBACKS[name] === undefined)) };
  texts["shape-parameters"] = parameters;
  texts["begin"] = mode === "shape" && given["stages"] ? (given[of] ?? "") : "";
  return { mode, of, kind: given["stages"] || kind === "" ? "stages" : kind, source, texts };
}

const isRate = (state: FormState) => state.mode === "rate" || (state.mode === "shape" && state.of === "rate");

/** The fields that are in sight, and which of them must be filled. */
function fieldsOf(state: FormState, options: Option[]): { names: string[]; required: Set<string> } {
  const { mode, of, kind, source } = state;
  const names = ["target", "batch-size", "run-time", "keys", "event-size", ...advancedOptions(options).map((option) => option.name)];
  const needed = ["target"];
  const add = (more: string[], must: string[]) => { names.push(...more, ...must); needed.push(...must); };
  if (mode === "rate") add([], ["rate"]);
  if (mode === "users") add(["spawn-rate", "wait-time"], ["users"]);
  if (mode === "shape" && of === "users") add(["wait-time"], []);
  if (mode === "shape" && kind === "stages") add(["begin"], of === "users" ? ["stages", "begin"] : ["stages"]);
  if (mode === "shape" && kind === SCENARIO) add(["shape-parameters", ...(of === "users" ? [of] : [])], []);
  else if (mode === "shape" && kind !== "stages") add(["shape-parameters"], [of]);
  if (mode === "search") add(["from", "to", "hold"], ["find-capacity"]);
  else add(["events", "warm-up", "threshold", "abort-on", ...(isRate(state) ? ["abort-below"] : [])], []);
  if (source === "template") add([], ["template-text"]);
  return { names: [...new Set(names)], required: new Set(needed) };
}

/** The field under which the primary's complaint about an option stands. */
export function fieldFor(name: string, { mode, of, kind }: FormState): string {
  if (mode !== "shape") return name;
  if (name === "shape") return "shape-parameters";
  return name === of && kind === "stages" ? "begin" : name;
}

const textOf = (texts: Texts, name: string) => (name === "template-text" ? (texts[name] ?? "") : (texts[name] ?? "").trim());

export function checkForm(state: FormState, options: Option[]): Record<string, string> {
  const errors: Record<string, string> = {};
  const { names, required } = fieldsOf(state, options);
  for (const name of names) {
    const text = textOf(state.texts, name);
    const row = rowOf(name === "begin" ? state.of : name, options);
    const wrong = text.trim() === "" && required.has(name) ? "This is needed."
      : row === undefined || (name === "begin" && text === "0") ? null : checkValue(row, text);
    if (wrong !== null) errors[name] = wrong;
  }
  return errors;
}

/** An empty text is sent only where the command line had set a value that the form takes back. */
export function optionsToSend(state: FormState, options: Option[]): OptionTexts {
  const values: Texts = {};
  for (const name of fieldsOf(state, options).names) {
    const text = textOf(state.texts, name);
    if (name === "begin") { if (text !== "") values[state.of] = text; }
    else if (name === "shape-parameters") values["shape"] = text === "" || state.kind === SCENARIO ? state.kind : `${state.kind}:${text}`;
    else values[name] = text;
  }
  const sent: OptionTexts = {};
  for (const name of new Set([...Object.keys(values), ...MAIN])) {
    const row = options.find((option) => option.name === name);
    const text = values[name] ?? "";
    if (text !== "" || (row !== undefined && isSet(row))) sent[name] = text;
  }
  return sent;
}

/** What events are made of: enough for a preview, whatever is still wrong with the load. null: the mistake is in these. */
export function optionsToPreview(state: FormState, options: Option[]): OptionTexts | null {
  const wrong = checkForm(state, options);
  const wanted = ["target", ...EVENTS, "batch-size", "seed"];
  if (wanted.some((name) => name in wrong && name !== "target")) return null;
  const all = optionsToSend(state, options);
  return Object.fromEntries(Object.entries(all).filter(([name, text]) => wanted.includes(name) && (name !== "target" || text !== "")));
}
