import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { IssuerInputs, SupersededGeneration } from "@haulway/providers/issuer/issuer";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestProject } from "./engine.ts";
import { loginAt, type Rights, refusedAt } from "./nats-rights.ts";

/** An issuer with the servers that trust it, as a scenario needs it. */
export interface TestIssuer {
  readonly inputs: IssuerInputs;
  /** URL of a nats-server. */
  readonly natsUrl: string;
  /** Variables that name the issuer's secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** The issuer's secrets themselves, to look for where they must not be. */
  readonly secrets: readonly string[];
  /** Revocations of the account: seconds by nkey. */
  revocations(): Promise<Readonly<Record<string, number>>>;
  /** Revokes credentials behind Haulway's back. */
  revoke(publicKey: string, before: number): Promise<void>;
}

/** What a step of the scenario declares differently from what is usual. */
interface Declaration extends Partial<Rights> {
  readonly epoch?: string;
  readonly expires?: number;
  /** Whether earlier credentials are retired in the same run; nobody uses them. Default: false. */
  readonly retire?: boolean;
}

/** The outputs of the user, as the program saw them in the last run that went through. */
interface ShownUser {
  readonly publicKey: string;
  readonly issuedAt: number;
  readonly reason: string;
  readonly superseded: readonly SupersededGeneration[];
  readonly creds: Readonly<Record<string, string>>;
}

const USER = "claims/intake/publisher";
const NAME = "test.claims.intake.publisher";
const INBOX = `_INBOX.${NAME}`;
const RIGHTS: Rights = { publish: ["claims.events.>"], subscribe: ["claims.commands.>"] };

/**
 * The life of a NATS user on the real engine, which is the same whoever issues it: defines the tests, for one issuer.
 *
 * @param issuer what the file's hooks have started
 */
