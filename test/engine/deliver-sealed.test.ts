import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  makeSealingController,
  type SealingController,
} from "../unit/providers/support/sealing-controller.ts";
import { type PulumiRun, TestProject } from "./support/engine.ts";
import { credsMap, makeCreds, type TestCreds } from "./support/test-creds.ts";

/** How often the stack is run without a change. */
const RUNS = 50;

let project: TestProject;
let controller: SealingController;
let first: TestCreds;
let second: TestCreds;

beforeAll(async () => {
  [controller, first, second] = await Promise.all([makeSealingController(), makeCreds(100), makeCreds(200)]);
  project = await TestProject.create({});
  await project.write(`
    import { readFileSync } from "node:fs";
    import { SealedSecretData } from ${JSON.stringify(project.from("components/nats/sealed-secret-data.ts"))};
    const { encryptedData } = new SealedSecretData("publisher", JSON.parse(readFileSync("sealed.json", "utf8")));
    export { encryptedData };
  `);
});

afterAll(() => project.close());

async function declare(data: object, certificate = controller.pem): Promise<void> {
  const declaration = { namespace: "claims", name: "intake-nats-publisher", certificate, data };
  await writeFile(join(project.directory, "sealed.json"), JSON.stringify(declaration), { mode: 0o600 });
}

async function encryptedData(): Promise<Readonly<Record<string, string>>> {
  const [resource] = await project.resources("SealedSecretData");
  return resource?.outputs?.["encryptedData"] as Readonly<Record<string, string>>;
}

/** Nothing secret is in what a run printed, nor in what it recorded. */
async function expectNoSecrets(run: PulumiRun): Promise<void> {
  const text = `${run.output}${run.events}${await project.stateText()}`;
  const key = controller.key.export({ type: "pkcs8", format: "pem" }).toString().split("\n")[1] ?? "";
  for (const secret of [...first.canaries, ...second.canaries, key])
    expect(text.includes(secret)).toBe(false);
}

describe("sealed data in a stack", () => {
  it("lies in the state sealed, and everything else encrypted", async () => {
    await declare(credsMap(first));
    const run = await project.run("up");
    expect(run.changes, run.output).toEqual({ create: 1 });
    await expectNoSecrets(run);
    const sealed = await encryptedData();
    expect(Object.keys(sealed)).toEqual(Object.keys(credsMap(first)).sort());
    for (const text of Object.values(sealed)) expect(text).toMatch(/^AQ[A-Za-z0-9+/]+=*$/);

    const [resource] = await project.resources("SealedSecretData");
    const isEncrypted = expect.objectContaining({ ciphertext: expect.any(String) as string }) as object;
    expect(resource?.inputs?.["data"]).toEqual(isEncrypted);
    expect(resource?.outputs?.["fingerprintKey"]).toEqual(isEncrypted);
    expect(resource?.outputs).not.toHaveProperty("data");
  });

  it(`keeps its bytes over ${RUNS} runs, and over another salt of the state's encryption`, async () => {
    const before = JSON.stringify(await encryptedData());
    const commands = ["up", "preview", "refresh", "up", "preview"] as const;
    for (let run = 0; run < RUNS; run++) {
      const command = commands[run % commands.length] ?? "up";
      const { exitCode, output, changes } = await project.run(command);
      expect(exitCode, output).toBe(0);
      expect(changes).toEqual(command === "refresh" ? { refresh: 1 } : { same: 1 });
    }
    expect(JSON.stringify(await encryptedData())).toBe(before);

    const settings = join(project.directory, "Pulumi.test.yaml");
    const salt = await readFile(settings, "utf8");
    const exported = join(project.directory, "exported.json");
    await project.pulumi("stack", "export", "--stack", "test", "--show-secrets", "--file", exported);
    await project.pulumi("stack", "rm", "test", "--force", "--yes");
    await project.pulumi("stack", "init", "test");
    const imported = await project.pulumi("stack", "import", "--stack", "test", "--file", exported);
    expect(imported.exitCode, imported.output).toBe(0);
    await rm(exported);
    expect(await readFile(settings, "utf8")).not.toBe(salt);

    const run = await project.run("up");
    expect(run.changes).toEqual({ same: 1 });
    expect(JSON.stringify(await encryptedData())).toBe(before);
    await expectNoSecrets(run);
  });

  it("changes where a value did, and nowhere else", async () => {
    const before = await encryptedData();
    await declare(credsMap(second, first));
    const run = await project.run("up");
    expect(run.changes).toEqual({ update: 1 });
    await expectNoSecrets(run);
    const after = await encryptedData();
    const [kept, made] = [`${first.publicKey}.100.creds`, `${second.publicKey}.200.creds`];
    expect(Object.keys(after)).toEqual([kept, made, "nats.creds"].sort());
    expect(after[kept]).toBe(before[kept]);
    expect(after["nats.creds"]).not.toBe(before["nats.creds"]);
  });

  it("is not sealed with what is no certificate, which a preview says without showing what it is", async () => {
    const before = await encryptedData();
    const { publicKey } = await makeCreds(300);
    const mistakes: [certificate: string, problem: RegExp][] = [
      [controller.key.export({ type: "pkcs8", format: "pem" }).toString(), /holds a private key/],
      ["certificates/dev.pem", /must be a certificate in PEM form/],
      [(await makeSealingController({ notAfter: Date.now() - 1000 })).pem, /expired at/],
    ];
    for (const [certificate, problem] of mistakes) {
      await declare({ ...credsMap(second), [`${publicKey}.300.creds`]: first.text }, certificate);
      for (const command of ["preview", "up"] as const) {
        const run = await project.run(command);
        expect(run.exitCode).not.toBe(0);
        expect(run.output).toMatch(problem);
        await expectNoSecrets(run);
      }
    }
    await declare({ ...credsMap(second), "a/b": first.text, nested: { seed: first.text } });
    const run = await project.run("preview");
    expect(run.output).toMatch(/key of a Secret[\s\S]*must be text/);
    await expectNoSecrets(run);
    expect(await encryptedData()).toEqual(before);
  });
});
