import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { NatsIssuer } from "../../model/nats.ts";

/** Reads the secrets that the issuer's settings name from the variables of its own process. */
const program = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { connectIssuer } = require(workerData.path);
  Promise.resolve()
    .then(() => connectIssuer(workerData.issuer).verify())
    .then(
      () => parentPort.postMessage({}),
      (error) => parentPort.postMessage({ problem: error instanceof Error ? error.message : String(error) }),
    );
`;

/**
 * Asks whether an issuer of NATS users can issue: its secrets are there and accepted, its account exists and can sign. Changes
 * nothing.
 *
 * @param variables where the secrets are that the settings name.
 * @returns why it cannot, naming the setting; undefined if it can, or the question was aborted.
 */
export async function issuerProblem(
  issuer: NatsIssuer,
  variables: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const path = createRequire(import.meta.url).resolve("@haulway/providers/issuer/issuer");
  // The variables of a run need not be those of this process.
  const worker = new Worker(program, { eval: true, env: variables, workerData: { path, issuer } });
  const end = () => void worker.terminate();
  signal?.addEventListener("abort", end);
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      worker.once("message", ({ problem }: { problem?: string }) => resolve(problem));
      worker.once("error", reject);
      worker.once("exit", () => resolve(undefined));
    });
  } finally {
    signal?.removeEventListener("abort", end);
    await worker.terminate();
  }
}
