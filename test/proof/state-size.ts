import { readFile } from "node:fs/promises";
import { ownBytes, STATE_BYTES, type StoredResource } from "../bench/state-size.ts";
import type { ProofEnvironment } from "./environment.ts";
import type { Figure } from "./figure.ts";

interface Checkpoint {
  readonly checkpoint: {
    readonly latest: { readonly resources: readonly (StoredResource & { type: string })[] };
  };
}

/** Measures what the largest NATS user of the environment has in the state besides its creds. */
export async function proveStateSize(environment: ProofEnvironment): Promise<Figure[]> {
  const { pulumi, stacks } = await environment.status();
  const sizes: number[] = [];
  for (const { name } of stacks.filter(({ name }) => name.startsWith("local.team."))) {
    const file = new URL(`${pulumi.backend}/.pulumi/stacks/haulway/${name}.json`);
    const { checkpoint } = JSON.parse(await readFile(file, "utf8")) as Checkpoint;
    sizes.push(...checkpoint.latest.resources.filter(({ type }) => type.endsWith(":NatsUser")).map(ownBytes));
  }
  return [
    {
      name: "largest NATS user in the state besides its creds, bytes",
      value: Math.max(...sizes),
      expected: { atMost: STATE_BYTES },
    },
  ];
}
