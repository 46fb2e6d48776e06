import { natsUserProvider } from "./nats-user/provider.js";
import { sealedSecretDataProvider } from "./sealed-secret-data/provider.js";

/** The code behind the resource class `NatsUser`. */
export const natsUser = natsUserProvider();

/** The code behind the resource class `SealedSecretData`. */
export const sealedSecretData = sealedSecretDataProvider();

export { customResourceDefinitions } from "./custom-resource-definitions/provider.js";
export { stateStoreDirectory } from "./state-store/provider.js";
