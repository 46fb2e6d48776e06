import { createHash } from "node:crypto";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { customResourceDefinitions } from "@haulway/providers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureToolchain } from "../../local/toolchain/toolchain.ts";
import { TestApiServer } from "./support/api-server.ts";
import { TestProject } from "./support/engine.ts";

const ARGO_CD = ["applications.argoproj.io", "applicationsets.argoproj.io", "appprojects.argoproj.io"];

let server: TestApiServer;
let directory: string;
let argoCd: string;

beforeAll(async () => {
  server = await TestApiServer.start();
  directory = await mkdtemp(join(tmpdir(), "haulway-crds-"));
  argoCd = join(directory, "install.yaml");
  await copyFile((await ensureToolchain()).file("argocd-install.yaml"), argoCd);
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

async function inputs(manifests: string) {
  const sha256 = createHash("sha256")
    .update(await readFile(manifests))
    .digest("hex");
  return { manifests, sha256, kubeconfig: server.kubeconfig };
}

function ownedByHaulway(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, "haulway"]));
}

describe("definitions on a real API server", () => {
  it("are installed, found, repaired and removed, and no others are touched", async () => {
    const widgets = join(directory, "widgets.yaml");
    await writeFile(widgets, definition("widgets"));
    const others = await customResourceDefinitions.create(await inputs(widgets));
    const argo = await inputs(argoCd);
    const { id, outs } = await customResourceDefinitions.create(argo);

    expect(outs.names).toEqual(ARGO_CD);
    expect(await server.definitions()).toEqual(ownedByHaulway([...ARGO_CD, "widgets.example.com"]));
    expect(await customResourceDefinitions.read(id, outs)).toEqual({ id, props: outs });

    await server.untilServed();
    await customResourceDefinitions.delete(id, { ...outs, names: ARGO_CD.slice(0, 1) });
    const { props } = await customResourceDefinitions.read(id, outs);
    expect(props.missing).toEqual(ARGO_CD.slice(0, 1));
    expect(await customResourceDefinitions.diff(id, props, argo)).toMatchObject({ changes: true });
    expect(await customResourceDefinitions.update(id, props, argo)).toEqual({ outs });

    await server.untilServed();
    await customResourceDefinitions.delete(id, outs);
    await customResourceDefinitions.delete(id, outs);
    expect(await server.definitions()).toEqual(ownedByHaulway(["widgets.example.com"]));
    expect(await customResourceDefinitions.read(id, outs)).toMatchObject({ id: "" });
    await customResourceDefinitions.delete(others.id, others.outs);
  });

  it("stay when the file no longer holds them, and go with the resource", async () => {
    const file = join(directory, "changing.yaml");
    await writeFile(file, `${definition("widgets")}---\n${definition("gadgets")}`);
    const { id, outs } = await customResourceDefinitions.create(await inputs(file));
    await writeFile(file, definition("widgets"));
    const { outs: later } = await customResourceDefinitions.update(id, outs, await inputs(file));

    expect(Object.keys(await server.definitions())).toEqual(["gadgets.example.com", "widgets.example.com"]);
    await server.untilServed();
    await customResourceDefinitions.delete(id, later);
    expect(await server.definitions()).toEqual({});
  });

  it("are refused with the server's words", async () => {
    const file = join(directory, "wrong.yaml");
    await writeFile(file, definition("widgets").replace("scope: Namespaced", "scope: Universe"));
    await expect(customResourceDefinitions.create(await inputs(file))).rejects.toThrow(
      /could not apply the CustomResourceDefinition widgets\.example\.com.*scope/,
    );
  });
});

describe("definitions on the real engine", () => {
  it("are made, left alone and removed, and add little to the state", async () => {
    const project = await TestProject.create({});
    try {
      await project.write(`
        import * as pulumi from "@pulumi/pulumi";
        import { CustomResourceDefinitions } from ${JSON.stringify(project.from("components/cluster/custom-resource-definitions.ts"))};
        const { kubeconfig, ...args } = ${JSON.stringify(await inputs(argoCd))};
        new CustomResourceDefinitions("argo-cd", { ...args, kubeconfig: pulumi.secret(kubeconfig) });
      `);
      const first = await project.run("up");
      expect(first.exitCode, first.output).toBe(0);
      expect(Object.keys(await server.definitions())).toEqual(ARGO_CD);
      expect((await project.run("up")).changes).toEqual({ same: 1 });

      const [resource] = await project.resources("CustomResourceDefinitions");
      expect(resource?.outputs).toMatchObject({ names: ARGO_CD });
      expect(await project.stateText()).not.toContain("current-context");
      await server.untilServed();
      expect((await project.run("destroy")).exitCode).toBe(0);
      expect(await server.definitions()).toEqual({});
    } finally {
      await project.close();
    }
  });
});

function definition(plural: string): string {
  const kind = plural === "widgets" ? "Widget" : "Gadget";
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${plural}.example.com
spec:
  group: example.com
  scope: Namespaced
  names: { plural: ${plural}, singular: ${kind.toLowerCase()}, kind: ${kind}, listKind: ${kind}List }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;
}
