import { openLedger, settle } from "@haulway/providers/credential-retirement/ledger";
import type { NatsUserInputs, NatsUserOutputs } from "@haulway/providers/nats-user/properties";
import type { NatsUserView } from "@haulway/providers/synadia/types";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DECLARED, declaredRights, EngineModel, FAULTS, type Fault, rightsOf } from "./nats-user-world.ts";

const { every, overlap } = DECLARED.rotation;

/** What a team or a platform engineer may change. */
const CHANGES: readonly Partial<NatsUserInputs>[] = [
  {},
  { publish: [] },
  { respond: true },
  { rotation: { ...DECLARED.rotation, epoch: "0.1" } },
  { rotation: { ...DECLARED.rotation, epoch: "0.2" }, publish: ["claims.audit.>"] },
];

/** What happens besides. */
const OUTSIDE = {
  "the nkey is changed": (engine: EngineModel, user: NatsUserView) => {
    engine.world.rekey(user);
  },
  "the nkey is changed and creds are downloaded": (engine: EngineModel, user: NatsUserView) => {
    engine.world.download(engine.world.rekey(user));
  },
  "the user is deleted": (engine: EngineModel, user: NatsUserView) => {
    engine.world.users.delete(user.id);
    // Credentials of an nkey that was in no state yet: nobody can know of them any more.
    const known = [engine.state, ...(engine.state?.superseded ?? [])].map((one) => one?.publicKey);
    for (const { publicKey } of engine.world.accepted()) {
      if (!known.includes(publicKey)) engine.world.revocations.set(publicKey, engine.world.now);
    }
  },
  "the creds are revoked": (engine: EngineModel, user: NatsUserView) => {
    engine.world.revocations.set(user.user_public_key, engine.world.now);
  },
  "the creds are revoked for long": (engine: EngineModel, user: NatsUserView) => {
    engine.world.revocations.set(user.user_public_key, engine.world.now + 10 * every);
  },
  "the rights are widened": (engine: EngineModel, user: NatsUserView) => {
    engine.world.put({ ...user, jwt_settings: { ...user.jwt_settings, pub: { allow: [">"] } } });
  },
} as const;

type OutsideEvent = keyof typeof OUTSIDE;

async function happen(engine: EngineModel, event: OutsideEvent): Promise<void> {
  for (const user of engine.world.users.values()) OUTSIDE[event](engine, user);
  await engine.refresh();
}

/** The generations that are to work now according to a state, by what the state says of them. */
function alive(engine: EngineModel): { publicKey: string; issuedAt: number }[] {
  const { state, world } = engine;
  if (state === undefined) return [];
  const superseded = state.superseded.filter(({ retireAt }) => retireAt > world.now + 10);
  return [state, ...superseded].filter((generation) => world.accepts(generation));
}

/** Runs, and makes sure that no credentials stop working that a pod may still have. */
async function up(engine: EngineModel, news: NatsUserInputs, fault?: Fault) {
  const before = alive(engine);
  const ending = await engine.up(news, fault);
  expect(before.filter((generation) => !engine.world.accepts(generation))).toEqual([]);
  return ending;
}

/** Revokes what CredentialRetirement revokes when every consumer has rolled. */
function retire({ world, state }: EngineModel): void {
  if (state === undefined) return;
  const { user, issuer } = DECLARED;
  const [entry] = openLedger(undefined, { issuer, users: [{ ...state, user, consumers: [] }] });
  if (entry === undefined) throw new Error("no entry");
  for (const { publicKey, before } of settle(entry, true, world.now).revocations) {
    world.revocations.set(publicKey, Math.max(before, world.revocations.get(publicKey) ?? 0));
  }
}

/** There is one user, with credentials that do what is declared. */
function expectUsable({ state, world }: EngineModel, news: NatsUserInputs): NatsUserOutputs {
  if (state === undefined) throw new Error("no state");
  expect([...world.users.values()]).toMatchObject([
    { id: state.userId, name: news.name, user_public_key: state.publicKey },
  ]);
  const present = world.issued.find(
    ({ publicKey, issuedAt }) => publicKey === state.publicKey && issuedAt === state.issuedAt,
  );
  expect(world.accepts(state)).toBe(true);
  expect(rightsOf(present?.settings ?? {})).toEqual(declaredRights(news));
  const known = [...state.superseded, state].filter(({ issuedAt }) => issuedAt !== 0);
  expect(Object.keys(state.creds)).toEqual([
    ...known.map(({ publicKey, issuedAt }) => `${publicKey}.${issuedAt}.creds`),
    "nats.creds",
  ]);
  expect(state.creds["nats.creds"]).toBe(state.creds[`${state.publicKey}.${state.issuedAt}.creds`]);
  return state;
}

/** Everything that must be so when a run has gone through. */
async function expectSettled(engine: EngineModel, news: NatsUserInputs): Promise<NatsUserOutputs> {
  const { world } = engine;
  const state = expectUsable(engine, news);
  const [user] = world.users.values();
  expect(rightsOf(user?.jwt_settings ?? {})).toEqual(declaredRights(news));

  expect(await engine.up(news)).toBe("done");
  expect(world.calls).toEqual([]);
  expect(await engine.refresh()).toBe("done");
  expect(await engine.up(news)).toBe("done");
  expect(world.calls).toEqual([]);
  expect(engine.state).toEqual(state);
  return state;
}

