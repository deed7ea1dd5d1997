// The last targets, offered again. Kept in the browser only.
const KEY = "freshet.targets";
const KEEP = 8;

export function lastTargets(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((one): one is string => typeof one === "string").slice(0, KEEP) : [];
  } catch {
    return [];
  }
}

export function rememberTarget(target: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([target, ...lastTargets().filter((one) => one !== target)].slice(0, KEEP)));
  } catch {
    // Storage may be refused; then nothing is offered next time.
  }
}
