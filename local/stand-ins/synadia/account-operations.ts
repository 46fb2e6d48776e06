import { fromPublic } from "@nats-io/nkeys";
import {
  badRequest,
  body,
  type ControlPlane,
  findAccount,
  findGroup,
  notFound,
  parameter,
} from "./control-plane.ts";
import type { Operation, RequestContext } from "./operations.ts";
import { groupCreateRequest, groupUpdateRequest, patchSettings, revocationRequest } from "./requests.ts";
import { type AccountRecord, newGroup, newSigningKey } from "./state.ts";
import { rekey } from "./user-operations.ts";
import { accountView, groupView, signingKeyView, systemView, teamView, userView } from "./views.ts";

/** Version of the stand-in, as `GET /version` gives it: its name says what it is. */
const VERSION = { version: "stand-in", commit: "haulway-local", date: "1970-01-01T00:00:00Z" };

/** Reading of teams, systems and accounts. There is no name filter and no paging: every list is whole. */
export function readOperations(plane: ControlPlane): readonly Operation[] {
  const { surroundings, store, pusher } = plane;
  const view = (account: AccountRecord) => accountView(surroundings, account, pusher.state(account.id));
  return [
    get("getVersion", "/version", () => VERSION),
    get("listTeams", "/teams", () => ({ items: [teamView(surroundings)] })),
    get("getTeam", "/teams/:teamId", (context) => {
      expectId(context, "teamId", store.state.team.id);
      return teamView(surroundings);
    }),
    get("listTeamSystems", "/teams/:teamId/systems", (context) => {
      expectId(context, "teamId", store.state.team.id);
      return { items: [systemView(surroundings)] };
    }),
    get("getSystem", "/systems/:systemId", (context) => {
      expectId(context, "systemId", store.state.system.id);
      return systemView(surroundings);
    }),
    get("listAccounts", "/systems/:systemId/accounts", (context) => {
      expectId(context, "systemId", store.state.system.id);
      return { items: store.state.accounts.map(view) };
    }),
    get("getAccount", "/accounts/:accountId", (context) => view(findAccount(plane, context))),
    get("listAccountSkGroup", "/accounts/:accountId/account-sk-groups", (context) => ({
      items: findAccount(plane, context).groups.map(groupView),
    })),
    get("getAccountSkGroup", "/account-sk-groups/:groupId", (context) =>
      groupView(findGroup(plane, context).group),
    ),
    get("listAccountSkGroupKeys", "/account-sk-groups/:groupId/account-sks", (context) => {
      const { group } = findGroup(plane, context);
      return { items: group.keys.map((key) => signingKeyView(group, key)) };
    }),
    get("listAccountSKGroupUsers", "/account-sk-groups/:groupId/nats-users", (context) => {
      const { account, group } = findGroup(plane, context);
      const users = account.users.filter((user) => user.groupId === group.id);
      return { items: users.map((user) => userView(surroundings, account, user)) };
    }),
  ];
}