export function natsUserScenario(issuer: () => TestIssuer): void {
  let project: TestProject;

  beforeEach(async () => {
    project = await TestProject.create({ ...issuer().environment });
  });

  afterEach(async () => {
    const { exitCode, output } = await project.run("destroy");
    expect(exitCode, output).toBe(0);
    await project.close();
  });

  function declare({
    epoch = "0.0",
    expires = 0,
    retire = false,
    ...rights
  }: Declaration = {}): Promise<void> {
    const { inputs } = issuer();
    const args = {
      user: USER,
      name: NAME,
      environment: "test",
      issuer: inputs,
      ...RIGHTS,
      ...rights,
      respond: false,
      inbox: INBOX,
      expires,
      rotation: { every: 0, overlap: 86_400, epoch },
      consumers: ["Deployment claims/intake on workload-a"],
    };
    const retirement = `new CredentialRetirement("retirement", {
      issuer: ${JSON.stringify(inputs)},
      users: [{ user: "${USER}", name: "${NAME}", publicKey, issuedAt, superseded, consumers: [] }],
      kubeconfigs: {},
      waitSeconds: 0,
    });`;
    return project.write(`
      import { writeFileSync } from "node:fs";
      import * as pulumi from "@pulumi/pulumi";
      import { CredentialRetirement } from ${JSON.stringify(project.from("components/nats/credential-retirement.ts"))};
      import { NatsUser } from ${JSON.stringify(project.from("components/nats/nats-user.ts"))};
      const user = new NatsUser("publisher", ${JSON.stringify(args)});
      const { publicKey, issuedAt, reason, superseded, creds } = user;
      ${retire ? retirement : ""}
      pulumi.all({ publicKey, issuedAt, reason, superseded, creds })
        .apply((outputs) => writeFileSync("outputs.json", JSON.stringify(outputs)));
    `);
  }

  async function up(): Promise<ShownUser> {
    const { exitCode, output } = await project.run("up");
    expect(exitCode, output).toBe(0);
    return JSON.parse(await readFile(join(project.directory, "outputs.json"), "utf8")) as ShownUser;
  }

  const refusedBy = (creds: string, rights: Rights) => refusedAt(issuer().natsUrl, creds, rights);
  const works = async (creds: string) =>
    expect(await refusedBy(creds, { publish: [], subscribe: [`${INBOX}.1`] })).toEqual([]);
  const isRefused = (creds: string) =>
    expect(loginAt(issuer().natsUrl, creds)).rejects.toThrow(/authorization violation/i);

  describe("a user", () => {
    it("gets creds for what is declared, once, and keeps them", async () => {
      await declare();
      const created = await up();
      const creds = presentCreds(created);
      expect(created).toMatchObject({ reason: "created", superseded: [] });
      expect(created.creds).toEqual({ [keyOf(created)]: creds, "nats.creds": creds });
      const allowed = { publish: ["claims.events.new"], subscribe: ["claims.commands.x", `${INBOX}.1`] };
      expect(await refusedBy(creds, allowed)).toEqual([]);
      const denied = { publish: ["quoting.events.new"], subscribe: ["claims.events.x", "_INBOX.other.1"] };
      expect(await refusedBy(creds, denied)).toHaveLength(3);

      const revocations = await issuer().revocations();
      expect((await project.run("refresh")).changes).toEqual({ refresh: 1 });
      expect((await project.run("preview")).changes).toEqual({ same: 1 });
      expect((await project.run("up")).changes).toEqual({ same: 1 });
      expect(await issuer().revocations()).toEqual(revocations);
    });

    it("keeps its creds, and the issuer's secrets, out of state, events and output in plain text", async () => {
      await declare();
      const first = await project.run("up");
      await declare({ epoch: "0.1", retire: true });
      const preview = await project.run("preview", "--diff");
      const shown = await up();
      const canaries = [...Object.values(shown.creds), ...issuer().secrets].flatMap(
        (text) => text.match(/S[AOU][A-Z2-7]{56}|eyJ[\w-]+\.[\w-]+\.[\w-]+|uat_\w+/g) ?? [],
      );
      expect(canaries.length).toBeGreaterThan(Object.keys(shown.creds).length);
      const places = {
        first: JSON.stringify(first),
        preview: JSON.stringify(preview),
        refresh: JSON.stringify(await project.run("refresh", "--diff")),
        again: JSON.stringify(await project.run("up", "--diff")),
        state: await project.stateText(),
      };
      for (const [place, text] of Object.entries(places)) {
        for (const canary of canaries) expect(text.includes(canary), place).toBe(false);
      }
    });
  });

  describe("a rotation", () => {
    it("for other permissions keeps the nkey, is announced, and leaves the old creds working", async () => {
      await declare();
      const before = await up();
      await declare({ publish: ["claims.audit.>"] });
      expect((await project.run("preview")).output).toContain(
        `rotate ${USER}: permissions changed: +publish claims.audit.>, -publish claims.events.>; rolls Deployment claims/intake on workload-a`,
      );
      const after = await up();

      expect(after.publicKey).toBe(before.publicKey);
      expect(after.issuedAt).toBeGreaterThan(before.issuedAt);
      expect(after.superseded).toMatchObject([{ publicKey: before.publicKey, issuedAt: before.issuedAt }]);
      expect(Object.keys(after.creds).sort()).toEqual([keyOf(before), keyOf(after), "nats.creds"].sort());
      expect(after.creds[keyOf(before)]).toBe(presentCreds(before));
      const audit = { publish: ["claims.audit.x"], subscribe: [] };
      expect(await refusedBy(presentCreds(after), audit)).toEqual([]);
      expect(await refusedBy(presentCreds(before), audit)).toHaveLength(1);
    });

    it("by epoch makes another nkey, and leaves the old creds working", async () => {
      await declare();
      const before = await up();
      await declare({ epoch: "1.0" });
      const after = await up();

      expect(after.publicKey).not.toBe(before.publicKey);
      expect(after.superseded).toMatchObject([{ publicKey: before.publicKey, issuedAt: before.issuedAt }]);
      await works(presentCreds(after));
      await works(presentCreds(before));
    });

    it.each([
      ["the same nkey", { publish: ["claims.audit.>"] }],
      ["another nkey", { epoch: "1.0" }],
    ])("to %s is finished by the retirement of the old creds", async (_, change) => {
      await declare({ retire: true });
      const before = await up();
      await works(presentCreds(before));
      await declare({ ...change, retire: true });
      const after = await up();

      await works(presentCreds(after));
      await isRefused(presentCreds(before));
      const revocations = await issuer().revocations();
      expect((await project.run("up")).changes).toEqual({ same: 2 });
      expect(await issuer().revocations()).toEqual(revocations);
    });

    it("follows a revocation from outside, when a refresh has seen it", async () => {
      await declare();
      const before = await up();
      await issuer().revoke(before.publicKey, before.issuedAt);
      // A control plane tells the servers when it finds the time.
      const login = () =>
        loginAt(issuer().natsUrl, presentCreds(before)).then((open) => open.close(), String);
      await expect.poll(login, { timeout: 20_000 }).toMatch(/authorization violation/i);
      expect((await project.run("up")).changes).toEqual({ same: 1 });
      expect((await project.run("refresh")).exitCode).toBe(0);
      const after = await up();

      await works(presentCreds(after));
      expect((await project.run("up")).changes).toEqual({ same: 1 });
    });
  });

  describe("the removal of a user", () => {
    it("ends all its creds", async () => {
      await declare();
      const first = await up();
      await declare({ epoch: "1.0" });
      const second = await up();
      await declare({ epoch: "1.0", publish: [] });
      const third = await up();
      await project.write("");
      const { exitCode, output } = await project.run("up");
      expect(exitCode, output).toBe(0);
      for (const generation of [first, second, third]) await isRefused(presentCreds(generation));
    });
  });
}

/** The key of a generation's creds file. */
function keyOf({ publicKey, issuedAt }: Pick<ShownUser, "publicKey" | "issuedAt">): string {
  return `${publicKey}.${issuedAt}.creds`;
}

function presentCreds({ creds }: ShownUser): string {
  return creds["nats.creds"] ?? "";
}
