import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { selectInstallManifests } from "../../../manifests/argocd/install-manifests.ts";

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: applications.argoproj.io
spec:
  names:
    kind: Application
`;
const settings = `apiVersion: v1
kind: ConfigMap
metadata:
  labels:
    app.kubernetes.io/part-of: argocd
  name: argocd-cm
`;
const controller = `apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: argocd-application-controller
spec:
  template:
    spec:
      containers:
      - env:
        - name: ARGOCD_RECONCILIATION_TIMEOUT
          valueFrom:
            configMapKeyRef:
              name: argocd-cm
        image: quay.io/argoproj/argocd:v3.2.0
`;
const binding = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: argocd-server
roleRef:
  kind: Role
  name: argocd-cm
`;
const service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: argocd-metrics\n";
const otherSettings = settings.replace("name: argocd-cm", "name: argocd-rbac-cm");

function file(...documents: readonly string[]): string {
  return `# generated\n${documents.join("---\n")}`;
}

/** `<kind> <name>` of every document, as YAML has it. */
function documentsOf(text: string): string[] {
  return parseAllDocuments(text).map((document) => {
    const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string } };
    return `${kind} ${metadata.name}`;
  });
}

describe("selectInstallManifests", () => {
  test("tells the controllers from what they use, and leaves out the definitions and the settings", () => {
    const { foundation, controllers } = selectInstallManifests(
      file(definition, settings, otherSettings, service, controller, binding),
      "install.yaml",
      "v3.2.0",
    );
    expect(documentsOf(foundation)).toEqual(["ConfigMap argocd-rbac-cm", "RoleBinding argocd-server"]);
    expect(documentsOf(controllers)).toEqual([
      "Service argocd-metrics",
      "StatefulSet argocd-application-controller",
    ]);
  });

  test("is not misled by a separator that stands inside a text", () => {
    const withText = `${controller}# ---- not a separator ----\n    ---\n`;
    const { foundation, controllers } = selectInstallManifests(
      file(definition, withText),
      "install.yaml",
      "v3.2.0",
    );
    expect(foundation).toBe("");
    expect(controllers).toContain("not a separator");
  });

  test("refuses manifests of another version, naming both", () => {
    expect(() => selectInstallManifests(file(definition, controller), "install.yaml", "v3.3.0")).toThrow(
      "install.yaml installs Argo CD v3.2.0, expected v3.3.0 (spec.argocd.version of the environment).",
    );
  });

  test.each([
    ["an HTML page", "<!doctype html>\n<title>404</title>"],
    ["the manifests of something else", file(binding)],
    ["the definitions alone", file(definition)],
  ])("refuses %s", (_, text) => {
    expect(() => selectInstallManifests(text, "https://argo.test/install.yaml", "v3.2.0")).toThrow(
      "https://argo.test/install.yaml is not an install manifest of Argo CD",
    );
  });
});
