import type {
  ConsumedUser,
  Consumer,
  CredentialRetirementInputs,
  CredentialRetirementOutputs,
} from "@haulway/providers/credential-retirement/properties";
import { credentialRetirementProvider } from "@haulway/providers/credential-retirement/provider";
import type { Rollout } from "@haulway/providers/credential-retirement/rollout";
import { UNKNOWN } from "@haulway/providers/dynamic-provider";
import { generationId, type Revocation, type SupersededGeneration } from "@haulway/providers/issuer/issuer";
import { beforeEach, describe, expect, it } from "vitest";

const START = 1_800_000_000;
const DAY = 86_400;
const KUBECONFIG = "the kubeconfig";

const CONSUMER: Consumer = {
  cluster: "workload-a",
  namespace: "claims",
  deployment: "intake",
  annotation: "haulway.dev/nats-publisher",
};

/** The generation that was superseded a minute ago, in a rotation with an overlap of a day. */
const FIRST: SupersededGeneration = {
  publicKey: "K",
  issuedAt: START - 90 * DAY,
  retireAt: START - 60 + DAY,
  reason: "created",
};

/** A user whose credentials were made anew for the first time. */
const ROTATED: ConsumedUser = {
  user: "claims/intake/publisher",
  name: "test.claims.intake.publisher",
  publicKey: "K",
  issuedAt: START - 60,
  superseded: [FIRST],
  consumers: [CONSUMER],
};

/** Another user of another Deployment, in the same situation. */
const OTHER: ConsumedUser = {
  ...ROTATED,
  user: "claims/archive/reader",
  name: "test.claims.archive.reader",
  publicKey: "L",
  superseded: [{ ...FIRST, publicKey: "L" }],
  consumers: [{ ...CONSUMER, deployment: "archive", annotation: "haulway.dev/nats-reader" }],
};

function inputs(users: readonly ConsumedUser[], change: Partial<CredentialRetirementInputs> = {}) {
  const declared: CredentialRetirementInputs = {
    issuer: {
      kind: "synadia",
      url: "https://cloud.synadia.com",
      accountId: "2bKAVoSBsfwNDAEj5MdMaiwqj8e",
      signingKeyGroup: "Default",
      tokenFrom: "SYNADIA_TOKEN",
      parallelCalls: 8,
    },
    users,
    kubeconfigs: { "workload-a": KUBECONFIG, "workload-b": KUBECONFIG },
    waitSeconds: 300,
    ...change,
  };
  return declared;
}

let now: number;
let lines: string[];
let calls: string[];
let revoked: (readonly Revocation[])[];
/** What the API server says of a Deployment, by its name; it throws for a cluster that does not answer. */
let look: (deployment: string) => Rollout;
let revoke: () => Promise<void>;

const provider = credentialRetirementProvider({
  connectIssuer: () => ({
    verify: async () => {
      calls.push("verify");
    },
    revoke: async (revocations) => {
      calls.push("revoke");
      revoked.push(revocations);
      await revoke();
    },
  }),
  connectCluster: async (kubeconfig) => {
    expect(kubeconfig).toBe(KUBECONFIG);
    calls.push("connect");
    return {
      look: async (_namespace, deployment) => {
        calls.push(`look ${deployment}`);
        return look(deployment);
      },
    };
  },
  now: () => now,
  sleep: async (milliseconds) => {
    now += milliseconds / 1000;
  },
  report: (line) => lines.push(line),
});

beforeEach(() => {
  now = START;
  lines = [];
  calls = [];
  revoked = [];
  revoke = async () => undefined;
  look = () => rollout("before");
});

/** A Deployment of two pods, before or after it has rolled to the present generation of a user. */
function rollout(to: "before" | ConsumedUser): Rollout {
  const annotations = Object.fromEntries(
    to === "before" ? [] : to.consumers.map(({ annotation }) => [annotation, generationId(to)]),
  );
  return {
    deployment: {
      metadata: { generation: 1 },
      spec: { selector: {}, template: { metadata: { annotations } } },
      status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    },
    pods: [],
  };
}

