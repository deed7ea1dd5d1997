// The log of the primary and what the secondaries complained of.
import { useEffect, useRef, useState } from "preact/hooks";
import { fetchLogs, messageOf } from "../api";
import type { LogLine } from "../contract";
import { onlyErrors } from "../router";
import { when } from "../units";

const POLL_MS = 2000;
const KEEP = 2000;
const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"] as const;
const rank = (level: string) => (level === "CRITICAL" ? 4 : LEVELS.indexOf(level as (typeof LEVELS)[number]));

function useLogs() {
  const [lines, setLines] = useState<LogLine[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const after = useRef(0);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async () => {
      try {
        const { lines: fresh } = await fetchLogs(after.current);
        if (over) return;
        after.current = fresh[fresh.length - 1]?.n ?? after.current;
        setLines((old) => [...(old ?? []), ...fresh].slice(-KEEP));
        setError(null);
      } catch (problem) {
        if (!over) setError(messageOf(problem));
      }
      if (!over) timer = setTimeout(() => void poll(), POLL_MS);
    };
    void poll();
    return () => { over = true; clearTimeout(timer); };
  }, []);
  return { lines, error };
}

export function LogsTab() {
  const { lines, error } = useLogs();
  const [least, setLeast] = useState<string>(onlyErrors.value ? "ERROR" : "INFO");
  const [find, setFind] = useState("");
  const box = useRef<HTMLOListElement>(null);
  const pinned = useRef(true);
  const needle = find.toLowerCase();
  const visible = (lines ?? []).filter((line) => rank(line.level) >= rank(least) &&
    (needle === "" || `${line.who} ${line.message}`.toLowerCase().includes(needle)));

  useEffect(() => {
    if (pinned.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [visible.length]);

  return (
    <div class="logs">
      <div class="filters">
        <label>Level <select value={least} onChange={(event) => setLeast(event.currentTarget.value)}>
          {LEVELS.map((level) => <option key={level} value={level}>{level === "ERROR" ? "errors" : `${level.toLowerCase()} and above`}</option>)}
        </select></label>
        <label>Containing <input type="search" value={find} onInput={(event) => setFind(event.currentTarget.value)} /></label>
      </div>
      {error !== null && <p class="banner error" role="alert">The log could not be fetched: {error}</p>}
      {lines === null && error === null && <p class="empty">Fetching the log…</p>}
      {lines !== null && visible.length === 0 && <p class="empty">{least === "ERROR" && find === "" ? "No error so far." : "No line matches."}</p>}
      {visible.length > 0 && (
        <ol class="lines" ref={box} tabIndex={0} aria-label="Log lines, newest last"
          onScroll={(event) => { const el = event.currentTarget; pinned.current = el.scrollHeight - el.scrollTop - el.clientHeight < 24; }}>
          {visible.map((line) => (
            <li key={line.n} class={line.level.toLowerCase()}>
              <time dateTime={line.at}>{when(line.at)}</time> <span class="level">{line.level}</span> <span class="from">{line.who}</span> <span class="said">{line.message}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
