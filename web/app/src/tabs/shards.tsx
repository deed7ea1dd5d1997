// Where the events go: a heat map over time, and a table against the limits of a shard.
import { useEffect, useState } from "preact/hooks";
import { fetchShards, messageOf, wasAborted } from "../api";
import type { Run, Shards } from "../contract";
import { HeatMap } from "../heat";
import { isActive, isPast, shownId } from "../store";
import type { Column } from "../table";
import { Table } from "../table";
import { megabytes, NOTHING, percent, short, whole } from "../units";

const POLL_MS = 3000;

function useShards(run: Run) {
  const [shards, setShards] = useState<Shards | null>(null);
  const [error, setError] = useState<string | null>(null);
  const moving = !isPast.value && isActive(run);
  const id = shownId.value;
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async () => {
      try {
        setShards(await fetchShards(id, abort.signal));
        setError(null);
      } catch (problem) {
        if (wasAborted(problem)) return;
        setError(messageOf(problem));
      }
      if (moving) timer = setTimeout(() => void poll(), POLL_MS);
    };
    void poll();
    return () => { abort.abort(); clearTimeout(timer); };
  }, [id, run.run_id, moving]);
  return { shards, error };
}

interface ShardRow {
  id: string;
  events: number;
  perS: number | null;
  peak: number;
  share: number;
  predicted: number | null; // the share that its keys should give it
}

function rowsOf(shards: Shards): ShardRow[] {
  const total = shards.shards.reduce((sum, shard) => sum + shard.events, 0);
  return shards.shards.map((shard) => {
    const seen = shard.per_s.filter((value): value is number => value !== null);
    return {
      id: shard.id,
      events: shard.events,
      perS: seen[seen.length - 1] ?? null,
      peak: seen.length === 0 ? 0 : Math.max(...seen),
      share: total > 0 ? shard.events / total : 0,
      predicted: shard.predicted ?? null,
    };
  });
}

function Against({ value, limit }: { value: number | null; limit: number | null }) {
  if (value === null || limit === null) return <>{NOTHING}</>;
  const ratio = value / limit;
  return (
    <span class={`against ${ratio >= 0.98 ? "bad" : ratio >= 0.8 ? "warn" : ""}`}>
      <meter min={0} max={1} value={Math.min(1, ratio)} aria-hidden="true" /> <span class="num">{percent(ratio)}</span>
    </span>
  );
}

function columnsOf(shards: Shards, eventBytes: number | null): Column<ShardRow>[] {
  const { events_per_s: events, bytes_per_s: bytes } = shards.limits;
  const columns: Column<ShardRow>[] = [
    { key: "id", label: shards.unit === "shard" ? "Shard" : "Partition", text: true, sort: (s) => s.id, cell: (s) => <code>{s.id}</code> },
    { key: "events", label: "Events", sort: (s) => s.events, cell: (s) => whole(s.events) },
    { key: "share", label: "Share", sort: (s) => s.share, cell: (s) => percent(s.share) },
    ...(shards.shards.some((shard) => (shard.predicted ?? null) !== null)
      ? [{ key: "predicted", label: "Predicted", title: "The share that the chosen keys should give it", sort: (s: ShardRow) => s.predicted, cell: (s: ShardRow) => percent(s.predicted) }] : []),
    { key: "now", label: "Events/s", sort: (s) => s.perS, cell: (s) => whole(s.perS) },
    { key: "peak", label: "Peak events/s", sort: (s) => s.peak, cell: (s) => whole(s.peak) },
  ];
  if (events !== null)
    columns.push({ key: "limit", label: `of ${whole(events)}/s`, sort: (s) => s.perS, cell: (s) => <Against value={s.perS} limit={events} /> });
  if (eventBytes !== null)
    columns.push({ key: "mb", label: "MB/s", title: "Events per second times the mean size of an event", sort: (s) => s.perS, cell: (s) => megabytes(s.perS === null ? null : s.perS * eventBytes) });
  if (bytes !== null && eventBytes !== null)
    columns.push({ key: "bytes", label: `of ${short(bytes / 1048576)} MiB/s`, sort: (s) => s.perS, cell: (s) => <Against value={s.perS === null ? null : s.perS * eventBytes} limit={bytes} /> });
  return columns;
}

export function limitOf(shards: Shards): number {
  const peak = Math.max(1, ...shards.shards.flatMap((shard) => shard.per_s.map((value) => value ?? 0)));
  return shards.limits.events_per_s ?? peak;
}

export function ShardsView({ run, shards }: { run: Run; shards: Shards }) {
  const eventBytes = run.events.delivered > 0 ? run.bytes.payload / run.events.delivered : (run.preflight?.event_bytes ?? null);
  const rows = rowsOf(shards);
  const limit = shards.limits.events_per_s;
  const near = limit === null ? [] : rows.filter((row) => (row.perS ?? 0) >= 0.98 * limit);
  if (rows.length === 0)
    return <p class="empty">{run.events.generated === 0 ? "Nothing has been sent yet." : `This target has no ${shards.unit}s to tell apart.`}</p>;
  return (
    <>
      {near.length > 0 && <p class="aside warn">{near.length === 1 ? `${near[0]?.id ?? ""} is` : `${near.length} ${shards.unit}s are`} at the limit of {whole(limit)} events/s: more than that is throttled.</p>}
      {shards.at_s.length > 0 && <HeatMap shards={shards} limit={limitOf(shards)} />}
      <Table caption="Shards" columns={columnsOf(shards, eventBytes)} rows={rows} rowKey={(s) => s.id} first={{ key: "now", down: true }} limit={500}
        rowClass={(s) => (limit !== null && (s.perS ?? 0) >= 0.98 * limit ? "hot" : "")} empty={NOTHING} />
    </>
  );
}

export function ShardsTab({ run }: { run: Run }) {
  const { shards, error } = useShards(run);
  return (
    <>
      {error !== null && <p class="banner error" role="alert">The shards could not be fetched: {error}</p>}
      {shards === null && error === null && <p class="empty">Fetching the shards…</p>}
      {shards !== null && <ShardsView run={run} shards={shards} />}
    </>
  );
}
