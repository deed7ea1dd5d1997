// The top of the page: who and what, the buttons, and the figures that are always in sight.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { messageOf, logOut, resetRun, stopRun } from "./api";
import { searchWords } from "./capacitymath";
import type { Run } from "./contract";
import { refreshRun } from "./live";
import { passingWords } from "./passingmath";
import { isHere } from "./seriesmath";
import { form, isActive, isOperator, isPast, live, notice, role, session, shown, silentS, VIEWER_WHY } from "./store";
import { tab } from "./router";
import { choose, isDark, nextChoice } from "./theme";
import { clock, latencyPair, megabytes, NOTHING, percent, whole } from "./units";

const PHASES: Record<string, string> = { ramp: "ramping up", warm_up: "warming up", drain: "draining" };

export function stateWords(run: Run): string {
  if (run.state === "running" && run.phase && PHASES[run.phase]) return PHASES[run.phase] ?? run.state;
  return run.state;
}

async function act(what: () => Promise<unknown>, done: string): Promise<void> {
  try {
    await what();
    notice.value = { kind: "done", text: done };
    await refreshRun();
  } catch (error) {
    notice.value = { kind: "error", text: messageOf(error) };
  }
}

/** Before the first run the start form is the page itself. */
export const formIsPage = (run: Run) => run.run_id === null && !isPast.value && (tab.value === "stats" || tab.value === "charts");

/** A button that asks once more before it does what cannot be undone. */
function ConfirmButton({ label, again, disabled, title, onConfirm }: {
  label: string; again: string; disabled: boolean; title: string | undefined; onConfirm: () => void;
}) {
  const [armed, setArmed] = useState(false);
  useEffect(() => {
    if (!armed) return;
    const timer = setTimeout(() => setArmed(false), 4000);
    return () => clearTimeout(timer);
  }, [armed]);
  return (
    <button type="button" class={armed ? "danger" : undefined} disabled={disabled} title={title}
      onBlur={() => setArmed(false)}
      onClick={() => { setArmed(!armed); if (armed) onConfirm(); }}>
      {armed ? again : label}
    </button>
  );
}

function Controls({ run }: { run: Run }) {
  const may = isOperator.value;
  const why = may ? undefined : VIEWER_WHY;
  const active = isActive(run);
  const searching = (run.search ?? null) !== null;
  return (
    <div class="controls" role="group" aria-label="Run control">
      {!may && <span class="viewer" title={VIEWER_WHY}>read-only: viewer</span>}
      {active && <button type="button" disabled={!may || searching || run.state === "stopping"} title={why ?? (searching ? "A search for the limit sets its rate itself" : undefined)} onClick={() => { form.value = "edit"; }}>Edit</button>}
      {active && <button type="button" class="stop" disabled={!may || run.state === "stopping"} title={why}
        onClick={() => void act(stopRun, "Stopping: batches in flight may still be answered.")}>{run.state === "stopping" ? "Stopping…" : "Stop"}</button>}
      {run.run_id !== null && <ConfirmButton label="Reset" again="Clear figures?" disabled={!may || run.state === "stopping"} title={why ?? "Start the statistics and charts again from zero"}
        onConfirm={() => void act(resetRun, "Statistics and charts start again from zero.")} />}
      {!active && !formIsPage(run) && <button type="button" class="primary" disabled={!may} title={why} onClick={() => { form.value = "start"; }}>New</button>}
    </div>
  );
}

function Bar() {
  const run = live.value;
  return (
    <div class="bar">
      <h1 class="mark">freshet</h1>
      {run !== null && (
        <p class="target" title={(shown.value ?? run).settings.target}>
          <span class="hidden">Target: </span>{(shown.value ?? run).settings.target || "no target yet"}
          {(shown.value ?? run).name !== null && <span class="muted"> · {(shown.value ?? run).name}</span>}
        </p>
      )}
      <div class="who">
        {run !== null && !isPast.value && <Controls run={run} />}
        <button type="button" class="quiet" onClick={() => choose(nextChoice())} aria-label={isDark.value ? "Switch to light colours" : "Switch to dark colours"}>
          {isDark.value ? "Light" : "Dark"}
        </button>
        <button type="button" class="quiet" title={`Logged in as ${session.value?.user ?? ""} (${role.value})`} onClick={() => void logOut()}>Log out</button>
      </div>
    </div>
  );
}

export function Reading({ label, figure, value, children, unit, note, tone }: {
  label: string; figure: string; value: number | null | undefined; children: ComponentChildren;
  unit?: string; note?: ComponentChildren; tone?: string | undefined;
}) {
  return (
    <div class={`reading ${tone ?? ""}`}>
      <dt>{label}</dt>
      <dd>
        <data value={value ?? ""} data-figure={figure}>{children}</data>
        {unit && <span class="unit"> {unit}</span>}
        {note !== undefined && <span class="note">{note}</span>}
      </dd>
    </div>
  );
}

