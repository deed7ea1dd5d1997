// The live stream: a Run document each second, and the way back when it breaks.
import { signal } from "@preact/signals";
import { fetchRun, fetchSession } from "./api";
import type { Run } from "./contract";
import { lastSeenMs, linkState, live, session } from "./store";

const RETRY_MS = 2000;

/** Counts up each time the stream comes back, so that the charts fetch what they missed. */
export const reconnects = signal(0);

let source: EventSource | null = null;
let retryTimer: ReturnType<typeof setTimeout> | undefined;

export function accept(run: Run): void {
  live.value = run;
  lastSeenMs.value = Date.now();
}

function onRun(event: MessageEvent<string>): void {
  if (linkState.value === "lost" || linkState.value === "gone") reconnects.value++;
  linkState.value = "open";
  accept(JSON.parse(event.data) as Run);
}

/** The stream is shut for good (login over, primary gone): knock until somebody answers. */
async function knock(): Promise<void> {
  clearTimeout(retryTimer);
  try {
    session.value = await fetchSession();
    connect();
  } catch {
    retryTimer = setTimeout(() => void knock(), RETRY_MS);
  }
}

export function connect(): void {
  source?.close();
  const stream = new EventSource("api/v1/live");
  source = stream;
  stream.addEventListener("run", onRun as EventListener);
  stream.addEventListener("gone", () => {
    linkState.value = "gone";
  });
  stream.addEventListener("open", () => {
    if (linkState.value !== "connecting") return;
    linkState.value = "open";
    lastSeenMs.value ??= Date.now();
  });
  stream.addEventListener("error", () => {
    if (linkState.value !== "gone") linkState.value = "lost";
    lastSeenMs.value ??= Date.now();
    if (stream.readyState === EventSource.CLOSED) {
      clearTimeout(retryTimer);
      retryTimer = setTimeout(() => void knock(), RETRY_MS);
    }
  });
}

/** Fetches once, for an answer to a button that shouldn't wait for the next second. */
export async function refreshRun(): Promise<void> {
  try {
    accept(await fetchRun());
  } catch {
    // The stream will tell.
  }
}
