import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AccountRecord, SynadiaState } from "../../../../local/stand-ins/synadia/state.ts";
import { natsAnnotation } from "../../../../manifests/workload/nats.ts";
import { connects } from "../login.ts";
import { NAMES } from "./declaration.ts";
import { readEventLog } from "./engine-run.ts";
import type { Scenario } from "./scenario.ts";
import type { Site, Snapshot } from "./site.ts";

/** Key of the present creds in the Secret. */
const PRESENT = "nats.creds";

/** Everything that is not as it has to be after a scenario; empty when all is well. */
export async function problemsOf(
  site: Site,
  { ends }: Pick<Scenario, "ends">,
  snapshot: Snapshot | undefined,
): Promise<string[]> {
  const account = accountOf(await site.synadia());
  const secret = await site.secret();
  const problems =
    ends === "empty" ? await problemsOfNothing(site, account) : await problemsOfUser(site, account);
  const old = decoded(snapshot?.secret.data?.[PRESENT]);
  const present = decoded(secret?.data?.[PRESENT]);
  if (old !== undefined && old !== present && (await connects(site.slot.url, old))) {
    problems.push("the old creds still connect");
  }
  return [...problems, ...(await plaintextIn(site))];
}

async function problemsOfNothing(site: Site, account: AccountRecord): Promise<string[]> {
  const problems: string[] = [];
  if (account.users.length > 0) problems.push(`the account has ${account.users.length} users, expected none`);
  if ((await site.secret()) !== undefined) problems.push("the Secret is still there");
  if ((await site.deployment()) !== undefined) problems.push("the Deployment is still there");
  const files = await git(site, "ls-tree", "-r", "--name-only", "main");
  if (files !== "") problems.push(`the state store still holds ${files.trim()}`);
  const resources = resourcesOf(site).filter(({ type }) => type !== "pulumi:pulumi:Stack");
  if (resources.length > 0) problems.push(`the state still holds ${resources.length} resources`);
  return problems;
}

async function problemsOfUser(site: Site, account: AccountRecord): Promise<string[]> {
  const [user, ...orphans] = account.users;
  if (user === undefined) return ["the account has no user"];
  const problems: string[] = [];
  if (orphans.length > 0) problems.push(`the account has ${orphans.length} users too many`);
  const live = liveJwts(account);
  if (live !== 1) problems.push(`${live} JWTs are valid, expected 1`);

  const secret = await site.secret();
  const creds = decoded(secret?.data?.[PRESENT]);
  if (secret === undefined || creds === undefined) return [...problems, "the Secret holds no creds"];
  if (!(await connects(site.slot.url, creds))) problems.push("the creds of the Secret do not connect");

  const outputs = resourcesOf(site).find(({ type }) => type.endsWith(":NatsUser"))?.outputs ?? {};
  const generation = `${String(outputs["publicKey"])}.${String(outputs["issuedAt"])}`;
  if (outputs["publicKey"] !== user.publicKey) problems.push("the state names another nkey than the account");
  if (decoded(secret.data?.[`${generation}.creds`]) !== creds) {
    problems.push(`the Secret does not hold ${generation}`);
  }
  const deployment = await site.deployment();
  if (!JSON.stringify(deployment).includes(JSON.stringify({ [natsAnnotation(NAMES.user)]: generation }))) {
    problems.push(`the Deployment does not name ${generation}`);
  }
  const committed = await git(site, "show", `main:teams/${NAMES.team}/generation.txt`);
  if (committed !== generation) problems.push(`the state store names ${committed}, expected ${generation}`);
  return problems;
}

/** JWTs with a seed that were given out and that no revocation covers. */
function liveJwts({ users, revocations }: AccountRecord): number {
  return users
    .flatMap(({ issuances }) => issuances)
    .flatMap(({ sub, events }) => events.map(({ iat }) => ({ sub, iat })))
    .filter(({ sub, iat }) => iat > (revocations[sub]?.before ?? -1)).length;
}

interface StateResource {
  readonly type: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

function resourcesOf(site: Site): readonly StateResource[] {
  const state = JSON.parse(site.checkpoint()) as {
    checkpoint: { latest?: { resources?: readonly StateResource[] } };
  };
  return state.checkpoint.latest?.resources ?? [];
}

function accountOf({ accounts: [account] }: SynadiaState): AccountRecord {
  if (account === undefined) throw new Error("The stand-in has no account");
  return account;
}

function decoded(data: string | undefined): string | undefined {
  return data === undefined ? undefined : Buffer.from(data, "base64").toString();
}

/** What must not stand anywhere as it is, nor in the encoding of a Secret. */
const SECRETS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "an nkey seed", pattern: /\bS[UAO][A-Z2-7]{56}\b/ },
  { what: "a JWT", pattern: /\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{16,}/ },
  { what: "an encoded creds file", pattern: /LS0tLS1CRUdJTiBOQVRT/ },
];

async function plaintextIn(site: Site): Promise<string[]> {
  const places: Readonly<Record<string, readonly (string | Buffer)[]>> = {
    "the backend": site.bucket.written,
    "the output": site.outputs,
    "the events": await Promise.all(site.outputs.map((_, run) => readEventLog(site.eventLog(run)))),
    "a temporary file": await temporaryFiles(site),
    "the state store": [await git(site, "log", "--all", "--patch")],
  };
  return Object.entries(places).flatMap(([place, texts]) => {
    const text = texts.join("\n");
    const found = SECRETS.filter(({ pattern }) => pattern.test(text)).map(({ what }) => what);
    if (text.includes(site.token)) found.push("the API token");
    return found.map((what) => `${place} holds ${what}`);
  });
}

async function temporaryFiles({ directory }: Site): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith("events-"));
  return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
}

/** Runs git in the state store's repository; an empty repository answers with nothing. */
async function git(site: Site, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)("git", ["-C", site.repository, ...args])).stdout;
  } catch {
    return "";
  }
}
