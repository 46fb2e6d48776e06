import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { type ApplicationStatus, applicationStatus } from "../cli/applications/application.ts";
import { platformApplications } from "../cli/applications/platform-applications.ts";
import { type ClusterEntry, readClusters } from "./control-plane/control-planes.ts";
import { layout, localDirectory } from "./layout.ts";
import { isRunning } from "./processes/process-identity.ts";
import { tailLog } from "./processes/process-log.ts";
import { readRecords } from "./processes/process-record.ts";
import { type LocalSettings, localEnvironmentName, requireSettings, withSettings } from "./variables.ts";

/** What `haulway local status --json` prints. Scripts depend on its shape. */
export interface LocalStatus {
  readonly environment: string;
  readonly clusters: readonly Pick<ClusterEntry, "name" | "role" | "kubeconfig" | "server">[];
  readonly nats: { readonly url: string };
  readonly synadia: { readonly url: string };
  readonly stateStore: { readonly url: string; readonly path: string };
  readonly pulumi: { readonly home: string; readonly backend: string; readonly bin: string };
  /** `result` is that of the last update: `succeeded`, `failed`, `in-progress`, or `none` if there was none yet. */
  readonly stacks: readonly { readonly name: string; readonly resources: number; readonly result: string }[];
  readonly applications: readonly Pick<ApplicationStatus, "name" | "sync" | "health">[];
}

/** A process of the environment. */
export interface ProcessStatus {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  /** The last lines of its log, if it does not run. */
  readonly tail: readonly string[];
  /** Path of the whole log. */
  readonly log: string;
}

/** Everything that can be told of the local environment. */
export interface LocalReport {
  readonly status: LocalStatus;
  readonly processes: readonly ProcessStatus[];
  /** What could not be found out, and why. */
  readonly problems: readonly string[];
}

/**
 * How the local environment of the project stands. Parts that do not answer are left out and named in `problems`.
 *
 * @throws UserError if it has not been started.
 */
export async function readReport(projectDir: string): Promise<LocalReport> {
  const paths = layout(localDirectory(projectDir));
  const settings = await requireSettings(projectDir);
  const problems: string[] = [];
  const orNone = async <T>(what: string, read: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await read();
    } catch (error) {
      problems.push(
        `${what}: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`,
      );
      return [];
    }
  };
  const clusters = Object.values(await readClusters(paths));
  const [processes, stacks, applications] = await Promise.all([
    readProcesses(projectDir),
    orNone("The stacks cannot be read", () => readStacks(projectDir, settings)),
    orNone("The Applications cannot be read", () => readApplications(clusters)),
  ]);
  const variable = (name: string) => settings.variables[name] ?? "";
  return {
    processes,
    problems,
    status: {
      environment: localEnvironmentName,
      clusters: clusters.map(({ name, role, kubeconfig, server }) => ({ name, role, kubeconfig, server })),
      nats: { url: variable("HAULWAY_NATS_URL") },
      synadia: { url: variable("HAULWAY_SYNADIA_URL") },
      stateStore: { url: variable("HAULWAY_STATE_STORE_URL"), path: paths.stateStore.repository },
      pulumi: { home: paths.pulumi.home, backend: variable("PULUMI_BACKEND_URL"), bin: settings.binDir },
      stacks,
      applications,
    },
  };
}

async function readProcesses(projectDir: string): Promise<ProcessStatus[]> {
  const paths = layout(localDirectory(projectDir));
  const records = await readRecords(paths);
  return Promise.all(
    records.map(async (record) => {
      const running = await isRunning(record);
      const tail = running ? [] : await tailLog(paths, record.name);
      return { name: record.name, pid: record.pid, running, tail, log: paths.logs.file(record.name) };
    }),
  );
}

const listSchema = z.array(z.object({ name: z.string(), resourceCount: z.number().optional() }));
const historySchema = z.array(z.object({ result: z.string() }));

async function readStacks(projectDir: string, settings: LocalSettings): Promise<LocalStatus["stacks"]> {
  const env = withSettings(settings, process.env);
  const pulumi = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(
      join(settings.binDir, "pulumi"),
      [...args, "--json", "--non-interactive"],
      {
        cwd: projectDir,
        env,
      },
    );
    return JSON.parse(stdout);
  };
  const stacks = listSchema.parse(await pulumi("stack", "ls"));
  return Promise.all(
    stacks
      .filter(({ name }) => name === localEnvironmentName || name.startsWith(`${localEnvironmentName}.`))
      .map(async ({ name, resourceCount = 0 }) => {
        const [last] = historySchema.parse(
          (await pulumi("stack", "history", "--stack", name, "--page-size", "1", "--page", "1")) ?? [],
        );
        return { name, resources: resourceCount, result: last?.result ?? "none" };
      }),
  );
}

async function readApplications(clusters: readonly ClusterEntry[]): Promise<LocalStatus["applications"]> {
  const platform = clusters.find((cluster) => cluster.role === "platform");
  if (platform === undefined) return [];
  const applications = await platformApplications(await readFile(platform.kubeconfig, "utf8"), "argocd");
  const found = [...(await applications.list()).values()].map((application) =>
    applicationStatus(application.metadata.name, application),
  );
  return found
    .map(({ name, sync, health }) => ({ name, sync, health }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
