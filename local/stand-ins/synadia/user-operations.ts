import { createUser } from "@nats-io/nkeys";
import {
  badRequest,
  body,
  type ControlPlane,
  findAccount,
  findUser,
  notFound,
  parameter,
} from "./control-plane.ts";
import { issueBearerJwt, issueCreds, signUser } from "./issuer.ts";
import { keyPair, seedText } from "./key-pair.ts";
import { ksuid } from "./ksuid.ts";
import type { Operation, RequestContext } from "./operations.ts";
import { patchSettings, userCopyRequest, userCreateRequest, userUpdateRequest } from "./requests.ts";
import type { AccountRecord, GroupRecord, JwtSettings, UserRecord } from "./state.ts";
import { issuanceDetailView, issuanceView, userView } from "./views.ts";

/**
 * NATS users and their creds. Names are no keys: two users may have one name. Creating is not idempotent. Creds are signed anew on
 * every call and kept nowhere. A change or a removal of a user leaves the creds given out before as they are.
 */
export function userOperations(plane: ControlPlane): readonly Operation[] {
  const view = (account: AccountRecord, user: UserRecord) => userView(plane.surroundings, account, user);

  const create = async (account: AccountRecord, request: NewUser): Promise<UserRecord> => {
    const user: UserRecord = {
      id: ksuid(),
      name: request.name,
      created: new Date().toISOString(),
      groupId: request.group.id,
      ...newKey(),
      jwt: "",
      expiresInSeconds: request.expiresInSeconds ?? account.userExpiresInSeconds,
      expiresAtMax: 0,
      settings: request.settings,
      issuances: [],
    };
    sign(account, user, plane.now());
    account.users.push(user);
    await plane.store.save();
    return user;
  };

  return [
    {
      id: "listUsers",
      method: "GET",
      path: "/accounts/:accountId/nats-users",
      handle: (context) => {
        const account = findAccount(plane, context);
        return context.json({ items: account.users.map((user) => view(account, user)) });
      },
    },
    {
      id: "createUser",
      method: "POST",
      path: "/accounts/:accountId/nats-users",
      handle: async (context) => {
        const account = findAccount(plane, context);
        const request = await body(context, userCreateRequest);
        const group = groupForUsers(account, request.sk_group_id);
        const user = await create(account, {
          name: request.name,
          group,
          expiresInSeconds: request.jwt_expires_in_secs,
          settings: settingsFor(group, request.jwt_settings ?? {}),
        });
        return context.json(view(account, user), 201);
      },
    },
    {
      id: "getNatsUser",
      method: "GET",
      path: "/nats-users/:userId",
      handle: (context) => {
        const { account, user } = findUser(plane, context);
        return context.json(view(account, user));
      },
    },
    {
      id: "updateNatsUser",
      method: "PATCH",
      path: "/nats-users/:userId",
      handle: async (context) => {
        const { account, user } = findUser(plane, context);
        const request = await body(context, userUpdateRequest);
        const group = groupForUsers(account, user.groupId);
        const settings =
          request.jwt_settings === undefined
            ? user.settings
            : settingsFor(group, patchSettings(user.settings, request.jwt_settings));
        user.name = request.name ?? user.name;
        user.expiresInSeconds = request.jwt_expires_in_secs ?? user.expiresInSeconds;
        user.settings = settings;
        sign(account, user, plane.now());
        await plane.store.save();
        return context.json(view(account, user));
      },
    },
    {
      id: "deleteNatsUser",
      method: "DELETE",
      path: "/nats-users/:userId",
      handle: async (context) => {
        const { account, user } = findUser(plane, context);
        account.users = account.users.filter((candidate) => candidate !== user);
        await plane.store.save();
        return context.body(null, 204);
      },
    },
    {
      id: "downloadNatsUserCreds",
      method: "POST",
      path: "/nats-users/:userId/creds",
      handle: (context) => give(plane, context, issueCreds),
    },
    {
      id: "downloadNatsUserBearerJwt",
      method: "POST",
      path: "/nats-users/:userId/bearer-jwt",
      handle: (context) => {
        if (findUser(plane, context).user.settings.bearer_token !== true) {
          throw badRequest("user is not a bearer token user");
        }
        return give(plane, context, issueBearerJwt);
      },
    },
    {
      id: "rotateNatsUser",
      method: "POST",
      path: "/nats-users/:userId/rotate",
      handle: async (context) => {
        const { account, user } = findUser(plane, context);
        rekey(account, user, plane.now());
        await plane.store.save();
        return context.json(view(account, user));
      },
    },
    {
      id: "copyNatsUser",
      method: "POST",
      path: "/nats-users/:userId/copy",
      handle: async (context) => {
        const { account, user } = findUser(plane, context);
        const request = await body(context, userCopyRequest);
        const group = groupForUsers(account, request.sk_group_id);
        const copy = await create(account, {
          name: request.name,
          group,
          expiresInSeconds: user.expiresInSeconds,
          settings: settingsFor(group, structuredClone(user.settings)),
        });
        return context.json(view(account, copy));
      },
    },
    {
      id: "listNatsUserIssuances",
      method: "GET",
      path: "/nats-users/:userId/issuances",
      handle: (context) => {
        const { account, user } = findUser(plane, context);
        return context.json({ items: user.issuances.map((issuance) => issuanceView(account, issuance)) });
      },
    },
    {
      id: "getNatsUserIssuance",
      method: "GET",
      path: "/nats-user-issuances/:issuanceId",
      handle: (context) => {
        const id = parameter(context, "issuanceId");
        for (const account of plane.store.state.accounts) {
          const found = account.users
            .flatMap((user) => user.issuances)
            .find((issuance) => issuance.id === id);
          if (found !== undefined) {
            return context.json(issuanceDetailView(account, found));
          }
        }
        throw notFound();
      },
    },
  ];
}

