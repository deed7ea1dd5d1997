// The page: header, banners, tabs, the form, and what stands there while nothing is known yet.
import { useEffect, useRef } from "preact/hooks";
import { fetchKeptRun, messageOf } from "./api";
import { Complaints, Disconnected, Notice, PastBanner, SearchLine, Verdict } from "./banners";
import type { Run } from "./contract";
import { Announcer, formIsPage, Header } from "./header";
import { PassingLine } from "./passing";
import { runParam, tab, TABS } from "./router";
import { EditForm } from "./start/edit";
import { StartForm } from "./start/start";
import { form, kept, linkState, live, notice, shown } from "./store";
import { TabBar } from "./tabbar";
import { CapacityTab } from "./tabs/capacity";
import { ChartsTab } from "./tabs/charts";
import { DownloadTab } from "./tabs/download";
import { FailuresTab } from "./tabs/failures";
import { LedgerTab } from "./tabs/ledger";
import { LogsTab } from "./tabs/logs";
import { RunsTab } from "./tabs/runs";
import { SecondariesTab } from "./tabs/secondaries";
import { ShardsTab } from "./tabs/shards";
import { StatisticsTab } from "./tabs/statistics";
import { whole } from "./units";

function Panel({ run }: { run: Run }) {
  switch (tab.value) {
    case "stats": return <StatisticsTab run={run} />;
    case "charts": return <ChartsTab run={run} key={run.run_id ?? ""} />;
    case "capacity": return <CapacityTab run={run} />;
    case "failures": return <FailuresTab run={run} />;
    case "ledger": return <LedgerTab run={run} />;
    case "shards": return <ShardsTab run={run} key={run.run_id ?? ""} />;
    case "workers": return <SecondariesTab run={run} />;
    case "logs": return <LogsTab />;
    case "reports": return <DownloadTab run={run} />;
    case "runs": return <RunsTab />;
  }
}

function FormDialog({ run }: { run: Run }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => { ref.current?.showModal(); }, []);
  return (
    <dialog ref={ref} aria-label={form.value === "edit" ? "Edit running load test" : "Start new load test"} onClose={() => { form.value = null; }}>
      {form.value === "edit" ? <EditForm run={run} /> : <StartForm run={run} inDialog />}
    </dialog>
  );
}

/** Follows ?run=ID: fetches that run and shows it instead of the present one, unless it is the present one. */
function useKept(): void {
  const id = runParam.value === (live.value?.run_id ?? null) ? null : runParam.value;
  useEffect(() => {
    let over = false;
    if (id === null) { kept.value = null; return; }
    fetchKeptRun(id)
      .then((run) => { if (!over) kept.value = run; })
      .catch((error: unknown) => { if (!over) notice.value = { kind: "error", text: `The run could not be opened: ${messageOf(error)}` }; });
    return () => { over = true; };
  }, [id]);
}

function useTitle(): void {
  const run = live.value;
  useEffect(() => {
    if (run === null) return;
    document.title = run.state === "running" || run.state === "spawning"
      ? `${whole(run.now_per_s.delivered)}/s · ${run.settings.target} · freshet` : `${run.state} · freshet`;
  }, [run]);
}

export function App() {
  useKept();
  useTitle();
  const run = shown.value;
  const present = live.value;
  return (
    <>
      <a class="skip" href="#panel">Skip to the figures</a>
      <Announcer />
      <Header />
      <section aria-label="Messages">
        <Disconnected />
        <Notice />
        <Complaints />
        <PastBanner />
        <Verdict />
        <SearchLine />
        <PassingLine />
      </section>
      {run !== null && <TabBar />}
      <main id="panel" tabIndex={-1}>
        {run === null && linkState.value !== "lost" && <p class="empty">Waiting for the primary…</p>}
        {run === null && linkState.value === "lost" && <p class="empty">Nothing is known yet: the primary has not answered.</p>}
        {run !== null && (
          <div role="tabpanel" id="view" aria-labelledby={`tab-${tab.value}`}>
            {!formIsPage(run) && <h2 class="hidden">{TABS.find((one) => one.key === tab.value)?.label}</h2>}
            {formIsPage(run) ? <StartForm run={run} inDialog={false} /> : <Panel run={run} />}
          </div>
        )}
      </main>
      {form.value !== null && present !== null && <FormDialog run={present} />}
      <footer class="foot">freshet {present?.version ?? ""}</footer>
    </>
  );
}
