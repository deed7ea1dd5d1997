// What every part of the page shares: the run that is shown, the session, the link to the primary.
import { computed, signal } from "@preact/signals";
import type { KeptRun, Role, Run, Session } from "./contract";

export type LinkState = "connecting" | "open" | "lost" | "gone";

export const session = signal<Session | null>(null);
export const live = signal<Run | null>(null);
export const kept = signal<KeptRun | null>(null); // a run of yesterday that is looked at instead
export const linkState = signal<LinkState>("connecting");
export const lastSeenMs = signal<number | null>(null);
export const nowMs = signal(Date.now());
export const form = signal<"start" | "edit" | null>(null);
export const notice = signal<{ kind: "error" | "done"; text: string } | null>(null);

export const shown = computed<Run | null>(() => kept.value?.run ?? live.value);
export const isPast = computed(() => kept.value !== null);
/** The id for series, shards and downloads. */
export const shownId = computed(() => kept.value?.run.run_id ?? "current");
export const role = computed<Role>(() => session.value?.role ?? "viewer");
export const isOperator = computed(() => role.value === "operator");

const ACTIVE = new Set(["spawning", "running", "stopping"]);
export const isActive = (run: Run | null) => run !== null && ACTIVE.has(run.state);

export const VIEWER_WHY = "You are logged in as a viewer: you may look, not start, edit or stop.";

/** Seconds since the primary was last heard of, once that is worth saying. */
export const silentS = computed<number | null>(() => {
  if (linkState.value === "gone") return 0;
  if (lastSeenMs.value === null) return null;
  const silent = Math.floor((nowMs.value - lastSeenMs.value) / 1000);
  return linkState.value === "open" ? (silent >= 4 ? silent : null) : silent >= 2 ? silent : null;
});

export function startClock(): void {
  setInterval(() => {
    nowMs.value = Date.now();
  }, 1000);
}
