import type { TestControlPlane } from "./control-plane.ts";
import type { TestOperator } from "./nats-operator.ts";
import type { TestIssuer } from "./nats-user-scenario.ts";

/** The account of a self-hosted server. */
export async function operatorTestIssuer(operator: TestOperator): Promise<TestIssuer> {
  return {
    inputs: operator.inputs(),
    natsUrl: operator.url(),
    environment: await operator.environment(),
    secrets: Object.values(operator.secrets()),
    revocations: () => operator.revocations(),
    revoke: async (publicKey, before) => {
      const revocations = { ...(await operator.revocations()), [publicKey]: before };
      await operator.push(await operator.newAccount({ revocations }));
    },
  };
}

/** The account at the stand-in of Synadia's control plane. */
export function synadiaTestIssuer(controlPlane: TestControlPlane): TestIssuer {
  const { accountId, natsUrl, token, tokenFile, url } = controlPlane;
  const account = `/api/core/beta/accounts/${accountId}`;
  return {
    inputs: {
      kind: "synadia",
      url,
      accountId,
      signingKeyGroup: "Default",
      tokenFrom: "SYNADIA_TOKEN",
      parallelCalls: 8,
    },
    natsUrl,
    environment: { SYNADIA_TOKEN_FILE: tokenFile },
    secrets: [token],
    revocations: () => controlPlane.revocations(),
    revoke: async (publicKey, before) => {
      await controlPlane.call("PUT", `${account}/nats-user-revocations/${publicKey}`, { before });
    },
  };
}
