// The files of a run.
import { downloadPath } from "../api";
import type { Run } from "../contract";
import { isPast, shownId } from "../store";
import { isDark } from "../theme";

const FILES: [string, string, string][] = [
  ["report.html", "Report", "one self-contained page that opens without a server: verdict, ledger, charts, failures, settings"],
  ["stats.csv", "Request statistics, CSV", "Locust's columns"],
  ["history.csv", "Full request statistics history, CSV", "a line per second"],
  ["failures.csv", "Failures, CSV", "by code and message"],
  ["exceptions.csv", "Exceptions, CSV", "errors of the secondaries themselves"],
  ["run.json", "The run, JSON", "every figure, stable names"],
  ["latency.hlog", "Latency histograms", "HdrHistogram's text format, for its tools"],
];

export function DownloadTab({ run }: { run: Run }) {
  if (run.run_id === null) return <p class="empty">There is nothing to download before the first run.</p>;
  return (
    <ul class="files">
      {FILES.map(([file, label, note]) => (
        <li key={file}>
          <span>
            <a href={downloadPath(file, shownId.value)} download>{label}</a>
            {file === "report.html" && !isPast.value && <> <span class="muted">or</span> <a href={`stats/report?theme=${isDark.value ? "dark" : "light"}`} target="_blank" rel="noreferrer">open it</a></>}
          </span>
          <code>{file}</code>
          <span class="muted">{note}</span>
        </li>
      ))}
    </ul>
  );
}
