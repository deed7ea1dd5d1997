// Start a new load test.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, fetchOptions, messageOf, startRun } from "../api";
import type { Option, Run } from "../contract";
import { refreshRun } from "../live";
import { go } from "../router";
import { isOperator, form as openForm, VIEWER_WHY } from "../store";
import { Field } from "./field";
import type { Model, Texts } from "./form";
import { advancedOptions, checkForm, firstTexts, optionsToSend } from "./form";
import { PreflightPanel, Preview } from "./preflight";
import { lastTargets, rememberTarget } from "./targets";

interface Bind {
  name: string;
  value: string;
  error: string | undefined;
  onValue: (value: string) => void;
}

function ModelSwitch({ model, onModel }: { model: Model; onModel: (model: Model) => void }) {
  const choices: [Model, string, string][] = [
    ["rate", "A rate", "events per second on a schedule, whatever the answers do"],
    ["users", "Users", "each sends a batch, waits for the answer, then for the wait time"],
  ];
  return (
    <fieldset class="switch">
      <legend>Load model</legend>
      {choices.map(([key, label, means]) => (
        <label key={key}>
          <input type="radio" name="model" value={key} checked={model === key} onChange={() => onModel(key)} />
          <span>{label}</span> <span class="muted">{means}</span>
        </label>
      ))}
    </fieldset>
  );
}

function MainFields({ model, bind }: { model: Model; bind: (name: string) => Bind }) {
  return (
    <>
      {model === "rate"
        ? <Field {...bind("rate")} label="Rate" unit="events/s" numeric required hint="all secondaries together, e.g. 500, 50k, 1.5M" />
        : (
          <div class="row">
            <Field {...bind("users")} label="Number of users (peak concurrency)" numeric required />
            <Field {...bind("spawn-rate")} label="Ramp up (users started/second)" numeric />
            <Field {...bind("wait-time")} label="Wait time" numeric hint="1s, 0.5s-2s or pacing:1s" />
          </div>
        )}
      <div class="row">
        <Field {...bind("batch-size")} label="Batch size" unit="events" numeric />
        <Field {...bind("run-time")} label="Run time" numeric placeholder="until stopped" hint="20, 20s, 3m, 2h, 1h20m" />
        <Field {...bind("events")} label="Number of events" numeric placeholder="no limit" hint="stop after exactly these" />
      </div>
    </>
  );
}

const LINES_HINT = "librdkafka's, property=value, one a line; they replace those of the command line. Passwords are never shown or kept.";

function Advanced({ options, bind }: { options: Option[]; bind: (name: string) => Bind }) {
  const advanced = advancedOptions(options);
  const [open, setOpen] = useState(false); // a mistake opens it; mending that must not close it under the typing hand
  if (advanced.length === 0) return null;
  const wrong = advanced.some((option) => bind(option.name).error !== undefined);
  return (
    <details class="advanced" open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Advanced options</summary>
      <div class="row">
        {advanced.map((option) => (
          <Field key={option.name} {...bind(option.name)} label={option.name.replaceAll("-", " ")} hint={option.type === "list" ? LINES_HINT : option.help}
            choices={option.type === "flag" ? ["true", "false"] : option.choices} placeholder={option.default ?? (option.type === "list" ? "acks=all\ncompression.type=lz4" : "")}
            numeric={!["text", "list", "choice"].includes(option.type)} lines={option.type === "list"} />
        ))}
      </div>
    </details>
  );
}

function useOptions() {
  const [options, setOptions] = useState<Option[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    fetchOptions().then(setOptions).catch((problem: unknown) => { setOptions([]); setError(messageOf(problem)); });
  }, []);
  return { options, error };
}

export function StartForm({ run, inDialog }: { run: Run; inDialog: boolean }) {
  const { options, error } = useOptions();
  if (options === null) return <p class="empty">Fetching the options…</p>;
  return <Form options={options} problem={error} run={run} inDialog={inDialog} />;
}

function Form({ options, problem, run, inDialog }: { options: Option[]; problem: string | null; run: Run; inDialog: boolean }) {
  const first = useMemo(() => firstTexts(options, run), []);
  const targets = useMemo(lastTargets, []);
  const [model, setModel] = useState<Model>(first.model);
  const [texts, setTexts] = useState<Texts>(() => ({ ...first.texts, target: first.texts["target"] || (targets[0] ?? "") }));
  const [touched, setTouched] = useState<Record<string, boolean>>({});
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const element = useRef<HTMLFormElement>(null);

  const wrong = useMemo(() => checkForm(model, texts, options), [model, texts, options]);
  const sendable = useMemo(() => (Object.keys(wrong).length === 0 ? optionsToSend(model, texts, options) : null), [wrong, model, texts, options]);
  const may = isOperator.value;
  const bind = (name: string): Bind => ({
    name,
    value: texts[name] ?? "",
    error: refused[name] ?? (touched[name] ? wrong[name] : undefined),
    onValue: (value) => {
      setTexts((old) => ({ ...old, [name]: value }));
      setTouched((old) => ({ ...old, [name]: true }));
      setRefused(({ [name]: _gone, ...others }) => others);
    },
  });
  const focusFirst = (errors: Record<string, string>) => {
    const input = Object.keys(errors).map((name) => element.current?.querySelector<HTMLElement>(`[name="${name}"]`)).find((one) => one);
    input?.focus();
  };

  const start = async () => {
    setTouched(Object.fromEntries(Object.keys(wrong).map((name) => [name, true])));
    if (sendable === null) { focusFirst(wrong); return; }
    setBusy(true);
    setFailure(null);
    try {
      await startRun(sendable);
      rememberTarget(sendable["target"] ?? "");
      openForm.value = null;
      go({ tab: "charts", run: null, compare: null });
      await refreshRun();
    } catch (caught) {
      const fields = caught instanceof ApiError ? caught.fields : {};
      setRefused(fields);
      setFailure(Object.keys(fields).length === 0 ? messageOf(caught) : "Nothing was started: see the fields marked above.");
      setTimeout(() => focusFirst(fields));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form ref={element} class="start" noValidate onSubmit={(event) => { event.preventDefault(); void start(); }}>
      <h2>Start new load test</h2>
      {!may && <p class="banner past">{VIEWER_WHY}</p>}
      {problem !== null && <p class="banner error" role="alert">The options could not be fetched: {problem}</p>}
      <div class="columns">
        <fieldset class="plain" disabled={!may}>
          <Field {...bind("target")} label="Target (host)" required list={targets} placeholder="DemoStream"
            hint={<>a stream's name or ARN, <code>kinesis://region/stream</code>, <code>kafka://host:port/topic</code> or <code>null://</code></>} />
          <ModelSwitch model={model} onModel={setModel} />
          <MainFields model={model} bind={bind} />
          <Advanced options={options} bind={bind} />
          {failure !== null && <p class="banner error" role="alert">{failure}</p>}
          <p class="actions">
            <button type="submit" class="primary" disabled={busy}>{busy ? "Starting…" : "Start"}</button>
            {inDialog && <button type="button" onClick={() => { openForm.value = null; }}>Cancel</button>}
            {run.secondaries.length === 0 && <span class="warn">No secondary has connected yet; a run needs at least one.</span>}
          </p>
        </fieldset>
        <aside>
          {may && <PreflightPanel options={sendable} />}
          {may && <Preview options={sendable} />}
        </aside>
      </div>
    </form>
  );
}
