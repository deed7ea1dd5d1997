// Requests to the primary: one place for the CSRF token, the errors and the way back to the login.
import type {
  Curve, KeptRun, LogLine, Option, OptionTexts, PreflightAnswer, PreviewedEvent, Run, RunSummary, Series, Session, Shards,
} from "./contract";

/** Where in a text something is wrong: both from 1. */
export interface Place {
  line: number;
  column: number | null;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Record<string, string>,
    readonly place: Place | null = null,
  ) {
    super(message);
  }
}

let token = "";

interface Ask {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

interface ErrorBody {
  error?: { code?: string; message?: string; fields?: Record<string, string>; line?: number; column?: number };
}

async function readError(response: Response): Promise<ApiError> {
  let body: ErrorBody = {};
  try {
    body = (await response.json()) as ErrorBody;
  } catch {
    // A proxy's page, perhaps: the status line has to do.
  }
  const message = body.error?.message ?? `The primary answered ${response.status} ${response.statusText}`.trim();
  const { code = "http", fields = {}, line, column } = body.error ?? {};
  return new ApiError(response.status, code, message, fields, line === undefined ? null : { line, column: column ?? null });
}

async function ask<T>(path: string, { method = "GET", body, signal }: Ask = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = token;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The primary does not answer.", {});
  }
  if (response.status === 401) {
    location.assign("login?error=ended");
    throw new ApiError(401, "login_required", "Your session has ended.", {});
  }
  if (!response.ok) throw await readError(response);
  const text = await response.text();
  return (text === "" ? null : JSON.parse(text)) as T;
}

export function wasAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function query(values: Record<string, string | number | null | undefined>): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== null && value !== undefined) parts.set(name, String(value));
  return parts.toString();
}

export async function fetchSession(): Promise<Session> {
  const session = await ask<Session>("api/v1/session");
  token = session.csrf_token;
  return session;
}

export const fetchRun = () => ask<Run>("api/v1/run");
export const startRun = (options: OptionTexts) => ask<{ run_id: string }>("api/v1/run", { method: "POST", body: options });
export const editRun = (options: OptionTexts) => ask<unknown>("api/v1/run", { method: "PATCH", body: options });
export const stopRun = () => ask<unknown>("api/v1/run/stop", { method: "POST" });
export const resetRun = () => ask<unknown>("api/v1/run/reset", { method: "POST" });
export const fetchOptions = () => ask<Option[]>("api/v1/options");

export interface SeriesQuery {
  run: string;
  from?: number | null;
  to?: number | null;
  points: number;
  signal?: AbortSignal;
}

export const fetchSeries = ({ run, from, to, points, signal }: SeriesQuery) =>
  ask<Series>(`api/v1/series?${query({ run, from, to, points })}`, signal ? { signal } : {});

export const fetchShards = (run: string, signal?: AbortSignal) =>
  ask<Shards>(`api/v1/shards?${query({ run })}`, signal ? { signal } : {});

export const fetchLogs = (after: number) => ask<{ lines: LogLine[] }>(`api/v1/logs?${query({ after })}`);

export const askPreflight = (options: OptionTexts, signal: AbortSignal) =>
  ask<PreflightAnswer>("api/v1/preflight", { method: "POST", body: options, signal });

export const askCurve = (options: OptionTexts, signal: AbortSignal) =>
  ask<Curve>("api/v1/curve", { method: "POST", body: options, signal });

export const askPreview = (options: OptionTexts, signal: AbortSignal) =>
  ask<{ events: PreviewedEvent[] }>("api/v1/preview", { method: "POST", body: options, signal });

export const fetchRuns = (limit: number, before?: string) =>
  ask<{ runs: RunSummary[] }>(`api/v1/runs?${query({ limit, before })}`);

const runPath = (id: string) => `api/v1/runs/${encodeURIComponent(id)}`;
export const fetchKeptRun = (id: string) => ask<KeptRun>(runPath(id));
export const renameRun = (id: string, name: string) => ask<unknown>(runPath(id), { method: "PATCH", body: { name } });
export const deleteRun = (id: string) => ask<unknown>(runPath(id), { method: "DELETE" });

export const downloadPath = (file: string, run: string) => `api/v1/download/${file}?${query({ run })}`;

/** Ends the session and shows the login page. */
export async function logOut(): Promise<void> {
  try {
    await fetch("logout", { method: "POST", headers: { "X-CSRF-Token": token }, credentials: "same-origin", redirect: "manual" });
  } finally {
    location.assign("login");
  }
}
