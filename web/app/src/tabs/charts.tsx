// All charts under each other, on one time axis.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Chart } from "../chart";
import { chartsOf } from "../chartdefs";
import type { Mark, Run, Series } from "../contract";
import { restingSample, warmUpOf } from "../seriesmath";
import { isActive, isPast, shownId } from "../store";
import { clock } from "../units";
import type { Zoom } from "../useseries";
import { useSeries } from "../useseries";

const WINDOWS = [{ label: "1 min", s: 60 }, { label: "5 min", s: 300 }, { label: "30 min", s: 1800 }, { label: "2 h", s: 7200 }];

/** The width in whole hundreds of pixels, so that a resize doesn't ask the server at every pixel. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const read = () => setWidth(Math.max(200, Math.ceil(element.clientWidth / 100) * 100));
    read();
    const watch = new ResizeObserver(read);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return { ref, width };
}

export function MarkList({ marks }: { marks: Mark[] }) {
  if (marks.length === 0) return null;
  return (
    <section class="marks" aria-label="What happened">
      <h3>What happened</h3>
      <ol>
        {marks.map((mark, at) => (
          <li key={at}><span class="num">{clock(mark.at_s)}</span> <span class={`kind ${mark.kind}`}>{mark.kind}</span> {mark.text}</li>
        ))}
      </ol>
    </section>
  );
}

function rangeOf(zoom: Zoom, series: Series): [number, number] | null {
  if (zoom === null) return null;
  if ("from" in zoom) return [zoom.from, zoom.to];
  const end = series.at_s[series.at_s.length - 1] ?? 0;
  return [Math.max(0, end - zoom.last), Math.max(end, 1)];
}

function ZoomBar({ zoom, onZoom, moving }: { zoom: Zoom; onZoom: (zoom: Zoom) => void; moving: boolean }) {
  const pressed = (s: number) => zoom !== null && "last" in zoom && zoom.last === s;
  return (
    <div class="zoombar" role="group" aria-label="Time shown">
      <button type="button" aria-pressed={zoom === null} onClick={() => onZoom(null)}>All</button>
      {moving && WINDOWS.map(({ label, s }) => (
        <button type="button" key={s} aria-pressed={pressed(s)} onClick={() => onZoom({ last: s })}>last {label}</button>
      ))}
      {zoom !== null && "from" in zoom
        ? <span class="muted">{clock(zoom.from)} to {clock(zoom.to)}; double click shows all</span>
        : <span class="muted hint">drag in a chart to zoom</span>}
    </div>
  );
}

export function ChartsTab({ run }: { run: Run }) {
  const { ref, width } = useWidth();
  const [zoom, setZoom] = useState<Zoom>(null);
  const { series, error } = useSeries(shownId.value, run.run_id, zoom, width);
  const marks = series?.marks ?? [];
  const charts = useMemo(
    () => (series === null ? [] : chartsOf(series)),
    [series],
  );
  const range = series === null ? null : rangeOf(zoom, series);
  const subtitle = `${run.settings.target}${run.started_at === null ? "" : ` · ${run.started_at}`}`;

  return (
    <div ref={ref} class="charts">
      <ZoomBar zoom={zoom} onZoom={setZoom} moving={!isPast.value && isActive(run)} />
      {error !== null && <p class="banner error" role="alert">The charts could not be fetched: {error}</p>}
      {series === null && error === null && <p class="empty">Fetching the charts…</p>}
      {series !== null && series.at_s.length === 0 && <p class="empty">The first second is not over yet.</p>}
      {series !== null && series.at_s.length > 0 && charts.map(({ def, lines }) => (
        <Chart key={def.key} id={def.key} title={def.title} subtitle={subtitle} times={series.at_s} lines={lines} marks={marks} band={warmUpOf(run)}
          axis={def.axis} value={def.value} log={def.log ?? false} short={def.short ?? false} range={range} rest={restingSample(run, series.at_s)} onRange={setZoom} />
      ))}
      <MarkList marks={marks} />
    </div>
  );
}
