// Start a new load test.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Place } from "../api";
import { ApiError, fetchKeptRun, fetchOptions, messageOf, startRun } from "../api";
import type { Option, Run } from "../contract";
import { refreshRun } from "../live";
import { go } from "../router";
import { isOperator, form as openForm, VIEWER_WHY } from "../store";
import { parseRate } from "../units";
import { Advanced } from "./advanced";
import { Events } from "./events";
import { Field } from "./field";
import type { Bind, FormState } from "./form";
import { checkForm, fieldFor, firstForm, optionsToPreview, optionsToSend } from "./form";
import { Load } from "./load";
import { PreflightPanel } from "./preflight";
import { Promises } from "./promises";
import { lastTargets, rememberTarget } from "./targets";

type Fields = Record<string, string>;

interface Known {
  options: Option[];
  kept: Record<string, unknown>; // the last run's options, as the history has them
  problem: string | null;
}

function useKnown(runId: string | null): Known | null {
  const [known, setKnown] = useState<Known | null>(null);
  useEffect(() => {
    const kept = runId === null ? Promise.resolve({}) : fetchKeptRun(runId).then(({ settings }) => settings).catch(() => ({}));
    Promise.all([fetchOptions(), kept])
      .then(([options, settings]) => setKnown({ options, kept: settings, problem: null }))
      .catch((problem: unknown) => setKnown({ options: [], kept: {}, problem: messageOf(problem) }));
  }, []);
  return known;
}

export function StartForm({ run, inDialog }: { run: Run; inDialog: boolean }) {
  const known = useKnown(run.run_id);
  if (known === null) return <p class="empty">Fetching the options…</p>;
  return <Form {...known} run={run} inDialog={inDialog} />;
}

/** What is wrong with the fields: by our own rules, by what the primary says while one types, and what it refused. */
function useComplaints(state: FormState, options: Option[]) {
  const [touched, setTouched] = useState<Record<string, boolean>>({});
  const [refused, setRefused] = useState<{ fields: Fields; place: Place | null }>({ fields: {}, place: null });
  const [curve, setCurve] = useState<Fields>({});
  const [target, setTarget] = useState<Fields>({});
  const latest = useRef(state);
  latest.current = state;
  const wrong = useMemo(() => checkForm(state, options), [state, options]);
  const renamed = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).map(([name, text]) => [fieldFor(name, state), text]));
  const told = { ...renamed(target), ...(state.mode === "shape" ? renamed(curve) : {}), ...renamed(refused.fields) };
  return {
    wrong, setCurve, setTarget,
    place: refused.place,
    errorOf: (name: string): string | undefined => (touched[name] || name in told ? (wrong[name] ?? told[name]) : undefined),
    touch: (names: string[]) => setTouched((old) => ({ ...old, ...Object.fromEntries(names.map((name) => [name, true])) })),
    /** What was refused of `sent` says nothing of a field that was changed while the answer was on its way. The fields that it does mark. */
    refuse: (fields: Fields, place: Place | null, sent: FormState) => {
      const same = (name: string) => latest.current.texts[fieldFor(name, sent)] === sent.texts[fieldFor(name, sent)];
      const marked = Object.fromEntries(Object.entries(fields).filter(([name]) => same(name)));
      setRefused({ fields: marked, place: same("template-text") ? place : null });
      return Object.keys(marked).map((name) => fieldFor(name, sent));
    },
    forgive: (name: string) => {
      const without = (fields: Fields) => Object.fromEntries(Object.entries(fields).filter(([key]) => fieldFor(key, state) !== name));
      setRefused((old) => ({ fields: without(old.fields), place: name === "template-text" ? null : old.place }));
      setTarget(without);
      setCurve(without);
    },
  };
}

