// Plain JavaScript without a dependency: it runs before there are any.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const nodeModules = join(root, "node_modules");
const providers = join(root, "providers");
/** What the installed packages and the compiled providers were made from, as hashes. `npm ci` removes it with the rest. */
const stampFile = join(nodeModules, ".haulway-dependencies.json");

/**
 * Installs and compiles what is missing or out of date, then runs the command on this process's terminal, and ends with its
 * exit code.
 *
 * @param {readonly string[]} command the program and its arguments
 */
export function runWithDependencies(command) {
  const [program, ...args] = command;
  if (command.length === 0) {
    fail("Usage: with-dependencies <command> [arguments…]", 2);
    return;
  }
  if (!ensurePackages() || !ensureProviders()) return;
  const path = [join(nodeModules, ".bin"), process.env.PATH].filter(Boolean).join(delimiter);
  const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, PATH: path } });
  process.on("SIGINT", () => child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => fail(`Cannot run ${program}: ${error.message}`, 1));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}

function ensurePackages() {
  const lock = join(root, "package-lock.json");
  const installed = join(nodeModules, ".package-lock.json");
  const hash = hashOf([lock]);
  const recorded = readStamp().packages === hash;
  const complete =
    existsSync(installed) && (recorded || statSync(installed).mtimeMs >= statSync(lock).mtimeMs);
  if (!complete && !npm(["ci"], "Installing the dependencies (npm ci), a minute or so the first time"))
    return false;
  if (!recorded) writeStamp({ packages: hash });
  return true;
}

function ensureProviders() {
  const sources = readdirSync(join(providers, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(providers, "src", name))
    .sort();
  const hash = hashOf([...sources, join(providers, "package.json"), join(providers, "tsconfig.json")]);
  if (existsSync(join(providers, "dist", "index.js")) && readStamp().providers === hash) return true;
  if (!npm(["run", "build", "--workspace", "providers"], "Compiling the dynamic providers")) return false;
  writeStamp({ providers: hash });
  return true;
}

/**
 * Runs npm quietly; what it printed is shown only if it fails.
 *
 * @param {readonly string[]} args
 * @param {string} title what the reader is told meanwhile
 */
function npm(args, title) {
  console.error(`${title} …`);
  const script = process.env.npm_execpath;
  const [program, all] = script === undefined ? ["npm", args] : [process.execPath, [script, ...args]];
  const options = { cwd: root, encoding: /** @type {const} */ ("utf8"), maxBuffer: 1 << 28 };
  const { status, signal, error, output } = spawnSync(program, all, options);
  if (status === 0) return true;
  const why = error === undefined ? (signal ?? `exit code ${String(status)}`) : error.message;
  const printed = error === undefined ? output.join("").trim() : "";
  fail(
    `${printed}\n\nnpm ${args.join(" ")} failed: ${why}. What it said is above.\n` +
      `When that is mended, run the same command again. To see npm alone: (cd ${root} && npm ${args.join(" ")})`,
    1,
  );
  return false;
}

/** @param {readonly string[]} files */
function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}

/** @returns {{ packages?: unknown, providers?: unknown }} */
function readStamp() {
  try {
    /** @type {unknown} */
    const stamp = JSON.parse(readFileSync(stampFile, "utf8"));
    return typeof stamp === "object" && stamp !== null ? stamp : {};
  } catch {
    return {};
  }
}

/** @param {{ packages?: string, providers?: string }} change */
function writeStamp(change) {
  writeFileSync(stampFile, `${JSON.stringify({ ...readStamp(), ...change })}\n`);
}

/**
 * @param {string} message
 * @param {number} code
 */
function fail(message, code) {
  console.error(message.trim());
  process.exitCode = code;
}
