import type { SynadiaIssuerInputs } from "../issuer/issuer.js";
import { credsKey, PRESENT_KEY } from "./generations.js";
import type { NatsUserOutputs } from "./properties.js";
import { fingerprints } from "./stored-settings.js";

/** What the state held before there were several generations, two issuers and a rotation. */
interface FirstOutputs {
  readonly name: string;
  readonly environment: string;
  readonly synadia: Pick<SynadiaIssuerInputs, "url" | "accountId" | "signingKeyGroup" | "tokenFrom">;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  readonly userId: string;
  readonly group: { readonly id: string; readonly name: string };
  readonly owner: string;
  readonly publicKey: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly reason: string;
  readonly creds: string;
  readonly settings: Parameters<typeof fingerprints>[0];
  readonly drift: readonly string[];
  /** Revocations that were decided and not confirmed. */
  readonly revocations: readonly { readonly publicKey: string; readonly before: number }[];
}

/** The epoch of users whose declaration had none: what a declaration that says nothing of it means. */
const FIRST_EPOCH = "0.0";

/** What the state holds, in today's form, whichever version of this code wrote it. */
export function readState(state: NatsUserOutputs | FirstOutputs): NatsUserOutputs {
  if (!("synadia" in state)) return state;
  const { synadia, creds, settings, revocations, ...rest } = state;
  return {
    ...rest,
    issuer: { kind: "synadia", parallelCalls: 8, ...synadia },
    respond: false,
    inbox: "",
    expires: 0,
    epoch: FIRST_EPOCH,
    superseded: revocations.map(({ publicKey, before }) => ({
      publicKey,
      issuedAt: before,
      retireAt: before,
      reason: "replaced, and not revoked yet",
    })),
    creds: creds === "" ? {} : { [credsKey(state)]: creds, [PRESENT_KEY]: creds },
    settings: fingerprints(settings),
  };
}
