import type { OperatorIssuerInputs } from "@haulway/providers/issuer/issuer";
import { checkSecrets, readSystemCreds } from "@haulway/providers/issuer/operator/secrets";
import { encodeUser, fmtCreds } from "@nats-io/jwt";
import {
  createAccount,
  createOperator,
  createServer,
  createUser,
  fromPublic,
  type KeyPair,
} from "@nats-io/nkeys";
import { afterEach, describe, expect, it, vi } from "vitest";

const INPUTS: OperatorIssuerInputs = {
  kind: "operator",
  servers: "nats://127.0.0.1:4222",
  account: createAccount().getPublicKey(),
  signingKeyFrom: "SIGNING",
  operatorKeyFrom: "OPERATOR",
  systemCredsFrom: "SYSTEM",
};

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const seedOf = (pair: KeyPair) => text(pair.getSeed());

async function credsOf(
  account: KeyPair,
  options: { signer?: KeyPair; seed?: KeyPair } = {},
): Promise<string> {
  const user = createUser();
  const { signer } = options;
  const jwt =
    signer === undefined
      ? await encodeUser("system", user, account)
      : await encodeUser("system", user, fromPublic(account.getPublicKey()), {}, { signer });
  return text(fmtCreds(jwt, options.seed ?? user));
}

const MIXED = await credsOf(createAccount(), { seed: createUser() });

const RIGHT = {
  SIGNING: seedOf(createAccount()),
  OPERATOR: seedOf(createOperator()),
  SYSTEM: await credsOf(createAccount()),
};

function provide(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries({ ...RIGHT, ...variables })) vi.stubEnv(name, value);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What the check says, which must hold no secret. */
async function complaint(): Promise<string> {
  const message = await checkSecrets(INPUTS).then(
    () => "nothing",
    (error: Error) => error.message,
  );
  for (const name of ["SIGNING", "OPERATOR", "SYSTEM"]) {
    for (const line of (process.env[name] ?? "")
      .split("\n")
      .filter((part) => part.length > 40 && !/[ *]/.test(part)))
      expect(message).not.toContain(line);
  }
  return message;
}

describe("the secrets of an operator", () => {
  it("are in order when each is what its setting asks for", async () => {
    provide({});
    expect(await complaint()).toBe("nothing");
  });

  it("may have white space around them", async () => {
    provide({
      SIGNING: `  ${RIGHT.SIGNING}\r\n`,
      SYSTEM: `\n${RIGHT.SYSTEM.replaceAll("\n", "\r\n").trimEnd()}`,
    });
    expect(await complaint()).toBe("nothing");
  });

  it.each([
    ["of an operator", seedOf(createOperator()), "the seed of an operator (SO…)"],
    ["of a user", seedOf(createUser()), "the seed of a user (SU…)"],
    ["of a server", seedOf(createServer()), "the seed of a server (SN…)"],
    ["that is public", createAccount().getPublicKey(), "a public key, which is no seed"],
    ["that is damaged", RIGHT.SIGNING.slice(0, -1), "a seed of which a character was lost or changed"],
    ["that is a creds file", RIGHT.SYSTEM, "a creds file"],
    ["that is a JWT", /eyJ\S+/.exec(RIGHT.SYSTEM)?.[0] ?? "", "a JWT"],
    ["that is anything", "correct horse battery staple correct horse", "something else"],
  ])("are refused with a signing key %s", async (_, secret, found) => {
    provide({ SIGNING: secret });
    const message = await complaint();
    expect(message).toContain(
      `nats.operator.signingKeyFrom (SIGNING) must hold the seed of a signing key of account ${INPUTS.account} (SA…)`,
    );
    expect(message).toContain(`but holds ${found}`);
  });

  it("are refused with an operator's key that is an account's", async () => {
    provide({ OPERATOR: seedOf(createAccount()) });
    expect(await complaint()).toMatch(
      /^nats\.operator\.operatorKeyFrom \(OPERATOR\) must hold the seed of the operator .*\(SO…\), but holds the seed of an account \(SA…\)\.$/,
    );
  });

  it.each([
    ["a seed", seedOf(createUser()), /must hold a creds file, but holds the seed of a user/],
    [
      "half of a creds file",
      RIGHT.SYSTEM.split("************")[0] ?? "",
      /but holds a creds file, or the beginning/,
    ],
    ["another's seed", MIXED, /belongs to another user/],
    ["a changed JWT", RIGHT.SYSTEM.replace(/(eyJ\S+)\.(\S{20})/, "$1.AAAAAAAAAAAAAAAAAAAA"), /damaged/],
  ])("are refused with system creds that are %s", async (_, secret, found) => {
    provide({ SYSTEM: secret });
    const message = await complaint();
    expect(message).toContain("nats.operator.systemCredsFrom (SYSTEM)");
    expect(message).toMatch(found);
  });

  it("are complained about all at once", async () => {
    provide({ SIGNING: "", OPERATOR: seedOf(createUser()), SYSTEM: "x" });
    const lines = (await complaint()).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^nats\.operator\.signingKeyFrom names the variable SIGNING, but neither SIGNING nor/,
    );
    expect(lines[1]).toContain("nats.operator.operatorKeyFrom (OPERATOR)");
    expect(lines[2]).toContain("nats.operator.systemCredsFrom (SYSTEM)");
  });
});

describe("system creds", () => {
  it("tell the account of their user, whoever signed", async () => {
    const [account, signer] = [createAccount(), createAccount()];
    provide({ SYSTEM: await credsOf(account) });
    expect((await readSystemCreds(INPUTS)).account).toBe(account.getPublicKey());
    provide({ SYSTEM: await credsOf(account, { signer }) });
    expect((await readSystemCreds(INPUTS)).account).toBe(account.getPublicKey());
  });
});
