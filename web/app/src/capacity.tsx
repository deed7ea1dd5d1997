// The search for the limit: each rate that was held as a point, latency above and refusals below, and all of it as a table.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Scale } from "./capacitymath";
import { byRate, linearScale, rateScale, searchWords, valueScale } from "./capacitymath";
import type { Search, SearchStep } from "./contract";
import type { Column } from "./table";
import { Table } from "./table";
import { axisNumber, clock, ms, percent, short, whole } from "./units";
import { useWidth } from "./usewidth";

const LEFT = 52;
const RIGHT = 16;
const PANEL = 196;
const PANEL_SHORT = 92;
const FLOOR = 26;

/** A dot that held, a cross that did not: never told by colour alone. */
function Sign({ x, y, held, tone }: { x: number; y: number; held: boolean; tone: string }) {
  return held
    ? <circle class={`sign c-${tone}`} cx={x} cy={y} r={4} />
    : <path class={`sign cross c-${tone}`} d={`M${x - 4} ${y - 4}l8 8m0 -8l-8 8`} />;
}

interface CurveDef {
  label: string;
  tone: string;
  dash?: boolean;
  read: (step: SearchStep) => number | null;
}

interface PanelProps {
  title: string;
  steps: SearchStep[];
  curves: CurveDef[];
  x: (rate: number) => number;
  width: number;
  height: number;
  scale: Scale;
  axis: (value: number) => string;
  search: Search;
  bottom?: ComponentChildren;
}

function Panel({ title, steps, curves, x, width, height, scale, axis, search, bottom }: PanelProps) {
  const y = (value: number) => height - 6 - scale.at(value) * (height - 28);
  const inner = width - RIGHT;
  const limit = search.found ?? (search.state === "stopped" ? search.held : null);
  return (
    <svg width={width} height={height + (bottom ? FLOOR : 0)} aria-hidden="true">
      {search.held !== null && search.failed !== null && limit === null &&
        <rect class="bracket" x={x(search.held)} y={16} width={Math.max(1, x(search.failed) - x(search.held))} height={height - 22} />}
      {scale.ticks.map((tick) => (
        <g key={tick}><path class="grid" d={`M${LEFT} ${y(tick)}H${inner}`} /><text class="tick" x={LEFT - 6} y={y(tick) + 4} text-anchor="end">{axis(tick)}</text></g>
      ))}
      {limit !== null && <path class="limit" d={`M${x(limit)} 16V${height - 6}`} />}
      {curves.map((curve) => {
        const points = steps.flatMap((step) => { const value = curve.read(step); return value === null ? [] : [{ step, px: x(step.rate), py: y(value) }]; });
        const last = points.filter(({ step }, at) => points[at + 1]?.step.rate !== step.rate); // of what was held again
        return (
          <g key={curve.label}>
            <path class={`curve c-${curve.tone}${curve.dash ? " dash" : ""}`} d={last.map(({ px, py }, at) => `${at === 0 ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`).join("")} />
            {points.map(({ step, px, py }, at) => <Sign key={at} x={px} y={py} held={step.held} tone={curve.tone} />)}
          </g>
        );
      })}
      <text class="tick" x={LEFT} y={10}>{title}</text>
      {bottom}
    </svg>
  );
}

const LATENCY: CurveDef[] = [
  { label: "p50", tone: "accent", dash: true, read: (step) => step.p50_us },
  { label: "p99", tone: "amber", read: (step) => step.p99_us },
];
const THROTTLED: CurveDef[] = [{ label: "throttled", tone: "violet", read: (step) => step.throttled_share * 100 }];

function Axis({ scale, x, width, height }: { scale: Scale; x: (rate: number) => number; width: number; height: number }) {
  let free = -1e9;
  return (
    <>
      {scale.ticks.map((tick) => {
        const at = x(tick);
        const text = axisNumber(tick);
        const half = text.length * 3.5;
        if (at - half < free + 8) return null;
        free = at + half;
        return <text key={tick} class="tick" x={Math.min(at, width - half - 1)} y={height + 12} text-anchor="middle">{text}</text>;
      })}
    </>
  );
}

