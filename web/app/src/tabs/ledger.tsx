// The ledger: where every generated event is. It always sums, and says so.
import type { Events, Run } from "../contract";
import type { Fate } from "../ledgermath";
import { barWidths, FATES, ledgerOf } from "../ledgermath";
import type { Column } from "../table";
import { Table } from "../table";
import { duration, NOTHING, ms, percent, size, whole } from "../units";

const WORDS: Record<Fate, { label: string; means: string }> = {
  delivered: { label: "delivered", means: "the stream acknowledged this very event" },
  failed: { label: "failed", means: "refused for good, retries spent" },
  unknown: { label: "unknown", means: "in flight when a secondary died or the stop struck" },
  in_flight: { label: "in flight", means: "sent or waiting for an answer right now" },
};

function Bar({ events }: { events: Events }) {
  const counts = FATES.map((fate) => events[fate]);
  const widths = barWidths(counts, 0.6);
  let x = 0;
  return (
    <svg class="ledgerbar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img"
      aria-label={`Of ${whole(events.generated)} generated events: ${FATES.map((fate, at) => `${whole(counts[at])} ${WORDS[fate].label}`).join(", ")}`}>
      <rect class="ground" x="0" y="0" width="100" height="10" />
      {FATES.map((fate, at) => {
        const width = widths[at] ?? 0;
        const left = x;
        x += width;
        return width > 0 ? <rect key={fate} class={`fate ${fate}`} x={left} y="0" width={width} height="10" /> : null;
      })}
    </svg>
  );
}

function Account({ events }: { events: Events }) {
  const ledger = ledgerOf(events);
  return (
    <table class="account">
      <caption class="hidden">Every generated event, by what became of it</caption>
      <thead class="hidden"><tr><th scope="col">Fate</th><th scope="col">Events</th><th scope="col">Share</th><th scope="col">Meaning</th></tr></thead>
      <tbody>
        {ledger.lines.map((line) => (
          <tr key={line.fate}>
            <th scope="row"><span class={`key fate ${line.fate}`} aria-hidden="true" />{WORDS[line.fate].label}</th>
            <td><data value={line.events} data-figure={`ledger.${line.fate}`}>{whole(line.events)}</data></td>
            <td class="muted">{percent(line.ratio)}</td>
            <td class="text muted wide">{WORDS[line.fate].means}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">generated</th>
          <td><data value={ledger.generated} data-figure="ledger.generated">{whole(ledger.generated)}</data></td>
          <td class="muted">100 %</td>
          <td class={`text wide ${ledger.missing === 0 ? "muted" : "warn"}`}>
            {ledger.missing === 0 ? "the sum of the lines above: the ledger balances" : `the lines above differ by ${whole(ledger.missing)}: a fault of freshet, please report it`}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

const PHASES = ["ramp", "warm_up", "steady", "drain"];

interface PhaseRow {
  name: string;
  duration_s: number;
  events: Partial<Events>;
  p99: number | null;
}

const PHASE_COLUMNS: Column<PhaseRow>[] = [
  { key: "name", label: "Phase", text: true, cell: (r) => r.name },
  { key: "duration", label: "Duration", cell: (r) => duration(r.duration_s) },
  { key: "generated", label: "Generated", cell: (r) => whole(r.events.generated) },
  { key: "delivered", label: "Delivered", cell: (r) => whole(r.events.delivered) },
  { key: "failed", label: "Failed", cell: (r) => whole(r.events.failed) },
  { key: "unknown", label: "Unknown", cell: (r) => whole(r.events.unknown) },
  { key: "throttled", label: "Throttled", cell: (r) => whole(r.events.throttled) },
  { key: "rate", label: "Delivered/s", cell: (r) => (r.duration_s > 0 ? whole((r.events.delivered ?? 0) / r.duration_s) : NOTHING) },
  { key: "p99", label: "p99 (ms)", cell: (r) => ms(r.p99) },
];

export function Side({ run }: { run: Run }) {
  const facts: [string, string, string][] = [
    ["throttled", whole(run.events.throttled), "answers that refused an event for the moment"],
    ["retried", whole(run.events.retried), "events that were sent again"],
    ["requests", whole(run.requests.sent), `${whole(run.requests.succeeded)} succeeded, ${whole(run.requests.failed)} failed`],
    ["payload", size(run.bytes.payload), "data and keys of delivered events"],
    ["on the wire", size(run.bytes.wire), run.bytes.payload > 0 ? `${(run.bytes.wire / run.bytes.payload).toFixed(2)} times the payload` : "requests in all"],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value, note]) => <div key={name}><dt>{name}</dt><dd><span class="num">{value}</span> <span class="muted">{note}</span></dd></div>)}
    </dl>
  );
}

export function LedgerTab({ run }: { run: Run }) {
  const phases = PHASES.flatMap((name): PhaseRow[] => {
    const phase = run.phases?.[name];
    if (!phase || (name === "warm_up" && phase.duration_s === 0)) return [];
    return [{ name: name.replace("_", "-"), duration_s: phase.duration_s, events: phase.events, p99: phase.latency_us?.p99 ?? null }];
  });
  return (
    <div class="ledger">
      <Bar events={run.events} />
      <Account events={run.events} />
      <h3>Beside the ledger</h3>
      <Side run={run} />
      {phases.length > 0 && <h3>By phase</h3>}
      {phases.length > 0 && <Table caption="The ledger by phase" columns={PHASE_COLUMNS} rows={phases} rowKey={(r) => r.name} empty={NOTHING} />}
    </div>
  );
}
