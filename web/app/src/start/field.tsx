// A labelled field with its hint and its error, tied together for screen readers.
import type { ComponentChildren } from "preact";

interface Props {
  name: string;
  label: string;
  hint?: ComponentChildren;
  unit?: string;
  value: string;
  error: string | undefined;
  onValue: (value: string) => void;
  required?: boolean;
  list?: string[];
  choices?: string[] | null;
  placeholder?: string;
  numeric?: boolean;
  lines?: boolean; // more than one
}

export function Field({ name, label, hint, unit, value, error, onValue, required, list, choices, placeholder, numeric, lines }: Props) {
  const id = `f-${name}`;
  const described = error !== undefined ? `${id}-error` : hint ? `${id}-hint` : undefined;
  const shared = { id, name, "aria-invalid": error !== undefined, "aria-describedby": described };
  return (
    <div class={`field ${error !== undefined ? "wrong" : ""}`}>
      <label for={id}>{label}</label>
      <div class="entry">
        {choices
          ? <select {...shared} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
              <option value="">default</option>
              {choices.map((choice) => <option key={choice} value={choice}>{choice}</option>)}
            </select>
          : lines
          ? <textarea {...shared} rows={3} value={value} autoComplete="off" autoCapitalize="none" spellcheck={false}
              placeholder={placeholder ?? ""} onInput={(event) => onValue(event.currentTarget.value)} />
          : <input {...shared} type="text" class={numeric ? "num" : undefined} value={value} required={required ?? false} autoComplete="off" autoCapitalize="none" spellcheck={false}
              placeholder={placeholder ?? ""} list={list && list.length > 0 ? `${id}-list` : undefined} onInput={(event) => onValue(event.currentTarget.value)} />}
        {unit && <span class="unit">{unit}</span>}
      </div>
      {list && list.length > 0 && <datalist id={`${id}-list`}>{list.map((one) => <option key={one} value={one} />)}</datalist>}
      {error !== undefined && <p class="error" id={`${id}-error`}>{error}</p>}
      {hint && error === undefined && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  name: string;
  label: string;
  value: T;
  choices: [T, string][];
  onValue: (value: T) => void;
}

/** One of a few, that no option of its own stands for. */
export function Choice<T extends string>({ name, label, value, choices, onValue }: ChoiceProps<T>) {
  return (
    <div class="field">
      <label for={`f-${name}`}>{label}</label>
      <div class="entry">
        <select id={`f-${name}`} value={value} onChange={(event) => onValue(event.currentTarget.value as T)}>
          {choices.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
        </select>
      </div>
    </div>
  );
}
