// Two runs over each other: the same charts with one line each, and the differences in percent.
import { useEffect, useMemo, useState } from "preact/hooks";
import { fetchKeptRun, fetchSeries, messageOf } from "../api";
import { Chart } from "../chart";
import type { Difference } from "../compare";
import { differences, printChange } from "../compare";
import type { Line } from "../chartdefs";
import type { Run, Series, SeriesColumn } from "../contract";
import { follow, placeOf } from "../router";
import { joinTimes, scaled, spread } from "../seriesmath";
import type { Column } from "../table";
import { Table } from "../table";
import { axisNumber, megabytes, millis, NOTHING, when, whole } from "../units";

interface Side {
  run: Run;
  series: Series;
}

interface OverlayDef {
  column: SeriesColumn;
  title: string;
  factor: number;
  axis: (value: number) => string;
  value: (value: number | null | undefined) => string;
  log?: boolean;
}

const OVERLAYS: OverlayDef[] = [
  { column: "delivered", title: "Delivered Events per Second", factor: 1, axis: axisNumber, value: whole },
  { column: "p50_us", title: "Latency p50 (ms)", factor: 1e-3, axis: axisNumber, value: millis, log: true },
  { column: "p99_us", title: "Latency p99 (ms)", factor: 1e-3, axis: axisNumber, value: millis, log: true },
  { column: "payload_bytes", title: "Throughput (MB/s)", factor: 1e-6, axis: axisNumber, value: (v) => megabytes(v === null || v === undefined ? null : v * 1e6) },
  { column: "throttled", title: "Throttled per Second", factor: 1, axis: axisNumber, value: whole },
  { column: "failed", title: "Failed per Second", factor: 1, axis: axisNumber, value: whole },
  { column: "lag_us", title: "Schedule Lag (ms)", factor: 1e-3, axis: axisNumber, value: millis },
];

const POINTS = 1000;

function useSides(a: string, b: string) {
  const [sides, setSides] = useState<[Side, Side] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let over = false;
    const side = async (id: string): Promise<Side> => {
      const [kept, series] = await Promise.all([fetchKeptRun(id), fetchSeries({ run: id, points: POINTS })]);
      return { run: kept.run, series };
    };
    Promise.all([side(a), side(b)])
      .then((both) => { if (!over) setSides(both); })
      .catch((problem: unknown) => { if (!over) setError(messageOf(problem)); });
    return () => { over = true; };
  }, [a, b]);
  return { sides, error };
}

const nameOf = (run: Run) => run.name || when(run.started_at);

function overlay(def: OverlayDef, sides: [Side, Side], names: [string, string]): { times: number[]; lines: Line[] } {
  const [a, b] = sides.map(({ series }) => series) as [Series, Series];
  const times = joinTimes(a.at_s, b.at_s);
  const line = (series: Series, label: string, colour: string): Line => ({
    label, colour, values: spread(times, series.at_s, scaled(series.columns[def.column], series.at_s.length, def.factor)) as Line["values"],
  });
  return { times, lines: [line(a, names[0], "violet"), line(b, names[1], "accent")] };
}

function tone(row: Difference): string | undefined {
  if (row.change === null || row.better === null || Math.abs(row.change) < 0.01) return undefined;
  return (row.change > 0) === (row.better === "more") ? "good" : "bad";
}

export function Compare({ a, b }: { a: string; b: string }) {
  const { sides, error } = useSides(a, b);
  const [range, setRange] = useState<{ from: number; to: number } | null>(null);
  const names = useMemo<[string, string]>(() => {
    if (sides === null) return ["A", "B"];
    const [left, right] = [nameOf(sides[0].run), nameOf(sides[1].run)];
    return left === right ? [`A: ${left}`, `B: ${right}`] : [left, right];
  }, [sides]);
  const charts = useMemo(() => (sides === null ? [] : OVERLAYS.map((def) => ({ def, ...overlay(def, sides, names) }))), [sides, names]);
  const columns: Column<Difference>[] = [
    { key: "label", label: "Figure", text: true, cell: (d) => d.label },
    { key: "a", label: names[0], cell: (d) => d.a },
    { key: "b", label: names[1], cell: (d) => d.b },
    { key: "change", label: "Difference", sort: (d) => (d.change === null ? null : Math.abs(d.change)), cell: (d) => <span class={tone(d)}>{printChange(d.change)}</span> },
  ];
  const back = { tab: "runs", compare: null } as const;
  return (
    <>
      <p class="overlay"><a href={placeOf(back)} onClick={(event) => follow(event, back)}>All runs</a> <span class="muted">{names[0]} and {names[1]}, both from their own start</span></p>
      {error !== null && <p class="banner error" role="alert">The runs could not be fetched: {error}</p>}
      {sides === null && error === null && <p class="empty">Fetching both runs…</p>}
      {sides !== null && (
        <>
          <Table caption="Differences" columns={columns} rows={differences(sides[0].run, sides[1].run)} rowKey={(d) => d.label} empty={NOTHING} />
          <div class="charts">
            {charts.map(({ def, times, lines }) => (
              <Chart key={def.column} id={`compare-${def.column}`} title={def.title} subtitle={`${names[0]} · ${names[1]}`} times={times} lines={lines} marks={[]}
                axis={def.axis} value={def.value} log={def.log ?? false} short range={range === null ? null : [range.from, range.to]} onRange={setRange} />
            ))}
          </div>
        </>
      )}
    </>
  );
}
