import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { configurationReference } from "./configuration-reference.ts";
import { environmentSchema } from "./environment.ts";
import { jsonSchema } from "./json-schema.ts";
import { teamSchema } from "./team.ts";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const COMMAND = "npm run schemas";

const INTRODUCTION = `
# Configuration reference

<!-- Generated from the schemas in model/ by \`${COMMAND}\`. Do not edit. -->

Haulway has two kinds of input, both YAML. The first line of each file,
\`# yaml-language-server: $schema=../schemas/<kind>.json\`, gives editors completion, and marks mistakes while they are typed.
\`npx haulway validate\` checks all files, each by itself and all together, and reports everything at once as
\`file:line path: what is wrong, what is expected\`.

A field that is not listed here is an error. So are YAML's anchors, aliases and tags, several documents in one file, and a file
whose name differs from its \`metadata.name\`.
`;

const ENVIRONMENT_INTRODUCTION = `
What an environment is: an AWS account and region, a platform cluster, workload clusters, and the services around them.

\`\${NAME}\` in a text is replaced by the environment variable of that name; one that is not set is an error. Names, labels, and
the fields that end in \`From\` are taken as they stand. Secrets are never in the file, not even by \`\${NAME}\`: a field such as
\`passwordFrom: X\` names the variable \`X\`, which holds the secret, or the variable \`X_FILE\`, which names a file that does.
`;

const TEAM_INTRODUCTION = `
What a team owns, the same in every environment: systems, each a namespace, and their workloads. Nothing is replaced in it.
`;

/** The generated files: path relative to the project, and content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const schemas = [
    ["schemas/environment.json", environmentSchema, { title: "Environment of Haulway", variables: true }],
    ["schemas/team.json", teamSchema, { title: "Team of Haulway", variables: false }],
  ] as const;
  const reference = configurationReference(INTRODUCTION, [
    {
      kind: "Environment",
      file: "environments/<name>.yaml",
      introduction: ENVIRONMENT_INTRODUCTION.trim(),
      schema: environmentSchema,
    },
    {
      kind: "Team",
      file: "teams/<name>.yaml",
      introduction: TEAM_INTRODUCTION.trim(),
      schema: teamSchema,
    },
  ]);
  return new Map([
    ...schemas.map(
      ([file, schema, options]) =>
        [file, `${JSON.stringify(jsonSchema(schema, options), undefined, 2)}\n`] as const,
    ),
    ["docs/configuration.md", reference] as const,
  ]);
}

/** The generated files whose content in the project is not what the schemas make of them now. */
export function staleFiles(projectDir: string): readonly string[] {
  return [...generatedFiles()]
    .filter(([file, text]) => contentOf(join(projectDir, file)) !== text)
    .map(([file]) => file);
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function main(args: readonly string[]): void {
  const stale = staleFiles(PROJECT);
  if (args.includes("--check")) {
    if (stale.length === 0) return;
    const verb = stale.length === 1 ? "is" : "are";
    process.stderr.write(`${stale.join(", ")} ${verb} not what the schemas in model/ say. Run: ${COMMAND}\n`);
    process.exitCode = 1;
    return;
  }
  for (const [file, text] of generatedFiles()) {
    if (!stale.includes(file)) continue;
    mkdirSync(dirname(join(PROJECT, file)), { recursive: true });
    writeFileSync(join(PROJECT, file), text);
    process.stdout.write(`${file} written\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
