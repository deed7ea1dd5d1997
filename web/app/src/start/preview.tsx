// Five events as they would be sent, with their keys; once asked for, they follow what is typed.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Place } from "../api";
import { ApiError, askPreview, messageOf, wasAborted } from "../api";
import type { OptionTexts, PreviewedEvent } from "../contract";

const DEBOUNCE_MS = 400;

export interface Previewed {
  events: PreviewedEvent[] | null;
  error: string | null; // of no field
  fields: Record<string, string>;
  place: Place | null;
  asking: boolean;
  again: () => void;
}

const NOTHING_YET = { events: null, error: null, fields: {}, place: null, asking: false };

/** `options` is null while there is nothing to ask with; `live`: asks by itself, without the button. */
export function usePreview(options: OptionTexts | null, live: boolean): Previewed {
  const [state, setState] = useState<Omit<Previewed, "again">>(NOTHING_YET);
  const [round, setRound] = useState(0);
  // The same values while one types, so that what changes is what was typed; others with the button.
  const seed = useMemo(() => String(Math.floor(Math.random() * 2 ** 31)), [round]);
  const key = options === null || (!live && round === 0) ? null : JSON.stringify({ ...options, seed: options["seed"] || seed });
  useEffect(() => {
    if (key === null) { setState((old) => ({ ...NOTHING_YET, events: old.events })); return; }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      setState((old) => ({ ...old, asking: true }));
      askPreview(JSON.parse(key) as OptionTexts, abort.signal)
        .then(({ events }) => setState({ ...NOTHING_YET, events }))
        .catch((problem: unknown) => {
          if (wasAborted(problem)) return;
          const fields = problem instanceof ApiError ? problem.fields : {};
          const place = problem instanceof ApiError ? problem.place : null;
          setState((old) => ({ ...NOTHING_YET, events: old.events, fields, place, error: Object.keys(fields).length === 0 ? messageOf(problem) : null }));
        });
    }, DEBOUNCE_MS);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [key, round]);
  return { ...state, again: () => setRound((value) => value + 1) };
}

export function Preview({ previewed, may }: { previewed: Previewed; may: boolean }) {
  const { events, error, fields, asking, again } = previewed;
  const stale = events !== null && (error !== null || Object.keys(fields).length > 0);
  return (
    <section class="preview" aria-label="Preview of events" aria-busy={asking}>
      <button type="button" class="quiet" disabled={!may} onClick={again}>{events === null ? "Preview five events" : "Five others"}</button>
      {error !== null && <p class="bad" role="alert">{error}</p>}
      {stale && error === null && <p class="muted">As they were before the mistake:</p>}
      {events !== null && (
        <ol class={stale ? "stale" : undefined}>
          {events.map((event, at) => (
            <li key={at}>
              <code class="data">{typeof event.data === "string" ? event.data : JSON.stringify(event.data)}</code>
              <span class="key-of">key <code>{event.key}</code></span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
