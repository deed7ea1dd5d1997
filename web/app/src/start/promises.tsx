// What the run must meet, and what ends it early.
import { useState } from "preact/hooks";
import type { Option } from "../contract";
import { Field } from "./field";
import type { Bind } from "./form";
import { has, PASSING } from "./form";

export function Promises({ options, bind }: { options: Option[]; bind: (name: string) => Bind }) {
  const [open, setOpen] = useState(() => PASSING.some((name) => bind(name).value !== ""));
  if (!has(options, "threshold")) return null;
  const wrong = PASSING.some((name) => bind(name).error !== undefined);
  return (
    <details class="advanced" open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Pass or fail</summary>
      <div class="row">
        <Field {...bind("threshold")} label="Thresholds" lines placeholder={"p99<250ms\nfailed<0.1%\ndelivered_rate>=49.5k"} hint="one a line: p50 to p99.9, max, failed, throttled, delivered_rate, achieved, lag, e.code(NAME); a missed one is exit code 3" />
        <Field {...bind("abort-on")} label="Abort on" lines placeholder="failed>5%:10s" hint="one a line; ends the run when it has held for so long" />
        <Field {...bind("abort-below")} label="Abort below" placeholder="95%:30s" hint="of the asked rate, for so long" />
      </div>
    </details>
  );
}
