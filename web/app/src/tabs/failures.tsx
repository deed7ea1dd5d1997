// What failed for good, by code and message.
import type { Run, RunError } from "../contract";
import type { Column } from "../table";
import { Table } from "../table";
import { NOTHING, percent, when, whole } from "../units";

export function FailuresTab({ run }: { run: Run }) {
  const total = run.events.generated;
  const columns: Column<RunError>[] = [
    { key: "events", label: "# Failures", title: "Events that failed for good", sort: (e) => e.events, cell: (e) => whole(e.events) },
    { key: "share", label: "Of all events", sort: (e) => e.events, cell: (e) => (total > 0 ? percent(e.events / total) : NOTHING) },
    { key: "code", label: "Code", text: true, sort: (e) => e.code, cell: (e) => <code>{e.code}</code> },
    { key: "message", label: "Message", text: true, sort: (e) => e.message, cell: (e) => <span class="message">{e.message}</span> },
    { key: "shard", label: "Shard", text: true, sort: (e) => e.shard ?? "", cell: (e) => e.shard ?? NOTHING },
    { key: "first", label: "First Seen", sort: (e) => e.first_seen, cell: (e) => when(e.first_seen) },
    { key: "last", label: "Last Seen", sort: (e) => e.last_seen, cell: (e) => when(e.last_seen) },
  ];
  return (
    <>
      <Table caption="Failures" columns={columns} rows={run.errors} rowKey={(e) => `${e.code} ${e.message} ${e.shard ?? ""}`}
        first={{ key: "events", down: true }}
        empty={run.events.generated === 0 ? "Nothing has been sent yet." : `No event has failed, of ${whole(total)}.`} />
      {run.events.throttled > 0 && (
        <p class="aside">
          {whole(run.events.throttled)} times the stream refused an event for the moment (throttled); {whole(run.events.retried)} events were sent
          again. They count as failed only when their retries are spent.
        </p>
      )}
    </>
  );
}