/** The properties that the engine records of a resource that is not finished, and what the person is told. */
async function unfinished(run: Promise<unknown>) {
  const error: unknown = await run.then(
    () => expect.unreachable("it should not have finished"),
    (reason: unknown) => reason,
  );
  const { properties, message } = error as {
    readonly properties: CredentialRetirementOutputs;
    readonly message: string;
  };
  return { properties, message };
}

function waiting(elapsed: number): string {
  return `retire: waiting for roll-outs (${elapsed} of at most 300 s): Deployment claims/intake on workload-a has not rolled (its pod template names other credentials)`;
}

describe("a retirement", () => {
  it("asks nobody when nothing is superseded", async () => {
    const { outs } = await provider.create(inputs([{ ...ROTATED, superseded: [] }]));
    expect(calls).toEqual([]);
    expect(outs.retired).toEqual({ [ROTATED.user]: generationId(ROTATED) });
    expect(await provider.diff("id", outs, inputs([{ ...ROTATED, superseded: [] }]))).toMatchObject({
      changes: false,
    });
    expect(lines).toEqual([]);
  });

  it("revokes for all users at once when everything has rolled, and keeps no kubeconfig", async () => {
    look = (deployment) => rollout(deployment === "intake" ? ROTATED : OTHER);
    const { outs } = await provider.create(inputs([ROTATED, OTHER]));
    expect(revoked).toEqual([
      [
        { publicKey: "K", before: ROTATED.issuedAt - 1 },
        { publicKey: "L", before: OTHER.issuedAt - 1 },
      ],
    ]);
    expect(now).toBe(START);
    expect(outs.retired).toEqual({
      [ROTATED.user]: generationId(ROTATED),
      [OTHER.user]: generationId(OTHER),
    });
    expect(JSON.stringify(outs)).not.toContain(KUBECONFIG);
    expect(
      await provider.diff("id", outs, inputs([ROTATED, OTHER], { kubeconfigs: {}, waitSeconds: 1 })),
    ).toMatchObject({ changes: false });
  });

  it("revokes at once what nothing consumes", async () => {
    await provider.create(inputs([{ ...ROTATED, consumers: [] }]));
    expect(calls).toEqual(["verify", "revoke"]);
  });

  it("waits, says so, and goes on as soon as the last Deployment has rolled", async () => {
    look = () => rollout(now >= START + 40 ? ROTATED : "before");
    await provider.create(inputs([ROTATED]));
    expect(now).toBe(START + 40);
    expect(lines).toEqual([
      waiting(0),
      waiting(15),
      waiting(30),
      "retire claims/intake/publisher: old credentials (issued 2026-10-17T08:00:00Z) are revoked: everything that uses them has rolled",
    ]);
  });

  it("says at once when what it waits for has changed, and looks no more at what has rolled", async () => {
    look = (deployment) => rollout(deployment === "intake" ? ROTATED : now >= START + 2 ? OTHER : "before");
    const second = { ...ROTATED, user: "claims/intake/reader", superseded: OTHER.superseded };
    await provider.create(inputs([ROTATED, OTHER, second]));
    expect(calls).toEqual([
      "verify",
      "connect",
      "look intake",
      "look archive",
      "look archive",
      "look archive",
      "revoke",
    ]);
  });

  it("that is not finished in time revokes what it can, names the rest, and is finished by the next run", async () => {
    look = (deployment) => (deployment === "intake" ? rollout(ROTATED) : rollout("before"));
    const { properties, message } = await unfinished(provider.create(inputs([ROTATED, OTHER])));

    expect(now).toBe(START + 300);
    expect(revoked).toEqual([[{ publicKey: "K", before: ROTATED.issuedAt - 1 }]]);
    expect(message).toBe(
      "The old credentials of claims/archive/reader (issued 2026-10-17T08:00:00Z) stay valid, at most until the first run " +
        "after 2027-01-16T07:59:00Z, because Deployment claims/archive on workload-a has not rolled (its pod template names " +
        "other credentials). Run again when everything has rolled.",
    );
    lines = [];
    expect(await provider.diff("id", properties, inputs([ROTATED, OTHER]))).toMatchObject({ changes: true });
    expect(lines).toEqual([
      "retire claims/archive/reader: old credentials (issued 2026-10-17T08:00:00Z) are revoked when Deployment claims/archive on workload-a has rolled, at 2027-01-16T07:59:00Z at the latest",
    ]);

    calls = [];
    look = () => rollout(OTHER);
    const { outs } = await provider.update("id", properties, inputs([ROTATED, OTHER]));
    expect(calls).toEqual(["verify", "connect", "look archive", "revoke"]);
    expect(revoked[1]).toEqual([{ publicKey: "L", before: OTHER.issuedAt - 1 }]);
    expect(await provider.diff("id", outs, inputs([ROTATED, OTHER]))).toMatchObject({ changes: false });
  });

  it("revokes at the end of the overlap, when that comes while it waits, and says so", async () => {
    const short = { ...ROTATED, superseded: [{ ...FIRST, retireAt: START + 20 }] };
    await provider.create(inputs([short]));
    expect(now).toBe(START + 20);
    expect(revoked).toHaveLength(1);
    expect(lines.at(-1)).toBe(
      "retire claims/intake/publisher: old credentials (issued 2026-10-17T08:00:00Z) are revoked, because their time was up, although " +
        "Deployment claims/intake on workload-a has not rolled (its pod template names other credentials)",
    );
  });

  it("gives a roll-out that only this run has begun its time, although the overlap is over", async () => {
    now = START + 2 * DAY;
    look = () => rollout(now >= START + 2 * DAY + 30 ? ROTATED : "before");
    await provider.create(inputs([ROTATED]));
    expect(now).toBe(START + 2 * DAY + 30);
    expect(lines.at(-1)).toContain("everything that uses them has rolled");
  });

  it("takes a cluster that does not answer for one that has not rolled, and names it", async () => {
    look = () => {
      throw new Error("https://x does not answer: connect\nECONNREFUSED");
    };
    const { message } = await unfinished(provider.create(inputs([ROTATED], { waitSeconds: 0 })));
    expect(message).toContain(
      "Deployment claims/intake on workload-a has not rolled (the cluster cannot be asked: https://x does not answer: connect ECONNREFUSED)",
    );
    expect(calls).toEqual(["verify", "connect", "look intake"]);

    now = START + 2 * DAY;
    await provider.create(inputs([ROTATED], { waitSeconds: 0 }));
    expect(revoked).toHaveLength(1);
  });

  it("records nothing as retired when the issuer fails", async () => {
    look = () => rollout(ROTATED);
    revoke = () => Promise.reject(new Error("the control plane is down"));
    const { properties, message } = await unfinished(provider.create(inputs([ROTATED])));
    expect(message).toBe(
      "Old credentials of claims/intake/publisher may still be valid: the control plane is down",
    );
    expect(properties.retired).toEqual({ [ROTATED.user]: generationId(FIRST) });
    expect(await provider.diff("id", properties, inputs([ROTATED]))).toMatchObject({ changes: true });
  });

  it("does not wait for anything when the issuer would refuse the revocation", async () => {
    const refusing = credentialRetirementProvider({
      connectIssuer: () => ({
        verify: () => Promise.reject(new Error("nats.synadia.tokenFrom is wrong")),
        revoke: () => Promise.reject(new Error("not to be called")),
      }),
      connectCluster: () => Promise.reject(new Error("not to be called")),
      now: () => START,
      sleep: () => Promise.reject(new Error("not to be called")),
      report: () => undefined,
    });
    const { properties, message } = await unfinished(refusing.create(inputs([ROTATED])));
    expect(message).toBe("nats.synadia.tokenFrom is wrong");
    expect(properties.users).toMatchObject([{ superseded: ROTATED.superseded }]);
  });

  it("drops a user that is gone, with what was pending for it", async () => {
    const { properties } = await unfinished(provider.create(inputs([ROTATED, OTHER], { waitSeconds: 0 })));
    calls = [];
    look = () => rollout(ROTATED);
    const { outs } = await provider.update("id", properties, inputs([ROTATED]));
    expect(Object.keys(outs.retired)).toEqual([ROTATED.user]);
    expect(outs.users.map(({ user }) => user)).toEqual([ROTATED.user]);
    expect(revoked.flat().map(({ publicKey }) => publicKey)).toEqual(["K"]);
  });

  it("is not looked at by a refresh and revokes nothing when it is deleted", async () => {
    const { outs } = await provider.create(inputs([{ ...ROTATED, superseded: [] }]));
    expect(await provider.read("id", outs)).toEqual({ id: "id", props: outs });
    await provider.delete("id", outs);
    expect(calls).toEqual([]);
  });
});

