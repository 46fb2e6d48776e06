/**
 * `npm run bench`: what a run costs on top of what cannot be avoided. Each figure is paired with its baseline in turn, so
 * that a machine that grows slower changes both. Exit code 1 when a figure is over its limit.
 *
 * `--only environment` measures the local environment that `npm start` brought up, `--only nats-users` stacks of many NATS
 * users, which need none.
 */
import { spawn } from "node:child_process";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { layout, localDirectory } from "../../local/layout.ts";
import { readRecords } from "../../local/processes/process-record.ts";
import { localVariables } from "../../local/variables.ts";
import { measureNatsUsers } from "./nats-users.ts";
import { STATE_BYTES } from "./state-size.ts";
import { isWithinLimit, median, type Row, table } from "./statistics.ts";

const rounds = 5;
const projectDir = resolve(import.meta.dirname, "../..");

interface Timed {
  readonly name: string;
  readonly cwd: string;
  readonly command: readonly [string, ...string[]];
}

async function seconds(what: Timed, env: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const [command, ...args] = what.command;
  await new Promise<void>((done, fail) => {
    const child = spawn(command, args, { cwd: what.cwd, env, stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (data: Buffer) => {
      complaint += data.toString();
    });
    child.once("error", fail);
    child.once("close", (code) => {
      if (code === 0) done();
      else fail(new Error(`${what.name} ended with ${code}: ${complaint}`));
    });
  });
  return (performance.now() - started) / 1000;
}

async function compare(measured: Timed, baseline: Timed, env: NodeJS.ProcessEnv): Promise<Row> {
  const pairs: [number, number][] = [];
  for (let round = 0; round <= rounds; round++) {
    const pair: [number, number] = [await seconds(measured, env), await seconds(baseline, env)];
    // The first round fills the caches of the file system.
    if (round > 0) pairs.push(pair);
  }
  return {
    measured: measured.name,
    seconds: median(pairs.map(([value]) => value)),
    baseline: baseline.name,
    baselineSeconds: median(pairs.map(([, value]) => value)),
  };
}

/** A Pulumi project of the same runtime with nothing in it: what an engine's start costs. */
async function emptyProject(directory: string, env: NodeJS.ProcessEnv): Promise<Timed> {
  await mkdir(directory, { recursive: true });
  const settings = await readFile(join(projectDir, "Pulumi.yaml"), "utf8");
  await writeFile(join(directory, "Pulumi.yaml"), settings.replace(/^name: .*$/m, "name: empty"));
  await writeFile(join(directory, "package.json"), '{ "type": "module" }');
  await writeFile(join(directory, "index.ts"), 'import "@pulumi/pulumi";\n');
  await symlink(join(projectDir, "node_modules"), join(directory, "node_modules")).catch(() => undefined);
  const stack: Timed = {
    name: "empty stack",
    cwd: directory,
    command: ["pulumi", "stack", "select", "--create", "empty"],
  };
  await seconds(stack, env);
  return {
    name: "preview of an empty stack",
    cwd: directory,
    command: ["pulumi", "preview", "--stack", "empty"],
  };
}

/** Proportional share of memory of the environment's processes, in MiB. Source: `smaps_rollup` of proc(5). */
async function residentMiB(paths: ReturnType<typeof layout>): Promise<number> {
  const shares = (await readRecords(paths)).map(async ({ pid }) => {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  });
  return (await Promise.all(shares)).reduce((sum, share) => sum + share, 0) / 1024;
}

/** The stacks of the local environment. */
async function measureEnvironment(): Promise<void> {
  const env = await localVariables(projectDir);
  const paths = layout(localDirectory(projectDir));
  const directory = join(paths.root, "tmp", "bench");
  try {
    const empty = await emptyProject(directory, env);
    const preview = (stack: string): Timed => ({
      name: `no-op preview of ${stack}`,
      cwd: projectDir,
      command: ["pulumi", "preview", "--stack", stack, "--non-interactive", "--expect-no-changes"],
    });
    const rows: Row[] = [];
    for (const stack of ["local", "local.cluster.workload-a", "local.team.claims"]) {
      rows.push(await compare(preview(stack), empty, env));
    }
    print(table(rows));
    print(`memory of the local environment: ${(await residentMiB(paths)).toFixed(0)} MiB (sum of PSS)`);
    await seconds({ ...empty, command: ["pulumi", "stack", "rm", "--yes", "empty"] }, env);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Stacks of many NATS users. */
async function measureUsers(): Promise<void> {
  const { rows, stateBytes } = await measureNatsUsers((line) => process.stderr.write(`${line}\n`));
  print(table(rows));
  print(`a NATS user in the state, besides its creds: ${stateBytes} bytes (limit ${STATE_BYTES})`);
  if (!rows.every(isWithinLimit) || stateBytes > STATE_BYTES) process.exitCode = 1;
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

const PARTS = { environment: measureEnvironment, "nats-users": measureUsers };

const { values } = parseArgs({ options: { only: { type: "string" } } });
const chosen = Object.entries(PARTS).filter(([part]) => values.only === undefined || values.only === part);
if (chosen.length === 0) {
  process.stderr.write(`--only ${values.only ?? ""}: expected ${Object.keys(PARTS).join(" or ")}\n`);
  process.exitCode = 2;
}
for (const [, measure] of chosen) await measure();
