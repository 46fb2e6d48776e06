import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awsProvider } from "../../../local/stand-ins/aws/aws-provider.ts";
import { type AccessKey, ensureAccessKey } from "../../../local/stand-ins/secrets-manager/access-keys.ts";
import {
  type SecretsManagerStandIn,
  startSecretsManagerStandIn,
} from "../../../local/stand-ins/secrets-manager/server.ts";
import { signatureOf } from "../../../local/stand-ins/secrets-manager/signature.ts";

const ACCOUNT = "111122223333";
const REGION = "eu-central-1";
const SECRET = "aws:secretsmanager/secret:Secret";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const CANARY = "SUACANARYCANARYCANARY";

let directory: string;
let key: AccessKey;
let standIn: SecretsManagerStandIn;
let log: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "haulway-secrets-manager-"));
  key = await ensureAccessKey(directory, ACCOUNT);
  log = [];
  standIn = await startSecretsManagerStandIn({
    awsDirectory: directory,
    accessKeys: [key],
    onRequest: (message) => log.push(message),
  });
});

afterEach(async () => {
  await standIn.close();
  await rm(directory, { recursive: true });
});

/** What the Pulumi plugin `aws` does, in the local environment. */
async function create(type: string, inputs: Record<string, unknown>, region = REGION) {
  const provider = awsProvider({ version: "7.48.0", directory, clustersFile: "" });
  await provider.configure?.({ region, allowedAccountIds: JSON.stringify([ACCOUNT]) });
  const identity = { urn: `urn:${type}`, type, name: "it" };
  const { resources } = provider;
  if (resources === undefined) throw new Error("no resources");
  const checked = await resources.check(identity, { olds: {}, news: inputs, randomSeed: new Uint8Array() });
  const { id, outputs } = await resources.create(identity, { inputs: checked.inputs, preview: false });
  return { id, remove: () => resources.delete(identity, { id, inputs: checked.inputs, outputs }) };
}

