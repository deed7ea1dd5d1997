// The mock's part of workloads: templates with a mistake or none, curves, a search for the limit, thresholds.

const ROWS = [
  ["warm-up", "duration", "DURATION", null, "Load"],
  ["stages", "text", "LIST", null, "Load"],
  ["shape", "text", "NAME[:K=V,...]", null, "Load"],
  ["template-text", "lines", "TEXT", null, "Events"],
  ["keys", "text", "KEYS", null, "Events"],
  ["event-size", "text", "SIZE", null, "Events"],
  ["threshold", "list", "CONDITION", null, "Passing"],
  ["abort-on", "list", "CONDITION:TIME", null, "Passing"],
  ["abort-below", "text", "PERCENT:TIME", null, "Passing"],
  ["find-capacity", "text", "CONDITIONS", null, "Capacity"],
  ["from", "rate", "RATE", "1k", "Capacity"],
  ["to", "rate", "RATE", "100M", "Capacity"],
  ["hold", "duration", "DURATION", "5s", "Capacity"],
];

const SHAPES = [
  { name: "spike", help: "Help of spike", parameters: [{ name: "every", default: "1m", help: "" }, { name: "low", default: "20%", help: "" }] },
  { name: "sine", help: "Help of sine", parameters: [{ name: "period", default: "10m", help: "" }] },
];

export const workloadOptions = (option) =>
  ROWS.map(([name, type, value, fallback, group]) => option(name, type, value, fallback, group, `Help of ${name}`, name === "shape" ? { shapes: SHAPES } : {}));

/** An unknown function is a mistake with a place; everything else is filled in somehow. */
export function templated(text) {
  const known = /^\s*(random\.|date\.|sensor\.|event\.|walk|internet\.|name\.)/;
  for (const match of text.matchAll(/\{\{([^}]*)\}\}/g)) {
    if (known.test(match[1])) continue;
    const before = text.slice(0, match.index).split("\n");
    const [line, column] = [before.length, before.at(-1).length + 3];
    return { line, column, message: `there is no function "${match[1].trim()}"; the nearest is "random.number"` };
  }
  const make = (expression) => (/array/i.test(expression) ? "WARN" : /date/.test(expression) ? String(Date.now()) : String(Math.floor(Math.random() * 100000)));
  return { events: Array.from({ length: 5 }, (_, i) => ({ key: `sensor_${i}`, data: text.replace(/\{\{([^}]*)\}\}/g, (_all, inner) => make(inner)) })) };
}

const number = (text) => Number.parseFloat(text) * ({ k: 1e3, M: 1e6 }[String(text).slice(-1)] ?? 1);
const seconds = (text) => Number.parseFloat(text) * ({ m: 60, h: 3600 }[String(text).slice(-1)] ?? 1);

export function curveOf(options) {
  const unit = options.users ? "users" : "events/s";
  const first = number(options.users ?? options.rate ?? "0");
  const warm_up_s = options["warm-up"] ? seconds(options["warm-up"]) : 0;
  if (!options.stages) {
    const points = Array.from({ length: 121 }, (_, i) => [i * 10, first * (0.6 + 0.4 * Math.sin(i / 10))]);
    return { unit, points, ends_s: null, peak: first, warm_up_s };
  }
  const points = [[0, options.users ? first : options.rate ? first : 0]];
  for (const part of options.stages.split(",")) {
    const [time, value] = part.split(":");
    if (value === undefined || Number.isNaN(number(value))) return { wrong: `"${part}" is not DURATION:VALUE, as 30s:10k` };
    points.push([points.at(-1)[0] + seconds(time), number(value)]);
  }
  return { unit, points, ends_s: points.at(-1)[0], peak: Math.max(...points.map(([, value]) => value)), warm_up_s };
}

/** A limit at 41,000/s, found in eleven holds; `count` of them are over. */
export function searchAt(count, hold = 6) {
  const limit = 41000;
  const rates = [10000, 20000, 40000, 80000, 60000, 50000, 45000, 42500, 41250, 40500, 40500];
  const step = (rate, i) => {
    const over = Math.max(0, rate / limit - 1);
    const held = rate <= limit;
    return {
      at_s: 1.2 + i * (hold + 1.2), seconds: i === rates.length - 1 ? 2 * hold : hold, rate, confirming: i === rates.length - 1,
      delivered_per_s: Math.min(rate, limit) * 0.999, achieved_ratio: Math.min(1, limit / rate), p50_us: 3000 + rate / 20 + over * 60000,
      p99_us: 9000 + rate / 8 + over * 900000, throttled_share: over > 0 ? over / (1 + over) : 0, failed_share: 0, held,
      why: held ? "" : `throttled ${((over / (1 + over)) * 100).toFixed(1)} %, not < 0.5 %`,
    };
  };
  const steps = rates.slice(0, count).map(step);
  const over = count >= rates.length;
  const held = Math.max(0, ...steps.filter((one) => one.held).map((one) => one.rate));
  const failed = Math.min(...steps.filter((one) => !one.held).map((one) => one.rate));
  return {
    state: over ? "found" : !Number.isFinite(failed) ? "raising" : count === rates.length - 1 ? "confirming" : "bisecting",
    activity: over ? "over" : "holding", conditions: ["p99<200ms", "throttled<0.5%"], from: 10000, to: 2000000, hold_s: hold,
    rate: rates[Math.min(count, rates.length - 1)], held: held > 0 ? held : null, failed: Number.isFinite(failed) ? failed : null, found: over ? held : null,
    stopped_by: over ? "at 41.3k events/s: throttled 0.6 %, not < 0.5 %" : null,
    verdict: over ? { kind: "stream", text: "Limited by the stream: throttled 0.6 %, hottest shards shardId-000000000003 and -017." } : null,
    remaining_s: over ? 0 : (rates.length - count) * (hold + 1), steps,
  };
}

export function thresholdsOf(texts, state) {
  const values = { p99: ["us", 18700], failed: ["share", 0.0002], throttled: ["share", 0.031], delivered_rate: ["events/s", 49210] };
  return texts.map((text) => {
    const [, metric, op, limit] = /^([a-z0-9_.]+)(<=|>=|<|>)(.*)$/.exec(text) ?? [null, "p99", "<", "250ms"];
    const [unit, value] = values[metric] ?? ["events", 0];
    const scale = { us: 1e3, share: 0.01 }[unit] ?? 1;
    const most = unit === "events/s" ? number(limit) : Number.parseFloat(limit) * scale;
    const met = op.startsWith("<") ? value < most : value > most;
    return { text, metric, op, unit, limit: most, value: state === "ready" ? null : value, state: state === "ready" ? "none" : met ? "met" : "missed" };
  });
}
