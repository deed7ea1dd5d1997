// What the target says before anything is sent: how much it takes, and what of the wish it would refuse.
import { useEffect, useState } from "preact/hooks";
import { ApiError, askPreflight, messageOf, wasAborted } from "../api";
import type { OptionTexts, PreflightAnswer } from "../contract";
import { megabytes, percent, size, whole } from "../units";

const DEBOUNCE_MS = 500;

type Asked = { state: "idle" } | { state: "marked" } | { state: "asking" } | { state: "answer"; answer: PreflightAnswer } | { state: "error"; text: string };

type Fields = Record<string, string>;

/** `onFields` is told what the primary complains of, and {} once it is content. */
function usePreflight(options: OptionTexts | null, onFields: (fields: Fields) => void): Asked {
  const [asked, setAsked] = useState<Asked>({ state: "idle" });
  const key = options === null ? null : JSON.stringify(options);
  useEffect(() => {
    if (key === null) { setAsked({ state: "idle" }); return; }
    const abort = new AbortController();
    const timer = setTimeout(() => {
      setAsked({ state: "asking" });
      askPreflight(JSON.parse(key) as OptionTexts, abort.signal)
        .then((answer) => { setAsked({ state: "answer", answer }); onFields({}); })
        .catch((error: unknown) => {
          if (wasAborted(error)) return;
          const fields = error instanceof ApiError ? error.fields : {};
          onFields(fields);
          setAsked(Object.keys(fields).length > 0 ? { state: "marked" } : { state: "error", text: messageOf(error) });
        });
    }, DEBOUNCE_MS);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [key]);
  return asked;
}

type Good = Extract<PreflightAnswer, { ok: true }>;

/** The part of the asked rate that the target would take, by count and by bytes. */
export function capacityRate({ events_per_s, bytes_per_s, event_bytes }: Pick<Good, "events_per_s" | "bytes_per_s" | "event_bytes">): number | null {
  const byBytes = bytes_per_s !== null && event_bytes !== null && event_bytes > 0 ? bytes_per_s / event_bytes : null;
  if (events_per_s === null) return byBytes;
  return byBytes === null ? events_per_s : Math.min(events_per_s, byBytes);
}

function Capacity({ answer, rate }: { answer: Good; rate: number | null }) {
  const most = capacityRate(answer);
  const tooMuch = most !== null && rate !== null && rate > most ? rate - most : 0;
  const facts: [string, string][] = [];
  if (answer.mode) facts.push(["mode", answer.mode.toLowerCase().replaceAll("_", "-")]);
  if (answer.shards !== null) facts.push(["shards", whole(answer.shards)]);
  const takes = [
    answer.events_per_s === null ? "" : `${whole(answer.events_per_s)} events/s`,
    answer.bytes_per_s === null ? "" : `${megabytes(answer.bytes_per_s)} MB/s`,
  ].filter((one) => one !== "");
  if (takes.length > 0) facts.push(["takes", takes.join(", ")]);
  if (answer.event_bytes !== null) facts.push(["an event", size(answer.event_bytes)]);
  const hottest = Math.max(0, ...(answer.predicted ?? []).map((one) => one.predicted));
  if (hottest > 0) facts.push(["hottest", `${percent(hottest)} of the events go to one of them`]);
  if (answer.place) facts.push(["place", answer.place]);
  return (
    <>
      <dl class="facts inline">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      {tooMuch > 0 && rate !== null && answer.warnings.length === 0 && <p class="warn">Of {whole(rate)} asked events/s about {whole(tooMuch)} ({percent(tooMuch / rate)}) will be throttled.</p>}
      {most !== null && rate !== null && tooMuch === 0 && answer.warnings.length === 0 && <p class="good">{whole(rate)} events/s are {percent(rate / most)} of what it takes.</p>}
      {answer.warnings.map((warning) => <p key={warning} class="warn">{warning}</p>)}
    </>
  );
}

interface Props {
  options: OptionTexts | null; // null while a field is wrong or the target is empty
  rate: number | null; // what is asked at most, where that is one figure
  onFields: (fields: Fields) => void;
}

export function PreflightPanel({ options, rate, onFields }: Props) {
  const asked = usePreflight(options, onFields);
  return (
    <section class="preflight" aria-label="What the target says" aria-live="polite" aria-busy={asked.state === "asking"}>
      <h3>What the target says</h3>
      {asked.state === "idle" && <p class="muted">Name a target and its answer stands here before anything is sent.</p>}
      {asked.state === "marked" && <p class="muted">Mend what is marked, and the target is asked again.</p>}
      {asked.state === "asking" && <p class="muted">Asking the target…</p>}
      {asked.state === "error" && <p class="warn">{asked.text}</p>}
      {asked.state === "answer" && (asked.answer.ok
        ? <Capacity answer={asked.answer} rate={rate} />
        : <p class="bad"><code>{asked.answer.code}</code> {asked.answer.message}</p>)}
    </section>
  );
}
