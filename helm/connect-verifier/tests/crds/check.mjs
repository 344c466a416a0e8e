// Checks objects (JSON lines on standard input) against the CRDs of their kinds: values with the generated validators,
// unknown keys with the TypeScript compiler, which rejects members that a type does not have. Prints the errors and
// exits with 1.
//
//   node check.mjs FOLDER    FOLDER is where package.json is installed
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const require = createRequire(join(folder, "package.json"));
const MODULES = {
  "ExternalSecret external-secrets.io/v1": "@kubernetes-models/external-secrets",
  "HTTPRoute gateway.networking.k8s.io/v1": "@kubernetes-models/gateway-api",
  "PrometheusRule monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator",
  "ServiceMonitor monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator",
};

const wrong = [];
const typed = [];
const documents = readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
for (const [index, document] of documents.entries()) {
  const name = `${document.kind} ${document.metadata.name}`;
  const module = MODULES[`${document.kind} ${document.apiVersion}`];
  if (!module) {
    wrong.push(`${name}: no package has the CRD of ${document.apiVersion}`);
    continue;
  }
  const path = `${module}/${document.apiVersion}/${document.kind}`;
  const exported = await import(pathToFileURL(join(folder, "node_modules", `${path}.js`)));
  const Kind = exported[document.kind] ?? exported.default[document.kind];
  try {
    new Kind(document).validate();
  } catch (error) {
    wrong.push(`${name}: ${error.message}`);
  }
  typed.push(`import type { I${document.kind} as T${index} } from "${path}";`);
  typed.push(`export const o${index}: T${index} = ${JSON.stringify(document)};`);
}
writeFileSync(join(folder, "documents.ts"), typed.join("\n"));
const tsc = join(require.resolve("typescript/package.json"), "..", "bin", "tsc");
try {
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext"];
  execFileSync(process.execPath, [tsc, ...options, "documents.ts"], { cwd: folder, encoding: "utf8" });
} catch (error) {
  wrong.push(error.stdout || error.message);
}
if (wrong.length) {
  console.log(wrong.join("\n"));
  process.exit(1);
}
console.log(`${documents.length} objects`);