function Drawing({ search, width }: { search: Search; width: number }) {
  const steps = byRate(search.steps);
  const rates = steps.map((step) => step.rate);
  const across = rateScale(rates, Math.max(2, Math.floor(width / 110)));
  const x = (rate: number) => LEFT + 8 + across.at(rate) * (width - LEFT - RIGHT - 16);
  const latencies = steps.flatMap((step) => [step.p50_us, step.p99_us]).filter((value): value is number => value !== null);
  const shared = { steps, x, width, search };
  return (
    <>
      <Panel {...shared} title="Latency (ms)" curves={LATENCY} height={PANEL} scale={valueScale(latencies, 4)} axis={(value) => axisNumber(value / 1e3)} />
      <Panel {...shared} title="Throttled (%)" curves={THROTTLED} height={PANEL_SHORT} scale={linearScale(Math.max(1, ...steps.map((step) => step.throttled_share * 100)), 2)} axis={axisNumber}
        bottom={<Axis scale={across} x={x} width={width} height={PANEL_SHORT} />} />
    </>
  );
}

function Legend({ search }: { search: Search }) {
  const limit = search.found ?? (search.state === "stopped" ? search.held : null);
  return (
    <ul class="legend still">
      <li><span class="key c-accent dash" aria-hidden="true" />p50</li>
      <li><span class="key c-amber" aria-hidden="true" />p99</li>
      <li><span class="key c-violet" aria-hidden="true" />throttled</li>
      <li><svg class="swatch" width="10" height="10" aria-hidden="true"><Sign x={5} y={5} held tone="muted" /></svg>held</li>
      <li><svg class="swatch" width="10" height="10" aria-hidden="true"><Sign x={5} y={5} held={false} tone="muted" /></svg>did not hold</li>
      {limit !== null && <li><span class="key c-ink" aria-hidden="true" />highest that held: <span class="num">{short(limit)}/s</span></li>}
    </ul>
  );
}

function summary(search: Search): string {
  const held = search.steps.filter((step) => step.held).length;
  return `Latency and throttled events against the rate. ${search.steps.length} rates were held for ${search.hold_s} s or longer, ${held} of them held. The table below has the figures.`;
}

const COLUMNS: Column<SearchStep>[] = [
  { key: "at", label: "At", sort: (s) => s.at_s, cell: (s) => clock(s.at_s) },
  { key: "rate", label: "Asked/s", sort: (s) => s.rate, cell: (s) => whole(s.rate) },
  { key: "delivered", label: "Delivered/s", sort: (s) => s.delivered_per_s, cell: (s) => whole(s.delivered_per_s) },
  { key: "p50", label: "p50 (ms)", sort: (s) => s.p50_us, cell: (s) => ms(s.p50_us) },
  { key: "p99", label: "p99 (ms)", sort: (s) => s.p99_us, cell: (s) => ms(s.p99_us) },
  { key: "throttled", label: "Throttled", sort: (s) => s.throttled_share, cell: (s) => percent(s.throttled_share) },
  { key: "failed", label: "Failed", sort: (s) => s.failed_share, cell: (s) => percent(s.failed_share) },
  { key: "seconds", label: "Held for", sort: (s) => s.seconds, cell: (s) => `${whole(s.seconds)} s` },
  {
    key: "outcome", label: "Outcome", text: true, sort: (s) => (s.held ? 1 : 0),
    cell: (s) => <span class="message"><span class={s.held ? "good" : "bad"}>{s.held ? "✓ held" : "✗ did not hold"}</span>{s.confirming && <span class="muted"> (confirming)</span>}{s.why !== "" && <>: {s.why}</>}</span>,
  },
];

export function CapacityView({ search }: { search: Search }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  return (
    <div class="capacity">
      <p class="finding" data-figure="search" data-state={search.state} data-found={search.found ?? ""}>{searchWords(search)}</p>
      <p class="muted">
        Wanted: {search.conditions.map((one, at) => <span key={one}>{at > 0 && " and "}<code>{one}</code></span>)}, from {whole(search.from)} to {whole(search.to)} events/s.
        {search.verdict !== null && <> At the rate that did not hold: {search.verdict.text}.</>}
      </p>
      <section class="chart" aria-label="Rate against latency and throttling" data-chart="capacity">
        <div class="charthead"><h3>Rate against latency and throttling</h3><span class="at">events per second asked, to the right</span></div>
        <Legend search={search} />
        <div ref={box} class="plot curvebox" role="img" aria-label={summary(search)}>
          {search.steps.length === 0 ? <p class="empty">The first rate has not been held yet.</p> : width > 0 && <Drawing search={search} width={width} />}
        </div>
      </section>
      <Table caption="The rates that were held" columns={COLUMNS} rows={search.steps} rowKey={(s) => `${s.at_s}`} first={{ key: "at", down: false }} empty="Each rate appears here once it has been held." />
    </div>
  );
}
