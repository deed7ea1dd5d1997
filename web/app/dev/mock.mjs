// A stand-in for the primary, to look at the page: `node dev/mock.mjs [port] [scenario]`.
// Scenarios: ready, running, users, shape, search, found, finished, failed, viewer, scenario, big, down (answers nothing after 6 s).
import { createServer } from "node:http";
import { readFileSync, existsSync } from "node:fs";
import { dirname, extname, join, basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Simulation, keptRuns, options } from "./simulation.mjs";
import { curveOf, templated } from "./workloads.mjs";

const port = Number(process.argv[2] ?? 8100);
const scenario = process.argv[3] ?? "running";
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const CSP = "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:; connect-src 'self'";
const REPORT_CSP = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; sandbox allow-scripts allow-downloads";

const simulation = new Simulation(scenario);
if (scenario === "scenario") options.push({ ...options[0], name: "scenario", form: false, current: "workloads/sensor.lua" });
const history = keptRuns();
const streams = new Set();
let down = false;
let logNumber = 0;
const logs = [];
function log(level, who, message) {
  logs.push({ n: ++logNumber, at: new Date().toISOString(), level, who, message });
}
log("INFO", "primary", "freshet 0.1.0 listens on 127.0.0.1:5557 and http://127.0.0.1:8089/");
for (let i = 0; i < 4; i++) log("INFO", "primary", `secondary host-a_${i} joined, core ${i}`);
log("WARNING", "host-a_2", "throttled: 312 of 500 events of one batch refused, shards shardId-000000000003");
log("ERROR", "host-a_1", "connection to 127.0.0.1:4567 refused; trying again in 1 s");

function json(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
const fail = (response, status, code, message, fields) => json(response, status, { error: { code, message, fields } });

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : JSON.parse(text);
}

function asset(response, name) {
  const path = join(dist, basename(name));
  if (!existsSync(path)) return fail(response, 404, "not_found", "No such file.");
  response.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream", "Content-Security-Policy": CSP });
  response.end(readFileSync(path));
}

function report(response) {
  const data = { run: simulation.run(), series: simulation.series(null, null, 800), shards: simulation.shards(), host: { kernel: "Linux 6.1", cpus: 4, memory: "16 GiB" } };
  const marker = '<script type="application/json" id="data">null</script>';
  const filled = JSON.stringify(data).replaceAll("<", "\\u003c");
  response.writeHead(200, { "Content-Type": types[".html"], "Content-Security-Policy": REPORT_CSP });
  response.end(readFileSync(join(dist, "report.html"), "utf8").replace(marker, () => marker.replace("null", () => filled)));
}

function preflight(options) {
  if (/missing/.test(options.target)) return { ok: false, code: "ResourceNotFoundException", message: `Stream ${options.target} under account 123456789012 not found.` };
  if (options.target === "null://") return { ok: true, mode: "null", shards: null, events_per_s: null, bytes_per_s: null, event_bytes: 117, place: "this machine", warnings: [] };
  return { ok: true, mode: "provisioned", shards: 40, events_per_s: 40000, bytes_per_s: 41943040, event_bytes: 117, place: "eu-central-1", warnings: [] };
}

const ID = "bfbae19c-2f0f-41c2-952b-5d5bc6e001f1";
const preview = () => ({ events: Array.from({ length: 5 }, (_, i) => ({ key: `${ID}_${i}`, data: JSON.stringify({ sensorId: `${ID}_${i}`, temperature: Math.round(1000 + Math.random() * 17000) / 100, status: ["OK", "WARNING", "ERROR"][i % 3], timestamp: Date.now() }) })) });