interface Call {
  readonly target?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly signer?: AccessKey;
  readonly region?: string;
  readonly service?: string;
  readonly at?: number;
  readonly signedHeaders?: readonly string[];
  /** Sent in place of what was signed. */
  readonly sentBody?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(operation: string, request: object, options: Call = {}): Promise<Answer> {
  const body = options.body ?? JSON.stringify(request);
  const time = new Date(options.at ?? Date.now()).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const signer = options.signer ?? key;
  const { region = REGION, service = "secretsmanager" } = options;
  const headers: Record<string, string> = {
    host: new URL(standIn.url).host,
    "x-amz-date": time,
    "x-amz-target": options.target ?? `secretsmanager.${operation}`,
    "content-type": "application/x-amz-json-1.1",
    ...options.headers,
  };
  const authorization = {
    accessKeyId: signer.accessKeyId,
    date: time.slice(0, 8),
    region,
    service,
    signedHeaders: options.signedHeaders ?? ["content-type", "host", "x-amz-date", "x-amz-target"],
    signature: "",
  };
  const signature = signatureOf(
    { method: "POST", url: "/", headers, body: Buffer.from(body) },
    authorization,
    time,
    signer.secretAccessKey,
  ).toString("hex");
  headers["authorization"] ??=
    `AWS4-HMAC-SHA256 Credential=${signer.accessKeyId}/${authorization.date}/${region}/${service}/aws4_request, SignedHeaders=${authorization.signedHeaders.join(";")}, Signature=${signature}`;
  return send(headers, options.sentBody ?? body);
}

function send(headers: Record<string, string>, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(standIn.url, { method: "POST", headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => {
        const answer = JSON.parse(text) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

describe("Signature Version 4", () => {
  const authorization = {
    accessKeyId: "AKIDEXAMPLE",
    date: "20150830",
    region: "us-east-1",
    service: "service",
    signedHeaders: ["host", "x-amz-date"],
    signature: "",
  };
  const headers = { host: "example.amazonaws.com", "x-amz-date": "20150830T123600Z" };

  // From AWS's test suite for Signature Version 4.
  it.each([
    ["GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
    [
      "GET",
      "/?Param2=value2&Param1=value1",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    ["POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
  ])("%s %s", (method, url, expected) => {
    const request = { method, url, headers, body: Buffer.alloc(0) };
    const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    expect(signatureOf(request, authorization, "20150830T123600Z", secret).toString("hex")).toBe(expected);
  });
});

describe("an access key", () => {
  it("is kept, is one for each account, and is nobody else's to read", async () => {
    expect(await ensureAccessKey(directory, ACCOUNT)).toEqual(key);
    expect(await ensureAccessKey(directory, "222233334444")).not.toEqual(key);
    expect(key.accessKeyId).toMatch(/^AKIALOCAL[0-9A-F]{11}$/);
    for (const name of (await readdir(directory)).filter((file) => file.startsWith("access-key"))) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    }
  });
});

describe("a request", () => {
  const refusals: [string, () => Call | Promise<Call>, string][] = [
    [
      "without a signature",
      () => ({ headers: { authorization: "" } }),
      "MissingAuthenticationTokenException",
    ],
    [
      "with a bearer token",
      () => ({ headers: { authorization: "Bearer x" } }),
      "IncompleteSignatureException",
    ],
    [
      "by a key that nobody has",
      () => ({ signer: { ...key, accessKeyId: "AKIALOCAL00000000000" } }),
      "UnrecognizedClientException",
    ],
    [
      "with a session token",
      () => ({ headers: { "x-amz-security-token": "t" } }),
      "UnrecognizedClientException",
    ],
    [
      "with another secret",
      () => ({ signer: { ...key, secretAccessKey: "other" } }),
      "InvalidSignatureException",
    ],
    ["that was changed", () => ({ sentBody: '{"SecretId":"another"}' }), "InvalidSignatureException"],
    ["that is old", () => ({ at: Date.now() - 6 * 60_000 }), "InvalidSignatureException"],
    ["from the future", () => ({ at: Date.now() + 6 * 60_000 }), "InvalidSignatureException"],
    ["without a time", () => ({ headers: { "x-amz-date": "now" } }), "InvalidSignatureException"],
    ["for another service", () => ({ service: "s3" }), "InvalidSignatureException"],
    [
      "whose operation is not signed",
      () => ({ signedHeaders: ["host", "x-amz-date"] }),
      "InvalidSignatureException",
    ],
    [
      "to another host",
      () => ({ headers: { host: "secretsmanager.example.com" } }),
      "UnrecognizedClientException",
    ],
  ];

  it.each(refusals)("%s is refused", async (_, options, type) => {
    const secret = await create(SECRET, { name: "claims" });
    await create(VERSION, { secretId: secret.id, secretString: CANARY });
    const { status, headers, body } = await call("GetSecretValue", { SecretId: "claims" }, await options());
    expect([status, body["__type"]]).toEqual([400, type]);
    expect(headers["x-stand-in"]).toBe("aws-secrets-manager");
    expect(JSON.stringify([body, log])).not.toContain(CANARY);
  });

  it.each([
    ["PutSecretValue", {}, "UnknownOperationException"],
    ["GetSecretValue", {}, "ValidationException"],
    ["GetSecretValue", { SecretId: "claims", Surprise: 1 }, "ValidationException"],
    ["ListSecrets", { Filters: [{ Key: "tag-key", Values: ["a"] }] }, "ValidationException"],
    ["ListSecrets", { NextToken: "nonsense" }, "InvalidNextTokenException"],
    ["BatchGetSecretValue", {}, "InvalidRequestException"],
    ["GetSecretValue", { SecretId: "claims" }, "ResourceNotFoundException"],
  ])("%s %j is answered with an error", async (operation, request, type) => {
    const { status, body } = await call(operation, request);
    expect([status, body["__type"]]).toEqual([400, type]);
  });

  it("that is no JSON is answered with an error", async () => {
    const { body } = await call("GetSecretValue", {}, { body: "{" });
    expect(body["__type"]).toBe("SerializationException");
  });
});

describe("a secret", () => {
  it("is found by name, by ARN, and by what comes before the drawn end of an ARN", async () => {
    const { id } = await create(SECRET, { name: "haulway/dev/claims/intake/publisher" });
    await create(VERSION, { secretId: id, secretString: CANARY });
    for (const SecretId of ["haulway/dev/claims/intake/publisher", id, id.slice(0, -7)]) {
      const { status, body } = await call("GetSecretValue", { SecretId });
      expect(status).toBe(200);
      expect(body).toEqual({
        ARN: id,
        Name: "haulway/dev/claims/intake/publisher",
        VersionId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        SecretString: CANARY,
        VersionStages: ["AWSCURRENT"],
        CreatedDate: expect.any(Number) as number,
      });
    }
    expect(log).toEqual(Array(3).fill(`GetSecretValue for ${ACCOUNT} in ${REGION}: answered`));
  });

  it("is of one account and one region", async () => {
    const { id } = await create(SECRET, { name: "claims" }, "eu-west-1");
    await create(VERSION, { secretId: id, secretString: "west" });
    const found = await call("GetSecretValue", { SecretId: "claims" }, { region: "eu-west-1" });
    expect(found.body["SecretString"]).toBe("west");
    const elsewhere = await call("GetSecretValue", { SecretId: "claims" });
    expect(elsewhere.body["__type"]).toBe("ResourceNotFoundException");

    const stranger = await ensureAccessKey(directory, "222233334444");
    await standIn.close();
    standIn = await startSecretsManagerStandIn({ awsDirectory: directory, accessKeys: [key, stranger] });
    const refused = await call("GetSecretValue", { SecretId: id }, { region: "eu-west-1", signer: stranger });
    expect(refused.body["__type"]).toBe("ResourceNotFoundException");
  });

  it("has one current version, the newest, while Pulumi replaces it and afterwards", async () => {
    const { id } = await create(SECRET, { name: "claims" });
    const none = await call("GetSecretValue", { SecretId: "claims" });
    expect(none.body["Message"]).toContain("staging label: AWSCURRENT");

    const first = await create(VERSION, { secretId: id, secretString: "first" });
    const firstId = first.id.split("|")[1];
    await new Promise((resolve) => setTimeout(resolve, 2));
    await create(VERSION, { secretId: id, secretString: "second" });
    const get = async (request: object) =>
      (await call("GetSecretValue", { SecretId: "claims", ...request })).body;
    expect(await get({})).toMatchObject({ SecretString: "second" });
    expect(await get({ VersionStage: "AWSCURRENT" })).toMatchObject({ SecretString: "second" });
    expect(await get({ VersionStage: "AWSPREVIOUS" })).toMatchObject({ SecretString: "first" });
    expect(await get({ VersionId: firstId })).toMatchObject({ SecretString: "first" });
    expect(await get({ VersionId: firstId, VersionStage: "AWSCURRENT" })).toMatchObject({
      __type: "ResourceNotFoundException",
    });

    await first.remove();
    expect(await get({})).toMatchObject({ SecretString: "second" });
    expect(await get({ VersionStage: "AWSPREVIOUS" })).toMatchObject({ __type: "ResourceNotFoundException" });
  });

  it("is listed, described and fetched in batches, page by page", async () => {
    const names = ["haulway/dev/a", "haulway/dev/b", "other"];
    for (const name of names) {
      const { id } = await create(SECRET, { name, description: `of ${name}` });
      if (name !== "haulway/dev/b") await create(VERSION, { secretId: id, secretBinary: "YQ==" });
    }
    const filters = { Filters: [{ Key: "name", Values: ["haulway/dev/"] }] };
    const { body: first } = await call("ListSecrets", { ...filters, MaxResults: 1 });
    expect(first).toMatchObject({ SecretList: [{ Name: "haulway/dev/a", Description: "of haulway/dev/a" }] });
    const { body: second } = await call("ListSecrets", {
      ...filters,
      MaxResults: 1,
      NextToken: first["NextToken"],
    });
    expect(second).toMatchObject({ SecretList: [{ Name: "haulway/dev/b", SecretVersionsToStages: {} }] });
    expect(second).not.toHaveProperty("NextToken");
    expect((await call("ListSecrets", {})).body["SecretList"]).toHaveLength(3);
    const others = await call("ListSecrets", { Filters: [{ Key: "name", Values: ["!haulway/"] }] });
    expect(others.body).toMatchObject({ SecretList: [{ Name: "other" }] });

    const { body: described } = await call("DescribeSecret", { SecretId: "other" });
    expect(Object.values(described["VersionIdsToStages"] ?? {})).toEqual([["AWSCURRENT"]]);
    expect(described).not.toHaveProperty("SecretBinary");

    const { body: batch } = await call("BatchGetSecretValue", { SecretIdList: [...names, "missing"] });
    expect(batch).toMatchObject({
      SecretValues: [
        { Name: "haulway/dev/a", SecretBinary: "YQ==" },
        { Name: "other", SecretBinary: "YQ==" },
      ],
      Errors: [
        { SecretId: "haulway/dev/b", ErrorCode: "ResourceNotFoundException" },
        { SecretId: "missing", ErrorCode: "ResourceNotFoundException" },
      ],
    });
    const { body: byName } = await call("BatchGetSecretValue", filters);
    expect(byName).toMatchObject({ SecretValues: [{ Name: "haulway/dev/a" }], Errors: [{}] });
  });

  it("lies in a file that is nobody else's to read", async () => {
    const { id } = await create(SECRET, { name: "claims" });
    await create(VERSION, { secretId: id, secretString: CANARY });
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect(mode & 0o077, entry.name).toBe(0);
    }
  });
});
