// The report: one file that opens from disk, without a server and without a request to anywhere.
import "../style/all.css";
import { render } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Verdict } from "../banners";
import { CapacityView } from "../capacity";
import { Chart } from "../chart";
import { chartsOf } from "../chartdefs";
import type { KeptRun, ReportData, Run } from "../contract";
import { Readings } from "../header";
import { PassingLine } from "../passing";
import { restingSample, warmUpOf } from "../seriesmath";
import { kept } from "../store";
import { MarkList } from "../tabs/charts";
import { FailuresTab } from "../tabs/failures";
import { LedgerTab } from "../tabs/ledger";
import { SecondariesTab } from "../tabs/secondaries";
import { ShardsView } from "../tabs/shards";
import { StatisticsTab } from "../tabs/statistics";
import { choose, isDark, nextChoice, startTheme } from "../theme";
import { duration, NOTHING } from "../units";

function text(value: unknown): string {
  if (value === null || value === undefined || value === "") return NOTHING;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function Facts({ title, facts }: { title: string; facts: Record<string, unknown> }) {
  const entries = Object.entries(facts);
  if (entries.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <dl class="facts">{entries.map(([name, value]) => <div key={name}><dt>{name.replaceAll("_", " ")}</dt><dd>{text(value)}</dd></div>)}</dl>
    </section>
  );
}

function Charts({ data }: { data: ReportData }) {
  const { run, series } = data;
  const [zoom, setZoom] = useState<{ from: number; to: number } | null>(null);
  const charts = useMemo(() => chartsOf(series), [series]);
  if (series.at_s.length === 0) return <p class="empty">The run was over before its first second was.</p>;
  return (
    <div class="charts">
      {charts.map(({ def, lines }) => (
        <Chart key={def.key} id={def.key} title={def.title} subtitle={run.settings.target} times={series.at_s} lines={lines} marks={series.marks ?? []} band={warmUpOf(run)}
          axis={def.axis} value={def.value} log={def.log ?? false} short={def.short ?? false} range={zoom === null ? null : [zoom.from, zoom.to]} rest={restingSample(run, series.at_s)} onRange={setZoom} />
      ))}
      <MarkList marks={series.marks ?? []} />
    </div>
  );
}

function settingsOf(run: Run): Record<string, unknown> {
  return { ...run.settings, started_at: run.started_at, lasted: duration(run.elapsed_s), ended_by: run.ended_by, run_id: run.run_id, freshet: run.version };
}

function Report({ data }: { data: ReportData }) {
  const { run } = data;
  return (
    <>
      <header class="top">
        <div class="bar">
          <h1 class="mark">freshet report</h1>
          <p class="target">{run.settings.target}{run.name && <span class="muted"> · {run.name}</span>}</p>
          <div class="who"><button type="button" class="quiet" onClick={() => choose(nextChoice())}>{isDark.value ? "Light" : "Dark"}</button></div>
        </div>
        <Readings run={run} />
      </header>
      <section aria-label="Verdict"><Verdict /><PassingLine /></section>
      <main class="report">
        {run.search && <><h2>Capacity</h2><CapacityView search={run.search} /></>}
        <h2>Ledger</h2><LedgerTab run={run} />
        <h2>Statistics</h2><StatisticsTab run={run} />
        <h2>Charts</h2><Charts data={data} />
        <h2>Failures</h2><FailuresTab run={run} />
        {data.shards !== null && <><h2>{data.shards.unit === "shard" ? "Shards" : "Partitions"}</h2><ShardsView run={run} shards={data.shards} /></>}
        <h2>Secondaries</h2><SecondariesTab run={run} />
        <Facts title="Settings" facts={settingsOf(run)} />
        {run.preflight !== null && <Facts title="Pre-flight" facts={{ ...run.preflight }} />}
        {data.host !== null && <Facts title="Host" facts={data.host} />}
      </main>
    </>
  );
}

const data = JSON.parse(document.getElementById("data")?.textContent ?? "null") as ReportData | null;
startTheme(new URLSearchParams(location.search).get("theme"));
const root = document.getElementById("app");
if (root !== null) {
  if (data !== null) {
    kept.value = { run: data.run, host: data.host, settings: {} } satisfies KeptRun;
    document.title = `${data.run.name ?? data.run.settings.target} · freshet report`;
  }
  render(data === null ? <p class="empty">This report carries no run.</p> : <Report data={data} />, root);
}
