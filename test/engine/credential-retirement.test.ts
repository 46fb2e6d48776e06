import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Creds, parseCreds } from "@haulway/providers/issuer/creds";
import { generationId } from "@haulway/providers/issuer/issuer";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CredentialRetirementArgs, RetiredUser } from "../../components/nats/credential-retirement.ts";
import { TestControlPlane } from "./support/control-plane.ts";
import { TestProject } from "./support/engine.ts";
import { freePort } from "./support/free-ports.ts";
import { loginAt } from "./support/nats-rights.ts";
import { TestWorkloadCluster } from "./support/workload-cluster.ts";

const DAY = 86_400;
const ANNOTATION = "haulway.dev/nats-publisher";

let controlPlane: TestControlPlane;
let cluster: TestWorkloadCluster;
let project: TestProject;
/** A namespace of its own for every test. */
let namespace: string;

beforeAll(async () => {
  [controlPlane, cluster] = await Promise.all([TestControlPlane.start(), TestWorkloadCluster.start()]);
});

afterAll(() => Promise.all([controlPlane.close(), cluster.close()]));

beforeEach(async () => {
  namespace = `claims-${randomBytes(3).toString("hex")}`;
  await cluster.createNamespace(namespace);
  project = await TestProject.create({ SYNADIA_TOKEN_FILE: controlPlane.tokenFile });
  await controlPlane.forget();
});

afterEach(async () => {
  await controlPlane.forget();
  const { exitCode, output } = await project.run("destroy");
  expect(exitCode, output).toBe(0);
  await project.close();
});

/** A user at the control plane with two generations of credentials, and the Deployment that uses it. */
interface RotatedUser {
  readonly declared: RetiredUser;
  readonly old: Creds;
  readonly present: Creds;
  readonly deployment: string;
}

/** Makes a user, issues credentials, deploys what uses them, and issues younger credentials. */
async function rotatedUser(deployment: string, retireAt = now() + DAY): Promise<RotatedUser> {
  const account = `/api/core/beta/accounts/${controlPlane.accountId}`;
  const name = `test.${namespace}.${deployment}.publisher`;
  const { items } = (await controlPlane.call("GET", `${account}/account-sk-groups`)) as {
    items: { id: string; name: string }[];
  };
  const { id } = (await controlPlane.call("POST", `${account}/nats-users`, {
    name,
    sk_group_id: items.find((group) => group.name === "Default")?.id,
    jwt_expires_in_secs: 0,
    jwt_settings: {},
  })) as { id: string };
  const issue = async () =>
    parseCreds((await controlPlane.call("POST", `/api/core/beta/nats-users/${id}/creds`)) as string);
  const old = await issue();
  await cluster.deploy({ namespace, name: deployment, annotations: { [ANNOTATION]: generationId(old) } });
  let present = await issue();
  while (present.issuedAt <= old.issuedAt) {
    await sleep(200);
    present = await issue();
  }
  return {
    declared: {
      user: `${namespace}/${deployment}/publisher`,
      name,
      publicKey: present.publicKey,
      issuedAt: present.issuedAt,
      superseded: [{ publicKey: old.publicKey, issuedAt: old.issuedAt, retireAt, reason: "created" }],
      consumers: [{ cluster: "workload-a", namespace, deployment, annotation: ANNOTATION }],
    },
    old,
    present,
    deployment,
  };
}

