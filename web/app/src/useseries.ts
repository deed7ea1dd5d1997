// The charts' series: fetched thinned to the pixels, extended by the live stream, fetched again when needed.
import { useEffect, useRef, useState } from "preact/hooks";
import { fetchSeries, messageOf, wasAborted } from "./api";
import type { Series } from "./contract";
import { epoch } from "./live";
import { appendPoint, isTooDense } from "./seriesmath";
import { isPast, live } from "./store";

/** null: all of it; last: a window that moves along; from/to: what was dragged. */
export type Zoom = { last: number } | { from: number; to: number } | null;

export interface SeriesState {
  series: Series | null;
  error: string | null;
}

const REFRESH_MS = 60_000;

export function useSeries(run: string, runId: string | null, zoom: Zoom, points: number): SeriesState {
  const [state, setState] = useState<SeriesState>({ series: null, error: null });
  const [round, setRound] = useState(0);
  const busy = useRef(false);
  const moving = zoom !== null && "last" in zoom;
  const fixed = zoom !== null && "from" in zoom;
  const from = zoom === null ? null : "from" in zoom ? zoom.from : zoom.last;
  const now = epoch.value;

  useEffect(() => {
    if (points === 0) return;
    const abort = new AbortController();
    const elapsed = live.value?.elapsed_s ?? 0;
    const start = zoom === null ? null : "from" in zoom ? zoom.from : Math.max(0, elapsed - zoom.last);
    const end = zoom !== null && "to" in zoom ? zoom.to : null;
    busy.current = true;
    fetchSeries({ run, from: start, to: end, points, signal: abort.signal })
      .then((series) => setState({ series, error: null }))
      .catch((error: unknown) => {
        if (!wasAborted(error)) setState((old) => ({ series: old.series, error: messageOf(error) }));
      })
      .finally(() => { busy.current = false; });
    return () => abort.abort();
  }, [run, runId, points, from, fixed, moving, fixed && zoom.to, round, now]);

  const newest = live.value;
  useEffect(() => {
    if (newest === null || isPast.value || fixed) return;
    setState((old) => {
      if (old.series === null) return old;
      const series = appendPoint(old.series, newest);
      return series === old.series ? old : { ...old, series };
    });
  }, [newest, fixed]);

  useEffect(() => {
    if (isPast.value) return;
    const timer = setInterval(() => setRound((value) => value + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, [run]);

  const dense = state.series !== null && !fixed && isTooDense(state.series, points);
  useEffect(() => {
    if (dense && !busy.current) setRound((value) => value + 1);
  }, [dense]);

  return state;
}
