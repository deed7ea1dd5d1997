// How much load, and how it changes: a rate, users, stages or a shape of either, or a search for the limit.
import type { Option, OptionTexts } from "../contract";
import { CurveChart } from "./curve";
import { Choice, Field } from "./field";
import type { Bind, FormState, Mode, Model } from "./form";
import { SCENARIO, has, shapesLoad } from "./form";

interface Props {
  options: Option[];
  state: FormState;
  onState: (change: Partial<FormState>) => void;
  bind: (name: string) => Bind;
  curve: OptionTexts | null;
  onFields: (fields: Record<string, string>) => void;
}

const CHOICES: [Mode, string, string, string][] = [
  ["rate", "rate", "A rate", "events per second on a schedule, whatever the answers do"],
  ["users", "users", "Users", "each sends a batch, waits for the answer, then for the wait time"],
  ["shape", "stages", "Stages or a shape", "a load that changes over time"],
  ["search", "find-capacity", "Find capacity", "goes up until your conditions no longer hold"],
];

function ModeSwitch({ options, state, onState }: Pick<Props, "options" | "state" | "onState">) {
  return (
    <fieldset class="switch">
      <legend>Load model</legend>
      {CHOICES.filter(([mode, option]) => mode === "rate" || mode === "users" || has(options, option)).map(([mode, , label, means]) => (
        <label key={mode}>
          <input type="radio" name="model" value={mode} checked={state.mode === mode} onChange={() => onState({ mode })} />
          <span>{label}</span> <span class="muted">{means}</span>
        </label>
      ))}
    </fieldset>
  );
}

const OF: [Model, string][] = [["rate", "The rate"], ["users", "The users"]];

function ShapeFields({ options, state, onState, bind, curve, onFields }: Props) {
  const { of, kind } = state;
  const shapes = options.find((option) => option.name === "shape")?.shapes ?? [];
  const kinds = ["stages", ...shapes.map((shape) => shape.name), ...(shapesLoad(options) ? [SCENARIO] : [])];
  const named = shapes.find((shape) => shape.name === kind);
  const usual = named?.parameters.map((parameter) => `${parameter.name}=${parameter.default}`).join(",");
  const unit = of === "rate" ? "events/s" : "users";
  return (
    <>
      <div class="row">
        <Choice name="of" label="What changes" value={of} choices={OF} onValue={(value) => onState({ of: value })} />
        <Choice name="kind" label="How" value={kind} choices={kinds.map((one) => [one, one])} onValue={(value) => onState({ kind: value })} />
        {kind === "stages"
          ? <Field {...bind("begin")} label="Begins at" unit={unit} numeric required={of === "users"} placeholder={of === "rate" ? "0" : "1"} />
          : kind !== SCENARIO && <Field {...bind(of)} label="Peak" unit={unit} numeric required />}
        {of === "users" && <Field {...bind("wait-time")} label="Wait time" numeric hint="1s, 0.5s-2s or pacing:1s" />}
      </div>
      {kind === "stages"
        ? <Field {...bind("stages")} label="Stages" required hint={`how long, and ${of === "rate" ? "the rate" : "how many"} at its end: straight lines between, the run ends with the last`} />
        : kind === SCENARIO
          ? <p class="fact"><b>The load</b> follows the function <code>shape(t)</code> of the scenario.</p>
          : <Field {...bind("shape-parameters")} label="Parameters" placeholder={usual ?? ""} hint={named?.help} />}
      <CurveChart options={curve} onFields={onFields} />
    </>
  );
}

function SearchFields({ options, bind }: Pick<Props, "options" | "bind">) {
  const usual = (name: string) => options.find((option) => option.name === name)?.default ?? "";
  return (
    <>
      <Field {...bind("find-capacity")} label="Conditions" lines required placeholder={"p99<200ms\nthrottled<0.5%"} hint="what must hold, one a line; the highest rate at which all do is found" />
      <div class="row">
        <Field {...bind("from")} label="From" unit="events/s" numeric placeholder={usual("from")} />
        <Field {...bind("to")} label="Up to" unit="events/s" numeric placeholder={usual("to")} />
        <Field {...bind("hold")} label="Hold each for" numeric placeholder={usual("hold")} />
      </div>
    </>
  );
}

export function Load(props: Props) {
  const { options, state, bind } = props;
  const searching = state.mode === "search";
  return (
    <>
      <ModeSwitch {...props} />
      {state.mode === "rate" && <Field {...bind("rate")} label="Rate" unit="events/s" numeric required hint="all secondaries together, e.g. 500, 50k, 1.5M" />}
      {state.mode === "users" && (
        <div class="row">
          <Field {...bind("users")} label="Number of users (peak concurrency)" numeric required />
          <Field {...bind("spawn-rate")} label="Ramp up (users started/second)" numeric />
          <Field {...bind("wait-time")} label="Wait time" numeric hint="1s, 0.5s-2s or pacing:1s" />
        </div>
      )}
      {state.mode === "shape" && <ShapeFields {...props} />}
      {searching && <SearchFields options={options} bind={bind} />}
      <div class="row four">
        <Field {...bind("batch-size")} label="Batch size" unit="events" numeric />
        <Field {...bind("run-time")} label="Run time" numeric placeholder={searching ? "until it is found" : state.mode === "shape" && state.kind === "stages" ? "as the stages say" : "until stopped"} hint="20, 20s, 3m, 2h, 1h20m" />
        {!searching && <Field {...bind("events")} label="Number of events" numeric placeholder="no limit" hint="stop after exactly these" />}
        {!searching && has(options, "warm-up") && <Field {...bind("warm-up")} label="Warm-up" numeric placeholder="none" hint="kept out of the figures" />}
      </div>
    </>
  );
}
