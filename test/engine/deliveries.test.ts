import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sealedSecretData } from "@haulway/providers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Layout, layout } from "../../local/layout.ts";
import { installPlugins } from "../../local/stand-ins/install.ts";
import { ensureAccessKey } from "../../local/stand-ins/secrets-manager/access-keys.ts";
import {
  type SecretsManagerStandIn,
  startSecretsManagerStandIn,
} from "../../local/stand-ins/secrets-manager/server.ts";
import { ensureToolchain } from "../../local/toolchain/toolchain.ts";
import { DeliveryCluster, SECRET_STORE, type ShownSecret } from "./support/delivery-cluster.ts";
import { PROJECT, type PulumiRun, TestProject } from "./support/engine.ts";
import { ProcessWatch } from "./support/process-watch.ts";
import { TestStateStore } from "./support/state-store.ts";
import { credsMap, makeCreds, type TestCreds } from "./support/test-creds.ts";

const ACCOUNT = "111122223333";
const REGION = "eu-central-1";
const NAME = "intake-nats-publisher";

let root: string;
let paths: Layout;
let store: TestStateStore;
let standIn: SecretsManagerStandIn;
let cluster: DeliveryCluster;
const requests: string[] = [];

beforeAll(async () => {
  await mkdir(join(PROJECT, "test", "engine", ".local"), { recursive: true });
  root = await mkdtemp(join(PROJECT, "test", "engine", ".local", "deliveries-"));
  paths = layout(join(root, ".local"));
  await installPlugins({ toolchain: await ensureToolchain(), layout: paths, projectDir: PROJECT });
  store = await TestStateStore.start();
  const accessKey = await ensureAccessKey(paths.aws, ACCOUNT);
  standIn = await startSecretsManagerStandIn({
    awsDirectory: paths.aws,
    accessKeys: [accessKey],
    onRequest: (message) => requests.push(message),
  });
  cluster = await DeliveryCluster.start({ url: standIn.url, region: REGION, accessKey });
});

afterAll(async () => {
  await cluster.close();
  await standIn.close();
  await store.close();
  await rm(root, { recursive: true });
});

interface Delivery {
  readonly kind: string;
  /** A system of its own, whose name is the namespace. */
  readonly system: string;
  /** Settings in an environment. */
  settings(): Promise<object>;
  /** Makes the controllers do again whatever they do for the Secret, and waits until they have. */
  lookAgain(): Promise<void>;
}

const DELIVERIES: readonly Delivery[] = [
  {
    kind: "sealedSecret",
    system: "by-sealing",
    settings: async () => ({
      kind: "sealedSecret",
      certificates: { "workload-a": await cluster.certificate() },
    }),
    async lookAgain() {
      const times = await cluster.timesUnsealed(this.system, NAME);
      await cluster.restartControllers();
      await until(async () => (await cluster.timesUnsealed(this.system, NAME)) > times);
    },
  },
  {
    kind: "secretsManager",
    system: "by-manager",
    settings: () => Promise.resolve({ kind: "secretsManager", secretStore: SECRET_STORE }),
    async lookAgain() {
      const [synced, reads] = [await cluster.lastSynced(this.system, NAME), requests.length];
      await cluster.restartControllers();
      await cluster.kubectl([
        "annotate",
        "externalsecret",
        NAME,
        "-n",
        this.system,
        "force-sync=again",
        "--overwrite",
      ]);
      await until(async () => (await cluster.lastSynced(this.system, NAME)) !== synced);
      expect(requests.slice(reads)).toContain(`GetSecretValue for ${ACCOUNT} in ${REGION}: answered`);
    },
  },
  {
    kind: "secret",
    system: "by-secret",
    settings: () => Promise.resolve({ kind: "secret" }),
    lookAgain: () => cluster.restartControllers(),
  },
];

/** Something else that a team has in the state store. */
function workload(system: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "intake", namespace: system },
  });
}

