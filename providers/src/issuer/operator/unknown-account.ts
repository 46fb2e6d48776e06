import { ProviderError } from "../../provider-error.js";
import type { OperatorIssuerInputs } from "../issuer.js";

/** The error for an account that no server knows. */
export function unknownAccount({ account }: OperatorIssuerInputs): ProviderError {
  return new ProviderError(
    `nats.operator.account is ${account}, but the NATS servers know no such account. ` +
      "Give it the public key of the account (nsc list accounts), or push the account to the servers.",
  );
}