describe("a preview of a retirement", () => {
  const done: CredentialRetirementOutputs = {
    issuer: inputs([]).issuer,
    users: [{ ...ROTATED, issuedAt: START - 90 * DAY, superseded: [] }],
    retired: { [ROTATED.user]: `K.${START - 90 * DAY}` },
  };

  it.each([
    [
      [CONSUMER, { ...CONSUMER, cluster: "workload-b" }],
      "when Deployment claims/intake on workload-a and Deployment claims/intake on workload-b have rolled",
    ],
    [[], "at once, since nothing consumes them"],
  ])("says what it waits for", async (consumers, moment) => {
    expect(await provider.diff("id", done, inputs([{ ...ROTATED, consumers }]))).toMatchObject({
      changes: true,
      replaces: [],
    });
    expect(lines).toEqual([
      `retire claims/intake/publisher: old credentials (issued 2026-10-17T08:00:00Z) are revoked ${moment}, at 2027-01-16T07:59:00Z at the latest`,
    ]);
    expect(calls).toEqual([]);
  });

  it("says of credentials that nobody knows that it does not know their age", async () => {
    const superseded = [{ publicKey: "K", issuedAt: 0, retireAt: START + DAY, reason: "adopted" }];
    await provider.diff("id", { ...done, users: [], retired: {} }, inputs([{ ...ROTATED, superseded }]));
    expect(lines[0]).toContain("old credentials (adopted, of unknown age) are revoked when");
  });

  it("is a change, and says nothing, while generations are not known", async () => {
    const unknown = {
      ...ROTATED,
      publicKey: UNKNOWN,
      issuedAt: UNKNOWN,
      superseded: UNKNOWN,
    } as unknown as ConsumedUser;
    expect(await provider.diff("id", done, inputs([unknown]))).toMatchObject({ changes: true });
    expect(lines).toEqual([]);
  });
});

