import { describe, expect, test } from "vitest";
import { workloadLabels } from "../../../manifests/labels.ts";
import { systemNamespace } from "../../../manifests/namespace.ts";
import { workloadDeployment } from "../../../manifests/workload/deployment.ts";
import { externalSecret } from "../../../manifests/workload/external-secret.ts";
import { natsPodSettings } from "../../../manifests/workload/nats.ts";
import { workloadDisruptionBudget } from "../../../manifests/workload/pod-disruption-budget.ts";
import { sealedSecret } from "../../../manifests/workload/sealed-secret.ts";
import { workloadService } from "../../../manifests/workload/service.ts";
import { workloadServiceAccount } from "../../../manifests/workload/service-account.ts";

const ids = { environment: "test", team: "team", system: "claims", workload: "intake" };
const noNats = natsPodSettings(ids, "tls://nats.test", [], {});
const args = { image: "registry.test/intake:1.0.0", port: 8080, replicas: 2, variables: {}, nats: noNats };

function podOf(overrides: Partial<typeof args> = {}) {
  const { spec } = workloadDeployment(ids, { ...args, ...overrides });
  const pod = spec?.template.spec;
  const [container] = pod?.containers ?? [];
  if (spec === undefined || pod === undefined || container === undefined) throw new Error("no pod");
  return { spec, pod, container };
}

describe("workloadDeployment", () => {
  test("meets the restricted Pod Security Standard", () => {
    const { pod, container } = podOf();
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
  });

  test("gives the container a place to write, requests, and a limit of memory but not of CPU", () => {
    const { pod, container } = podOf();
    expect(pod.volumes).toEqual([{ name: "tmp", emptyDir: {} }]);
    expect(container.volumeMounts).toEqual([{ name: "tmp", mountPath: "/tmp" }]);
    expect(container.resources).toEqual({
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { memory: "256Mi" },
    });
  });

  test("selects by labels that its pods have, and that never change", () => {
    const { spec, pod } = podOf();
    const selector = { "app.kubernetes.io/name": "intake", "app.kubernetes.io/part-of": "claims" };
    expect(spec.selector.matchLabels).toEqual(selector);
    expect(spec.template.metadata?.labels).toMatchObject(selector);
    expect(pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
      "topology.kubernetes.io/zone",
      "kubernetes.io/hostname",
    ]);
  });

  test("replaces pods without a gap", () => {
    const { spec } = podOf({ replicas: 1 });
    expect(spec.replicas).toBe(1);
    expect(spec.strategy?.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  });

  test("passes variables in the order of their names", () => {
    const { container } = podOf({ variables: { ZONE: "z", LEVEL: "info" } });
    expect(container.env).toEqual([
      { name: "LEVEL", value: "info" },
      { name: "ZONE", value: "z" },
    ]);
  });

  test("has no annotations and no NATS variables without NATS users", () => {
    const { spec, container } = podOf();
    expect(spec.template.metadata).not.toHaveProperty("annotations");
    expect(container.env).toEqual([]);
  });
});

