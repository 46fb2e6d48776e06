import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { AccessKey } from "./access-keys.ts";
import { ApiError } from "./api-error.ts";

/** A request as it arrived. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** Whose request it is, and for which region. */
export interface RequestSigner {
  readonly account: string;
  readonly region: string;
}

/** What an Authorization header says. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** How far the clocks may be apart, in milliseconds. */
const TOLERANCE = 5 * 60_000;

/** What has to be signed so that nothing of a request can be exchanged: AWS asks for the host and every `x-amz-` header. */
const ALWAYS_SIGNED = ["host", "x-amz-date", "x-amz-target"];

/**
 * Who signed the request by Signature Version 4 for `service`.
 *
 * Source: AWS Identity and Access Management User Guide, "Create a signed AWS API request".
 *
 * @param keys every access key that is known
 * @param now unix milliseconds
 * @throws ApiError in AWS's words when nobody did whom we know
 */
export function requireSignature(
  request: SignedRequest,
  service: string,
  keys: readonly AccessKey[],
  now: number,
): RequestSigner {
  const authorization = readAuthorization(header(request, "authorization"));
  const key = keys.find(({ accessKeyId }) => accessKeyId === authorization.accessKeyId);
  // A temporary key would come with a session token. None is known here.
  if (key === undefined || request.headers["x-amz-security-token"] !== undefined) {
    throw new ApiError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  const unsigned = ALWAYS_SIGNED.filter((name) => !authorization.signedHeaders.includes(name));
  if (unsigned.length > 0) {
    throw new ApiError(
      "InvalidSignatureException",
      `'${unsigned[0]}' must be a 'SignedHeader' in the AWS Authorization.`,
    );
  }
  if (authorization.service !== service) {
    throw new ApiError(
      "InvalidSignatureException",
      `Credential should be scoped to correct service: '${service}'.`,
    );
  }
  const time = header(request, "x-amz-date");
  // A time that is none is no number, which is within nothing.
  const isFresh = Math.abs(now - instantOf(time)) <= TOLERANCE;
  if (!time.startsWith(authorization.date) || !isFresh) {
    throw new ApiError("InvalidSignatureException", `Signature not yet current or expired: ${time}.`);
  }
  const expected = signatureOf(request, authorization, time, key.secretAccessKey);
  const given = Buffer.from(authorization.signature, "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new ApiError(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    );
  }
  return { account: key.account, region: authorization.region };
}

function readAuthorization(text: string): Authorization {
  if (text === "") throw new ApiError("MissingAuthenticationTokenException", "Missing Authentication Token");
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      text,
    );
  if (parts === null) {
    throw new ApiError(
      "IncompleteSignatureException",
      `The Authorization header is not one of ${ALGORITHM}.`,
    );
  }
  const [, accessKeyId = "", date = "", region = "", service = "", headers = "", signature = ""] = parts;
  return { accessKeyId, date, region, service, signedHeaders: headers.split(";"), signature };
}

/**
 * The signature that a request must have.
 *
 * @param time as in the header `x-amz-date`
 */
export function signatureOf(
  request: SignedRequest,
  { date, region, service, signedHeaders }: Authorization,
  time: string,
  secretAccessKey: string,
): Buffer {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  const canonicalRequest = [
    request.method,
    pathname,
    [...searchParams]
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join("&"),
    ...signedHeaders.map((name) => `${name}:${header(request, name).trim().replaceAll(/ +/g, " ")}`),
    "",
    signedHeaders.join(";"),
    sha256(request.body),
  ].join("\n");
  const scope = `${date}/${region}/${service}/aws4_request`;
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretAccessKey}`,
  );
  return hmac(key, [ALGORITHM, time, scope, sha256(Buffer.from(canonicalRequest))].join("\n"));
}

/** The time in a header such as `20261121T101500Z`, in unix milliseconds; NaN when it is none. */
function instantOf(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function header({ headers }: SignedRequest, name: string): string {
  const value = headers[name] ?? "";
  return typeof value === "string" ? value : value.join(",");
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