const routes = {
  "GET /api/v1/session": (q, r) => json(r, 200, { user: scenario === "viewer" ? "guest" : "freshet", role: scenario === "viewer" ? "viewer" : "operator", csrf_token: "t", version: "0.1.0" }),
  "GET /api/v1/run": (q, r) => json(r, 200, simulation.run()),
  "GET /api/v1/options": (q, r) => json(r, 200, options),
  "GET /api/v1/secondaries": (q, r) => json(r, 200, simulation.run().secondaries),
  "GET /api/v1/logs": (q, r, url) => json(r, 200, { lines: logs.filter((line) => line.n > Number(url.searchParams.get("after") ?? 0)) }),
  "GET /api/v1/series": (q, r, url) => {
    const number = (name) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : null);
    const kept = history.find((one) => one.summary.id === url.searchParams.get("run"));
    json(r, 200, (kept?.simulation ?? simulation).series(number("from"), number("to"), number("points") ?? 1000));
  },
  "GET /api/v1/shards": (q, r, url) => json(r, 200, (history.find((one) => one.summary.id === url.searchParams.get("run"))?.simulation ?? simulation).shards()),
  "POST /api/v1/preflight": async (q, r) => { const body = await bodyOf(q); setTimeout(() => json(r, 200, preflight(body)), 300); },
  "POST /api/v1/preview": async (q, r) => {
    const body = await bodyOf(q);
    if (!body["template-text"]) return json(r, 200, preview());
    const made = templated(body["template-text"]);
    if (made.events) return json(r, 200, made);
    const { line, column, message } = made;
    json(r, 422, { error: { code: "invalid", message: "Some values are wrong.", fields: { "template-text": `line ${line}, column ${column}: ${message}` }, line, column } });
  },
  "POST /api/v1/curve": async (q, r) => {
    const curve = curveOf(await bodyOf(q));
    if (curve.wrong) return fail(r, 422, "invalid", "Some values are wrong.", { stages: curve.wrong });
    json(r, 200, curve);
  },
  "POST /api/v1/run": async (q, r) => {
    const body = await bodyOf(q);
    if (/missing/.test(body.target)) return fail(r, 422, "invalid", "Some values are wrong.", { target: "There is no stream of this name in eu-central-1." });
    simulation.start(body);
    log("INFO", "primary", `run ${simulation.id} started: ${JSON.stringify(body)}`);
    json(r, 200, { run_id: simulation.id });
  },
  "PATCH /api/v1/run": async (q, r) => { simulation.edit(await bodyOf(q)); json(r, 200, {}); },
  "POST /api/v1/run/stop": (q, r) => { simulation.stop(); json(r, 200, {}); },
  "POST /api/v1/run/reset": (q, r) => { simulation.reset(); json(r, 200, {}); },
  "GET /api/v1/runs": (q, r) => json(r, 200, { runs: scenario === "ready" ? [] : history.map((one) => one.summary) }),
  "GET /stats/report": (q, r) => report(r),
  "POST /login": (q, r) => { r.writeHead(401, { "Content-Type": types[".html"], "Content-Security-Policy": CSP }); r.end(readFileSync(join(dist, "login-wrong.html"))); },
  "POST /logout": (q, r) => json(r, 200, {}),
  "GET /login": (q, r) => asset(r, "login.html"),
  "GET /": (q, r) => asset(r, "index.html"),
};

function oneRun(request, response, id) {
  const at = history.findIndex((one) => one.summary.id === id);
  if (at < 0) return fail(response, 404, "not_found", "There is no such run.");
  if (request.method === "DELETE") { history.splice(at, 1); return json(response, 200, {}); }
  if (request.method === "PATCH") return bodyOf(request).then((body) => { history[at].summary.name = body.name; json(response, 200, {}); });
  const run = history[at].simulation.run();
  return json(response, 200, { run: { ...run, name: history[at].summary.name, run_id: id }, host: {}, settings: {} });
}

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://mock");
  const route = routes[`${request.method} ${url.pathname}`];
  if (url.pathname === "/api/v1/live") {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write("retry: 1000\n\n");
    streams.add(response);
    response.on("close", () => streams.delete(response));
  } else if (route) route(request, response, url);
  else if (url.pathname.startsWith("/assets/")) asset(response, url.pathname);
  else if (url.pathname.startsWith("/api/v1/runs/")) oneRun(request, response, decodeURIComponent(url.pathname.slice(13)));
  else fail(response, 404, "not_found", "There is no such page.");
});
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/ (${scenario})`));

setInterval(() => {
  simulation.tick();
  if (down) return;
  const text = `id: ${simulation.sequence}\nevent: run\ndata: ${JSON.stringify(simulation.run())}\n\n`;
  for (const stream of streams) stream.write(text);
}, 1000);
if (scenario === "down")
  setTimeout(() => { down = true; server.close(); server.closeAllConnections(); }, 6000);
