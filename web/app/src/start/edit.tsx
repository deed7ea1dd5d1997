// Edit the running load test: applied within a second, the charts go on.
import { useState } from "preact/hooks";
import { ApiError, editRun, messageOf } from "../api";
import type { OptionTexts, Run } from "../contract";
import { refreshRun } from "../live";
import { form as openForm, notice } from "../store";
import { checkValue, KNOWN } from "./check";
import { Field } from "./field";

export function EditForm({ run }: { run: Run }) {
  const { settings } = run;
  const [texts, setTexts] = useState<Record<string, string>>(() => ({
    rate: String(settings.rate ?? ""),
    users: String(settings.users ?? ""),
    "spawn-rate": String(settings.spawn_rate ?? 1),
    "run-time": settings.run_time_s ? `${settings.run_time_s}s` : "",
  }));
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const names = settings.model === "rate" ? ["rate", "run-time"] : ["users", "spawn-rate", "run-time"];
  const wrong = (name: string): string | undefined => {
    const row = KNOWN[name];
    const text = (texts[name] ?? "").trim();
    if (text === "" && name !== "run-time") return "This is needed.";
    return row === undefined ? undefined : (checkValue(row, text) ?? undefined);
  };
  const bind = (name: string) => ({
    name,
    value: texts[name] ?? "",
    error: refused[name] ?? wrong(name),
    onValue: (value: string) => {
      setTexts((old) => ({ ...old, [name]: value }));
      setRefused({});
    },
  });
  const apply = async () => {
    if (names.some((name) => wrong(name) !== undefined)) return;
    const options: OptionTexts = {};
    for (const name of names) {
      const text = (texts[name] ?? "").trim();
      if (text !== "" || name === "run-time") options[name] = text === "" ? "0" : text;
    }
    try {
      await editRun(options);
      openForm.value = null;
      notice.value = { kind: "done", text: "Edited; the secondaries follow within a second." };
      await refreshRun();
    } catch (caught) {
      const fields = caught instanceof ApiError ? caught.fields : {};
      setRefused(fields);
      if (Object.keys(fields).length === 0) setFailure(messageOf(caught));
    }
  };
  return (
    <form class="start" noValidate onSubmit={(event) => { event.preventDefault(); void apply(); }}>
      <h2>Edit running load test</h2>
      {settings.model === "rate"
        ? <Field {...bind("rate")} label="Rate" unit="events/s" numeric required hint="all secondaries together, e.g. 500, 50k, 1.5M" />
        : (
          <div class="row">
            <Field {...bind("users")} label="Number of users (peak concurrency)" numeric required />
            <Field {...bind("spawn-rate")} label="Ramp up (users started/second)" numeric required />
          </div>
        )}
      <Field {...bind("run-time")} label="Run time" numeric placeholder="until stopped" hint="counted from the start of the run" />
      {failure !== null && <p class="banner error" role="alert">{failure}</p>}
      <p class="actions">
        <button type="submit" class="primary">Apply</button>
        <button type="button" onClick={() => { openForm.value = null; }}>Cancel</button>
      </p>
    </form>
  );
}
