// Bundles the page: `node build.mjs` writes dist/, `node build.mjs test` writes build/ for the unit tests.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const common = {
  bundle: true,
  minify: true,
  target: ["es2021"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
};

const COMPRESSED_BYTES_MAX = 150_000;

const hash8 = (text) => createHash("sha256").update(text).digest("hex").slice(0, 8);
const sha256 = (text) => "'sha256-" + createHash("sha256").update(text).digest("base64") + "'";
const read = (...path) => readFileSync(join(here, ...path), "utf8");
const write = (name, text) => writeFileSync(join(dist, name), text);

/** Bundles one entry in memory; the outputs by their extension. */
async function bundle(entry) {
  const result = await build({ ...common, entryPoints: [join(here, entry)], outdir: dist, write: false, format: "iife" });
  const text = (suffix) => result.outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? "";
  return { js: text(".js"), css: text(".css") };
}

const LOGIN_MESSAGES = {
  "login.html": "",
  "login-wrong.html": "This user and password do not match.",
  "login-slow.html": "Too many wrong logins. Wait a moment, then try again.",
  "login-ended.html": "Your session has ended. Log in again.",
};

async function buildPage() {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const app = await bundle("src/main.tsx");
  const appJs = `app.${hash8(app.js)}.js`;
  const appCss = `app.${hash8(app.css)}.css`;
  write(appJs, app.js);
  write(appCss, app.css);
  write("index.html", read("static/index.html").replace("{{css}}", appCss).replace("{{js}}", appJs));
  cpSync(join(here, "static/favicon.svg"), join(dist, "favicon.svg"));

  const login = await bundle("src/style/login.css");
  const loginCss = `login.${hash8(login.css)}.css`;
  write(loginCss, login.css);
  for (const [name, message] of Object.entries(LOGIN_MESSAGES)) {
    const line = message === "" ? "" : `<p class="error" role="alert">${message}</p>`;
    write(name, read("static/login.html").replace("{{css}}", loginCss).replace("{{error}}", line));
  }

  const report = await bundle("src/report/main.tsx");
  // A closing tag inside the script would end it early.
  const js = report.js.replaceAll("</script", "<\\/script");
  write(
    "report.html",
    read("static/report.html")
      .replace("{{csp}}", () => `default-src 'none'; script-src ${sha256(js)}; style-src ${sha256(report.css)}; img-src data: blob:`)
      .replace("{{css}}", () => report.css)
      .replace("{{js}}", () => js),
  );
}

/** The whole page is promised to stay small. */
function checkSize() {
  const bytes = readdirSync(dist).reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0);
  console.log(`web/app: ${(bytes / 1024).toFixed(0)} KiB compressed`);
  if (bytes > COMPRESSED_BYTES_MAX) throw new Error(`the page is ${bytes} bytes compressed, over ${COMPRESSED_BYTES_MAX}`);
}

async function buildTests() {
  await build({
    ...common,
    minify: false,
    format: "esm",
    platform: "neutral",
    entryPoints: ["units", "seriesmath", "compare", "ledgermath", "capacitymath", "passingmath", "start/check", "start/form", "start/editing", "start/place"].map((name) => join(here, "src", name + ".ts")),
    outdir: join(here, "build"),
  });
}

if (process.argv[2] === "test") {
  await buildTests();
} else {
  await buildPage();
  checkSize();
}
