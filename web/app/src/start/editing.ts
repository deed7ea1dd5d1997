// What an edit of a running load test may say: which fields, and what is sent of them.
import type { OptionTexts, Settings } from "../contract";
import type { Model, Texts } from "./form";

/** How the load goes on: at one level, by stages, or after a shape. */
export type Course = "level" | "stages" | "shape";

export const courseOf = (settings: Settings): Course => (settings.stages ? "stages" : settings.shape ? "shape" : "level");

export function firstEdit(settings: Settings): Texts {
  return {
    rate: String(settings.rate ?? ""),
    users: String(settings.users ?? ""),
    "spawn-rate": String(settings.spawn_rate ?? 1),
    "run-time": settings.run_time_s ? `${settings.run_time_s}s` : "",
    stages: settings.stages ?? "",
    shape: settings.shape ?? "",
  };
}

export function fieldsOfCourse(model: Model, course: Course): string[] {
  if (course === "stages") return ["stages", "run-time"];
  if (course === "shape") return ["shape", model, "run-time"];
  return model === "rate" ? ["rate", "run-time"] : ["users", "spawn-rate", "run-time"];
}

/** What the run had and the new course has not is taken back with an empty text. */
export function editsToSend(settings: Settings, course: Course, texts: Texts): OptionTexts {
  const sent: OptionTexts = {};
  for (const name of fieldsOfCourse(settings.model, course)) {
    const text = (texts[name] ?? "").trim();
    if (name === "run-time") sent[name] = text === "" ? "0" : text;
    else sent[name] = text;
  }
  if (settings.stages && course !== "stages") sent["stages"] = "";
  if (settings.shape && course !== "shape") sent["shape"] = "";
  // Stages that stay as they are would begin anew.
  if (course === "stages" && sent["stages"] === settings.stages) delete sent["stages"];
  if (course === "shape" && sent["shape"] === settings.shape) delete sent["shape"];
  return sent;
}