function Hero({ run, over }: { run: Run; over: boolean }) {
  const rate = over ? (run.mean_per_s.delivered ?? null) : run.now_per_s.delivered;
  const asked = over ? (run.mean_per_s.asked ?? run.settings.rate) : run.now_per_s.asked;
  const ratio = asked !== null && asked > 0 && rate !== null ? rate / asked : null;
  const short = ratio !== null && ratio < 0.95 && run.phase !== "ramp" && (run.state === "running" || over);
  return (
    <div class="reading hero">
      <dt>{over ? "Delivered events/s, mean" : "Delivered events/s"}</dt>
      <dd>
        <data value={rate ?? ""} data-figure="delivered_per_s">{whole(rate)}</data>
        <span class="note">
          {asked !== null ? <>of <data value={asked} data-figure="asked_per_s">{whole(asked)}</data> asked
            {ratio !== null && <span class={short ? "warn" : undefined}> · {percent(ratio)}</span>}</>
            : run.settings.model === "users" ? <>{whole(run.users)} users · as fast as they go</> : " "}
        </span>
        <meter class="ratio" min={0} max={1} value={Math.min(1, ratio ?? 0)} hidden={ratio === null} aria-label="Delivered of what was asked" />
      </dd>
    </div>
  );
}

function Elapsed({ run }: { run: Run }) {
  const note = run.state === "stopping" ? "draining"
    : run.search && isActive(run) ? "searching"
    : run.remaining_s !== null && isActive(run) ? `${clock(run.remaining_s)} left`
    : run.settings.events !== null && isActive(run) ? `until ${whole(run.settings.events)} events`
    : isActive(run) ? "until stopped" : run.ended_by !== "" ? run.ended_by : run.run_id === null ? "" : "over";
  return (
    <div class="reading state">
      <dt>State</dt>
      <dd>
        <span class={`dot ${run.state}`} aria-hidden="true" />
        <span class="word" data-figure="state">{stateWords(run)}</span>
        <span class="note"><data value={run.elapsed_s} data-figure="elapsed_s">{clock(run.elapsed_s)}</data>{note && <> · {note}</>}</span>
      </dd>
    </div>
  );
}

export function Readings({ run }: { run: Run }) {
  const over = !isActive(run);
  const answered = run.events.delivered + run.events.failed > 0;
  const latency = !answered ? { p50: null, p99: null } : over ? run.latency_us : run.now_latency_us;
  const pair = latencyPair(latency.p50, latency.p99);
  const bytes = over ? (run.mean_per_s.payload_bytes ?? (run.elapsed_s > 0 ? run.bytes.payload / run.elapsed_s : 0)) : run.now_per_s.payload_bytes;
  const missing = run.secondaries.filter((one) => one.state === "missing").length;
  const present = run.secondaries.filter(isHere).length;
  return (
    <dl class="readings">
      <Elapsed run={run} />
      <Hero run={run} over={over} />
      <Reading label="Delivered" figure="events.delivered" value={run.events.delivered} note="events in all" tone={run.events.delivered >= 1e10 ? "long" : undefined}>{whole(run.events.delivered)}</Reading>
      <Reading label="Payload" figure="payload_bytes_per_s" value={bytes} unit="MB/s">{megabytes(bytes)}</Reading>
      <Reading label="Latency p50 / p99" figure="p50_us" value={latency.p50} unit={pair.unit} note="from the due time">
        {pair.a} <span class="muted">/</span> <span data-figure="p99_us" data-value={latency.p99 ?? ""}>{pair.b}</span>
      </Reading>
      <Reading label="Failed" figure="events.failed" value={run.events.failed} tone={run.events.failed > 0 ? "bad" : undefined}
        note={run.events.unknown > 0 ? `${whole(run.events.unknown)} unknown` : run.events.generated > 0 ? percent(run.events.failed / run.events.generated) : undefined}>{whole(run.events.failed)}</Reading>
      <Reading label="Throttled" figure="events.throttled" value={run.events.throttled} tone={run.events.throttled > 0 ? "warn" : undefined}
        note={!over && run.now_per_s.throttled > 0 ? `${whole(run.now_per_s.throttled)}/s now` : undefined}>{whole(run.events.throttled)}</Reading>
      <Reading label="Secondaries" figure="secondaries" value={present} tone={missing > 0 ? "bad" : undefined}
        note={missing > 0 ? `${missing} missing` : run.settings.model === "users" && !over ? `${whole(run.users)} users` : undefined}>{present === 0 && run.secondaries.length === 0 ? NOTHING : whole(present)}</Reading>
    </dl>
  );
}

/** What a run came to, once it is over. */
function outcome(run: Run): string {
  if (run.state !== "stopped") return "";
  const search = run.search ? `. ${searchWords(run.search)}` : "";
  const thresholds = run.thresholds ?? [];
  return search + (thresholds.length > 0 ? `. Thresholds: ${passingWords(thresholds)}` : "");
}

/** Spoken by screen readers when the state changes, not each second. */
export function Announcer() {
  const run = live.value;
  const words = run === null ? "" : `Run ${stateWords(run)}${outcome(run)}`;
  const lost = silentS.value !== null ? "The primary does not answer" : "";
  return <p class="hidden" role="status" aria-live="polite" data-announcer>{lost || words}</p>;
}

export function Header() {
  const run = shown.value;
  return (
    <header class={silentS.value !== null && !isPast.value ? "top stale" : "top"}>
      <Bar />
      {run !== null && (run.run_id !== null || isPast.value) && <Readings run={run} />}
    </header>
  );
}
