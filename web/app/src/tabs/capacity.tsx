// The search for the limit, while it goes on and after.
import { CapacityView } from "../capacity";
import type { Run } from "../contract";

export function CapacityTab({ run }: { run: Run }) {
  if (run.search) return <CapacityView search={run.search} />;
  return <p class="empty">This run was no search for the limit: start one with the load “Find capacity”.</p>;
}
