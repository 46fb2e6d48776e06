import { localVariables } from "../../local/variables.ts";
import { run } from "../local/support/sandbox.ts";
import { type ClusterTraces, changesBetween, clusterTraces } from "./cluster-traces.ts";
import type { ProofEnvironment } from "./environment.ts";
import type { Figure } from "./figure.ts";
import { openClients } from "./kubernetes-client.ts";
import { mintingCalls } from "./stand-in-calls.ts";
import { upgradeProviders, upgradePulumi } from "./upgrades.ts";

/** Name of this part, and of what it notes. */
const PART = "no-churn";

/** The teams' stacks; each is worked on by one engine at a time. */
const STACKS = ["local.team.claims", "local.team.quoting"];

const ACTIONS = {
  up: ["--yes", "--skip-preview", "--expect-no-changes"],
  // What a refresh takes over, such as the state of an Application, may change. The rest is looked at in the cluster.
  refresh: ["--yes", "--skip-preview"],
  preview: ["--expect-no-changes"],
} as const;

type Action = keyof typeof ACTIONS;

const ORDER: readonly Action[] = ["up", "refresh", "preview"];

/** How many runs between two notes. */
const NOTE_EVERY = 20;

interface Progress {
  readonly before: ClusterTraces;
  readonly commit: string;
  readonly minted: number;
  /** Runs that are done, of all kinds. */
  readonly done: number;
  /** What was upgraded after a third and after two thirds of the runs, in words. */
  readonly upgrades: readonly string[];
  readonly changing: number;
}

/**
 * Runs the teams' stacks again and again, with other bytes of the providers after a third and another version of Pulumi's SDK
 * after two thirds, and looks whether anything was made anew.
 *
 * @param reconciles how many runs in all
 */
export async function proveNoChurn(
  environment: ProofEnvironment,
  reconciles: number,
  onProgress: (line: string) => void,
): Promise<Figure[]> {
  const { project } = environment;
  const status = await environment.status();
  const clusters = await openClients(status);
  const variables = await localVariables(project.directory);
  const minted = () => mintingCalls(status.synadia.url, variables["SYNADIA_TOKEN_FILE"] ?? "");
  const head = () => project.stateStore("rev-parse", "main");
  const noted = environment.note(PART) as Progress | undefined;
  let progress: Progress = noted ?? {
    before: await clusterTraces(clusters),
    commit: await head(),
    minted: await minted(),
    done: 0,
    upgrades: [],
    changing: 0,
  };
  // The stand-in counts from its own start, which may have been after the note.
  progress = { ...progress, minted: Math.min(progress.minted, await minted()) };
  const keep = (change: Partial<Progress>) => {
    progress = { ...progress, ...change };
    return environment.keep(PART, progress);
  };

  const thirds = [1, 2, 3].map((third) => Math.round((reconciles * third) / 3));
  const upgrades = [
    async () => `@haulway/providers ${await upgradeProviders(project)}`,
    async () => `@pulumi/pulumi ${await upgradePulumi(project)}`,
  ];
  for (const [index, end] of thirds.entries()) {
    await runUntil(end);
    const upgrade = upgrades[index];
    if (upgrade === undefined || progress.upgrades.length > index) continue;
    const what = await upgrade();
    onProgress(`${progress.done} of ${reconciles} runs; from here on with ${what}`);
    await keep({ upgrades: [...progress.upgrades, what] });
  }

  async function runUntil(end: number): Promise<void> {
    let started = progress.done;
    await Promise.all(
      STACKS.map(async (stack) => {
        while (started < end) {
          const action = ORDER[started % ORDER.length] ?? "up";
          started += 1;
          const changed = await reconcile(stack, action);
          progress = {
            ...progress,
            done: progress.done + 1,
            changing: progress.changing + (changed ? 1 : 0),
          };
          if (progress.done % NOTE_EVERY === 0) {
            onProgress(`${progress.done} of ${reconciles} runs`);
            await keep({});
          }
        }
      }),
    );
    await keep({});
  }

  async function reconcile(stack: string, action: Action): Promise<boolean> {
    const { code, stdout, stderr } = await run(
      "pulumi",
      [action, "--stack", stack, "--non-interactive", "--color=never", ...ACTIONS[action]],
      { cwd: project.directory, env: variables },
    );
    if (code === 0) return false;
    const output = stdout + stderr;
    if (!output.includes("no changes were expected")) {
      throw new Error(`pulumi ${action} --stack ${stack} ended with ${code}: ${output}`);
    }
    onProgress(`${action} of ${stack} had something to change: ${output}`);
    return true;
  }

  const after = await clusterTraces(clusters);
  for (const cluster of clusters.values()) cluster.close();
  const commits = await project.stateStore("rev-list", "--count", `${progress.commit}..main`);
  const zero = { exactly: 0 };
  return [
    { name: "reconciles", value: progress.done, expected: { exactly: reconciles } },
    { name: "upgrades in between", value: progress.upgrades.length, expected: { exactly: 2 } },
    { name: "creds Secrets", value: Object.keys(after.secrets).length },
    {
      name: "creds Secrets that changed",
      value: changesBetween(progress.before.secrets, after.secrets).length,
      expected: zero,
    },
    {
      name: "Deployments, ReplicaSets and pods that changed",
      value: changesBetween(progress.before.workloads, after.workloads).length,
      expected: zero,
    },
    { name: "calls that mint", value: (await minted()) - progress.minted, expected: zero },
    { name: "commits", value: Number(commits), expected: zero },
    { name: "runs that had something to change", value: progress.changing, expected: zero },
  ];
}
