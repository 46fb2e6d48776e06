import type { NatsUserView } from "../../synadia/types.js";

/** By nkey: users as this process has just made or rotated them, for which nobody can have issued anything yet. */
export type FreshUsers = Map<string, NatsUserView>;
