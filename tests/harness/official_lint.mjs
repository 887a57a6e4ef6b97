// Validates workflow files and action.yml files with GitHub's own language service: their
// schema, expressions and contexts, and the inputs given to actions and workflows.
//
//   node --import ./tests/harness/register.mjs tests/harness/official_lint.mjs FILE...
//
// Run it in the repository's root: `./` and `$/` are looked up there. The inputs of other
// people's actions are in third_party.json, because nothing here goes to the network.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import YAML from "yaml";
import { TextDocument } from "vscode-languageserver-textdocument";
import { validate } from "@actions/languageservice";
import { FeatureFlags } from "@actions/expressions";

const THIRD_PARTY = JSON.parse(fs.readFileSync(new URL("third_party.json", import.meta.url), "utf8"));
const SEVERITY = { 1: "error", 2: "warning", 3: "info", 4: "hint" };
const isAction = file => /^action\.ya?ml$/.test(path.basename(file));

const OURS = "research-quality-gate/gate"; // as the docs name this repository

const actionsMetadataProvider = {
  async fetchActionMetadata({ owner, name, path: folder }) {
    if (`${owner}/${name}` === OURS) return YAML.parse(fs.readFileSync(path.join(folder ?? "", "action.yml"), "utf8"));
    const inputs = THIRD_PARTY[[owner, name, folder].filter(Boolean).join("/")];
    return inputs && { name, inputs: Object.fromEntries(inputs.map(id => [id, {}])) };
  },
};
const fileProvider = {
  async getFileContent({ path: file }) {
    return { name: file, content: fs.readFileSync(file, "utf8") };
  },
};

async function officialProblems(file, text) {
  const kind = isAction(file) ? "github-actions-action" : "yaml";
  const document = TextDocument.create(pathToFileURL(path.resolve(file)).href, kind, 0, text);
  const found = await validate(document, { actionsMetadataProvider, fileProvider, featureFlags: new FeatureFlags({}) });
  return found.map(({ range: { start }, severity = 1, message }) =>
    ({ line: start.line + 1, column: start.character + 1, severity, message }));
}

// The language service does not look at what is given to an action in the workspace (`./`).
function localProblems(text) {
  const lines = new YAML.LineCounter(), problems = [];
  const report = (node, message) => {
    const { line, col } = lines.linePos(node.range[0]);
    problems.push({ line, column: col, severity: 1, message });
  };
  YAML.visit(YAML.parseDocument(text, { lineCounter: lines }), { Map(_, step) {
    const uses = step.get("uses");
    if (typeof uses !== "string" || !uses.startsWith("./") || /\.ya?ml$/.test(uses)) return;
    const file = path.join(uses, "action.yml");
    if (!fs.existsSync(file)) return report(step, `there is no ${file}`);
    const { inputs = {} } = YAML.parse(fs.readFileSync(file, "utf8"));
    const given = step.get("with")?.items ?? [];
    for (const { key } of given) {
      if (!(key.value in inputs)) report(key, `'${uses}' has no input '${key.value}'`);
    }
    for (const [id, { required, default: fallback }] of Object.entries(inputs)) {
      const missing = required && fallback === undefined && !given.some(({ key }) => key.value === id);
      if (missing) report(step, `'${uses}' needs the input '${id}'`);
    }
  } });
  return problems;
}

for (const file of process.argv.slice(2)) {
  const text = fs.readFileSync(file, "utf8");
  const problems = [...await officialProblems(file, text), ...isAction(file) ? [] : localProblems(text)];
  for (const { line, column, severity, message } of problems) {
    console.log(`${file}:${line}:${column}: ${SEVERITY[severity]}: ${message}`);
    if (severity <= 2) process.exitCode = 1;
  }
}
