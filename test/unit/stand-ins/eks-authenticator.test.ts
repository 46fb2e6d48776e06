import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:https";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, constantFrom, integer, nat, pre, property, record, string } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensurePki, type Pki } from "../../../local/control-plane/pki.ts";
import { type Layout, layout } from "../../../local/layout.ts";
import { ResourceStore } from "../../../local/stand-ins/aws/resource-store.ts";
import { execCredential } from "../../../local/stand-ins/eks/argocd-k8s-auth.ts";
import { reviewPath, startAuthenticator } from "../../../local/stand-ins/eks/authenticator.ts";
import { createToken, ensureTokenKey, verifyToken } from "../../../local/stand-ins/eks/token.ts";
import type { Properties } from "../../../local/stand-ins/plugin/property-values.ts";

const HUB = "arn:aws:iam::111122223333:role/hub";
const SPOKE = "arn:aws:iam::111122223333:role/spoke";
const READER = "arn:aws:iam::111122223333:role/reader";
const STRANGER = "arn:aws:iam::111122223333:role/stranger";
const ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

let paths: Layout;
let pki: Pki;
let server: Server;
let key: Uint8Array;

beforeAll(async () => {
  paths = layout(await mkdtemp(join(tmpdir(), "haulway-eks-")));
  pki = await ensurePki(paths);
  const files = await pki.issueServingCertificate("eks-authenticator", ["127.0.0.1"]);
  key = await ensureTokenKey(paths.eks);
  server = await startAuthenticator({
    port: 0,
    certificateFile: files.certificate,
    keyFile: files.key,
    eksDirectory: paths.eks,
    awsDirectory: paths.aws,
  });
  await role("hub", trust("arn:aws:iam::111122223333:root"));
  await role("spoke", trust(HUB));
  await role("reader", trust(HUB));
  await role("stranger", trust("arn:aws:iam::999999999999:root"));
  await exists("aws:eks/podIdentityAssociation:PodIdentityAssociation", "a-1", {
    clusterName: "local-platform",
    namespace: "argocd",
    serviceAccount: "argocd-application-controller",
    roleArn: HUB,
  });
  await entry("workload-a", SPOKE);
  await association("workload-a", SPOKE, { type: "cluster" });
  await entry("workload-a", READER, ["readers"]);
  await association("workload-a", READER, { type: "namespace", namespaces: ["claims"] });
});

afterAll(async () => {
  server.close();
  await once(server, "close");
  await rm(paths.root, { recursive: true, force: true });
});

describe("a token", () => {
  const claims = record({
    cluster: string({ minLength: 1 }),
    roleArn: string({ minLength: 1 }),
    expires: integer({ min: 1, max: 4_000_000_000 }),
  });

  it("says what was put into it until it expires", () => {
    assert(
      property(claims, (said) => {
        expect(verifyToken(createToken(said, key), said.cluster, key, said.expires - 1)).toEqual(said);
        expect(() => verifyToken(createToken(said, key), said.cluster, key, said.expires)).toThrow(
          "has expired",
        );
      }),
    );
  });

  it("is worth nothing when any character of it is another one", () => {
    const token = createToken({ cluster: "c", roleArn: SPOKE, expires: 100 }, key);
    assert(
      property(nat(token.length - 1), constantFrom("A", "b", "0", "."), (index, character) => {
        pre(token[index] !== character);
        // The last character of a digest in base64url carries bits that mean nothing.
        pre(index !== token.length - 1);
        const changed = token.slice(0, index) + character + token.slice(index + 1);
        expect(() => verifyToken(changed, "c", key, 0)).toThrow();
      }),
    );
  });

  it("of another environment is refused", () => {
    const other = createToken({ cluster: "c", roleArn: SPOKE, expires: 100 }, new Uint8Array(32));
    expect(() => verifyToken(other, "c", key, 0)).toThrow("signature is wrong");
  });
});

