// One chart: title, legend that toggles lines and reads the cursor, the plot, and its buttons.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import type { Line } from "./chartdefs";
import type { Mark } from "./contract";
import type { Band } from "./plot";
import { createPlot, dataOf } from "./plot";
import { savePng } from "./png";
import { isDark } from "./theme";
import { clock } from "./units";

interface Props {
  id: string;
  title: string;
  subtitle: string;
  times: number[];
  lines: Line[];
  marks: Mark[];
  band?: Band | null;
  axis: (value: number) => string;
  value: (value: number | null | undefined) => string;
  log?: boolean;
  short?: boolean;
  range?: [number, number] | null;
  rest?: number | null; // the sample that the legend reads without a cursor; null: the newest
  onRange?: (range: { from: number; to: number } | null) => void;
}

const HEIGHT = 220;
const HEIGHT_SHORT = 150;

function lastOf(line: Line, rest: number | null): number | null | undefined {
  for (let at = rest ?? line.values.length - 1; at >= 0; at--) {
    const value = line.values[at];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

function summary(title: string, lines: Line[], value: Props["value"], rest: number | null): string {
  return `${title}. Latest: ${lines.map((line) => `${line.label} ${value(lastOf(line, rest))}`).join(", ")}.`;
}

export function Chart(props: Props) {
  const { id, title, subtitle, times, lines, marks, axis, value, range = null, rest = null, onRange } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [width, setWidth] = useState(0);
  const [cursor, setCursor] = useState<number | null>(null);
  const [off, setOff] = useState<Record<string, boolean>>(() => Object.fromEntries(lines.map((line) => [line.label, line.hidden === true])));
  const [log, setLog] = useState(false);
  const dark = isDark.value;
  const height = props.short ? HEIGHT_SHORT : HEIGHT;
  const shape = lines.map((line) => line.label).join("|");
  const drawn = useMemo(() => dataOf(times, lines, log), [times, lines, log]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    setWidth(element.clientWidth);
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  // Colours and the set of lines are fixed at birth, so a change of either makes a new plot.
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || width === 0) return;
    const made = createPlot(element, {
      lines: lines.map((line) => ({ ...line, hidden: off[line.label] === true })),
      width, height, axis, log,
      marks: () => latest.current.marks,
      band: () => latest.current.band ?? null,
      range: () => latest.current.range ?? null,
      onSelect: (from, to) => latest.current.onRange?.({ from, to }),
      onReset: () => latest.current.onRange?.(null),
      onCursor: setCursor,
      still: onRange === undefined,
    });
    made.setData(drawn);
    plot.current = made;
    return () => { made.destroy(); plot.current = null; };
  }, [shape, dark, log, height, width === 0]);

  useEffect(() => { if (width > 0) plot.current?.setSize({ width, height }); }, [width, height]);
  useEffect(() => { plot.current?.setData(drawn); }, [drawn, range?.[0], range?.[1], marks, props.band?.to]);

  const toggle = (line: Line, at: number) => {
    const hide = off[line.label] !== true;
    setOff({ ...off, [line.label]: hide });
    plot.current?.setSeries(at + 1, { show: !hide });
  };
  const save = () => {
    const canvas = plot.current?.ctx.canvas;
    if (canvas) savePng({ canvas, title, subtitle, name: `freshet-${id}`, lines: lines.filter((line) => off[line.label] !== true) });
  };
  const at = cursor !== null ? times[cursor] : undefined;

  return (
    <section class="chart" aria-label={title} data-chart={id}>
      <div class="charthead">
        <h3>{title}</h3>
        <span class="at">{at !== undefined ? `at ${clock(at)}` : ""}</span>
        {props.log && <button type="button" class="quiet" aria-pressed={log} onClick={() => setLog(!log)}>log scale</button>}
        <button type="button" class="quiet" onClick={save} aria-label={`Save ${title} as PNG`}>PNG</button>
      </div>
      <ul class="legend">
        {lines.map((line, index) => (
          <li key={line.label}>
            <button type="button" aria-pressed={off[line.label] !== true} onClick={() => toggle(line, index)}>
              <span class={`key c-${line.colour}${line.dash ? " dash" : ""}`} aria-hidden="true" />
              {line.label} <span class="num">{value(cursor !== null ? line.values[cursor] : lastOf(line, rest))}</span>
            </button>
          </li>
        ))}
      </ul>
      <div ref={box} class={props.short ? "plot short" : "plot"} role="img" aria-label={summary(title, lines, value, rest)} />
    </section>
  );
}
