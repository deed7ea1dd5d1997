// The address bar: ?tab=charts&run=ID&compare=A,B. Locust's keys stay Locust's.
import { signal } from "@preact/signals";

export const TABS = [
  { key: "stats", label: "Statistics" },
  { key: "charts", label: "Charts" },
  { key: "capacity", label: "Capacity" },
  { key: "failures", label: "Failures" },
  { key: "ledger", label: "Ledger" },
  { key: "shards", label: "Shards" },
  { key: "workers", label: "Secondaries" },
  { key: "logs", label: "Logs" },
  { key: "reports", label: "Download Data" },
  { key: "runs", label: "Runs" },
] as const;
export type TabKey = (typeof TABS)[number]["key"];

const ALIASES: Record<string, TabKey> = { exceptions: "logs", ratios: "stats", secondaries: "workers", download: "reports" };

export const tab = signal<TabKey>("stats");
export const onlyErrors = signal(false); // ?tab=exceptions: the logs, errors only
export const runParam = signal<string | null>(null);
export const compareParam = signal<[string, string] | null>(null);

function read(): void {
  const params = new URLSearchParams(location.search);
  const key = params.get("tab") ?? "stats";
  tab.value = TABS.find((one) => one.key === key)?.key ?? ALIASES[key] ?? "stats";
  onlyErrors.value = key === "exceptions";
  runParam.value = params.get("run");
  const [a, b] = (params.get("compare") ?? "").split(",");
  compareParam.value = a && b ? [a, b] : null;
}

interface Place {
  tab?: TabKey;
  run?: string | null;
  compare?: [string, string] | null;
}

export function placeOf({ tab: toTab, run, compare }: Place): string {
  const params = new URLSearchParams(location.search);
  if (toTab !== undefined) params.set("tab", toTab);
  if (run !== undefined) run === null ? params.delete("run") : params.set("run", run);
  if (compare !== undefined) compare === null ? params.delete("compare") : params.set("compare", compare.join(","));
  else if (toTab !== undefined && toTab !== "runs") params.delete("compare");
  const text = params.toString().replace(/%2C/g, ",");
  return text === "" ? "." : `?${text}`;
}

export function go(place: Place): void {
  history.pushState(null, "", placeOf(place));
  read();
}

/** For links: plain clicks stay on the page, all others are the browser's. */
export function follow(event: MouseEvent, place: Place): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(place);
}

export function startRouter(): void {
  addEventListener("popstate", read);
  read();
}
