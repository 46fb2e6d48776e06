import { containsUnknown, type DynamicProvider } from "../dynamic-provider.js";
import { checkRetirement } from "./check.js";
import { hasChanged, openLedger } from "./ledger.js";
import type { CredentialRetirementInputs, CredentialRetirementOutputs } from "./properties.js";
import { RETIREMENT_ID, retire } from "./retirement.js";
import { realSurroundings, type Surroundings } from "./surroundings.js";
import { planText } from "./wording.js";

/**
 * Keeps it true that every generation of credentials older than the present one is revoked as soon as everything that
 * uses it has rolled, at the end of its overlap at the latest. Removing the resource revokes nothing: NATS users see to
 * their credentials themselves when they go.
 */
export function credentialRetirementProvider(
  surroundings: Surroundings = realSurroundings,
): DynamicProvider<CredentialRetirementInputs, CredentialRetirementOutputs> {
  return {
    check: async (_olds, inputs) => ({ inputs, failures: checkRetirement(inputs) }),

    diff: async (_id, olds, news) => {
      const isUnknown = containsUnknown([news.issuer, news.users]);
      if (!isUnknown) {
        for (const entry of openLedger(olds, news)) {
          if (entry.outstanding.length > 0) surroundings.report(planText(entry));
        }
      }
      return { changes: isUnknown || hasChanged(olds, news), replaces: [], stables: [] };
    },

    create: async (inputs) => ({ id: RETIREMENT_ID, outs: await retire(undefined, inputs, surroundings) }),

    read: async (id, props) => ({ id, props }),

    update: async (_id, olds, news) => ({ outs: await retire(olds, news, surroundings) }),

    delete: async () => undefined,
  };
}