describe("the webhook", () => {
  it.each([
    ["an administrator", SPOKE, ["system:masters"]],
    ["one with groups and a policy for a namespace", READER, ["readers"]],
  ])("knows %s", async (_, roleArn, groups) => {
    const status = await review("workload-a", token("workload-a", roleArn));
    expect(status).toEqual({
      authenticated: true,
      user: {
        username: `arn:aws:sts::111122223333:assumed-role/${roleArn.split("/")[1]}/haulway`,
        groups,
        uid: roleArn,
      },
    });
  });

  it.each([
    [
      "no entry",
      () => token("workload-a", STRANGER),
      `cluster "workload-a" has no access entry for ${STRANGER}`,
    ],
    ["a role that is gone", () => token("workload-a", `${SPOKE}-2`), `there is no role ${SPOKE}-2`],
    [
      "a token for another cluster",
      () => token("workload-b", SPOKE),
      'the token is for cluster "workload-b"',
    ],
    ["an expired token", () => token("workload-a", SPOKE, -1), "the token has expired"],
    ["a token of real EKS", () => "k8s-aws-v1.aHR0cHM6", "not a token of the local EKS"],
  ])("refuses %s", async (_, made, reason) => {
    const status = await review("workload-a", made());
    expect(status["authenticated"]).toBe(false);
    expect(status["error"]).toContain(reason);
  });

  it("forgets an entry as soon as it is removed", async () => {
    await entry("workload-c", SPOKE);
    expect(await review("workload-c", token("workload-c", SPOKE))).toMatchObject({ authenticated: true });
    await new ResourceStore(paths.aws).remove({
      type: "aws:eks/accessEntry:AccessEntry",
      account: "111122223333",
      region: "eu-central-1",
      key: `workload-c:${SPOKE}`,
    });
    expect(await review("workload-c", token("workload-c", SPOKE))).toMatchObject({ authenticated: false });
  });

  it("answers anything but a TokenReview with an error", async () => {
    expect((await post("/clusters/workload-a/token-review", "{}")).status).toBe(400);
    expect((await post("/other", "{}")).status).toBe(404);
  });
});

describe("argocd-k8s-auth", () => {
  it("gives a credential that the webhook accepts", async () => {
    const now = Math.floor(Date.now() / 1000);
    const text = await exec(["aws", "--cluster-name", "workload-a", "--role-arn", SPOKE], now);
    const credential = JSON.parse(text) as { status: { token: string; expirationTimestamp: string } };
    expect(credential).toMatchObject({
      apiVersion: "client.authentication.k8s.io/v1beta1",
      kind: "ExecCredential",
    });
    expect(credential.status.expirationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(credential.status.expirationTimestamp) / 1000).toBe(now + 14 * 60);
    expect(await review("workload-a", credential.status.token)).toMatchObject({ authenticated: true });
  });

  it("is Argo CD's own role without --role-arn", async () => {
    const text = await exec(["aws", "--cluster-name", "x", "--profile", "ignored"], 0);
    const { status } = JSON.parse(text) as { status: { token: string } };
    expect(verifyToken(status.token, "x", key, 0).roleArn).toBe(HUB);
  });

  it.each([
    [["aws", "--cluster-name", "x", "--role-arn", STRANGER], "AccessDenied"],
    [["aws", "--cluster-name", "x", "--role-arn", `${SPOKE}-2`], "AccessDenied"],
    [["gcp"], "usage: argocd-k8s-auth aws"],
    [["aws"], "usage: argocd-k8s-auth aws"],
  ])("refuses %o", async (args, message) => {
    await expect(exec(args, 0)).rejects.toThrow(message);
  });
});

function exec(args: readonly string[], now: number): Promise<string> {
  return execCredential({ args, awsDirectory: paths.aws, key, now });
}

function token(cluster: string, roleArn: string, seconds = 60): string {
  return createToken({ cluster, roleArn, expires: Math.floor(Date.now() / 1000) + seconds }, key);
}

async function review(cluster: string, value: string): Promise<Properties> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token: value } };
  const { text } = await post(reviewPath(cluster), JSON.stringify(body));
  const answer = JSON.parse(text) as { apiVersion: string; kind: string; status: Properties };
  expect(answer).toMatchObject({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview" });
  return answer.status;
}

async function post(path: string, body: string): Promise<{ status: number; text: string }> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: "127.0.0.1", port, path, method: "POST", ca: pki.caCertificate });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [AsyncIterable<Buffer> & { statusCode: number }];
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk);
  }
  return { status: response.statusCode, text: Buffer.concat(chunks).toString("utf8") };
}

function trust(principal: string): string {
  const statement = {
    Effect: "Allow",
    Principal: { AWS: principal },
    Action: ["sts:AssumeRole", "sts:TagSession"],
  };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

async function role(name: string, assumeRolePolicy: string): Promise<void> {
  const arn = `arn:aws:iam::111122223333:role/${name}`;
  await exists("aws:iam/role:Role", name, { name, assumeRolePolicy }, { arn });
}

async function entry(clusterName: string, principalArn: string, kubernetesGroups?: string[]): Promise<void> {
  const inputs = {
    clusterName,
    principalArn,
    ...(kubernetesGroups === undefined ? {} : { kubernetesGroups }),
  };
  await exists("aws:eks/accessEntry:AccessEntry", `${clusterName}:${principalArn}`, inputs);
}

async function association(clusterName: string, principalArn: string, accessScope: object): Promise<void> {
  await exists("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", `${clusterName}#${principalArn}`, {
    clusterName,
    principalArn,
    policyArn: ADMIN_POLICY,
    accessScope,
  });
}

async function exists(
  type: string,
  key: string,
  inputs: Properties,
  computed: Properties = {},
): Promise<void> {
  const record = { type, id: key, account: "111122223333", region: "eu-central-1", key, inputs, computed };
  await new ResourceStore(paths.aws).create(record);
}