function issuer() {
  return {
    kind: "synadia",
    url: controlPlane.url,
    accountId: controlPlane.accountId,
    signingKeyGroup: "Default",
    tokenFrom: "SYNADIA_TOKEN",
    parallelCalls: 8,
  };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** A program that retires the credentials of these users. */
function declare(
  users: readonly RetiredUser[],
  change: Partial<Pick<CredentialRetirementArgs, "kubeconfigs" | "waitSeconds">> = {},
): Promise<void> {
  const args = {
    issuer: issuer(),
    users,
    kubeconfigs: { "workload-a": cluster.kubeconfig },
    waitSeconds: 0,
    ...change,
  };
  return project.write(`
    import { CredentialRetirement } from ${JSON.stringify(project.from("components/nats/credential-retirement.ts"))};
    export const { retired } = new CredentialRetirement("retirement", ${JSON.stringify(args)});
  `);
}

/** What the state says: by user, the generation up to which everything is revoked. */
async function retired(): Promise<unknown> {
  const [resource] = await project.resources("CredentialRetirement");
  return resource?.outputs?.["retired"];
}

/** Makes a Deployment's template name the present generation, as a sync of Argo CD does. */
function sync({ deployment, present }: RotatedUser): Promise<void> {
  return cluster.annotate({
    namespace,
    name: deployment,
    annotations: { [ANNOTATION]: generationId(present) },
  });
}

async function works({ text }: Creds): Promise<boolean> {
  try {
    await (await loginAt(controlPlane.natsUrl, text)).close();
    return true;
  } catch (error) {
    expect(String(error)).toMatch(/authorization violation/i);
    return false;
  }
}

describe("a retirement on the real engine", () => {
  it("asks nobody while nothing is superseded, and keeps kubeconfigs out of everything", async () => {
    const marker = `https://${randomBytes(8).toString("hex")}.example`;
    const { declared, present } = await rotatedUser("intake");
    const user = { ...declared, superseded: [] };
    await controlPlane.forget();
    await declare([user], { kubeconfigs: { "workload-a": `server: ${marker}` } });

    const first = await project.run("up");
    expect(first.exitCode, first.output).toBe(0);
    expect(await retired()).toEqual({ [user.user]: generationId(present) });
    const [resource] = await project.resources("CredentialRetirement");
    expect(resource?.outputs).not.toHaveProperty("kubeconfigs");
    expect(resource?.inputs?.["kubeconfigs"]).toHaveProperty("ciphertext");
    expect(resource?.inputs?.["__provider"]).toBe(
      'exports.handler = () => require("@haulway/providers").credentialRetirement;',
    );

    const others = { "workload-a": `server: ${marker}/other` };
    await declare([{ ...user, consumers: [] }], { kubeconfigs: others, waitSeconds: 7 });
    const second = await project.run("up");
    expect(second.changes).toEqual({ same: 1 });
    const refresh = await project.run("refresh");
    expect(refresh.changes).toEqual({ refresh: 1 });
    expect(await controlPlane.calls()).toEqual({});

    const preview = await project.run("preview", "--diff");
    for (const text of [
      ...[first, second, refresh, preview].map((run) => JSON.stringify(run)),
      await project.stateText(),
    ])
      expect(text.includes(marker)).toBe(false);
  });

  it("revokes for all users in one go when everything has rolled, with a token as on EKS and no more rights than it needs", async () => {
    const users = [await rotatedUser("intake"), await rotatedUser("archive")];
    for (const user of users) {
      await sync(user);
      await cluster.rollOut(namespace, user.deployment);
    }
    const connections = await Promise.all(
      users.map(({ present }) => loginAt(controlPlane.natsUrl, present.text)),
    );
    await declare(
      users.map(({ declared }) => declared),
      {
        kubeconfigs: { "workload-a": await cluster.readerKubeconfig(namespace) },
      },
    );

    const { exitCode, output } = await project.run("up");
    expect(exitCode, output).toBe(0);
    for (const { declared, old, present } of users) {
      expect(output).toContain(`retire ${declared.user}: old credentials (issued `);
      expect(await works(old)).toBe(false);
      expect(await works(present)).toBe(true);
    }
    for (const connection of connections) {
      await connection.flush();
      await connection.close();
    }
    expect(await retired()).toEqual(
      Object.fromEntries(users.map(({ declared, present }) => [declared.user, generationId(present)])),
    );
    expect((await project.run("up")).changes).toEqual({ same: 1 });
  });

  it("that is pending names what has not rolled, revokes the rest, and is finished by a later run", async () => {
    const [rolled, late] = [await rotatedUser("intake"), await rotatedUser("archive")];
    await sync(rolled);
    await cluster.rollOut(namespace, rolled.deployment);
    await declare([rolled.declared, late.declared], { waitSeconds: 2 });

    const first = await project.run("up");
    expect(first.exitCode).not.toBe(0);
    const obstacle = `Deployment ${namespace}/archive on workload-a has not rolled`;
    expect(first.output).toContain(`retire: waiting for roll-outs (0 of at most 2 s): ${obstacle}`);
    expect(first.output).toContain(`The old credentials of ${late.declared.user}`);
    expect(first.output).toContain(`because ${obstacle} (its pod template names other credentials)`);
    expect(first.output).not.toMatch(/^\s+at /m);
    expect(await works(rolled.old)).toBe(false);
    expect(await works(late.old)).toBe(true);
    expect(await retired()).toEqual({
      [rolled.declared.user]: generationId(rolled.present),
      [late.declared.user]: generationId(late.old),
    });

    expect((await project.run("refresh")).exitCode).toBe(0);
    const preview = await project.run("preview");
    expect(preview.changes).toEqual({ update: 1 });
    expect(preview.output).toContain(
      `are revoked when Deployment ${namespace}/archive on workload-a has rolled, at `,
    );

    await sync(late);
    await cluster.rollOut(namespace, late.deployment, { lingering: true });
    const second = await project.run("up");
    expect(second.exitCode).not.toBe(0);
    expect(second.output).toContain("2 pods still have earlier credentials");
    expect(await works(late.old)).toBe(true);

    await cluster.endPods(namespace);
    const third = await project.run("up");
    expect(third.exitCode, third.output).toBe(0);
    expect(await works(late.old)).toBe(false);
    expect(await works(late.present)).toBe(true);
    expect((await project.run("up")).changes).toEqual({ same: 1 });
  });

  it("that was killed while it waited is finished by the next run", async () => {
    const user = await rotatedUser("intake");
    await declare([user.declared], { waitSeconds: 600 });
    const run = project.start();
    while (!(await events()).includes("waiting for roll-outs")) {
      expect(run.exitCode, "the run ended before it waited").toBeNull();
      await sleep(200);
    }
    await project.kill(run);
    expect(await project.resources("CredentialRetirement")).toEqual([]);
    expect(await works(user.old)).toBe(true);

    await sync(user);
    const rollOut = cluster.rollOut(namespace, user.deployment);
    const { exitCode, output } = await project.run("up");
    await rollOut;
    expect(exitCode, output).toBe(0);
    expect(await works(user.old)).toBe(false);
    expect(await works(user.present)).toBe(true);
    expect((await project.run("up")).changes).toEqual({ same: 1 });
  });

  it("goes on without a Deployment, as soon as its last pods are gone", async () => {
    const user = await rotatedUser("intake");
    await cluster.deleteDeployment(namespace, user.deployment);
    await declare([user.declared]);

    const first = await project.run("up");
    expect(first.exitCode).not.toBe(0);
    expect(first.output).toMatch(/it is gone, but (a pod|2 pods) still ha/);
    expect(await works(user.old)).toBe(true);

    await cluster.untilGone(namespace);
    expect((await project.run("up")).exitCode).toBe(0);
    expect(await works(user.old)).toBe(false);
  });
});

it("that cannot ask a cluster takes it for one that has not rolled, and says why it cannot", async () => {
  const user = await rotatedUser("intake");
  await sync(user);
  await cluster.rollOut(namespace, user.deployment);
  const { kubeconfig } = cluster;
  const authority = /certificate-authority-data: .*/;
  const reasons = {
    "of-another-authority": ["unable to verify", kubeconfig.replace(authority, "")],
    "without-verification": [
      "insecure-skip-tls-verify",
      kubeconfig.replace(authority, "insecure-skip-tls-verify: true"),
    ],
    "without-kubeconfig": ["it is not a kubeconfig", `a: [ ${controlPlane.token}`],
    stopped: [
      "connect ECONNREFUSED",
      kubeconfig.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${await freePort()}`),
    ],
  } as const;
  const consumers = Object.keys(reasons).map((cluster) => ({
    cluster,
    namespace,
    deployment: "intake",
    annotation: ANNOTATION,
  }));
  await declare([{ ...user.declared, consumers }], {
    kubeconfigs: Object.fromEntries(Object.entries(reasons).map(([cluster, [, text]]) => [cluster, text])),
  });

  const { exitCode, output } = await project.run("up");
  expect(exitCode).not.toBe(0);
  for (const [cluster, [reason]] of Object.entries(reasons)) {
    const [, said] = output.split(
      `Deployment ${namespace}/intake on ${cluster} has not rolled (the cluster cannot be asked: `,
    );
    expect(said?.split(")")[0]).toContain(reason);
  }
  expect(output).not.toContain(controlPlane.token);
  expect(await works(user.old)).toBe(true);

  await declare([user.declared]);
  expect((await project.run("up")).exitCode).toBe(0);
  expect(await works(user.old)).toBe(false);
});

describe("credentials whose time is up", () => {
  it("are revoked although what uses them has not rolled, which is said", async () => {
    const user = await rotatedUser("intake", now() - 1);
    await declare([user.declared]);
    const { exitCode, output } = await project.run("up");

    expect(exitCode, output).toBe(0);
    expect(output).toContain(
      `are revoked, because their time was up, although Deployment ${namespace}/intake on workload-a has not rolled (its pod template names other credentials)`,
    );
    expect(await works(user.old)).toBe(false);
    expect(await works(user.present)).toBe(true);
    expect((await project.run("up")).changes).toEqual({ same: 1 });
  });

  it("are revoked when the time comes while it waits, without the cluster", async () => {
    const user = await rotatedUser("intake", now() + 20);
    const kubeconfig = cluster.kubeconfig.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${await freePort()}`);
    await declare([user.declared], { kubeconfigs: { "workload-a": kubeconfig }, waitSeconds: 60 });
    const { exitCode, output } = await project.run("up");

    expect(exitCode, output).toBe(0);
    expect(output).toContain("because their time was up, although");
    expect(await works(user.old)).toBe(false);
  });

  it("are not revoked, and are on the next run, when the control plane refuses", async () => {
    const user = await rotatedUser("intake", now() - 1);
    await declare([user.declared]);
    await controlPlane.fail({ operation: "createOrUpdateNatsUserRevocation", kind: "status", status: 400 });
    const first = await project.run("up");
    expect(first.exitCode).not.toBe(0);
    expect(first.output).toContain(`Old credentials of ${user.declared.user} may still be valid: `);
    expect(await works(user.old)).toBe(true);

    await controlPlane.forget();
    expect((await project.run("up")).exitCode).toBe(0);
    expect(await works(user.old)).toBe(false);
  });
});

it("can be destroyed while it is pending, and revokes nothing then", async () => {
  const user = await rotatedUser("intake");
  await declare([user.declared]);
  expect((await project.run("up")).exitCode).not.toBe(0);
  const { exitCode, output } = await project.run("destroy");
  expect(exitCode, output).toBe(0);
  expect(await works(user.old)).toBe(true);
});

it("revokes two generations of different nkeys, each with its own deadline", async () => {
  const user = await rotatedUser("intake", now() - 1);
  const [account] = (await controlPlane.users()).filter(({ name }) => name === user.declared.name);
  const path = `/api/core/beta/nats-users/${account?.id}`;
  await controlPlane.call("POST", `${path}/rotate`);
  const present = parseCreds((await controlPlane.call("POST", `${path}/creds`)) as string);
  const superseded = [
    { publicKey: user.old.publicKey, issuedAt: user.old.issuedAt, retireAt: now() - 1, reason: "created" },
    {
      publicKey: user.present.publicKey,
      issuedAt: user.present.issuedAt,
      retireAt: now() + DAY,
      reason: "window",
    },
  ];
  await declare([{ ...user.declared, publicKey: present.publicKey, issuedAt: present.issuedAt, superseded }]);

  expect((await project.run("up")).exitCode).not.toBe(0);
  expect(await Promise.all([user.old, user.present, present].map(works))).toEqual([false, true, true]);
  expect(await retired()).toEqual({ [user.declared.user]: generationId(user.present) });

  await sync({ ...user, present });
  await cluster.rollOut(namespace, user.deployment);
  expect((await project.run("up")).exitCode).toBe(0);
  expect(await Promise.all([user.old, user.present, present].map(works))).toEqual([false, false, true]);
  expect(await retired()).toEqual({ [user.declared.user]: generationId(present) });
});

it("follows a NATS user through rotations, one of them on top of one that is pending", async () => {
  const deployment = "intake";
  const first = await present("0.0");
  await cluster.deploy({ namespace, name: deployment, annotations: { [ANNOTATION]: generationId(first) } });

  await declareUser("0.1");
  const preview = await project.run("preview");
  expect(preview.changes).toEqual({ update: 2 });
  expect((await project.run("up")).exitCode).not.toBe(0);
  const second = await lastPresent();
  expect((await project.run("up")).exitCode).not.toBe(0);
  expect(await lastPresent()).toEqual(second);
  expect(await Promise.all([first, second].map(works))).toEqual([true, true]);

  await declareUser("0.2");
  expect((await project.run("up")).exitCode).not.toBe(0);
  const third = await lastPresent();
  expect(new Set([first, second, third].map(({ publicKey }) => publicKey)).size).toBe(3);
  expect(await Promise.all([first, second, third].map(works))).toEqual([true, true, true]);

  await cluster.annotate({ namespace, name: deployment, annotations: { [ANNOTATION]: generationId(third) } });
  await cluster.rollOut(namespace, deployment);
  expect(await present("0.2")).toEqual(third);
  expect(await Promise.all([first, second, third].map(works))).toEqual([false, false, true]);
  await controlPlane.forget();
  expect((await project.run("up")).changes).toEqual({ same: 2 });
  expect(await controlPlane.calls()).toEqual({});
});

/** A program with a NATS user of this epoch, and what retires its credentials. */
function declareUser(epoch: string): Promise<void> {
  const name = `test.${namespace}.intake.publisher`;
  const user = `${namespace}/intake/publisher`;
  const consumers = [{ cluster: "workload-a", namespace, deployment: "intake", annotation: ANNOTATION }];
  const args = {
    user,
    name,
    environment: "test",
    publish: ["claims.>"],
    subscribe: [],
    respond: false,
    inbox: `_INBOX.${name}`,
    expires: 0,
    rotation: { every: 0, overlap: DAY, epoch },
    consumers: [],
  };
  return project.write(`
    import { writeFileSync } from "node:fs";
    import { CredentialRetirement } from ${JSON.stringify(project.from("components/nats/credential-retirement.ts"))};
    import { NatsUser } from ${JSON.stringify(project.from("components/nats/nats-user.ts"))};
    const issuer = ${JSON.stringify(issuer())};
    const { publicKey, issuedAt, superseded, creds } = new NatsUser("publisher", { ...${JSON.stringify(args)}, issuer });
    creds.apply((files) => writeFileSync("present.creds", files["nats.creds"]));
    new CredentialRetirement("retirement", {
      issuer,
      users: [{ ...${JSON.stringify({ user, name, consumers })}, publicKey, issuedAt, superseded }],
      kubeconfigs: ${JSON.stringify({ "workload-a": cluster.kubeconfig })},
      waitSeconds: 0,
    });
  `);
}

/** Runs that program, which is to end well; the present credentials. */
async function present(epoch: string): Promise<Creds> {
  await declareUser(epoch);
  const { exitCode, output } = await project.run("up");
  expect(exitCode, output).toBe(0);
  return lastPresent();
}

/** The present credentials as the program saw them last. */
async function lastPresent(): Promise<Creds> {
  return parseCreds(await readFile(join(project.directory, "present.creds"), "utf8"));
}

/** Everything the engine has told so far in the runs of this test. */
async function events(): Promise<string> {
  const names = (await readdir(project.directory)).filter((name) => name.startsWith("events-"));
  const texts = await Promise.all(names.map((name) => readFile(join(project.directory, name), "utf8")));
  return texts.join("\n");
}
