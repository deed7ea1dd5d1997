// Lines between the header and the tabs: the verdict, a lost link, an action's outcome, a run of the past.
import { useEffect } from "preact/hooks";
import { searchWords } from "./capacitymath";
import { isPast, kept, linkState, notice, shown, silentS } from "./store";
import { follow, placeOf, tab } from "./router";
import { duration, when } from "./units";


export function Verdict() {
  const run = shown.value;
  if (run === null || run.verdict === null || run.verdict.text === "" || run.run_id === null) return null;
  const tone = run.verdict.kind === "on target" ? "good" : run.verdict.kind === "none" ? "open" : "limited";
  return (
    <p class={`verdict ${tone}`} data-figure="verdict">
      <strong>Verdict</strong> {run.verdict.text}
      {run.exit_code !== null && <span class="muted"> · exit code {run.exit_code}</span>}
    </p>
  );
}

/** What a search for the limit says, on every tab but its own. */
export function SearchLine() {
  const search = shown.value?.search ?? null;
  if (search === null || tab.value === "capacity") return null;
  return (
    <p class="verdict open" data-figure="search">
      <strong>Capacity</strong> {searchWords(search)}{" "}
      <a href={placeOf({ tab: "capacity" })} onClick={(event) => follow(event, { tab: "capacity" })}>The curve</a>
    </p>
  );
}

function silence(seconds: number): string {
  if (seconds < 1) return "just now";
  return seconds < 120 ? `${seconds} s ago` : `${duration(seconds)} ago`;
}

export function Disconnected() {
  const silent = silentS.value;
  if (silent === null) return null;
  const text = linkState.value === "gone"
    ? "The primary has shut down. This page waits for it to come back."
    : `The primary does not answer, last seen ${silence(silent)}. Trying again; what you see below is how it was then.`;
  return <p class="banner lost" role="alert">{text}</p>;
}

export function Notice() {
  const current = notice.value;
  useEffect(() => {
    if (current === null || current.kind === "error") return;
    const timer = setTimeout(() => { notice.value = null; }, 5000);
    return () => clearTimeout(timer);
  }, [current]);
  if (current === null) return null;
  return (
    <p class={`banner ${current.kind}`} role={current.kind === "error" ? "alert" : "status"}>
      {current.text}
      <button type="button" class="quiet" onClick={() => { notice.value = null; }}>Close</button>
    </p>
  );
}

/** What the primary itself complains of. */
export function Complaints() {
  const run = shown.value;
  if (run === null || isPast.value) return null;
  return (
    <>
      {run.refusal && <p class="banner error" role="alert">The run was not started: {run.refusal}</p>}
      {run.history_error && <p class="banner error" role="alert">Runs are not being kept: {run.history_error}</p>}
    </>
  );
}

export function PastBanner() {
  if (!isPast.value || kept.value === null) return null;
  const { run, settings } = kept.value;
  const properties = settings["kafka-property"]; // its secrets were never kept
  return (
    <p class="banner past">
      You are looking at a kept run{run.name ? ` “${run.name}”` : ""}, started {when(run.started_at)}
      {typeof properties === "string" && properties !== "" && <>, with <code>{properties.split("\n").join(", ")}</code></>}.{" "}
      <a href={placeOf({ run: null })} onClick={(event) => follow(event, { run: null })}>Back to the present</a>
    </p>
  );
}