/** Signing key groups and revocations. Each change is in the account's JWT, which reaches the servers some time after the answer. */
export function accountOperations(plane: ControlPlane): readonly Operation[] {
  const changed = async (account: AccountRecord): Promise<void> => {
    await plane.store.save();
    plane.pusher.push(account.id);
  };

  return [
    {
      id: "createAccountSkGroup",
      method: "POST",
      path: "/accounts/:accountId/account-sk-groups",
      handle: async (context) => {
        const account = findAccount(plane, context);
        const request = await body(context, groupCreateRequest);
        const group = newGroup(request.name, request.programmatic, request.scope);
        account.groups.push(group);
        await changed(account);
        return context.json(
          { ...groupView(group), ...(group.programmatic ? { seed: group.keys[0]?.seed } : {}) },
          201,
        );
      },
    },
    {
      id: "updateAccountSkGroup",
      method: "PATCH",
      path: "/account-sk-groups/:groupId",
      handle: async (context) => {
        const { account, group } = findGroup(plane, context);
        const request = await body(context, groupUpdateRequest);
        group.name = request.name ?? group.name;
        if (request.scope !== undefined) {
          if (group.scope === undefined) {
            throw badRequest("signing key group is not scoped");
          }
          group.scope = patchSettings(group.scope, request.scope);
        }
        if (request.disabled === true) {
          group.disabledAt ??= new Date().toISOString();
        } else if (request.disabled === false) {
          delete group.disabledAt;
        }
        await changed(account);
        return context.json(groupView(group));
      },
    },
    {
      id: "deleteAccountSkGroup",
      method: "DELETE",
      path: "/account-sk-groups/:groupId",
      handle: async (context) => {
        const { account, group } = findGroup(plane, context);
        account.groups = account.groups.filter((candidate) => candidate !== group);
        // What a key signed is void without it, and the control plane tidies up the revocations of it.
        for (const { publicKey } of account.users.filter((user) => user.groupId === group.id)) {
          delete account.revocations[publicKey];
        }
        account.users = account.users.filter((user) => user.groupId !== group.id);
        await changed(account);
        return context.body(null, 204);
      },
    },
    {
      id: "rotateAccountSk",
      method: "POST",
      path: "/account-sk-groups/:groupId/rotate-sk",
      handle: async (context) => {
        const { account, group } = findGroup(plane, context);
        const rotatedAt = new Date().toISOString();
        for (const key of group.keys.filter((candidate) => candidate.current)) {
          key.current = false;
          key.rotatedAt = rotatedAt;
        }
        const key = newSigningKey();
        group.keys.push(key);
        for (const user of account.users.filter((candidate) => candidate.groupId === group.id)) {
          rekey(account, user, plane.now());
        }
        await changed(account);
        return context.json({
          ...signingKeyView(group, key),
          ...(group.programmatic ? { seed: key.seed } : {}),
        });
      },
    },
    {
      id: "getNatsUserRevocation",
      method: "GET",
      path: "/accounts/:accountId/nats-user-revocations/:userNkeyPublic",
      handle: (context) =>
        context.json(revocationView(findAccount(plane, context), parameter(context, "userNkeyPublic"))),
    },
    {
      id: "createOrUpdateNatsUserRevocation",
      method: "PUT",
      path: "/accounts/:accountId/nats-user-revocations/:userNkeyPublic",
      handle: async (context) => {
        const account = findAccount(plane, context);
        const key = parameter(context, "userNkeyPublic");
        if (!isUserKey(key)) {
          throw badRequest("invalid user public key");
        }
        const { before } = await body(context, revocationRequest);
        const existing = account.revocations[key];
        account.revocations[key] = {
          before: before === 0 ? plane.now() : before,
          created: existing?.created ?? new Date().toISOString(),
        };
        await changed(account);
        return context.json(revocationView(account, key), existing === undefined ? 201 : 200);
      },
    },
    {
      id: "deleteNatsUserRevocation",
      method: "DELETE",
      path: "/accounts/:accountId/nats-user-revocations/:userNkeyPublic",
      handle: async (context) => {
        const account = findAccount(plane, context);
        const key = parameter(context, "userNkeyPublic");
        revocationView(account, key);
        delete account.revocations[key];
        await changed(account);
        return context.body(null, 204);
      },
    },
  ];
}

/** @throws HTTPException 404 */
function revocationView(account: AccountRecord, key: string): object {
  const revocation = account.revocations[key];
  if (revocation === undefined) {
    throw notFound();
  }
  return { account_id: account.id, user_nkey_public: key, ...revocation };
}

function isUserKey(key: string): boolean {
  try {
    fromPublic(key);
    return key.startsWith("U");
  } catch {
    return key === "*";
  }
}

function get(id: string, path: string, read: (context: RequestContext) => object): Operation {
  return { id, method: "GET", path, handle: (context) => context.json(read(context)) };
}

/** @throws HTTPException 404 when the path names another one. */
function expectId(context: RequestContext, name: string, id: string): void {
  if (parameter(context, name) !== id) {
    throw notFound();
  }
}
