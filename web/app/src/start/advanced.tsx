// The options that few runs need, folded away.
import { useState } from "preact/hooks";
import type { Option } from "../contract";
import { Field } from "./field";
import type { Bind } from "./form";
import { advancedOptions } from "./form";

const LINES_HINT = "librdkafka's, property=value, one a line; they replace those of the command line. Passwords are never shown or kept.";

export function Advanced({ options, bind }: { options: Option[]; bind: (name: string) => Bind }) {
  const advanced = advancedOptions(options);
  const [open, setOpen] = useState(false); // a mistake opens it; mending that must not close it under the typing hand
  if (advanced.length === 0) return null;
  const wrong = advanced.some((option) => bind(option.name).error !== undefined);
  return (
    <details class="advanced" open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Advanced options</summary>
      <div class="row">
        {advanced.map((option) => (
          <Field key={option.name} {...bind(option.name)} label={option.name.replaceAll("-", " ")} hint={option.type === "list" ? LINES_HINT : option.help}
            choices={option.type === "flag" ? ["true", "false"] : option.choices} placeholder={option.default ?? (option.type === "list" ? "acks=all\ncompression.type=lz4" : "")}
            numeric={!["text", "list", "choice"].includes(option.type)} lines={option.type === "list"} />
        ))}
      </div>
    </details>
  );
}
