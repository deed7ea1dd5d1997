import "./style/all.css";
import { render } from "preact";
import { fetchSession } from "./api";
import { App } from "./app";
import { connect, refreshRun } from "./live";
import { startRouter } from "./router";
import { session, startClock } from "./store";
import { startTheme } from "./theme";

startTheme();
startRouter();
startClock();
const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}
fetchSession()
  .then((answer) => { session.value = answer; })
  .catch(() => undefined) // The live stream tells that nobody answers, and asks again.
  .finally(() => { void refreshRun(); connect(); });
