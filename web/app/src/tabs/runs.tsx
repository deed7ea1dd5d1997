// Every run that was kept: open, rename, delete, and lay any two over each other.
import { useEffect, useState } from "preact/hooks";
import { deleteRun, fetchRuns, messageOf, renameRun } from "../api";
import type { RunSummary } from "../contract";
import { compareParam, follow, go, placeOf, runParam } from "../router";
import { isOperator, live } from "../store";
import type { Column } from "../table";
import { Table } from "../table";
import { duration, ms, NOTHING, when, whole } from "../units";
import { Compare } from "./compare";

const PAGE = 50;

function useRuns() {
  const [runs, setRuns] = useState<RunSummary[] | null>(null);
  const [more, setMore] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const fetchPage = async (before?: string) => {
    try {
      const { runs: fresh } = await fetchRuns(PAGE, before);
      setRuns((old) => (before === undefined ? fresh : [...(old ?? []), ...fresh]));
      setMore(fresh.length === PAGE);
      setError(null);
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  const ended = live.value?.state === "stopped" ? live.value.run_id : null;
  useEffect(() => { void fetchPage(); }, [ended]);
  return { runs, more, error, again: () => fetchPage(), next: () => fetchPage(runs?.[runs.length - 1]?.id) };
}

function Name({ run, onDone }: { run: RunSummary; onDone: (error: string | null) => void }) {
  const [name, setName] = useState<string | null>(null);
  const save = async () => {
    if (name === null) return;
    setName(null);
    if (name.trim() === (run.name ?? "")) return;
    try {
      await renameRun(run.id, name.trim());
      onDone(null);
    } catch (problem) {
      onDone(messageOf(problem));
    }
  };
  if (name !== null)
    return (
      <form class="rename" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <input aria-label="Name of the run" value={name} maxLength={100} ref={(input) => { if (input && document.activeElement !== input) input.focus(); }}
          onInput={(event) => setName(event.currentTarget.value)} onBlur={() => void save()}
          onKeyDown={(event) => { if (event.key === "Escape") setName(null); }} />
      </form>
    );
  return (
    <>
      <a href={placeOf({ tab: "stats", run: run.id, compare: null })} onClick={(event) => follow(event, { tab: "stats", run: run.id, compare: null })}>{run.name || when(run.started_at)}</a>
      {isOperator.value && <button type="button" class="quiet" onClick={() => setName(run.name ?? "")}>rename</button>}
      {isOperator.value && <Delete run={run} onDone={onDone} />}
      {run.name && <span class="run-name">{when(run.started_at)}</span>}
    </>
  );
}

function Delete({ run, onDone }: { run: RunSummary; onDone: (error: string | null) => void }) {
  const [armed, setArmed] = useState(false);
  const remove = async () => {
    if (!armed) { setArmed(true); return; }
    try {
      await deleteRun(run.id);
      if (runParam.value === run.id) go({ run: null });
      onDone(null);
    } catch (problem) {
      onDone(messageOf(problem));
    }
  };
  return (
    <button type="button" class={armed ? "danger" : "quiet"}
      onBlur={() => setArmed(false)} onClick={() => void remove()}>{armed ? "delete for good?" : "delete"}</button>
  );
}

function columnsOf(picked: string[], pick: (id: string) => void, onDone: (error: string | null) => void): Column<RunSummary>[] {
  return [
    { key: "pick", label: "Overlay", text: true, cell: (r) => <input type="checkbox" aria-label={`Overlay the run of ${when(r.started_at)}`} checked={picked.includes(r.id)} onChange={() => pick(r.id)} /> },
    { key: "name", label: "Run", text: true, sort: (r) => r.started_at, cell: (r) => <Name run={r} onDone={onDone} /> },
    { key: "duration", label: "Duration", sort: (r) => r.duration_s, cell: (r) => duration(r.duration_s) },
    { key: "target", label: "Target", text: true, sort: (r) => r.target, cell: (r) => r.target },
    { key: "asked", label: "Asked", sort: (r) => r.asked, cell: (r) => (r.asked === null ? NOTHING : `${whole(r.asked)}${r.model === "rate" ? "/s" : " users"}`) },
    { key: "mean", label: "Delivered/s", sort: (r) => r.delivered / Math.max(r.duration_s, 0.001), cell: (r) => (r.duration_s > 0 ? whole(r.delivered / r.duration_s) : NOTHING) },
    { key: "p50", label: "p50 (ms)", sort: (r) => r.p50_us, cell: (r) => ms(r.p50_us) },
    { key: "p99", label: "p99 (ms)", sort: (r) => r.p99_us, cell: (r) => ms(r.p99_us) },
    { key: "failed", label: "Failed", sort: (r) => r.failed, cell: (r) => <span class={r.failed > 0 ? "bad" : undefined}>{whole(r.failed)}</span> },
    { key: "unknown", label: "Unknown", sort: (r) => r.unknown, cell: (r) => whole(r.unknown) },
    { key: "throttled", label: "Throttled", sort: (r) => r.throttled, cell: (r) => whole(r.throttled) },
    { key: "verdict", label: "Verdict", text: true, sort: (r) => r.verdict, cell: (r) => <span class="message">{r.state === "interrupted" ? "interrupted: the primary ended before the run did" : (r.verdict ?? NOTHING)}</span> },
    { key: "delivered", label: "Delivered", sort: (r) => r.delivered, cell: (r) => whole(r.delivered) },
  ];
}

export function RunsTab() {
  const { runs, more, error, again, next } = useRuns();
  const [picked, setPicked] = useState<string[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const pair = compareParam.value;
  if (pair !== null) return <Compare a={pair[0]} b={pair[1]} />;

  const pick = (id: string) => setPicked((old) => (old.includes(id) ? old.filter((one) => one !== id) : [...old, id].slice(-2)));
  const onDone = (text: string | null) => { setProblem(text); void again(); };
  // The earlier run first, so that a change reads as "since then".
  const ordered = (runs ?? []).filter((run) => picked.includes(run.id)).sort((a, b) => a.started_at.localeCompare(b.started_at));
  const [a, b] = ordered;
  return (
    <>
      {(error ?? problem) !== null && <p class="banner error" role="alert">{error ?? problem}</p>}
      {runs === null && error === null && <p class="empty">Fetching the runs…</p>}
      {runs !== null && runs.length > 1 && (
        <p class="overlay">
          <button type="button" disabled={a === undefined || b === undefined} onClick={() => { if (a && b) go({ tab: "runs", compare: [a.id, b.id] }); }}>Overlay two runs</button>
          <span class="muted">{a && b ? `${a.name || when(a.started_at)} and ${b.name || when(b.started_at)}` : "mark two of them below"}</span>
        </p>
      )}
      {runs !== null && <Table caption="Runs" columns={columnsOf(picked, pick, onDone)} rows={runs} rowKey={(r) => r.id} empty="No run has been kept yet. Each run appears here when it ends." />}
      {more && <p><button type="button" onClick={() => void next()}>Show older runs</button></p>}
    </>
  );
}
