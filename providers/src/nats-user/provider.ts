import { containsUnknown, type DynamicProvider } from "../dynamic-provider.js";
import { checkNatsUser } from "./check.js";
import { diffNatsUser, driftOf, reasonToIssue, replacedBy } from "./decisions.js";
import type { NatsUserInputs, NatsUserOutputs } from "./properties.js";
import { handleOf, Reconciliation, resourceId } from "./reconciliation.js";
import { readState } from "./stored-state.js";
import { realSurroundings, type Surroundings } from "./surroundings.js";
import { announcement } from "./wording.js";

/**
 * NATS users. Credentials are issued once per generation, in create and update only; read looks at what the issuer shows
 * of the user; check and diff ask whether the issuer can issue, and only when something is to be issued.
 */
export function natsUserProvider(
  surroundings: Surroundings = realSurroundings,
): DynamicProvider<NatsUserInputs, NatsUserOutputs> {
  return {
    check: async (olds, inputs) => {
      const failures = checkNatsUser(olds, inputs, surroundings.now());
      const isNew = olds.name === undefined;
      if (failures.length === 0 && isNew && !containsUnknown(inputs)) {
        await surroundings.connectIssuer(inputs.issuer).verify();
      }
      return { inputs, failures };
    },

    diff: async (_id, state, news) => {
      const olds = readState(state);
      const now = surroundings.now();
      if (!containsUnknown(news)) {
        const reason = reasonToIssue(olds, news, now);
        if (reason !== undefined) surroundings.report(announcement(news, reason.text));
        if (reason !== undefined || replacedBy(olds, news).length > 0) {
          await surroundings.connectIssuer(news.issuer).verify();
        }
      }
      return diffNatsUser(olds, news, now);
    },

    create: async (inputs) => ({
      id: resourceId(inputs),
      outs: await new Reconciliation(inputs, surroundings).create(),
    }),

    // A user that is gone stays in the state, which alone knows which credentials of it go on working.
    read: async (id, state) => {
      const props = readState(state);
      const observed = await surroundings.connectIssuer(props.issuer).observe(handleOf(props));
      return { id, props: { ...props, drift: driftOf(props, observed) } };
    },

    update: async (_id, state, news) => ({
      outs: await new Reconciliation(news, surroundings).update(readState(state)),
    }),

    delete: async (_id, state) => {
      const props = readState(state);
      const keys = [props, ...props.superseded].map(({ publicKey }) => publicKey);
      await surroundings.connectIssuer(props.issuer).remove(handleOf(props), [...new Set(keys)]);
    },
  };
}