/** Everything that must be so when the pods have rolled, and when the user is gone. */
async function expectNothingLeft(engine: EngineModel): Promise<void> {
  retire(engine);
  const { state, world } = engine;
  expect(world.accepted().map(({ publicKey, issuedAt }) => ({ publicKey, issuedAt }))).toEqual([
    { publicKey: state?.publicKey, issuedAt: state?.issuedAt },
  ]);
  expect(await engine.destroy()).toBe("done");
  expect([...world.users.values()]).toEqual([]);
  expect(world.accepted()).toEqual([]);
}

/** A user that has rotated once already, so that there is a superseded generation. */
async function rotatedOnce(): Promise<EngineModel> {
  const engine = new EngineModel();
  await engine.up(DECLARED);
  engine.world.now += every;
  await engine.up(DECLARED);
  engine.world.now += 50;
  return engine;
}

/** The same, with creds of another nkey that somebody else has made and no state knows of. */
async function rotatedTwice(): Promise<EngineModel> {
  const engine = await rotatedOnce();
  for (const user of engine.world.users.values()) engine.world.download(engine.world.rekey(user));
  return engine;
}

interface Scenario {
  readonly begin: () => Promise<EngineModel>;
  readonly news: NatsUserInputs;
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  creation: { begin: async () => new EngineModel(), news: DECLARED },
  "the window opening": {
    begin: async () => {
      const engine = await rotatedOnce();
      engine.world.now += every;
      return engine;
    },
    news: DECLARED,
  },
  ...Object.fromEntries(
    CHANGES.slice(1).map((change) => [
      `the change ${JSON.stringify(change)}`,
      { begin: rotatedOnce, news: { ...DECLARED, ...change } },
    ]),
  ),
  "an expiry": { begin: rotatedOnce, news: { ...DECLARED, expires: 1_900_000_000 } },
  ...Object.fromEntries(
    Object.keys(OUTSIDE).flatMap((event) =>
      [CHANGES[0], CHANGES[3]].map((change) => [
        `the repair after ${event} with ${JSON.stringify(change)}`,
        {
          begin: async () => {
            const engine = await rotatedOnce();
            await happen(engine, event as OutsideEvent);
            return engine;
          },
          news: { ...DECLARED, ...change },
        },
      ]),
    ),
  ),
};

describe("a run that goes wrong at any of its calls is finished by the next", () => {
  it.each(Object.entries(SCENARIOS))("%s", async (_, { begin, news }) => {
    const clean = await begin();
    expect(await up(clean, news)).toBe("done");
    const calls = [...clean.world.calls];
    expect(calls).not.toEqual([]);
    await expectSettled(clean, news);
    await expectNothingLeft(clean);

    for (const kind of FAULTS) {
      for (const call of calls.keys()) {
        const engine = await begin();
        const ending = await up(engine, news, { call, kind });
        if (kind.startsWith("kill")) expect(ending).toBe("killed");
        expect(await up(engine, news), `${kind} at ${calls[call]}`).toBe("done");
        await expectSettled(engine, news);
        await expectNothingLeft(engine);
      }
    }
  });

  it("the removal, also of credentials that others issued for another nkey", async () => {
    const clean = await rotatedTwice();
    expect(await clean.destroy()).toBe("done");
    const calls = [...clean.world.calls];
    for (const kind of FAULTS) {
      for (const call of calls.keys()) {
        const engine = await rotatedTwice();
        await engine.destroy({ call, kind });
        expect(await engine.destroy(), `${kind} at ${calls[call]}`).toBe("done");
        expect([...engine.world.users.values()]).toEqual([]);
        expect(engine.world.accepted()).toEqual([]);
      }
    }
  });

  it("an epoch, without another nkey when there is a new one already", async () => {
    const news = { ...DECLARED, ...CHANGES[3] };
    const clean = await rotatedOnce();
    await up(clean, news);
    const rotation = clean.world.calls.indexOf("rotateUser");
    for (let call = rotation; call < clean.world.calls.length; call++) {
      const engine = await rotatedOnce();
      expect(await up(engine, news, { call, kind: "kill after" })).toBe("killed");
      expect(await up(engine, news)).toBe("done");
      expect(engine.world.calls).not.toContain("rotateUser");
    }
  });

  it("a change that is taken back after its credentials were issued and lost", async () => {
    const news = { ...DECLARED, ...CHANGES[1] };
    const clean = await rotatedOnce();
    await up(clean, news);
    const issue = clean.world.calls.indexOf("issueCreds");
    for (const kind of ["500 after", "no answer after"] as const) {
      const engine = await rotatedOnce();
      expect(await up(engine, news, { call: issue, kind })).toBe("failed");
      await engine.refresh();
      expect(await up(engine, DECLARED)).toBe("done");
      await expectSettled(engine, DECLARED);
      await expectNothingLeft(engine);
    }
  });

  it("a creation that is given up after it failed leaves nothing, unless it was killed", async () => {
    for (const kind of FAULTS.filter((name) => !name.startsWith("kill"))) {
      for (let call = 0; call < 8; call++) {
        const engine = new EngineModel();
        const ending = await engine.up(DECLARED, { call, kind });
        if (engine.state === undefined) {
          // Only the next run can find what a call without an answer has made.
          expect(ending === "done" || engine.world.accepted().length === 0).toBe(true);
          continue;
        }
        expect(await engine.destroy()).toBe("done");
        expect([...engine.world.users.values()]).toEqual([]);
        expect(engine.world.accepted()).toEqual([]);
      }
    }
  });
});

