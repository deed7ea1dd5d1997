// How uPlot is set up here: axes that speak of elapsed time, one cursor over all charts, drag to zoom.
import uPlot from "uplot";
import type { Line } from "./chartdefs";
import type { Mark } from "./contract";
import { colour } from "./theme";
import { clock } from "./units";

/** A stretch of time that is shaded and named: the warm-up. */
export interface Band {
  from: number;
  to: number;
  label: string;
}

export interface PlotInput {
  lines: Line[];
  width: number;
  height: number;
  axis: (value: number) => string;
  log: boolean;
  marks: () => Mark[];
  band: () => Band | null;
  range: () => [number, number] | null;
  onSelect: (from: number, to: number) => void;
  onReset: () => void;
  onCursor: (index: number | null) => void;
  still: boolean; // no cursor: a report on paper
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800];
const FONT = "11px system-ui, sans-serif";

function drawBand(u: uPlot, band: Band | null): void {
  if (band === null) return;
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  const from = Math.max(left, u.valToPos(band.from, "x", true));
  const to = Math.min(left + width, u.valToPos(band.to, "x", true));
  if (to <= from) return;
  ctx.save();
  ctx.fillStyle = colour("warm");
  ctx.fillRect(from, top, to - from, height);
  ctx.fillStyle = colour("muted");
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  const wide = ctx.measureText(band.label).width + 8 * devicePixelRatio;
  if (wide < to - from) ctx.fillText(band.label, from + 4 * devicePixelRatio, top + 12 * devicePixelRatio);
  ctx.restore();
}

function drawMarks(u: uPlot, marks: Mark[]): void {
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.lineWidth = ratio;
  for (const mark of marks) {
    const x = u.valToPos(mark.at_s, "x", true);
    if (x < left || x > left + width) continue;
    const tone = mark.kind === "lost" ? "red" : mark.kind === "throttled" ? "amber" : "muted";
    ctx.strokeStyle = ctx.fillStyle = colour(tone);
    ctx.globalAlpha = 0.55;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x - 4 * ratio, top);
    ctx.lineTo(x + 4 * ratio, top);
    ctx.lineTo(x, top + 6 * ratio);
    ctx.fill();
  }
  ctx.restore();
}

function seriesOptions(lines: Line[]): uPlot.Series[] {
  return lines.map((line) => ({
    label: line.label,
    stroke: colour(line.colour),
    width: line.dash ? 1 : 1.5,
    spanGaps: true,
    show: line.hidden !== true,
    points: { show: false },
    ...(line.dash ? { dash: [4, 4] } : {}),
    ...(line.fill ? { fill: colour(`${line.colour}-wash`) } : {}),
  }));
}

export function createPlot(element: HTMLElement, input: PlotInput): uPlot {
  const grid = { stroke: colour("rule"), width: 1 };
  const look = { stroke: colour("muted"), font: FONT, ticks: { show: false }, grid };
  const options: uPlot.Options = {
    width: input.width,
    height: input.height,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: {
      show: !input.still,
      y: false,
      // Only the cursor is shared; what is dragged concerns one chart, which tells the others by the range.
      sync: { key: "freshet", filters: { pub: (type) => type === "mousemove" || type === "mouseleave", sub: () => true } },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      bind: { dblclick: () => () => { input.onReset(); return null; } },
    },
    scales: {
      x: { time: false, range: (_u, min, max) => input.range() ?? (min === max ? [min - 1, max + 1] : [min, max]) },
      y: input.log
        ? { distr: 3, range: (_u, min, max) => logRange(min, max) }
        : { range: (_u, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      { ...look, size: 26, gap: 6, space: 70, incrs: STEPS_S, values: (_u, splits) => splits.map((value) => clock(value)) },
      { ...look, size: 52, gap: 6, space: 34, values: (_u, splits) => splits.map((value) => axisText(value, input)) },
    ],
    series: [{}, ...seriesOptions(input.lines)],
    hooks: {
      setSelect: [(u) => {
        if (u.select.width < 4) return;
        input.onSelect(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
        u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      }],
      setCursor: [(u) => input.onCursor(u.cursor.idx ?? null)],
      drawClear: [(u) => drawBand(u, input.band())],
      draw: [(u) => drawMarks(u, input.marks())],
    },
  };
  return new uPlot(options, [[]] as unknown as uPlot.AlignedData, element);
}

/** On a logarithmic axis only the powers of ten are named; all else would be crowded. */
function axisText(value: number | null, input: PlotInput): string {
  if (value === null) return "";
  if (input.log && Math.abs(Math.log10(value) - Math.round(Math.log10(value))) > 1e-6) return "";
  return input.axis(value);
}

function logRange(min: number | null, max: number | null): [number, number] {
  const low = min === null || min <= 0 ? 0.1 : min;
  const high = max === null || max <= low ? low * 10 : max;
  return [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high))];
}

/** A logarithm knows no zero. */
export function dataOf(times: number[], lines: Line[], log: boolean): uPlot.AlignedData {
  const values = lines.map((line) => (log ? line.values.map((value) => (value === null || value <= 0 ? null : value)) : line.values));
  return [times, ...values];
}
