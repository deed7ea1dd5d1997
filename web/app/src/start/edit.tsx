// Edit the running load test: applied within a second, the charts go on.
import { useRef, useState } from "preact/hooks";
import { ApiError, editRun, messageOf } from "../api";
import type { OptionTexts, Run } from "../contract";
import { refreshRun } from "../live";
import { form as openForm, notice } from "../store";
import { checkValue, KNOWN } from "./check";
import type { Course } from "./editing";
import { courseOf, editsToSend, fieldsOfCourse, firstEdit } from "./editing";
import { Choice, Field } from "./field";

const COURSES: [Course, string][] = [["level", "stays as it is"], ["stages", "goes by stages"], ["shape", "follows a shape"]];

export function EditForm({ run }: { run: Run }) {
  const { settings } = run;
  const [texts, setTexts] = useState<Record<string, string>>(() => firstEdit(settings));
  const [course, setCourse] = useState<Course>(() => courseOf(settings));
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string | null>(null);
  const latest = useRef(texts);
  latest.current = texts;
  const names = fieldsOfCourse(settings.model, course);
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
    const options: OptionTexts = editsToSend(settings, course, texts);
    try {
      await editRun(options);
      openForm.value = null;
      notice.value = { kind: "done", text: "Edited; the secondaries follow within a second." };
      await refreshRun();
    } catch (caught) {
      const fields = caught instanceof ApiError ? caught.fields : {};
      setRefused(latest.current === texts ? fields : {}); // what was changed meanwhile was not refused
      const unseen = Object.entries(fields).filter(([name]) => !names.includes(name)).map(([name, text]) => `${name}: ${text}`);
      setFailure(Object.keys(fields).length === 0 ? messageOf(caught) : unseen.length > 0 ? unseen.join("; ") : null);
    }
  };
  const peak = course === "shape" ? "Peak" : undefined;
  return (
    <form class="start" noValidate onSubmit={(event) => { event.preventDefault(); void apply(); }}>
      <h2>Edit running load test</h2>
      {settings.stages !== undefined && <Choice name="course" label="From now on the load" value={course} choices={COURSES} onValue={setCourse} />}
      {names.includes("stages") && <Field {...bind("stages")} label="Stages" required hint="they begin now, from the value of now; the run ends with the last" />}
      {names.includes("shape") && <Field {...bind("shape")} label="Shape" required hint="step, spike, sine or daily, with parameters: sine:period=10m,low=20%" />}
      {names.includes("rate") && <Field {...bind("rate")} label={peak ?? "Rate"} unit="events/s" numeric required hint="all secondaries together, e.g. 500, 50k, 1.5M" />}
      {names.includes("users") && (
        <div class="row">
          <Field {...bind("users")} label={peak ?? "Number of users (peak concurrency)"} numeric required />
          {names.includes("spawn-rate") && <Field {...bind("spawn-rate")} label="Ramp up (users started/second)" numeric required />}
        </div>
      )}
      <Field {...bind("run-time")} label="Run time" numeric placeholder={course === "stages" ? "as the stages say" : "until stopped"} hint="counted from the start of the run" />
      {failure !== null && <p class="banner error" role="alert">{failure}</p>}
      <p class="actions">
        <button type="submit" class="primary">Apply</button>
        <button type="button" onClick={() => { openForm.value = null; }}>Cancel</button>
      </p>
    </form>
  );
}
