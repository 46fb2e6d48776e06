import { credentialRetirementProvider } from "./credential-retirement/provider.js";
import { natsUserProvider } from "./nats-user/provider.js";
import { recordingCode } from "./recorded-code.js";
import { sealedSecretDataProvider } from "./sealed-secret-data/provider.js";

/** The code behind the resource class `NatsUser`. */
export const natsUser = recordingCode(natsUserProvider());

/** The code behind the resource class `CredentialRetirement`. */
export const credentialRetirement = recordingCode(credentialRetirementProvider());

/** The code behind the resource class `SealedSecretData`. */
export const sealedSecretData = sealedSecretDataProvider();

export { customResourceDefinitions } from "./custom-resource-definitions/provider.js";
export { stateStoreDirectory } from "./state-store/provider.js";
