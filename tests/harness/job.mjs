// One job on one machine: what its steps leave behind (environment, PATH, annotations,
// summaries, masks, log), within the limits that GitHub sets.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { COMMANDS, parseCommand, parseEnvironmentFile, readLines } from "./commands.mjs";

const MOST_ANNOTATIONS = 10; // of a kind, of a step of the job
const LONGEST_MESSAGE = 4096;
const LARGEST_SUMMARY = 1024 * 1024;
const FILES = ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE"];

export class Job {
  constructor({ workspace, github, environment }) {
    const temp = fs.mkdtempSync(path.join(os.tmpdir(), "runner-"));
    this.workspace = workspace;
    this.github = { ...github, workspace };
    this.runner = { os: "Linux", arch: "X64", name: "mini", environment: "github-hosted", debug: "", temp, tool_cache: path.join(temp, "tools") };
    this.machine = environment;
    this.env = {};
    this.path = [];
    this.masks = new Set([github.token]);
    this.annotations = [];
    this.dropped = 0;
    this.counts = {};
    this.summaries = [];
    this.steps = [];
    this.log = [];
  }

  beginStep() {
    this.counts = {};
  }

  masked(text) {
    return [...this.masks].filter(Boolean).sort((a, b) => b.length - a.length)
      .reduce((rest, mask) => rest.replaceAll(mask, "***"), text);
  }

  annotate(level, message, properties = {}) {
    const cut = this.masked(message).slice(0, LONGEST_MESSAGE);
    this.counts[level] = (this.counts[level] ?? 0) + 1;
    if (this.counts[level] > MOST_ANNOTATIONS) this.dropped += 1;
    else this.annotations.push({ level, message: cut, ...properties });
    this.log.push(`##[${level}]${cut}`);
  }

  // Run a script as a `run:` step; its outputs, or undefined with the failure annotated.
  async run({ script, shell, folder, env, github }) {
    if (shell !== "bash") throw new Error(`shell '${shell}' is not known here`);
    const files = this.#stepFiles(), scriptFile = path.join(this.runner.temp, `${randomUUID()}.sh`);
    fs.writeFileSync(scriptFile, script);
    const code = await this.#start(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", scriptFile], folder, {
      ...this.machine, ...env, ...githubVariables(github), ...files, CI: env.CI ?? "true", GITHUB_ACTIONS: "true",
      RUNNER_OS: "Linux", RUNNER_ARCH: "X64", RUNNER_TEMP: this.runner.temp, RUNNER_TOOL_CACHE: this.runner.tool_cache,
      PATH: [...this.path.toReversed(), this.machine.PATH].join(":"),
    });
    if (code) this.annotate("error", `Process completed with exit code ${code}.`);
    const { outputs, ok } = this.#processFiles(files);
    return { outputs, ok: ok && code === 0 };
  }

  #start([program, ...args], cwd, env) {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const commands = { registered: new Set(COMMANDS), resume: undefined }; // one set per step
    for (const stream of [child.stdout, child.stderr]) readLines(stream, line => this.#line(line, commands));
    return new Promise((resolve, reject) => child.on("error", reject).on("close", code => resolve(code ?? 128)));
  }

  #line(line, commands) {
    const found = parseCommand(line, commands.registered);
    if (!found || (commands.resume && found.name !== commands.resume)) return this.log.push(this.masked(line));
    const { name, data, properties } = found;
    if (name === commands.resume) {
      commands.registered.delete(name);
      commands.resume = undefined;
    } else if (name === "stop-commands") {
      commands.resume = data.toLowerCase();
      commands.registered.add(commands.resume);
    } else if (["error", "warning", "notice"].includes(name)) {
      this.annotate(name, data, properties);
    } else if (name === "add-mask") {
      this.masks.add(data);
    } else if (["set-output", "set-env", "add-path"].includes(name)) {
      this.annotate("error", `The \`${name}\` command was used.`); // deprecated or refused: nobody here may
    } else {
      this.log.push(`[${name}] ${this.masked(data)}`);
    }
  }

  #stepFiles() {
    const folder = path.join(this.runner.temp, "_runner_file_commands"), id = randomUUID();
    fs.mkdirSync(folder, { recursive: true });
    const files = Object.fromEntries(FILES.map(name => [name, path.join(folder, `${name.toLowerCase()}_${id}`)]));
    Object.values(files).forEach(file => fs.writeFileSync(file, ""));
    return files;
  }

  // Read after every step, also after a failed one.
  #processFiles(files) {
    let ok = true;
    const outputs = {}, read = name => fs.readFileSync(files[name], "utf8");
    const readers = {
      GITHUB_PATH: text => this.path.push(...text.split(/\r?\n/).filter(Boolean)),
      GITHUB_ENV: text => Object.assign(this.env, Object.fromEntries(parseEnvironmentFile(text))),
      GITHUB_OUTPUT: text => Object.assign(outputs, Object.fromEntries(parseEnvironmentFile(text))),
      GITHUB_STEP_SUMMARY: text => this.#summary(text),
    };
    for (const [name, reader] of Object.entries(readers)) {
      try {
        reader(read(name));
      } catch (error) {
        ok = false;
        this.annotate("error", `Unable to process file command '${name}' successfully: ${error.message}`);
      }
    }
    return { outputs, ok };
  }

  #summary(text) {
    if (Buffer.byteLength(text) > LARGEST_SUMMARY) {
      this.annotate("error", "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k");
    } else if (text) {
      this.summaries.push(this.masked(text));
    }
  }
}

// The runner gives a script every text of the `github` context but these.
function githubVariables(github) {
  const kept = Object.entries(github).filter(([key, value]) =>
    typeof value === "string" && !["token", "action_repository", "action_ref"].includes(key));
  return Object.fromEntries(kept.map(([key, value]) => [`GITHUB_${key.toUpperCase()}`, value]));
}
