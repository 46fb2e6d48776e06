// Proves what each delivery of credentials is made of, and what it wants in the state store. That a Secret is changed in place
// and that nothing is in plain text in the state shows on the engine, what controllers make of it in the local environment.
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type DeliverySettings,
  deliverCredentials,
} from "../../components/nats/deliveries/deliver-credentials.ts";
import { record, resolved } from "./support/recorder.ts";

const PRESENT = "UA.1760000000.creds";
const CREDS: Readonly<Record<string, string>> = {
  [PRESENT]: "the creds",
  "UA.1750000000.creds": "the former creds",
  "nats.creds": "the creds",
};
const PATH = (cluster: string) => `systems/claims/workloads/intake/${cluster}/nats-publisher.yaml`;

/** Delivers the credentials of claims/intake/publisher to the clusters a and b. */
async function deliver(settings: DeliverySettings) {
  const recording = await record(() =>
    deliverCredentials(
      "claims-intake-publisher",
      {
        workload: { environment: "test", team: "claims", system: "claims", workload: "intake" },
        user: "publisher",
        clusters: ["a", "b"].map((name) => ({
          name,
          kubernetes: new KubernetesProvider(name, {}),
          namespace: pulumi.output("claims"),
        })),
        creds: pulumi.secret(CREDS),
        publicKey: pulumi.output("UA"),
        issuedAt: pulumi.output(1_760_000_000),
        aws: new AwsProvider("aws", {}),
      },
      settings,
    ),
  );
  const own = recording.resources.filter(({ type }) => !type.startsWith("pulumi:providers:"));
  return {
    ...recording,
    own: own.map(({ type, name, provider }) => `${provider ?? "-"}: ${type} ${name}`).sort(),
    files: await resolved(recording.value.files),
    plain: JSON.stringify(own.map(({ inputs }) => withoutSecrets(inputs))),
  };
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  if ("secret" in value) return "secret";
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]));
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("the delivery as a Secret", () => {
  test("is a Secret on each cluster with every creds file, secret to Pulumi, and nothing in the state store", async () => {
    const { own, one, files, value, plain } = await deliver({ kind: "secret" });
    expect(own).toEqual([
      "-: haulway:nats:SecretDelivery claims-intake-publisher-a",
      "-: haulway:nats:SecretDelivery claims-intake-publisher-b",
      "a: kubernetes:core/v1:Secret claims-intake-publisher-a-secret",
      "b: kubernetes:core/v1:Secret claims-intake-publisher-b-secret",
    ]);
    const { inputs } = one("kubernetes:core/v1:Secret", "claims-intake-publisher-a-secret");
    expect(inputs).toMatchObject({
      metadata: {
        name: "intake-nats-publisher",
        namespace: "claims",
        annotations: { "sealedsecrets.bitnami.com/managed": "true" },
      },
      data: {
        secret: Object.fromEntries(Object.entries(CREDS).map(([key, text]) => [key, base64(text)])),
      },
    });
    expect(inputs).not.toHaveProperty("stringData");
    expect(inputs).not.toHaveProperty("immutable");
    expect(files).toEqual({});
    expect(value.resources).toHaveLength(2);
    expect(plain).not.toContain(base64("the creds"));
  });
});

describe("the delivery by AWS Secrets Manager", () => {
  test("is one secret for all clusters, and an ExternalSecret for each of them", async () => {
    const { own, one, files, value, plain } = await deliver({ kind: "secretsManager", secretStore: "aws" });
    expect(own).toEqual([
      "-: haulway:nats:SecretsManagerDelivery claims-intake-publisher",
      "aws: aws:secretsmanager/secret:Secret claims-intake-publisher-secret",
      "aws: aws:secretsmanager/secretVersion:SecretVersion claims-intake-publisher-version",
    ]);
    expect(one("aws:secretsmanager/secret:Secret", "claims-intake-publisher-secret").inputs).toMatchObject({
      name: "haulway/test/claims/intake/publisher",
      recoveryWindowInDays: 0,
    });
    const { secretString } = one(
      "aws:secretsmanager/secretVersion:SecretVersion",
      "claims-intake-publisher-version",
    ).inputs as { secretString: { secret: string } };
    expect(JSON.parse(secretString.secret)).toEqual(CREDS);
    expect(Object.keys(files)).toEqual([PATH("a"), PATH("b")]);
    expect(files[PATH("a")]).toBe(files[PATH("b")]);
    expect(parse(files[PATH("a")] ?? "")).toMatchObject({
      kind: "ExternalSecret",
      metadata: { name: "intake-nats-publisher", annotations: { "force-sync": "UA.1760000000" } },
      spec: { secretStoreRef: { name: "aws" } },
    });
    expect(value.resources).toHaveLength(1);
    expect(plain + JSON.stringify(files)).not.toContain("the creds");
  });
});

describe("the delivery as a SealedSecret", () => {
  test("is sealed for each cluster with its own certificate, in the state store alone", async () => {
    const certificates = { a: "certificate of a", b: "certificate of b" };
    const { own, one, files, value, plain } = await deliver({ kind: "sealedSecret", certificates });
    expect(own).toEqual([
      "-: pulumi-nodejs:dynamic/haulway:SealedSecretData claims-intake-publisher-a",
      "-: pulumi-nodejs:dynamic/haulway:SealedSecretData claims-intake-publisher-b",
    ]);
    expect(
      one("pulumi-nodejs:dynamic/haulway:SealedSecretData", "claims-intake-publisher-b").inputs,
    ).toMatchObject({
      namespace: "claims",
      name: "intake-nats-publisher",
      certificate: "certificate of b",
      data: { secret: CREDS },
    });
    expect(Object.keys(files)).toEqual([PATH("a"), PATH("b")]);
    expect(parse(files[PATH("b")] ?? "")).toMatchObject({
      kind: "SealedSecret",
      metadata: { name: "intake-nats-publisher", namespace: "claims" },
      spec: { encryptedData: { "nats.creds": "sealed for claims-intake-publisher-b" } },
    });
    expect(value.resources).toHaveLength(2);
    expect(plain + JSON.stringify(files)).not.toContain("the creds");
  });

  test("is refused for a cluster without a certificate", async () => {
    await expect(deliver({ kind: "sealedSecret", certificates: { a: "certificate of a" } })).rejects.toThrow(
      "There is no certificate of the cluster b.",
    );
  });
});
