/** Builds what is missing of the toolchain, a line for each step: what `npm test` does before the first test needs a tool. */
import { ensureToolchain, formatToolchainEvent, ToolchainError } from "./toolchain.ts";

try {
  await ensureToolchain({
    forTests: true,
    progress: (event) => process.stdout.write(`${formatToolchainEvent(event)}\n`),
  });
} catch (error) {
  if (!(error instanceof ToolchainError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
