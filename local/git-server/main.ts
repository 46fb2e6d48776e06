import { parseArgs } from "node:util";
import { startGitServer } from "./server.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    repository: { type: "string" },
    username: { type: "string" },
    "password-file": { type: "string" },
  },
});

function required(name: keyof typeof values): string {
  const value = values[name];
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}

try {
  const server = await startGitServer({
    port: Number(required("port")),
    repository: required("repository"),
    username: required("username"),
    passwordFile: required("password-file"),
  });
  process.stdout.write(`The state store is served at ${server.url}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void server.close().finally(() => process.exit(0)));
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