/** Gives the user another nkey. What was signed for the old one stays valid until it is revoked. */
export function rekey(account: AccountRecord, user: UserRecord, now: number): void {
  Object.assign(user, newKey());
  sign(account, user, now);
}

interface NewUser {
  readonly name: string;
  readonly group: GroupRecord;
  readonly expiresInSeconds: number | undefined;
  readonly settings: JwtSettings;
}

function newKey(): { publicKey: string; seed: string } {
  const seed = seedText(createUser());
  return { publicKey: keyPair(seed).getPublicKey(), seed };
}

function sign(account: AccountRecord, user: UserRecord, now: number): void {
  try {
    user.jwt = signUser(account, user, now).jwt;
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}

async function give(
  plane: ControlPlane,
  context: RequestContext,
  issue: (account: AccountRecord, user: UserRecord, now: number) => string,
): Promise<Response> {
  const { account, user } = findUser(plane, context);
  groupForUsers(account, user.groupId);
  const text = issue(account, user, plane.now());
  await plane.store.save();
  return context.text(text);
}

/** @throws HTTPException 400 for a group that is not there, is programmatic, or is disabled. */
function groupForUsers(account: AccountRecord, groupId: string): GroupRecord {
  const group = account.groups.find((candidate) => candidate.id === groupId);
  if (group === undefined) {
    throw badRequest("signing key group not found");
  }
  if (group.programmatic) {
    throw badRequest("nats users cannot be managed under a programmatic signing key group");
  }
  if (group.disabledAt !== undefined) {
    throw badRequest("signing key group is disabled");
  }
  return group;
}

/** A user under a scoped key has the key's permissions, so it may not bring its own. */
function settingsFor(group: GroupRecord, settings: JwtSettings): JwtSettings {
  if (group.scope === undefined) {
    return { data: -1, payload: -1, subs: -1, ...settings };
  }
  const own = Object.keys(settings).filter((key) => key !== "tags");
  if (own.length > 0) {
    throw badRequest("scoped users require no permissions or limits set");
  }
  return settings;
}
