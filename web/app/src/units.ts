// Numbers as people write and read them. The same grammar as the command line (common/units.h).

interface Decimal {
  value: number;
  rest: string;
}

/** Reads 12, 1.5 or .5 from the front of the text; "12." and signs are not numbers here. */
function readDecimal(text: string): Decimal | null {
  const match = /^(\d+(?:\.\d+)?|\.\d+)/.exec(text);
  if (match === null) return null;
  const digits = match[0];
  return { value: Number(digits), rest: text.slice(digits.length) };
}

const DECIMAL_UNITS: Record<string, number> = { "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 };
const SIZE_UNITS: Record<string, number> = {
  "": 1, B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3,
};
const TIME_UNITS: [string, number][] = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1], ["ms", 1e-3], ["us", 1e-6]];

/** Rounds away what binary floating point added: 1.1k is 1100. */
const clean = (value: number) => Number(value.toPrecision(15));

function parseScaled(text: string, units: Record<string, number>): number | null {
  const number = readDecimal(text);
  if (number === null || !Object.hasOwn(units, number.rest)) return null;
  return clean(number.value * (units[number.rest] ?? 1));
}

/** A whole number: 12, 50k, 1.5M. */
export function parseCount(text: string): number | null {
  const value = parseScaled(text, DECIMAL_UNITS);
  return value === null || !Number.isInteger(value) ? null : value;
}

/** A number from 0, per second; "/s" may follow: 50k/s. */
export function parseRate(text: string): number | null {
  return parseScaled(text.endsWith("/s") ? text.slice(0, -2) : text, DECIMAL_UNITS);
}

/** Bytes: 128B, 64KiB, 5MB. */
export function parseSize(text: string): number | null {
  const value = parseScaled(text, SIZE_UNITS);
  return value === null || !Number.isInteger(value) ? null : value;
}

/** Seconds: 300s, 20m, 1h30m, 250ms; a bare number counts seconds. */
export function parseDuration(text: string): number | null {
  if (/^(\d+(\.\d+)?|\.\d+)$/.test(text)) return Number(text);
  let total = 0;
  let rest = text;
  let units = TIME_UNITS;
  if (rest === "") return null;
  while (rest !== "") {
    const number = readDecimal(rest);
    if (number === null) return null;
    const name = /^[dhmsu]+/.exec(number.rest)?.[0] ?? "";
    const at = units.findIndex(([unit]) => unit === name);
    const unit = units[at];
    if (unit === undefined) return null;
    total += number.value * unit[1];
    units = units.slice(at + 1);
    rest = number.rest.slice(name.length);
  }
  return clean(total);
}

/** What --wait-time takes: 1s, 0.5s-2s, pacing:1s. */
export function isWaitTime(text: string): boolean {
  const plain = text.startsWith("pacing:") ? text.slice("pacing:".length) : text;
  const parts = text === plain ? plain.split("-") : [plain];
  if (parts.length > 2) return false;
  const seconds = parts.map((part) => parseDuration(part));
  const [low, high] = [seconds[0] ?? null, seconds.length === 2 ? (seconds[1] ?? null) : 0];
  if (low === null || high === null) return false;
  return seconds.length === 1 || low <= high;
}

export const NOTHING = "–";
const PERCENT = "\u00a0%"; // never on a line of its own

const groups = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 1,234,567; a dash when there is no number. */
export function whole(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NOTHING : groups.format(value);
}

/** Three significant digits, with a unit's letter from 10,000 on: 9,870 · 12.3k · 1.50M. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  if (size < 10 && !Number.isInteger(value)) return trimmed(value, size < 1 ? 2 : 1);
  if (size < 9999.5) return groups.format(value);
  if (size < 999.5e3) return three(value / 1e3) + "k";
  if (size < 999.5e6) return three(value / 1e6) + "M";
  return three(value / 1e9) + "G";
}

/** An axis' label, as short as it can be without lying: 0.5, 20, 2.5k, 1.2M. */
export function axisNumber(value: number): string {
  const size = Math.abs(value);
  const [scale, unit] = size >= 1e9 ? [1e9, "G"] : size >= 1e6 ? [1e6, "M"] : size >= 1e3 ? [1e3, "k"] : [1, ""];
  return String(Number((value / scale).toPrecision(6))) + unit;
}

