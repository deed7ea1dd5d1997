// The live stream: a Run document each second, and the way back when it breaks.
import { signal } from "@preact/signals";
import { fetchRun, fetchSession } from "./api";
import type { Run } from "./contract";
import { lastSeenMs, linkState, live, session } from "./store";

const RETRY_MS = 2000;

/** Counts up when what the charts hold is no longer the run's: the stream was away, or a reset. */
export const epoch = signal(0);

let source: EventSource | null = null;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let newest = 0; // the sequence of the newest document that this primary gave

/** Documents come by the stream and as answers, on connections of their own: one may overtake the other. */
export function accept(run: Run): void {
  if (run.sequence < newest) return;
  newest = run.sequence;
  const before = live.value;
  if (before !== null && before.run_id === run.run_id && run.events.generated < before.events.generated) epoch.value++;
  live.value = run;
  lastSeenMs.value = Date.now();
}

function onRun(event: MessageEvent<string>): void {
  if (linkState.value === "lost" || linkState.value === "gone") epoch.value++;
  linkState.value = "open";
  accept(JSON.parse(event.data) as Run);
}

/** The stream is shut for good (login over, primary gone): knock until somebody answers. */
async function knock(): Promise<void> {
  clearTimeout(retryTimer);
  try {
    const before = session.value;
    session.value = await fetchSession();
    // Another version came up in the meantime: its page may speak of other things.
    if (before !== null && before.version !== session.value.version) location.reload();
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
    newest = 0; // this may be another primary
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
