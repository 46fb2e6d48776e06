import { z } from "zod";
import { ApiError } from "./api-error.ts";
import { findSecret, findVersion, type Secret, type SecretVersion } from "./secrets.ts";

/** An operation of the API: its request as JSON to its answer. */
export type Operation = (secrets: readonly Secret[], request: unknown) => object;

const LARGEST_PAGE = { list: 100, batch: 20 } as const;

const filters = z
  .array(z.strictObject({ Key: z.literal("name"), Values: z.array(z.string()).min(1).max(10) }))
  .max(10);
const page = { MaxResults: z.int().min(1).optional(), NextToken: z.string().optional() };
const getSecretValue = z.strictObject({
  SecretId: z.string().min(1),
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});
const describeSecret = z.strictObject({ SecretId: z.string().min(1) });
const listSecrets = z.strictObject({ ...page, Filters: filters.optional() });
const batchGetSecretValue = z.strictObject({
  ...page,
  SecretIdList: z.array(z.string().min(1)).min(1).max(20).optional(),
  Filters: filters.optional(),
});

/**
 * What the stand-in knows of the API: reading. Filters: by the beginning of the name.
 *
 * Source: AWS Secrets Manager API Reference, of each operation.
 */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [
    "GetSecretValue",
    (secrets, request) => {
      const { SecretId, VersionId, VersionStage } = parse(getSecretValue, request);
      const secret = requireSecret(secrets, SecretId);
      return shownValue(secret, requireVersion(secret, { id: VersionId, stage: VersionStage }));
    },
  ],
  [
    "BatchGetSecretValue",
    (secrets, request) => {
      const { SecretIdList, Filters, MaxResults, NextToken } = parse(batchGetSecretValue, request);
      if ((SecretIdList === undefined) === (Filters === undefined)) {
        throw new ApiError(
          "InvalidRequestException",
          "Either SecretIdList or Filters must be provided, but not both.",
        );
      }
      const ids = SecretIdList ?? filtered(secrets, Filters).map(({ arn }) => arn);
      const { items, next } = pageOf(ids, MaxResults ?? LARGEST_PAGE.batch, LARGEST_PAGE.batch, NextToken);
      const answers = items.map((id) => attempt(secrets, id));
      return {
        SecretValues: answers.flatMap(({ value }) => value ?? []),
        Errors: answers.flatMap(({ error }) => error ?? []),
        ...next,
      };
    },
  ],
  [
    "DescribeSecret",
    (secrets, request) => described(requireSecret(secrets, parse(describeSecret, request).SecretId)),
  ],
  [
    "ListSecrets",
    (secrets, request) => {
      const { Filters, MaxResults, NextToken } = parse(listSecrets, request);
      const { items, next } = pageOf(
        filtered(secrets, Filters),
        MaxResults ?? LARGEST_PAGE.list,
        LARGEST_PAGE.list,
        NextToken,
      );
      return { SecretList: items.map(listed), ...next };
    },
  ],
]);

function requireSecret(secrets: readonly Secret[], id: string): Secret {
  const secret = findSecret(secrets, id);
  if (secret === undefined) {
    throw new ApiError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }
  return secret;
}

function requireVersion(secret: Secret, wanted: Parameters<typeof findVersion>[1]): SecretVersion {
  const version = findVersion(secret, wanted);
  if (version === undefined) {
    const label =
      wanted.id === undefined ? `staging label: ${wanted.stage ?? "AWSCURRENT"}` : `VersionId: ${wanted.id}`;
    throw new ApiError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${label}`,
    );
  }
  return version;
}

function attempt(secrets: readonly Secret[], id: string): { value?: object; error?: object } {
  try {
    const secret = requireSecret(secrets, id);
    return { value: shownValue(secret, requireVersion(secret, { id: undefined, stage: undefined })) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { error: { SecretId: id, ErrorCode: error.type, Message: error.message } };
  }
}

function shownValue({ arn, name }: Secret, { id, createdAt, stages, text, binary }: SecretVersion): object {
  return {
    ARN: arn,
    Name: name,
    VersionId: id,
    ...(text === undefined ? {} : { SecretString: text }),
    ...(binary === undefined ? {} : { SecretBinary: binary }),
    VersionStages: stages,
    CreatedDate: createdAt,
  };
}

function described(secret: Secret): object {
  return { ...summary(secret), VersionIdsToStages: stagesByVersion(secret) };
}

function listed(secret: Secret): object {
  return { ...summary(secret), SecretVersionsToStages: stagesByVersion(secret) };
}

function summary({ arn, name, description, createdAt }: Secret): object {
  return {
    ARN: arn,
    Name: name,
    ...(description === undefined ? {} : { Description: description }),
    CreatedDate: createdAt,
  };
}

/** Versions without a label are deprecated, and not shown. */
function stagesByVersion({ versions }: Secret): Record<string, readonly string[]> {
  return Object.fromEntries(
    versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
  );
}

/** A secret has to pass every filter; a filter lets pass what begins with one of its values, or with none after a `!`. */
function filtered(secrets: readonly Secret[], list: z.infer<typeof filters> = []): Secret[] {
  return secrets.filter(({ name }) =>
    list.every(({ Values }) =>
      Values.some((value) =>
        value.startsWith("!") ? !name.startsWith(value.slice(1)) : name.startsWith(value),
      ),
    ),
  );
}

function pageOf<T>(
  all: readonly T[],
  size: number,
  largest: number,
  token: string | undefined,
): { items: readonly T[]; next: { NextToken?: string } } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isSafeInteger(start) || start < 0 || start > all.length) {
    throw new ApiError("InvalidNextTokenException", "The NextToken value is invalid.");
  }
  const end = start + Math.min(size, largest);
  const next = end < all.length ? { NextToken: Buffer.from(String(end)).toString("base64url") } : {};
  return { items: all.slice(start, end), next };
}

function parse<T extends z.ZodType>(schema: T, request: unknown): z.infer<T> {
  const result = schema.safeParse(request);
  if (result.success) return result.data;
  const places = result.error.issues.map(({ path, message }) => `${path.join(".") || "request"}: ${message}`);
  throw new ApiError("ValidationException", `The stand-in cannot take this request: ${places.join("; ")}`);
}
