import { UNKNOWN } from "@haulway/providers/dynamic-provider";
import { checkStateStoreDirectory } from "@haulway/providers/state-store/check";
import type { StateStoreDirectoryInputs } from "@haulway/providers/state-store/properties";
import { createUser } from "@nats-io/nkeys";
import { describe, expect, it } from "vitest";

const INPUTS: StateStoreDirectoryInputs = {
  url: "https://git.example.com/platform/state.git",
  branch: "main",
  username: "haulway",
  passwordFrom: "STATE_STORE_PASSWORD",
  directory: "teams/claims",
  files: { "systems/claims.yaml": "kind: Application\n" },
  message: "Deploy claims",
};

describe("the check of a state store directory", () => {
  it.each<[string, Partial<StateStoreDirectoryInputs>]>([
    ["a right one", {}],
    ["http on loopback", { url: "http://127.0.0.1:8080/state.git" }],
    ["a content that is not known yet", { files: { "a.yaml": UNKNOWN } }],
    [
      "an ExternalSecret",
      { files: { "a.yaml": "kind: ExternalSecret\nspec:\n  target:\n    kind: Secret\n" } },
    ],
    ["no files", { files: {} }],
  ])("accepts %s", (_, change) => {
    expect(checkStateStoreDirectory({ ...INPUTS, ...change })).toEqual([]);
  });

  const seed = new TextDecoder().decode(createUser().getSeed());
  it.each<[string, string, Partial<StateStoreDirectoryInputs>]>([
    ["http over a network", "url", { url: "http://git.example.com/state.git" }],
    ["credentials in the URL", "url", { url: "https://me:pw@git.example.com/state.git" }],
    ["no branch", "branch", { branch: "" }],
    ["a password for its variable", "passwordFrom", { passwordFrom: "hunter-2" }],
    ["a directory that leads out", "directory", { directory: "../claims" }],
    ["an absolute directory", "directory", { directory: "/claims" }],
    ["git's own directory", 'files[".git/config"]', { files: { ".git/config": "" } }],
    ["a file below a file", 'files["a/b"]', { files: { a: "", "a/b": "" } }],
    ["a Secret", 'files["s.yaml"]', { files: { "s.yaml": "apiVersion: v1\nkind: Secret\n" } }],
    ["an nkey seed", 'files["s.yaml"]', { files: { "s.yaml": `seed: ${seed}` } }],
    ["a private key", 'files["k"]', { files: { k: "-----BEGIN EC PRIVATE KEY-----" } }],
  ])("refuses %s, and shows no secret", (_, property, change) => {
    const failures = checkStateStoreDirectory({ ...INPUTS, ...change });
    expect(failures).toMatchObject([{ property }]);
    expect(JSON.stringify(failures)).not.toContain(seed);
  });
});
