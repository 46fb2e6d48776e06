import type { Command } from "commander";
import type { ProgramOptions } from "../program.ts";
import { addCredsImportCommand } from "./creds-import.ts";
import { addCredsListCommand } from "./creds-list.ts";
import { addCredsRotateCommand } from "./creds-rotate.ts";

/** Adds `haulway creds list`, `haulway creds rotate` and `haulway creds import`. */
export function addCredsCommands(program: Command, options: ProgramOptions): void {
  const creds = program
    .command("creds")
    .summary("the credentials of NATS users")
    .description(
      "Credentials are made once and stay until there is a reason to make them anew: see docs/runbooks/nats-credentials.md.\n" +
        "No command prints a secret.",
    );
  addCredsListCommand(creds, options);
  addCredsRotateCommand(creds, options);
  addCredsImportCommand(creds, options);
}
