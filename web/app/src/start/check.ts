// Is this text a value of this option? The same rules as the command line's, said beside the field.
import type { Option } from "../contract";
import { duration, isWaitTime, parseCount, parseDuration, parseRate, parseSize, size, whole } from "../units";

export type OptionRow = Pick<Option, "name" | "type" | "min" | "max" | "choices">;

/** Used until the primary has sent its own table. */
export const KNOWN: Record<string, OptionRow> = {
  target: { name: "target", type: "text", min: null, max: 1399, choices: null },
  rate: { name: "rate", type: "rate", min: 0, max: 1e9, choices: null },
  users: { name: "users", type: "count", min: 1, max: 1e6, choices: null },
  "spawn-rate": { name: "spawn-rate", type: "rate", min: 0.01, max: 1e6, choices: null },
  "batch-size": { name: "batch-size", type: "count", min: 1, max: 500, choices: null },
  "wait-time": { name: "wait-time", type: "text", min: null, max: 64, choices: null },
  "run-time": { name: "run-time", type: "duration", min: 0, max: 31536000, choices: null },
  "warm-up": { name: "warm-up", type: "duration", min: 0, max: 31536000, choices: null },
  events: { name: "events", type: "count", min: 1, max: 1e15, choices: null },
};

interface Kind {
  parse: (text: string) => number | null;
  print: (value: number) => string;
  is: string;
}

const KINDS: Partial<Record<Option["type"], Kind>> = {
  count: { parse: parseCount, print: whole, is: "a whole number such as 500, 50k or 1.5M" },
  integer: { parse: (text) => (/^-?\d+$/.test(text) ? Number(text) : null), print: whole, is: "a whole number" },
  rate: { parse: parseRate, print: whole, is: "a rate such as 500, 50k or 1.5M" },
  duration: { parse: parseDuration, print: duration, is: "a time such as 300s, 20m or 1h30m" },
  size: { parse: parseSize, print: size, is: "a size such as 512B, 64KiB or 5MiB" },
};

function checkRange(value: number, row: OptionRow, kind: Kind): string | null {
  const print = (limit: number) => (Number.isInteger(limit) ? kind.print(limit) : String(limit));
  if (row.min !== null && value < row.min) return `At least ${print(row.min)}.`;
  if (row.max !== null && value > row.max) return `At most ${print(row.max)}.`;
  return null;
}

/** Properties, one a line; what librdkafka makes of them a secondary says. */
function checkLines(row: OptionRow, text: string): string | null {
  const bad = text.split("\n").findIndex((line) => !/^\s*($|#|[^=\s#][^=]*=)/.test(line));
  if (bad >= 0) return `Line ${bad + 1} is not property=value.`;
  return row.max !== null && new TextEncoder().encode(text).length > row.max ? `At most ${whole(row.max)} bytes.` : null;
}

/** What is wrong, or null. Empty text is fine here: whether a field must be filled is the form's matter. */
export function checkValue(row: OptionRow, text: string): string | null {
  if (text === "") return null;
  if (row.name === "wait-time") return isWaitTime(text) ? null : "A time as 1s, a range as 0.5s-2s, or pacing:1s.";
  if (row.type === "choice") return row.choices === null || row.choices.includes(text) ? null : `One of ${row.choices.join(", ")}.`;
  if (row.name === "kafka-property") return checkLines(row, text);
  const kind = KINDS[row.type];
  if (kind === undefined) return null;
  const value = kind.parse(text);
  if (value === null) return `This must be ${kind.is}.`;
  return checkRange(value, row, kind);
}
