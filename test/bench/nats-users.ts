import { TestControlPlane } from "../engine/support/control-plane.ts";
import { TestProject } from "../engine/support/engine.ts";
import { ownBytes } from "./state-size.ts";
import { median, type Row } from "./statistics.ts";

/** How many users are in one stack. */
const USERS = 100;

const CREATIONS = 3;
const PREVIEWS = 5;

/** What NATS users cost, next to resources that do nothing. */
export interface NatsUserFigures {
  readonly rows: readonly Row[];
  /** Median of what a user has in the state besides its creds, in bytes. */
  readonly stateBytes: number;
}

/**
 * Measures a stack of {@link USERS} NATS users against one of as many dynamic resources that do nothing, on one engine, with
 * the stand-in of Synadia in this process.
 *
 * @param onProgress told what is being measured
 */
export async function measureNatsUsers(onProgress: (line: string) => void): Promise<NatsUserFigures> {
  const controlPlane = await TestControlPlane.start();
  try {
    const creations: Pair[] = [];
    // The first round fills the caches of the file system.
    for (let round = 0; round <= CREATIONS; round++) {
      onProgress(`creation of ${USERS} NATS users, round ${round} of ${CREATIONS}`);
      const pair = await measureCreation(controlPlane);
      if (round > 0) creations.push(pair);
    }
    onProgress(`no-op previews of ${USERS} NATS users`);
    const { previews, stateBytes } = await measurePreviews(controlPlane);
    return {
      rows: [
        row(creations, `creation of ${USERS} NATS users`, `of ${USERS} bare resources`, 1.5),
        row(previews, `no-op preview of ${USERS} NATS users`, `of ${USERS} bare resources`, 1.1),
      ],
      stateBytes,
    };
  } finally {
    await controlPlane.close();
  }
}

interface Pair {
  readonly measured: number;
  readonly baseline: number;
}

function row(pairs: readonly Pair[], measured: string, baseline: string, limit: number): Row {
  return {
    measured,
    seconds: median(pairs.map((pair) => pair.measured)),
    baseline,
    baselineSeconds: median(pairs.map((pair) => pair.baseline)),
    limit,
  };
}

async function measureCreation(controlPlane: TestControlPlane): Promise<Pair> {
  return withProjects(controlPlane, async (users, bare) => ({
    measured: await seconds(users, "up", "--yes", "--skip-preview"),
    baseline: await seconds(bare, "up", "--yes", "--skip-preview"),
  }));
}

async function measurePreviews(
  controlPlane: TestControlPlane,
): Promise<{ previews: Pair[]; stateBytes: number }> {
  return withProjects(controlPlane, async (users, bare) => {
    for (const project of [users, bare]) await seconds(project, "up", "--yes", "--skip-preview");
    const previews: Pair[] = [];
    for (let round = 0; round <= PREVIEWS; round++) {
      const pair = {
        measured: await seconds(users, "preview", "--expect-no-changes"),
        baseline: await seconds(bare, "preview", "--expect-no-changes"),
      };
      if (round > 0) previews.push(pair);
    }
    return { previews, stateBytes: median((await users.resources("NatsUser")).map(ownBytes)) };
  });
}

async function withProjects<T>(
  controlPlane: TestControlPlane,
  measure: (users: TestProject, bare: TestProject) => Promise<T>,
): Promise<T> {
  const users = await TestProject.create({ SYNADIA_TOKEN_FILE: controlPlane.tokenFile });
  const bare = await TestProject.create({});
  try {
    await users.write(usersProgram(users, controlPlane));
    await bare.write(bareProgram(bare));
    return await measure(users, bare);
  } finally {
    await users.pulumi("destroy", "--yes", "--skip-preview", "--stack", "test");
    await Promise.all([users.close(), bare.close()]);
  }
}

async function seconds(project: TestProject, ...command: string[]): Promise<number> {
  const started = performance.now();
  const { exitCode, output } = await project.pulumi(...command, "--stack", "test");
  if (exitCode !== 0) throw new Error(`pulumi ${command.join(" ")} ended with ${exitCode}: ${output}`);
  return (performance.now() - started) / 1000;
}

function usersProgram(project: TestProject, { url, accountId }: TestControlPlane): string {
  const issuer = {
    kind: "synadia",
    url,
    accountId,
    signingKeyGroup: "Default",
    tokenFrom: "SYNADIA_TOKEN",
    parallelCalls: 8,
  };
  return `
    import ${JSON.stringify(project.from("stacks/deferred-modules.ts"))};
    import { NatsUser } from ${JSON.stringify(project.from("components/nats/nats-user.ts"))};
    for (let index = 0; index < ${USERS}; index++) {
      new NatsUser("user-" + index, {
        user: "claims/intake/user-" + index,
        name: "test.claims.intake.user-" + index,
        environment: "test",
        issuer: ${JSON.stringify(issuer)},
        publish: ["claims.events.>"],
        subscribe: ["claims.commands.>"],
        respond: false,
        inbox: "_INBOX.test.claims.intake.user-" + index,
        expires: 0,
        rotation: { every: 90 * 24 * 3600, overlap: 24 * 3600, epoch: "0.0" },
        consumers: ["Deployment claims/intake on workload-a"],
      });
    }
  `;
}

/** Dynamic resources whose code is in the state, as Pulumi's own are, and does nothing. */
function bareProgram(project: TestProject): string {
  const code =
    'exports.handler = () => ({ check: async (_, inputs) => ({ inputs }), diff: async () => ({ changes: false }), create: async (inputs) => ({ id: "none", outs: inputs }) });';
  return `
    import ${JSON.stringify(project.from("stacks/deferred-modules.ts"))};
    import * as pulumi from "@pulumi/pulumi";
    for (let index = 0; index < ${USERS}; index++) {
      new pulumi.CustomResource("pulumi-nodejs:dynamic:Resource", "bare-" + index, { __provider: ${JSON.stringify(code)} });
    }
  `;
}
