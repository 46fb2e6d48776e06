import { dirname } from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureToolchain } from "../../local/toolchain/toolchain.ts";
import { TestApiServer } from "./support/api-server.ts";
import { TestProject } from "./support/engine.ts";

const NAME = { name: "intake-nats-publisher", namespace: "default" };

let server: TestApiServer;
let project: TestProject;
let core: CoreV1Api;

beforeAll(async () => {
  server = await TestApiServer.start();
  const toolchain = await ensureToolchain();
  const plugin = dirname(toolchain.path("pulumi-resource-kubernetes"));
  project = await TestProject.create({ PATH: `${plugin}:${toolchain.binDir}:${process.env["PATH"]}` });
  const config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
});

afterAll(async () => {
  await project.close();
  await server.close();
});

/** The Secret as a pod would see it, and which one it is: a Secret that was deleted and made again is another one. */
async function secret(): Promise<{ uid: string; version: string; files: Record<string, string> }> {
  const { metadata, data = {} } = await core.readNamespacedSecret(NAME);
  const files = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]);
  return {
    uid: metadata?.uid ?? "",
    version: metadata?.resourceVersion ?? "",
    files: Object.fromEntries(files) as Record<string, string>,
  };
}

const provider = () => `
  import * as pulumi from "@pulumi/pulumi";
  import { kubernetesProvider } from ${JSON.stringify(project.from("stacks/providers.ts"))};
  const kubernetes = kubernetesProvider("a", {
    arn: "arn:aws:eks:eu-central-1:000000000000:cluster/a",
    kubeconfig: pulumi.secret(${JSON.stringify(server.kubeconfig)}),
  });
`;

/** Delivers creds files as a team's stack does. */
function deliver(creds: Readonly<Record<string, string>>): Promise<void> {
  return project.write(`${provider()}
    import { SecretDelivery } from ${JSON.stringify(project.from("components/nats/deliveries/secret-delivery.ts"))};
    new SecretDelivery(
      "claims-intake-publisher-a",
      {
        workload: { environment: "test", team: "claims", system: "default", workload: "intake" },
        user: "publisher",
        namespace: "default",
        creds: pulumi.secret(${JSON.stringify(creds)}),
      },
      { providers: { kubernetes } },
    );
  `);
}

describe("the Secret with creds", () => {
  it("takes over the Secret of an earlier version of Haulway, and is one and the same through every rotation", async () => {
    await project.write(`${provider()}
      import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
      class NatsCredentials extends pulumi.ComponentResource {
        constructor(name, options) {
          super("haulway:nats:NatsCredentials", name, {}, options);
          const metadata = ${JSON.stringify(NAME)};
          new Secret(name + "-secret", { metadata, stringData: { "nats.creds": pulumi.secret("creds 1") } }, { parent: this });
        }
      }
      new NatsCredentials("claims-intake-publisher-a", { providers: { kubernetes } });
    `);
    const first = await project.run("up");
    expect(first.exitCode, first.output).toBe(0);
    const { uid } = await secret();

    const generations: Readonly<Record<string, string>>[] = [
      { "U.1.creds": "creds 1", "nats.creds": "creds 1" },
      { "U.2.creds": "creds 2", "U.1.creds": "creds 1", "nats.creds": "creds 2" },
      { "U.3.creds": "creds 3", "U.2.creds": "creds 2", "nats.creds": "creds 3" },
    ];
    for (const creds of generations) {
      await deliver(creds);
      const run = await project.run("up");
      expect(run.exitCode, run.output).toBe(0);
      expect(run.changes).toEqual({ same: 1, update: 1 });
      expect(await secret()).toMatchObject({ uid, files: creds });
    }
    const { version } = await secret();
    expect((await project.run("up")).changes).toEqual({ same: 2 });
    expect((await project.run("refresh")).exitCode).toBe(0);
    expect((await secret()).version).toBe(version);
    const state = await project.stateText();
    for (const text of ["creds 3", Buffer.from("creds 3").toString("base64")]) {
      expect(state).not.toContain(text);
    }
  });
});
