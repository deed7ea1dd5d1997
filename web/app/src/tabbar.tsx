// The tabs: links that can be opened elsewhere, arrow keys as screen readers expect.
import { useEffect } from "preact/hooks";
import type { TabKey } from "./router";
import { follow, go, placeOf, TABS, tab } from "./router";
import { shown } from "./store";
import { short } from "./units";

function countOf(key: string): string {
  const run = shown.value;
  if (run === null) return "";
  if (key === "failures" && run.errors.length > 0) return short(run.errors.length);
  if (key === "workers" && run.secondaries.length > 0) return short(run.secondaries.length);
  return "";
}

/** The search for the limit has its tab only where there was one. */
const isThere = (key: TabKey) => key !== "capacity" || tab.value === key || (shown.value?.search ?? null) !== null;

export function TabBar() {
  const current = tab.value;
  const tabs = TABS.filter(({ key }) => isThere(key));
  useEffect(() => {
    document.getElementById(`tab-${current}`)?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [current]);
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = tabs.findIndex((one) => one.key === tab.value);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    go({ tab: next.key });
    document.getElementById(`tab-${next.key}`)?.focus();
  };
  return (
    <nav class="tabs" aria-label="Views">
      <div role="tablist" onKeyDown={move}>
        {tabs.map(({ key, label }) => (
          <a key={key} id={`tab-${key}`} role="tab" aria-selected={tab.value === key} aria-controls="view" tabIndex={tab.value === key ? 0 : -1}
            href={placeOf({ tab: key })} onClick={(event) => follow(event, { tab: key })}>
            {label}{countOf(key) !== "" && <span class="count"> {countOf(key)}</span>}
          </a>
        ))}
      </div>
    </nav>
  );
}
