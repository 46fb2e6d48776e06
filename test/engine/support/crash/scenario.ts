import type { NatsUserSpec } from "../../../../model/team.ts";
import type { EngineCommandName } from "./crash-project.ts";

/** What a run is to do, and with what it begins. */
export interface Scenario {
  readonly name: string;
  readonly command: Exclude<EngineCommandName, "cancel">;
  readonly spec: NatsUserSpec;
  /** Whether the stack begins with a user whose credentials are 91 days old. */
  readonly begins: "empty" | "with a user";
  readonly ends: "with a user" | "empty";
}

/** The user as the stacks begin with it. Its rotation window opens after 90 days. */
export const FIRST_SPEC: NatsUserSpec = {
  name: "publisher",
  publish: ["claims.events.>"],
  subscribe: ["claims.commands.>"],
  respond: false,
  allowAll: false,
  rotation: { every: "90d", overlap: "24h", epoch: 0 },
};

/** How old the credentials are that the stacks begin with, in seconds. */
export const FIRST_AGE = 91 * 24 * 60 * 60;

const WITHOUT_WINDOW: NatsUserSpec = { ...FIRST_SPEC, rotation: { overlap: "24h", epoch: 0 } };

/** Everything that happens to a user. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "create", command: "up", spec: FIRST_SPEC, begins: "empty", ends: "with a user" },
  {
    name: "rotate: window",
    command: "up",
    spec: FIRST_SPEC,
    begins: "with a user",
    ends: "with a user",
  },
  {
    name: "rotate: permissions",
    command: "up",
    spec: { ...WITHOUT_WINDOW, publish: ["claims.audit.>"] },
    begins: "with a user",
    ends: "with a user",
  },
  {
    name: "rotate: epoch",
    command: "up",
    spec: { ...WITHOUT_WINDOW, rotation: { overlap: "24h", epoch: 1 } },
    begins: "with a user",
    ends: "with a user",
  },
  { name: "delete", command: "destroy", spec: FIRST_SPEC, begins: "with a user", ends: "empty" },
];