describe("natsPodSettings", () => {
  const generations = {
    publisher: { publicKey: "UABC", issuedAt: 1_760_000_000 },
    "event-reader": { publicKey: "UDEF", issuedAt: 1_760_000_001 },
  };

  test("mounts the creds of each user's generation, and points to them by variables", () => {
    expect(natsPodSettings(ids, "tls://nats.test", ["publisher", "event-reader"], generations)).toEqual({
      annotations: {
        "haulway.dev/nats-publisher": "UABC.1760000000",
        "haulway.dev/nats-event-reader": "UDEF.1760000001",
      },
      env: [
        { name: "NATS_URL", value: "tls://nats.test" },
        { name: "NATS_CREDS", value: "/var/run/secrets/haulway/nats/publisher/nats.creds" },
        { name: "NATS_INBOX_PREFIX", value: "_INBOX.test.claims.intake.publisher" },
        { name: "NATS_CREDS_PUBLISHER", value: "/var/run/secrets/haulway/nats/publisher/nats.creds" },
        { name: "NATS_INBOX_PREFIX_PUBLISHER", value: "_INBOX.test.claims.intake.publisher" },
        { name: "NATS_CREDS_EVENT_READER", value: "/var/run/secrets/haulway/nats/event-reader/nats.creds" },
        { name: "NATS_INBOX_PREFIX_EVENT_READER", value: "_INBOX.test.claims.intake.event-reader" },
      ],
      volumes: [
        {
          name: "nats-publisher",
          secret: {
            secretName: "intake-nats-publisher",
            defaultMode: 0o440,
            items: [{ key: "UABC.1760000000.creds", path: "nats.creds" }],
          },
        },
        {
          name: "nats-event-reader",
          secret: {
            secretName: "intake-nats-event-reader",
            defaultMode: 0o440,
            items: [{ key: "UDEF.1760000001.creds", path: "nats.creds" }],
          },
        },
      ],
      volumeMounts: [
        { name: "nats-publisher", mountPath: "/var/run/secrets/haulway/nats/publisher", readOnly: true },
        {
          name: "nats-event-reader",
          mountPath: "/var/run/secrets/haulway/nats/event-reader",
          readOnly: true,
        },
      ],
    });
  });

  test("refuses a user whose credentials were never made", () => {
    expect(() => natsPodSettings(ids, "tls://nats.test", ["publisher"], {})).toThrow(
      'The NATS user "publisher" has no credentials.',
    );
  });
});

describe("what a controller on the cluster makes the Secret of", () => {
  const metadata = {
    name: "intake-nats-publisher",
    namespace: "claims",
    labels: workloadLabels(ids),
  };

  test("External Secrets: the secret of the user in AWS Secrets Manager, looked at again for each generation", () => {
    const generation = { publicKey: "UABC", issuedAt: 1_760_000_000 };
    const { spec, ...rest } = externalSecret(ids, "publisher", generation, "aws");
    expect(rest).toEqual({
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: { ...metadata, annotations: { "force-sync": "UABC.1760000000" } },
    });
    expect(spec.secretStoreRef).toEqual({ kind: "ClusterSecretStore", name: "aws" });
    expect(spec.target).toMatchObject({
      name: "intake-nats-publisher",
      template: { metadata: { labels: metadata.labels } },
    });
    expect(spec.dataFrom.map(({ extract }) => extract.key)).toEqual(["haulway/test/claims/intake/publisher"]);
  });

  test("Sealed Secrets: the sealed values, for the Secret's own name and namespace", () => {
    expect(sealedSecret(ids, "publisher", { "nats.creds": "AgA=" })).toEqual({
      apiVersion: "bitnami.com/v1alpha1",
      kind: "SealedSecret",
      metadata,
      spec: { encryptedData: { "nats.creds": "AgA=" }, template: { metadata, type: "Opaque" } },
    });
  });
});

describe("the other objects of a workload", () => {
  test("the Service leads to the port of the container", () => {
    const { spec } = workloadService(ids, 8080);
    const { container } = podOf();
    expect(spec?.ports).toEqual([{ name: "http", port: 8080, targetPort: "http", protocol: "TCP" }]);
    expect(container.ports).toEqual([{ name: "http", containerPort: 8080, protocol: "TCP" }]);
    expect(spec?.selector).toEqual({
      "app.kubernetes.io/name": "intake",
      "app.kubernetes.io/part-of": "claims",
    });
  });

  test("the ServiceAccount is the one that the pods have", () => {
    expect(workloadServiceAccount(ids).metadata?.name).toBe(podOf().pod.serviceAccountName);
  });

  test.each([
    [1, undefined],
    [2, 1],
    [10, 1],
  ])("%i replicas: the budget lets %s pods go at a time", (replicas, expected) => {
    expect(workloadDisruptionBudget(ids, replicas)?.spec?.maxUnavailable).toBe(expected);
  });

  test("the namespace demands the restricted Pod Security Standard", () => {
    expect(systemNamespace(ids).metadata).toMatchObject({
      name: "claims",
      labels: { "pod-security.kubernetes.io/enforce": "restricted", "haulway.dev/team": "team" },
    });
  });
});
