import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { createFile } from "../exclusive-file.ts";
import { requireLocalEnvironment } from "../local-only.ts";
import { startSynadiaStandIn } from "./server.ts";

const REQUIRED = [
  "port",
  "state-file",
  "token-file",
  "account-id",
  "environment",
  "nats-url",
  "nats-directory",
] as const;

async function main(): Promise<void> {
  requireLocalEnvironment("Synadia Cloud", process.env);
  const { values } = parseArgs({
    options: Object.fromEntries(REQUIRED.map((name) => [name, { type: "string" as const }])),
  });
  const required = (name: (typeof REQUIRED)[number]): string => {
    const value = values[name];
    if (typeof value !== "string") {
      throw new Error(`--${name} is missing`);
    }
    return value;
  };
  const tokenFile = required("token-file");
  await mkdir(dirname(required("state-file")), { recursive: true, mode: 0o700 });
  await mkdir(dirname(tokenFile), { recursive: true, mode: 0o700 });
  await createFile(tokenFile, `uat_${randomBytes(32).toString("base64url")}\n`);
  const standIn = await startSynadiaStandIn({
    port: Number(required("port")),
    stateFile: required("state-file"),
    tokenFile,
    accountId: required("account-id"),
    environment: required("environment"),
    natsUrl: required("nats-url"),
    natsDirectory: required("nats-directory"),
  });
  process.stdout.write(`Stand-in of Synadia Cloud (not the real service) at ${standIn.url}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void standIn.close().then(() => process.exit(0)));
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
