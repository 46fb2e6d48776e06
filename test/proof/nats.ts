/**
 * `npm run proof:nats`: shows in numbers that NATS users do not churn, that a rotation loses nothing, and that a run may be
 * killed anywhere. Exit code 1 when a number is not what it has to be.
 *
 * `--only <part>` runs one part, several times several of them; `--reconciles <n>` sets how often the stacks are run; `--keep`
 * leaves the environment running. An interrupted run is continued by the next one.
 */
import { parseArgs } from "node:util";
import { proveCrashes } from "./crashes.ts";
import { ProofEnvironment } from "./environment.ts";
import { type Figure, figureTable, isRight } from "./figure.ts";
import { proveNoChurn } from "./no-churn.ts";
import { proveRotation } from "./rotation.ts";
import { proveStateSize } from "./state-size.ts";

const RECONCILES = 1000;

/** In this order: a rotation leaves other windows than the environment began with. */
const PARTS = ["no-churn", "state-size", "rotation", "crash"] as const;

type Part = (typeof PARTS)[number];

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    reconciles: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const reconciles = values.reconciles === undefined ? RECONCILES : Number(values.reconciles);
const parts = PARTS.filter((part) => values.only === undefined || values.only.includes(part));
const unknown = values.only?.filter((part) => !PARTS.includes(part as Part)) ?? [];

const started = Date.now();

function tell(part: Part, line: string): void {
  const minutes = ((Date.now() - started) / 60_000).toFixed(1).padStart(6);
  process.stdout.write(`${minutes} min  ${part}: ${line}\n`);
}

/** Runs a part, or takes the figures that it gave before the run was interrupted. */
async function prove(part: Part, open: () => Promise<ProofEnvironment>): Promise<readonly Figure[]> {
  const onProgress = (line: string) => tell(part, line);
  if (part === "crash") return proveCrashes(onProgress);
  const environment = await open();
  const note = `figures of ${part}`;
  const known = environment.note(note) as readonly Figure[] | undefined;
  const figures = known ?? (await proveIn(environment, part, onProgress));
  await environment.keep(note, figures);
  return figures;
}

function proveIn(
  environment: ProofEnvironment,
  part: Exclude<Part, "crash">,
  onProgress: (line: string) => void,
): Promise<Figure[]> {
  switch (part) {
    case "no-churn":
      return proveNoChurn(environment, reconciles, onProgress);
    case "state-size":
      return proveStateSize(environment);
    case "rotation":
      return proveRotation(environment, onProgress);
  }
}

async function main(): Promise<number> {
  if (unknown.length > 0 || !Number.isInteger(reconciles) || reconciles < 1) {
    process.stderr.write(
      `Expected --only ${PARTS.join("|")} and --reconciles <a whole number above 0>, got ${JSON.stringify(values)}\n`,
    );
    return 2;
  }
  let opened: ProofEnvironment | undefined;
  const figures: Figure[] = [];
  for (const part of parts) {
    const environment = async () => (opened ??= await ProofEnvironment.open((line) => tell(part, line)));
    figures.push(...(await prove(part, environment)));
  }
  process.stdout.write(`\n${figureTable(figures)}\n`);
  if (!values.keep) await opened?.close();
  return figures.every(isRight) ? 0 : 1;
}

process.exitCode = await main();
