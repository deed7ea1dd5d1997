// The processes that send: state, share, and whether they are themselves the limit.
import type { Run, Secondary } from "../contract";
import type { Column } from "../table";
import { Table } from "../table";
import { duration, ms, NOTHING, short, shortId, size, when, whole } from "../units";

function share(one: Secondary): string {
  if (one.share === null) return NOTHING;
  if (one.share.rate !== null) return `${short(one.share.rate)}/s`;
  return one.share.users !== null ? whole(one.share.users) : NOTHING;
}

function cpu(value: number | null) {
  if (value === null) return NOTHING;
  return <span class={value >= 95 ? "warn" : undefined}>{value.toFixed(0)} %</span>;
}

const signed = (us: number | null) => (us === null ? NOTHING : `${us < 0 ? "−" : "+"}${ms(Math.abs(us))}`);

const COLUMNS: Column<Secondary>[] = [
  { key: "id", label: "Secondary", text: true, sort: (s) => s.id, cell: (s) => <code title={s.id}>{shortId(s.id)}</code> },
  { key: "state", label: "State", text: true, sort: (s) => s.state, cell: (s) => <><span class={`dot ${s.state}`} aria-hidden="true" />{s.state}</> },
  { key: "share", label: "Share", title: "Its part of the rate, or its users", sort: (s) => s.share?.rate ?? s.share?.users, cell: share },
  { key: "cpu", label: "CPU usage", sort: (s) => s.cpu_percent, cell: (s) => cpu(s.cpu_percent) },
  { key: "memory", label: "Memory usage", sort: (s) => s.memory_bytes, cell: (s) => size(s.memory_bytes) },
  { key: "rate", label: "Delivered/s", sort: (s) => s.delivered_per_s, cell: (s) => whole(s.delivered_per_s) },
  { key: "lag", label: "Schedule lag (ms)", sort: (s) => s.lag_us, cell: (s) => ms(s.lag_us) },
  { key: "rtt", label: "Round trip (ms)", sort: (s) => s.rtt_us, cell: (s) => ms(s.rtt_us) },
  { key: "clock", label: "Clock offset (ms)", title: "Its clock less the primary's, by the round trip of heartbeats", sort: (s) => s.clock_offset_us, cell: (s) => signed(s.clock_offset_us) },
  { key: "version", label: "Version", text: true, sort: (s) => s.version, cell: (s) => s.version ?? NOTHING },
  { key: "host", label: "Host", text: true, sort: (s) => s.host, cell: (s) => <>{s.host}{s.core !== null && <span class="muted"> core {s.core}</span>}{s.local && <span class="muted"> local</span>}</> },
  { key: "uptime", label: "Uptime", sort: (s) => s.uptime_s, cell: (s) => duration(s.uptime_s) },
];

function Refused({ run }: { run: Run }) {
  const refused = run.refused;
  if (!refused) return null;
  return (
    <p class="warn" data-figure="refused">
      refused: {whole(refused.count)}, last from {refused.address} at <time dateTime={refused.at}>{when(refused.at)}</time>: {refused.reason}
    </p>
  );
}

export function SecondariesTab({ run }: { run: Run }) {
  return (
    <><Refused run={run} />
    <Table caption="Secondaries" columns={COLUMNS} rows={run.secondaries} rowKey={(s) => s.id} rowClass={(s) => (s.state === "missing" ? "bad" : "")}
      first={{ key: "id", down: false }}
      empty={<>No secondary is connected. Start one per core on another host with <code>freshet-secondary --join BUNDLE --primary-host THIS-HOST --processes -1</code>, or the primary with <code>--processes -1</code>.</>} />
    </>
  );
}
