// Whether the run passes: its thresholds with the value of now, in a line under the verdict and as a table.
import type { Run, Threshold } from "./contract";
import { figureOf, passingWords, STATE_SIGNS, STATE_WORDS } from "./passingmath";
import { shown } from "./store";
import type { Column } from "./table";
import { Table } from "./table";
import { NOTHING } from "./units";

const TONES: Record<string, string> = { met: "good", missed: "bad", none: "muted" };

const COLUMNS: Column<Threshold>[] = [
  { key: "text", label: "Threshold", text: true, cell: (t) => <code>{t.text}</code> },
  { key: "value", label: "Value", cell: (t) => <data value={t.value ?? ""}>{figureOf(t.unit, t.value)}</data> },
  { key: "state", label: "State", text: true, cell: (t) => <span class={TONES[t.state] ?? ""}>{STATE_SIGNS[t.state]} {STATE_WORDS[t.state] ?? t.state}</span> },
];

export function Thresholds({ run }: { run: Run }) {
  const thresholds = run.thresholds ?? [];
  if (thresholds.length === 0) return null;
  return (
    <div class="thresholds">
      <Table caption="Thresholds" columns={COLUMNS} rows={thresholds} rowKey={(t) => t.text} rowClass={(t) => t.state} empty={NOTHING} />
    </div>
  );
}

/** Under the verdict, on every tab. */
export function PassingLine() {
  const thresholds = shown.value?.thresholds ?? [];
  if (thresholds.length === 0) return null;
  const tone = thresholds.some((one) => one.state === "missed") ? "bad" : thresholds.every((one) => one.state === "met") ? "good" : "open";
  return <p class={`verdict ${tone}`} data-figure="thresholds"><strong>Thresholds</strong> {passingWords(thresholds)}</p>;
}