describe("whatever happens in whatever order", () => {
  const change = fc.constantFrom(...CHANGES.keys());
  const event = fc.oneof(
    fc.record({ kind: fc.constant("wait" as const), seconds: fc.constantFrom(0, 1, overlap, every) }),
    fc.record({
      kind: fc.constant("up" as const),
      change,
      fault: fc.option(fc.record({ call: fc.nat({ max: 12 }), kind: fc.constantFrom(...FAULTS) }), {
        nil: undefined,
      }),
    }),
    fc.record({ kind: fc.constant("retire" as const) }),
    fc.record({
      kind: fc.constant("outside" as const),
      what: fc.constantFrom(...(Object.keys(OUTSIDE) as OutsideEvent[])),
    }),
  );

  it("ends with one user, creds that work, and nothing else that does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), change, async (events, last) => {
        const engine = new EngineModel();
        for (const happened of events) {
          switch (happened.kind) {
            case "wait":
              engine.world.now += happened.seconds;
              break;
            case "up":
              await up(engine, { ...DECLARED, ...CHANGES[happened.change] }, happened.fault);
              break;
            case "retire":
              if (engine.state !== undefined && engine.state.issuedAt !== 0) retire(engine);
              break;
            case "outside":
              await happen(engine, happened.what);
              break;
          }
        }
        const news = { ...DECLARED, ...CHANGES[last] };
        expect(await up(engine, news)).toBe("done");
        expectUsable(engine, news);
        // A killed run may have changed the user for a declaration that was taken back: only a refresh can see that.
        await engine.refresh();
        expect(await up(engine, news)).toBe("done");
        const { publicKey, issuedAt } = await expectSettled(engine, news);

        retire(engine);
        const { world } = engine;
        expect(world.accepts({ publicKey, issuedAt })).toBe(true);
        // A killed run may have issued credentials for a declaration that was taken back. They end with the next generation.
        const isKilledOne = (one: { publicKey: string; issuedAt: number }) =>
          one.publicKey === publicKey && one.issuedAt > issuedAt;
        expect(world.accepted().filter((one) => !isKilledOne(one))).toMatchObject([{ publicKey, issuedAt }]);
        const next = { ...news, rotation: { ...news.rotation, epoch: "next" } };
        expect(await up(engine, next)).toBe("done");
        await expectSettled(engine, next);
        await expectNothingLeft(engine);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the state of a user", () => {
  it("does not grow with the rotations, and its creds stay as they are between them", async () => {
    const engine = new EngineModel();
    for (let rotation = 0; rotation < 20; rotation++) {
      expect(await up(engine, DECLARED)).toBe("done");
      const { creds } = await expectSettled(engine, DECLARED);
      engine.world.now += overlap;
      retire(engine);
      await engine.refresh();
      await engine.up(DECLARED);
      expect(engine.state?.creds).toEqual(creds);
      expect(engine.state?.superseded.length).toBeLessThanOrEqual(1);
      engine.world.now += every;
    }
  });

  it("remembers every generation of an overlap", async () => {
    const engine = new EngineModel();
    for (const epoch of ["0.0", "0.1", "0.2", "0.3"]) {
      engine.world.now += 1;
      expect(await up(engine, { ...DECLARED, rotation: { ...DECLARED.rotation, epoch } })).toBe("done");
    }
    expect(engine.state?.superseded).toHaveLength(3);
    expect(Object.keys(engine.state?.creds ?? {})).toHaveLength(5);
    expect(engine.world.accepted()).toHaveLength(4);
  });
});

describe("an end that is declared", () => {
  it("is in the credentials, and comes without new ones", async () => {
    const engine = new EngineModel();
    const expires = engine.world.now + 500;
    const news = { ...DECLARED, expires };
    expect(await up(engine, news)).toBe("done");
    expect(engine.state?.expiresAt).toBe(expires);
    for (const seconds of [400, 99, 1, every, every]) {
      engine.world.now += seconds;
      expect(await engine.up(news)).toBe("done");
      expect(engine.world.calls).toEqual([]);
    }
    expect(engine.world.accepted()).toEqual([]);
    expect(await engine.up({ ...news, expires: engine.world.now + 10 })).toBe("done");
    expect(engine.world.accepted()).toHaveLength(1);
    expect(await engine.up({ ...news, expires: engine.world.now - 10 })).toBe("failed");
  });
});