/** A team's stack as far as the credentials of one NATS user are concerned. What is delivered comes from a file. */
function program(project: TestProject, system: string, settings: object): string {
  const from = (path: string): string => JSON.stringify(project.from(path));
  return `
    import { readFileSync } from "node:fs";
    import * as pulumi from "@pulumi/pulumi";
    import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
    import { StateStoreDirectory } from ${from("components/gitops/state-store-directory.ts")};
    import { deliverCredentials } from ${from("components/nats/deliveries/deliver-credentials.ts")};
    import { kubernetesProvider } from ${from("stacks/providers.ts")};

    const { creds, publicKey, issuedAt } = JSON.parse(readFileSync("delivered.json", "utf8"));
    const kubeconfig = pulumi.secret(readFileSync("kubeconfig", "utf8"));
    const { resources, files } = deliverCredentials(
      "${system}-intake-publisher",
      {
        workload: { environment: "test", team: "claims", system: "${system}", workload: "intake" },
        user: "publisher",
        clusters: [
          {
            name: "workload-a",
            kubernetes: kubernetesProvider("workload-a", { arn: "arn:aws:eks:${REGION}:${ACCOUNT}:cluster/a", kubeconfig }),
            namespace: "${system}",
          },
        ],
        creds: pulumi.secret(creds),
        publicKey: pulumi.output(publicKey),
        issuedAt: pulumi.output(issuedAt),
        aws: new AwsProvider("aws", { region: "${REGION}", allowedAccountIds: ["${ACCOUNT}"] }),
      },
      ${JSON.stringify(settings)},
    );
    new StateStoreDirectory(
      "${system}",
      {
        url: "${store.url}",
        branch: "main",
        username: "${store.username}",
        passwordFrom: "STATE_STORE_PASSWORD",
        directory: "teams/${system}",
        files: files.apply((credentials) => ({ ...credentials, "intake.yaml": ${JSON.stringify(workload(system))} })),
        message: "Deliver",
      },
      { dependsOn: resources },
    );
  `;
}