function three(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

const trimmed = (value: number, digits: number) => String(Number(value.toFixed(digits)));

/** Microseconds as milliseconds with the digits that matter: 0.42, 3.8, 12.4, 250. */
export function ms(us: number | null | undefined): string {
  if (us === null || us === undefined || !Number.isFinite(us)) return NOTHING;
  return millis(us / 1e3);
}

export function millis(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return "0";
  return value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : groups.format(value);
}

/** Two latencies side by side in one unit: milliseconds, or seconds once they take five digits. */
export function latencyPair(a: number | null | undefined, b: number | null | undefined): { a: string; b: string; unit: string } {
  const inSeconds = Math.max(a ?? 0, b ?? 0) >= 9_999_500;
  const print = (us: number | null | undefined) => (inSeconds ? ms(us === null || us === undefined ? null : us / 1e3) : ms(us));
  return { a: print(a), b: print(b), unit: inSeconds ? "s" : "ms" };
}

/** Bytes per second as MB/s (10^6). */
export function megabytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return NOTHING;
  const value = bytes / 1e6;
  return value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : groups.format(value);
}

/** 512 B, 64.0 KiB, 5.25 MiB. */
export function size(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes) || bytes < 0) return NOTHING;
  if (bytes < 1023.5) return `${bytes.toFixed(0)} B`;
  const names = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  let at = 0;
  for (; value >= 1023.5 && at < names.length - 1; at++) value /= 1024;
  return `${three(value)} ${names[at] ?? ""}`;
}

/** Ids as host_0123456789abcdef...: enough of them to tell one from another. */
export function shortId(id: string): string {
  const end = id.lastIndexOf("_") + 7;
  return id.length - end > 4 ? `${id.slice(0, end)}…` : id;
}

/** A clock: 0:42, 12:05, 1:02:03, 2d 3:04:05. */
export function clock(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NOTHING;
  const total = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const days = Math.floor(total / 86400);
  const hours = Math.floor((total % 86400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const tail = `${hours > 0 || days > 0 ? two(minutes) : minutes}:${two(total % 60)}`;
  return (days > 0 ? `${days}d ` : "") + (hours > 0 || days > 0 ? `${hours}:` : "") + tail;
}

/** A duration in words of the command line: 850ms, 42s, 5m, 1h30m. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NOTHING;
  if (seconds > 0 && seconds < 1) return `${Math.round(seconds * 1e3)}ms`;
  let rest = Math.round(seconds);
  if (rest === 0) return "0s";
  let text = "";
  for (const [unit, worth] of TIME_UNITS.slice(0, 4)) {
    const count = Math.floor(rest / worth);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * worth;
  }
  return text;
}

/** A ratio as percent: 100 %, 99.98 %, 0.003 %. Never rounds a small share to 0 nor a miss to 100. */
export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return NOTHING;
  const value = ratio * 100;
  if (value === 0) return `0${PERCENT}`;
  if (value > 0 && value < 0.001) return `<\u00a00.001${PERCENT}`;
  if (value < 1) return `${trimmed(value, 3)}${PERCENT}`;
  if (value >= 99 && value < 100) return `${(Math.floor(value * 100) / 100).toFixed(2)}${PERCENT}`;
  return `${trimmed(value, 1)}${PERCENT}`;
}

/** Local time of a timestamp; the date too when it is not today's. */
export function when(text: string | null | undefined, now: Date = new Date()): string {
  if (text === null || text === undefined || text === "") return NOTHING;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}
