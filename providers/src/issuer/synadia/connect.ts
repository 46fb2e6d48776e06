import { REAL_CLOCK } from "../../clock.js";
import { ParallelCalls } from "../../parallel-calls.js";
import { readSecret } from "../../secret-source.js";
import { SynadiaClient } from "../../synadia/client.js";
import type { Issuer, SynadiaIssuerInputs } from "../issuer.js";
import { SynadiaIssuer } from "./synadia-issuer.js";

/** Bounds on calls by control plane and number, shared by the issuers of a process. */
const bounds = new Map<string, ParallelCalls>();

/**
 * The issuer of an account, with the token of this process's environment.
 *
 * @throws ProviderError naming `nats.synadia.tokenFrom` when there is no token
 */
export function synadiaIssuer(inputs: SynadiaIssuerInputs): Issuer {
  const { url, tokenFrom, parallelCalls } = inputs;
  const place = `${parallelCalls} ${url}`;
  const parallel = bounds.get(place) ?? new ParallelCalls(parallelCalls);
  bounds.set(place, parallel);
  const client = new SynadiaClient({
    url,
    token: readSecret(tokenFrom, "nats.synadia.tokenFrom"),
    tokenOrigin: `nats.synadia.tokenFrom (${tokenFrom})`,
    parallel,
  });
  return new SynadiaIssuer(inputs, client, REAL_CLOCK);
}