describe.each(
  DELIVERIES.map((delivery) => [delivery.kind, delivery] as const),
)("the delivery %s", (_, delivery) => {
  const { system } = delivery;
  let project: TestProject;
  let watch: ProcessWatch;
  let first: TestCreds;
  let second: TestCreds;
  let third: TestCreds;
  const output: PulumiRun[] = [];

  beforeAll(async () => {
    [first, second, third] = await Promise.all([makeCreds(100), makeCreds(200), makeCreds(300)]);
    watch = new ProcessWatch();
    await cluster.createNamespace(system);
    project = await TestProject.create({
      HAULWAY_LOCAL_DIR: paths.root,
      PULUMI_HOME: paths.pulumi.home,
      STATE_STORE_PASSWORD_FILE: store.passwordFile,
    });
    await writeFile(join(project.directory, "kubeconfig"), cluster.kubeconfig, { mode: 0o600 });
    await project.write(program(project, system, await delivery.settings()));
  });

  afterAll(async () => {
    await watch.end();
    await project.close();
  });

  /** Runs the stack, then does Argo CD's part. */
  async function deliver(present: TestCreds, ...earlier: readonly TestCreds[]): Promise<PulumiRun> {
    const { publicKey, issuedAt } = present;
    const delivered = { creds: credsMap(present, ...earlier), publicKey, issuedAt };
    await writeFile(join(project.directory, "delivered.json"), JSON.stringify(delivered), { mode: 0o600 });
    const run = await project.run("up");
    output.push(run);
    expect(run.exitCode, run.output).toBe(0);
    await sync();
    return run;
  }

  async function sync(): Promise<void> {
    const files = Object.entries(await committed());
    for (const [, manifest] of files) await cluster.apply(manifest);
  }

  async function committed(): Promise<Readonly<Record<string, string>>> {
    const files = await store.files().catch(() => ({}));
    return Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith(`teams/${system}/`)));
  }

  function untilDelivered(files: Readonly<Record<string, string>>): Promise<ShownSecret> {
    const keys = Object.keys(files).sort().join();
    return cluster.untilSecret(system, NAME, (secret) => Object.keys(secret.files).sort().join() === keys);
  }

  it("brings exactly the keys and bytes that it was given", async () => {
    await deliver(first);
    const secret = await untilDelivered(credsMap(first));
    expect(secret.files).toEqual(credsMap(first));
    expect(secret.type).toBe("Opaque");
    expect(secret.labels).toMatchObject({
      "app.kubernetes.io/name": "intake",
      "app.kubernetes.io/part-of": system,
      "haulway.dev/team": "claims",
    });
  });

  it("changes no byte in a second run, however often anybody looks again", async () => {
    const before = await cluster.secret(system, NAME);
    const files = await committed();
    const { changes } = await deliver(first);
    expect(Object.keys(changes)).toEqual(["same"]);
    expect((await project.run("refresh")).exitCode).toBe(0);
    expect(Object.keys((await deliver(first)).changes)).toEqual(["same"]);
    expect(await committed()).toEqual(files);

    await delivery.lookAgain();
    expect(await cluster.secret(system, NAME)).toEqual(before);
  });

  it("brings a new generation under a key of its own, and leaves the others their bytes", async () => {
    const before = await cluster.secret(system, NAME);
    await deliver(second, first);
    const after = await untilDelivered(credsMap(second, first));
    expect(after.files).toEqual(credsMap(second, first));
    expect(after.uid).toBe(before?.uid);

    await deliver(third, second);
    const last = await untilDelivered(credsMap(third, second));
    expect(last.files).toEqual(credsMap(third, second));
    expect(last.uid).toBe(before?.uid);
  });

  it("leaves nothing in plain text", async () => {
    const canaries = [first, second, third].flatMap((creds) => creds.canaries);
    expect(canaries.every((canary) => canary.length > 50)).toBe(true);
    const places = {
      state: await filesBelow(join(project.directory, "backend")),
      output: JSON.stringify(output),
      "state store": await store.git("cat-file", "--batch-all-objects", "--batch"),
      controllers: await cluster.logs(),
      "stand-in": requests.join("\n"),
      processes: (await watch.end()).join("\n"),
    };
    for (const [place, text] of Object.entries(places)) {
      for (const canary of canaries) expect(text.includes(canary), `a secret is in the ${place}`).toBe(false);
    }
    // What was looked for is what was delivered, and what was looked at is where it would be.
    const delivered = Object.values((await cluster.secret(system, NAME))?.files ?? {});
    const encoded = delivered.map((text) => Buffer.from(text).toString("base64"));
    for (const canary of third.canaries) expect([...delivered, ...encoded].join()).toContain(canary);
    expect(places.processes).toContain("external-secrets");
    expect(places.state).toContain("StateStoreDirectory");
    expect(places.controllers).toContain("kube-system");
  });

  it("takes everything away again", async () => {
    const manifests = Object.values(await committed());
    const destroyed = await project.run("destroy");
    expect(destroyed.exitCode, destroyed.output).toBe(0);
    expect(await committed()).toEqual({});
    await cluster.prune(manifests, system, NAME);
    expect(await readdir(join(paths.aws, "aws-secretsmanager-secret-Secret")).catch(() => [])).toEqual([]);
  });
});

describe("a sealed Secret", () => {
  it("is opened by its controller, under its name in its namespace only", async () => {
    for (const namespace of ["sealed-for", "sealed-elsewhere"]) await cluster.createNamespace(namespace);
    const creds = await makeCreds(100);
    const data = { ...credsMap(creds), "text.txt": "Zürich\n\u{1f512}" };
    const { outs } = await sealedSecretData.create({
      namespace: "sealed-for",
      name: NAME,
      certificate: await cluster.certificate(),
      data,
    });
    const place = async (namespace: string, name: string): Promise<void> => {
      const metadata = { namespace, name };
      const spec = { encryptedData: outs.encryptedData, template: { metadata } };
      await cluster.apply(
        JSON.stringify({ apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret", metadata, spec }),
      );
    };
    await place("sealed-elsewhere", NAME);
    await place("sealed-for", "another-name");
    await place("sealed-for", NAME);

    const secret = await cluster.untilSecret("sealed-for", NAME, () => true);
    expect(secret.files).toEqual(data);
    for (const [namespace, name] of [
      ["sealed-elsewhere", NAME],
      ["sealed-for", "another-name"],
    ] as const) {
      await until(async () =>
        (await cluster.sealingProblem(namespace, name)).includes("no key could decrypt secret"),
      );
      expect(await cluster.secret(namespace, name)).toBeUndefined();
    }
  });
});

/** Everything in the files of a directory. */
async function filesBelow(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")),
  );
  return texts.join("\n");
}

/** A test that hangs here is ended by its time limit. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await sleep(100);
}