async function failures(declared: CredentialRetirementInputs): Promise<string[]> {
  const result = await provider.check({}, declared);
  return result.failures.map(({ property, reason }) => `${property} ${reason}`);
}

describe("the check of a retirement", () => {
  it("accepts what is right, and what is not known yet", async () => {
    expect(await failures(inputs([ROTATED, OTHER]))).toEqual([]);
    expect(await failures(inputs([], { users: UNKNOWN as unknown as [] }))).toEqual([]);
    const unknown = { ...ROTATED, superseded: UNKNOWN as unknown as [] };
    expect(await failures(inputs([unknown], { kubeconfigs: { "workload-a": UNKNOWN } }))).toEqual([]);
  });

  it("reports every problem", async () => {
    const younger = [{ publicKey: "K", issuedAt: START, retireAt: START + DAY, reason: "window" }];
    const declared = inputs([ROTATED, { ...ROTATED, superseded: younger }], {
      kubeconfigs: {},
      waitSeconds: -1,
    });
    expect(await failures(declared)).toEqual([
      "waitSeconds must be a number of seconds, 0 or more; it is -1",
      "kubeconfigs must hold one of workload-a, where claims/intake/publisher is consumed",
      "users must name claims/intake/publisher once",
      `users holds a superseded generation of claims/intake/publisher, K.${START}, that is younger than the present one, K.${START - 60}, of the same nkey, and cannot be revoked without it; rotate the user with another epoch, which makes a new nkey`,
      "kubeconfigs must hold one of workload-a, where claims/intake/publisher is consumed",
    ]);
  });
});
