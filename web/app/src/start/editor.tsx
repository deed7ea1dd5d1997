// Where a template is written: a plain text area with line numbers, and the place of its error marked.
import { useRef, useState } from "preact/hooks";
import type { Place } from "../api";
import type { Bind } from "./form";
import { offsetOf } from "./place";

const LINE = 18; // pixels, as in the style sheet
const PADDING = 7;

interface Props extends Bind {
  label: string;
  place: Place | null; // of the error
}

export function Editor({ name, label, value, error, place, onValue }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [top, setTop] = useState(0);
  const id = `f-${name}`;
  const count = value.split("\n").length;
  const marked = error !== undefined && place !== null && place.line <= count ? place : null;
  const go = () => {
    const element = area.current;
    if (element === null || marked === null) return;
    const at = offsetOf(value, marked);
    element.focus();
    element.setSelectionRange(at, at);
    element.scrollTop = Math.max(0, (marked.line - 4) * LINE);
  };
  return (
    <div class={`field ${error !== undefined ? "wrong" : ""}`}>
      <label for={id}>{label}</label>
      <div class="editor">
        {marked !== null && <div class="mark-line" aria-hidden="true" style={{ top: `${PADDING + (marked.line - 1) * LINE - top}px` }} />}
        <ol class="gutter" aria-hidden="true"><li style={{ marginTop: `${-top}px` }} />{Array.from({ length: count }, (_, at) => (
          <li key={at} class={marked?.line === at + 1 ? "here" : undefined}>{at + 1}</li>
        ))}</ol>
        <textarea ref={area} id={id} name={name} rows={9} wrap="off" value={value} autoComplete="off" autoCapitalize="none" spellcheck={false} required
          aria-invalid={error !== undefined} aria-describedby={error !== undefined ? `${id}-error` : `${id}-hint`}
          onScroll={(event) => setTop(event.currentTarget.scrollTop)} onInput={(event) => onValue(event.currentTarget.value)} />
      </div>
      <div class="below">
        {error === undefined
          ? <p class="hint" id={`${id}-hint`}>Any text, JSON mostly, with <code>{"{{…}}"}</code> where something is made up: the Kinesis Data Generator's functions, and <code>sensor.id</code>, <code>event.n</code>, <code>walk(10,30,0.5)</code>, …</p>
          : <p class="error" id={`${id}-error`}>{error}</p>}
        {marked !== null && <button type="button" class="quiet" onClick={go}>Go to line {marked.line}</button>}
      </div>
    </div>
  );
}
