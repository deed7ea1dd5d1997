// The form's state: which fields a model has, what is wrong, what is sent.
import type { Option, OptionTexts, Run } from "../contract";
import type { OptionRow } from "./check";
import { checkValue, KNOWN } from "./check";

export type Model = "rate" | "users";
export type Texts = Record<string, string>;

const COMMON = ["target", "batch-size", "run-time", "events"];
const OF_MODEL: Record<Model, string[]> = { rate: ["rate"], users: ["users", "spawn-rate", "wait-time"] };
const MAIN = new Set([...COMMON, ...OF_MODEL.rate, ...OF_MODEL.users]);

export function advancedOptions(options: Option[]): Option[] {
  return options.filter((option) => option.form && !MAIN.has(option.name));
}

const fieldsOf = (model: Model, advanced: Option[]) => [...COMMON, ...OF_MODEL[model], ...advanced.map((option) => option.name)];

export function rowOf(name: string, options: Option[]): OptionRow | undefined {
  return options.find((option) => option.name === name) ?? KNOWN[name];
}

const FALLBACKS: Texts = { rate: "10k", users: "1", "spawn-rate": "1", "batch-size": "500", "wait-time": "1s" };

/** Given on the command line, not only by default. */
const isSet = (option: Option) => option.current !== null && option.current !== option.default;

/** What the fields hold at first: the command line's values, the defaults, or the last run's. */
export function firstTexts(options: Option[], run: Run | null): { model: Model; texts: Texts } {
  const texts: Texts = { ...FALLBACKS };
  for (const option of options) {
    const text = option.current ?? option.default;
    if (text !== null && (MAIN.has(option.name) || isSet(option))) texts[option.name] = text;
  }
  const isGiven = (name: string) => options.some((option) => option.name === name && isSet(option));
  let model: Model = isGiven("users") && !isGiven("rate") ? "users" : "rate";
  const last = run?.run_id ? run.settings : null;
  if (last !== null && last !== undefined) {
    model = last.model;
    texts["target"] = last.target;
    texts["batch-size"] = String(last.batch_size);
    if (last.rate !== null) texts["rate"] = String(last.rate);
    if (last.users !== null) texts["users"] = String(last.users);
    if (last.spawn_rate !== null) texts["spawn-rate"] = String(last.spawn_rate);
    if (last.wait_time !== null) texts["wait-time"] = last.wait_time;
    texts["run-time"] = last.run_time_s !== null && last.run_time_s > 0 ? `${last.run_time_s}s` : "";
    texts["events"] = last.events !== null ? String(last.events) : "";
  }
  return { model, texts };
}

export function checkForm(model: Model, texts: Texts, options: Option[]): Record<string, string> {
  const errors: Record<string, string> = {};
  const required = new Set(["target", ...(model === "rate" ? ["rate"] : ["users"])]);
  for (const name of fieldsOf(model, advancedOptions(options))) {
    const text = (texts[name] ?? "").trim();
    const row = rowOf(name, options);
    const wrong = text === "" && required.has(name) ? "This is needed." : row === undefined ? null : checkValue(row, text);
    if (wrong !== null) errors[name] = wrong;
  }
  return errors;
}

/** An empty text is sent only where the command line had set a value that the form takes back. */
export function optionsToSend(model: Model, texts: Texts, options: Option[]): OptionTexts {
  const sent: OptionTexts = {};
  for (const name of fieldsOf(model, advancedOptions(options))) {
    const text = (texts[name] ?? "").trim();
    const row = options.find((option) => option.name === name);
    if (text !== "" || (row !== undefined && isSet(row))) sent[name] = text;
  }
  return sent;
}