function Form({ options, kept, problem, run, inDialog }: Known & { run: Run; inDialog: boolean }) {
  const targets = useMemo(lastTargets, []);
  const [state, setState] = useState<FormState>(() => {
    const first = firstForm(options, run, kept);
    return { ...first, texts: { ...first.texts, target: first.texts["target"] || (targets[0] ?? "") } };
  });
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const element = useRef<HTMLFormElement>(null);
  const { wrong, errorOf, place, touch, refuse, forgive, setCurve, setTarget } = useComplaints(state, options);
  const sendable = useMemo(() => (Object.keys(wrong).length === 0 ? optionsToSend(state, options) : null), [wrong, state, options]);
  const previewable = useMemo(() => optionsToPreview(state, options), [state, options]);
  const curve = useMemo(() => {
    const others = Object.keys(wrong).filter((name) => name !== "target" && name !== "template-text");
    return state.mode === "shape" && others.length === 0 ? optionsToSend({ ...state, source: "default" }, options) : null;
  }, [wrong, state, options]);
  const may = isOperator.value;
  const change = (more: Partial<FormState>) => setState((old) => ({ ...old, ...more }));
  const bind = (name: string): Bind => ({
    name,
    value: state.texts[name] ?? "",
    error: errorOf(name),
    place: name === "template-text" ? place : null,
    onValue: (value) => {
      setState((old) => ({ ...old, texts: { ...old.texts, [name]: value } }));
      touch([name]);
      forgive(name);
    },
  });
  const focusFirst = (names: string[]) => {
    const input = Array.from(element.current?.elements ?? []).find((one) => names.includes(one.getAttribute("name") ?? ""));
    if (input instanceof HTMLElement) input.focus();
  };

  const start = async () => {
    touch(Object.keys(wrong));
    if (sendable === null) { focusFirst(Object.keys(wrong)); return; }
    setBusy(true);
    setFailure(null);
    try {
      await startRun(sendable);
      rememberTarget(sendable["target"] ?? "");
      openForm.value = null;
      go({ tab: state.mode === "search" ? "capacity" : "charts", run: null, compare: null });
      await refreshRun();
    } catch (caught) {
      const fields = caught instanceof ApiError ? caught.fields : {};
      const marked = refuse(fields, caught instanceof ApiError ? caught.place : null, state);
      const where = marked.length > 0 ? "see the fields marked above." : "what was refused has been changed since.";
      setFailure(Object.keys(fields).length === 0 ? messageOf(caught) : `Nothing was started: ${where}`);
      setTimeout(() => focusFirst(marked));
    } finally {
      setBusy(false);
    }
  };
  const steady = state.mode === "rate" || (state.mode === "shape" && state.of === "rate" && state.kind !== "stages");

  return (
    <form ref={element} class="start" noValidate onSubmit={(event) => { event.preventDefault(); void start(); }}>
      <h2>Start new load test</h2>
      {!may && <p class="banner past">{VIEWER_WHY}</p>}
      {problem !== null && <p class="banner error" role="alert">The options could not be fetched: {problem}</p>}
      <fieldset class="plain" disabled={!may}>
        <div class="columns">
          <div>
            <Field {...bind("target")} label="Target (host)" required list={targets} placeholder="DemoStream"
              hint={<>a stream's name or ARN, <code>kinesis://region/stream</code>, <code>kafka://host:port/topic</code> or <code>null://</code></>} />
            <Load options={options} state={state} onState={change} bind={bind} curve={curve} onFields={setCurve} />
          </div>
          <aside aria-label="Target">{may && <PreflightPanel options={sendable} rate={steady ? parseRate(state.texts["rate"] ?? "") : null} onFields={setTarget} />}</aside>
        </div>
        <Events options={options} source={state.source} onSource={(source) => change({ source })} bind={bind} asked={previewable} may={may} />
        <div class="columns">
          <div>
            {state.mode !== "search" && <Promises options={options} bind={bind} />}
            <Advanced options={options} bind={bind} />
            {failure !== null && <p class="banner error" role="alert">{failure}</p>}
            <p class="actions">
              <button type="submit" class="primary" disabled={busy}>{busy ? "Starting…" : "Start"}</button>
              {inDialog && <button type="button" onClick={() => { openForm.value = null; }}>Cancel</button>}
              {run.secondaries.length === 0 && <span class="warn">No secondary has connected yet; a run needs at least one.</span>}
            </p>
          </div>
        </div>
      </fieldset>
    </form>
  );
}
