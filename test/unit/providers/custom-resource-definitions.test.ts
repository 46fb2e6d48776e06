import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { customResourceDefinitions } from "@haulway/providers";
import { findDefinitions } from "@haulway/providers/custom-resource-definitions/documents";
import { loadManifests } from "@haulway/providers/custom-resource-definitions/manifests";
import { UNKNOWN } from "@haulway/providers/dynamic-provider";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const WIDGETS = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    note: |
      name: not.this.one
      kind: Secret
  labels:
    app: widgets
  name: widgets.example.com # the plural first
spec:
  names: { kind: Widget, name: nonsense }
`;
const GADGETS = WIDGETS.replace("widgets.example", "gadgets.example");
const OTHER =
  "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  kind: |\n    kind: CustomResourceDefinition\n";

describe("the definitions in a file", () => {
  it.each([
    ["between others", `${OTHER}---\n${WIDGETS}--- # next\n${OTHER}---\n${GADGETS}`],
    ["with Windows' newlines", `---\n${WIDGETS}\n---\n${GADGETS}`.replaceAll("\n", "\r\n")],
    [
      "with quoted values",
      `${WIDGETS}---\n${GADGETS}`.replaceAll("CustomResourceDefinition", '"CustomResourceDefinition"'),
    ],
  ])("are found %s", (_, text) => {
    const found = findDefinitions(text, "crds.yaml");
    expect(found.map(({ name }) => name)).toEqual(["gadgets.example.com", "widgets.example.com"]);
    expect(found[1]?.text.trim()).toContain("names: { kind: Widget, name: nonsense }");
    expect(found.every(({ text: document }) => !document.includes("ConfigMap"))).toBe(true);
  });

  it("are missed with the place", () => {
    expect(() => findDefinitions(OTHER, "crds.yaml")).toThrow(/crds\.yaml holds no CustomResourceDefinition/);
    expect(() => findDefinitions(WIDGETS.replace(/^ {2}name:.*$/m, ""), "crds.yaml")).toThrow(
      /without metadata\.name/,
    );
  });
});

describe("a manifest file", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "haulway-manifests-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("is read when its hash is the expected one", async () => {
    const path = join(directory, "crds.yaml");
    await writeFile(path, WIDGETS);
    const sha256 = createHash("sha256").update(WIDGETS).digest("hex");
    expect(await loadManifests(path, sha256.toUpperCase())).toBe(WIDGETS);
    await expect(loadManifests(path, "0".repeat(64))).rejects.toThrow(`its SHA-256 is ${sha256}`);
  });

  it("is missed with its path", async () => {
    await expect(loadManifests(join(directory, "none.yaml"), "")).rejects.toThrow(
      /none\.yaml cannot be read/,
    );
  });
});

describe("the diff of definitions", () => {
  const inputs = { manifests: "/a/crds.yaml", sha256: "0".repeat(64), kubeconfig: "apiVersion: v1" };
  const state = { ...inputs, names: ["widgets.example.com"], missing: [] };

  it.each([
    ["the same", inputs, {}, false],
    ["the same file in another place", { ...inputs, manifests: "https://example.com/crds.yaml" }, {}, false],
    ["another file", { ...inputs, sha256: "1".repeat(64) }, {}, true],
    ["another cluster", { ...inputs, kubeconfig: "other" }, {}, true],
    ["a cluster that is not known yet", { ...inputs, kubeconfig: UNKNOWN }, {}, true],
    ["a definition that is missing", inputs, { missing: ["widgets.example.com"] }, true],
  ])("for %s", async (_, news, change, changes) => {
    expect(await customResourceDefinitions.diff("id", { ...state, ...change }, news)).toMatchObject({
      changes,
      replaces: [],
    });
  });

  it.each([
    [inputs, []],
    [{ manifests: UNKNOWN, sha256: UNKNOWN, kubeconfig: UNKNOWN }, []],
    [
      { manifests: "http://example.com/crds.yaml", sha256: "x", kubeconfig: " " },
      ["manifests", "sha256", "kubeconfig"],
    ],
  ])("comes after the check of %j", async (news, properties) => {
    const { failures } = await customResourceDefinitions.check({}, news);
    expect(failures.map(({ property }) => property)).toEqual(properties);
  });
});

it("says that a kubeconfig is none without a word of it", async () => {
  const state = { manifests: "crds.yaml", sha256: "0".repeat(64), names: ["a.example.com"], missing: [] };
  const kubeconfig = "users:\n- user:\n    client-key-data: c2VjcmV0\n   broken: [";
  const refusal = customResourceDefinitions.delete("id", { ...state, kubeconfig });
  await expect(refusal).rejects.toThrow(
    /^The kubeconfig of the cluster cannot be used: it is not a kubeconfig\.$/,
  );
});
