// The arithmetic of a search for the limit: its steps in order of rate, what they say in words, a scale to draw them.
import type { Search, SearchStep } from "./contract";
import { duration, short, whole } from "./units";

/** In order of rate; of two at one rate the later one, which confirms, last. */
export function byRate(steps: SearchStep[]): SearchStep[] {
  return [...steps].sort((a, b) => a.rate - b.rate || a.at_s - b.at_s);
}

/** What the search has to say now: one or two sentences. */
export function searchWords(search: Search): string {
  const { state, held, found } = search;
  const bounded = search.stopped_by ? ` Stopped by: ${search.stopped_by}.` : "";
  if (found !== null) return `${whole(found)} events/s is the highest rate that held.${bounded}`;
  if (state === "none") return `Not even ${whole(search.from)} events/s held.${bounded}`;
  if (state === "stopped" || search.activity === "over")
    return held === null ? "Ended before any rate had held." : `Ended before it was through: ${whole(held)} events/s held.`;
  const doing = state === "raising" ? "Raising the rate" : state === "bisecting" ? "Closing in on the limit" : "Holding longer at what was found";
  const sofar = held === null ? "" : search.failed === null ? `; ${short(held)} held so far` : `; it lies between ${short(held)} and ${short(search.failed)}`;
  return `${doing}: ${whole(search.rate)} events/s now, ${search.activity}${sofar}. At most ${duration(Math.ceil(search.remaining_s))} left.`;
}

export interface Scale {
  at: (value: number) => number; // 0 .. 1
  ticks: number[];
}

/** 1, 2 or 5 times a power of ten, so that some `count` of them reach `most`. */
function stepFor(most: number, count: number): number {
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
}

/** From 0, or from `least` rounded down, to a little above the largest. */
export function linearScale(most: number, count: number, least = 0): Scale {
  const top = most > 0 ? most : 1;
  const step = stepFor(top > least ? top - least : top, count);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(top / step - 1e-9));
  const ticks: number[] = [];
  for (let at = first; at <= last; at++) ticks.push(Number((at * step).toPrecision(12)));
  return { at: (value) => (value / step - first) / (last - first), ticks };
}

/** Between the powers of ten around both; 2 and 5 are named too while that gives few. */
export function logScale(least: number, most: number): Scale {
  const low = Math.floor(Math.log10(least) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log10(most) - 1e-9));
  const factors = high - low <= 2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = low; power < high; power++) for (const factor of factors) ticks.push(factor * 10 ** power);
  ticks.push(10 ** high);
  return { at: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low), ticks };
}

/** Tight around the rates that were held: a search spends most of its steps near the limit. */
export function rateScale(rates: number[], count: number): Scale {
  const least = Math.min(...rates);
  const most = Math.max(...rates);
  if (least > 0 && most / least > 12) return logScale(least, most);
  return linearScale(most, count, least > most / 3 ? least : 0);
}

/** Logarithmic where the largest would press all others to the floor. */
export function valueScale(values: number[], count: number): Scale {
  const positive = values.filter((value) => value > 0);
  const least = Math.min(...positive);
  const most = Math.max(0, ...positive);
  return positive.length > 0 && most / least > 40 ? logScale(least, most) : linearScale(most, count);
}
