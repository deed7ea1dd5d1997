// What the events are: the built-in readings, a template, or a scenario that the primary was started with.
import type { Option } from "../contract";
import { Editor } from "./editor";
import { Field } from "./field";
import type { Bind, Source } from "./form";
import { has } from "./form";
import { Preview, usePreview } from "./preview";
import type { OptionTexts } from "../contract";

const SOURCES: [Source, string, string][] = [
  ["default", "Sensor readings", "the built-in workload"],
  ["template", "A template", "your own text, with made-up values in it"],
];

function SourceSwitch({ source, onSource }: { source: Source; onSource: (source: Source) => void }) {
  return (
    <fieldset class="switch">
      <legend>Events</legend>
      {SOURCES.map(([key, label, means]) => (
        <label key={key}>
          <input type="radio" name="source" value={key} checked={source === key} onChange={() => onSource(key)} />
          <span>{label}</span> <span class="muted">{means}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface Props {
  options: Option[];
  source: Source;
  onSource: (source: Source) => void;
  bind: (name: string) => Bind;
  asked: OptionTexts | null; // for the preview; null: somebody else's mistake stands in the way
  may: boolean;
}

export function Events({ options, source, onSource, bind, asked, may }: Props) {
  const previewed = usePreview(asked, source === "template" && may);
  const scenario = options.find((option) => option.name === "scenario")?.current ?? null;
  const template = bind("template-text");
  const refused = previewed.fields["template-text"];
  const others = (name: string): Bind => ({ ...bind(name), error: bind(name).error ?? previewed.fields[name] });
  return (
    <div class="columns events">
      <div>
        {scenario !== null
          ? <p class="fact"><b>Events</b> come from the scenario <code title={scenario}>{scenario.split("/").pop()}</code>, which the primary was started with.</p>
          : has(options, "template-text") && <SourceSwitch source={source} onSource={onSource} />}
        {source === "template" && (
          <Editor {...template} label="Template" error={template.error ?? refused} place={template.place ?? previewed.place} />
        )}
        {has(options, "keys") && (
          <div class="row">
            <Field {...others("keys")} label="Partition keys" placeholder="the workload's own" hint="per-sensor, uniform:N, zipf:N:S, hot:SHARE:N or explicit" />
            <Field {...others("event-size")} label="Event size" placeholder="as they are made" hint="filled up to 128B, uniform:A:B or normal:M:S" />
          </div>
        )}
      </div>
      <aside aria-label="Preview"><Preview previewed={previewed} may={may && asked !== null} /></aside>
    </div>
  );
}
