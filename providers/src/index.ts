import { natsUserProvider } from "./nats-user/provider.js";

/** The code behind the resource class `NatsUser`. */
export const natsUser = natsUserProvider();

export { customResourceDefinitions } from "./custom-resource-definitions/provider.js";
export { stateStoreDirectory } from "./state-store/provider.js";
