import { type CheckFailure, containsUnknown } from "../dynamic-provider.js";
import { isSafeEndpoint } from "../endpoint.js";
import { VARIABLE_NAME } from "../secret-source.js";
import type { StateStoreDirectoryInputs } from "./properties.js";

/** Everything that is wrong with the declaration of a directory. What is not known yet is not judged. */
export function checkStateStoreDirectory(inputs: StateStoreDirectoryInputs): CheckFailure[] {
  const rules: readonly (readonly [
    keyof StateStoreDirectoryInputs,
    (value: string) => string | undefined,
  ])[] = [
    ["url", urlProblem],
    ["branch", (value) => (/^[\w][\w./-]*$/.test(value) ? undefined : "must be the name of a branch")],
    ["username", (value) => (value === "" ? "must not be empty" : undefined)],
    [
      "passwordFrom",
      (value) =>
        VARIABLE_NAME.test(value)
          ? undefined
          : "must be the name of an environment variable; never the password itself",
    ],
    ["directory", pathProblem],
    ["message", (value) => (value.trim() === "" ? "must not be empty" : undefined)],
  ];
  return [
    ...rules.flatMap(([property, problemOf]) => {
      const value = inputs[property];
      if (containsUnknown(value)) return [];
      const reason = typeof value === "string" ? problemOf(value) : "must be text";
      return reason === undefined ? [] : [{ property, reason }];
    }),
    ...checkFiles(inputs.files),
  ];
}

function checkFiles(files: unknown): CheckFailure[] {
  if (typeof files !== "object" || files === null) {
    return containsUnknown(files) ? [] : [{ property: "files", reason: "must be content by path" }];
  }
  const paths = new Set(Object.keys(files));
  return Object.entries(files).flatMap(([path, content]) => {
    const reason = pathProblem(path) ?? overlapProblem(path, paths) ?? contentProblem(content);
    return reason === undefined ? [] : [{ property: `files["${path}"]`, reason }];
  });
}

function urlProblem(value: string): string | undefined {
  if (!isSafeEndpoint(value)) return `must be an https URL (http only on loopback); it is "${value}"`;
  const { username, password } = new URL(value);
  if (username !== "" || password !== "") {
    return "must not hold credentials: name their variable in stateStore.credentials.passwordFrom";
  }
  return undefined;
}

/** Why a path cannot be one in a repository: it must stay below its directory and out of git's own. */
function pathProblem(path: string): string | undefined {
  const parts = path.split("/");
  const wrong = parts.find((part) => ["", ".", ".."].includes(part) || part.toLowerCase() === ".git");
  if (wrong === undefined && !/[\p{Cc}\\]/u.test(path)) return undefined;
  return `must be a relative path such as "systems/claims/intake.yaml"; it is "${path}"`;
}

function overlapProblem(path: string, paths: ReadonlySet<string>): string | undefined {
  const parts = path.split("/");
  for (let length = 1; length < parts.length; length++) {
    const parent = parts.slice(0, length).join("/");
    if (paths.has(parent)) return `needs the directory "${parent}", which is a file`;
  }
  return undefined;
}

/** Everybody who reads the repository reads its whole history, so a secret that was committed once is lost. */
const SECRETS = [
  /-----BEGIN (?:USER NKEY SEED|NATS USER JWT|[A-Z ]*PRIVATE KEY)-----/,
  /\bS[AUONC][A-Z2-7]{56}\b/,
  /^kind:\s*["']?Secret["']?\s*$/m,
];

function contentProblem(content: unknown): string | undefined {
  if (containsUnknown(content)) return undefined;
  if (typeof content !== "string") return "must be text";
  if (!SECRETS.some((pattern) => pattern.test(content))) return undefined;
  return "holds a secret (a Secret, a private key or NATS credentials): the state store takes none. Deliver it to the cluster";
}
