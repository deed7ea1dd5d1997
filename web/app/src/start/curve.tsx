// The load over time, drawn before it is started.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, askCurve, messageOf, wasAborted } from "../api";
import { linearScale } from "../capacitymath";
import type { Curve, OptionTexts } from "../contract";
import { axisNumber, clock, duration, whole } from "../units";
import { useWidth } from "../usewidth";

const DEBOUNCE_MS = 250;
const HEIGHT = 120;
const LEFT = 46;
const RIGHT = 14;
const FLOOR = 20;

type Told = { state: "idle" } | { state: "curve"; curve: Curve } | { state: "error"; text: string };

/** `onFields` is told what the primary complains of, and {} once it is content. */
function useCurve(options: OptionTexts | null, onFields: (fields: Record<string, string>) => void): Told {
  const [told, setTold] = useState<Told>({ state: "idle" });
  const key = options === null ? null : JSON.stringify(options);
  useEffect(() => {
    if (key === null) return; // the last one stays until the mistake is mended
    const abort = new AbortController();
    const timer = setTimeout(() => {
      askCurve(JSON.parse(key) as OptionTexts, abort.signal)
        .then((curve) => { setTold({ state: "curve", curve }); onFields({}); })
        .catch((error: unknown) => {
          if (wasAborted(error)) return;
          const fields = error instanceof ApiError ? error.fields : {};
          onFields(fields);
          if (Object.keys(fields).length > 0) return;
          setTold({ state: "error", text: messageOf(error) });
        });
    }, DEBOUNCE_MS);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [key]);
  return told;
}

export function curveWords({ unit, points, ends_s, peak, warm_up_s }: Curve): string {
  const first = points[0]?.[1] ?? 0;
  const parts = [`from ${whole(first)} to at most ${whole(peak)} ${unit}`, ends_s === null ? "until stopped" : `for ${duration(ends_s)}`];
  if (warm_up_s > 0) parts.push(`the first ${duration(warm_up_s)} to warm up`);
  return parts.join(", ");
}

function Drawing({ curve, width }: { curve: Curve; width: number }) {
  const end = Math.max(1, curve.points[curve.points.length - 1]?.[0] ?? 1);
  const up = linearScale(curve.peak, 3);
  const x = (t: number) => LEFT + (t / end) * (width - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - up.at(value) * (HEIGHT - 12);
  const line = curve.points.map(([t, value], at) => `${at === 0 ? "M" : "L"}${x(t).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const count = Math.max(2, Math.min(6, Math.floor(width / 90)));
  const times = Array.from({ length: count }, (_, at) => Math.round((end * at) / (count - 1)));
  return (
    <svg width={width} height={HEIGHT + FLOOR} aria-hidden="true">
      {curve.warm_up_s > 0 && <rect class="warm" x={x(0)} y={8} width={x(Math.min(end, curve.warm_up_s)) - x(0)} height={HEIGHT - 8} />}
      {up.ticks.map((tick) => <g key={tick}><path class="grid" d={`M${LEFT} ${y(tick)}H${width - RIGHT}`} /><text class="tick" x={LEFT - 6} y={y(tick) + 4} text-anchor="end">{axisNumber(tick)}</text></g>)}
      <path class="under" d={`${line}L${x(end)} ${y(0)}L${x(0)} ${y(0)}Z`} />
      <path class="curve c-accent" d={line} />
      {times.map((t, at) => <text key={at} class="tick" x={x(t)} y={HEIGHT + 16} text-anchor={at === 0 ? "start" : at === count - 1 ? "end" : "middle"}>{clock(t)}</text>)}
    </svg>
  );
}

export function CurveChart({ options, onFields }: { options: OptionTexts | null; onFields: (fields: Record<string, string>) => void }) {
  const told = useCurve(options, onFields);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const words = told.state === "curve" ? curveWords(told.curve) : "";
  return (
    <figure class={`curvechart ${options === null ? "stale" : ""}`} data-chart="curve">
      <div ref={box} class="curvebox" role="img" aria-label={words === "" ? "The load over time" : `The load over time: ${words}`}>
        {told.state === "curve" && width > 0 && <Drawing curve={told.curve} width={width} />}
      </div>
      <figcaption class={told.state === "error" ? "warn" : "muted"}>{told.state === "error" ? told.text : words || "The load over time is drawn here."}</figcaption>
    </figure>
  );
}
