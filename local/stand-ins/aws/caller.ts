import { join } from "node:path";
import { z } from "zod";
import { readFileIfPresent } from "../../atomic-file.ts";
import type { PluginConfiguration } from "../plugin/plugin-provider.ts";

/** As whom and where a provider works. */
export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  /** Put on everything that has tags. */
  readonly defaultTags: Readonly<Record<string, string>>;
}

const accountList = z.array(z.string());
const defaultTags = z.object({ tags: z.record(z.string(), z.string()).optional() });
const assumedRoles = z.array(z.object({ roleArn: z.string().optional() }));
const signedIn = z.object({ account: z.string().regex(/^\d{12}$/) });

/**
 * The account that the stand-in's user is signed in to: `{"account": "…"}` in `caller.json` of the stand-in's directory. Without
 * that file the user belongs to whatever account a provider allows.
 */
export async function signedInAccount(directory: string): Promise<string | undefined> {
  const text = await readFileIfPresent(join(directory, "caller.json"));
  return text === undefined ? undefined : signedIn.parse(JSON.parse(text)).account;
}

/**
 * Reads a provider's configuration.
 * @throws Error in AWS's words when the region is missing or unknown, or the account is not an allowed one.
 */
export function callerFrom(configuration: PluginConfiguration, signedIn: string | undefined): Caller {
  const region = configuration["region"] ?? "";
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw new Error(`stand-in for AWS: invalid AWS Region: "${region}"; set "region" of the provider`);
  }
  const allowed = structure(configuration, "allowedAccountIds", accountList) ?? [];
  const forbidden = structure(configuration, "forbiddenAccountIds", accountList) ?? [];
  const assumed = structure(configuration, "assumeRoles", assumedRoles)?.at(-1)?.roleArn?.split(":")[4];
  const account = assumed ?? signedIn ?? allowed[0] ?? "000000000000";
  if ((allowed.length > 0 && !allowed.includes(account)) || forbidden.includes(account)) {
    throw new Error(
      `stand-in for AWS: AWS account ID not allowed: ${account}; allowed are: ${allowed.join(", ")}`,
    );
  }
  return {
    account,
    region,
    partition: partitionOf(region),
    defaultTags: structure(configuration, "defaultTags", defaultTags)?.tags ?? {},
  };
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) {
    return "aws-cn";
  }
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

function structure<T extends z.ZodType>(
  configuration: PluginConfiguration,
  name: string,
  schema: T,
): z.infer<T> | undefined {
  const text = configuration[name];
  return text === undefined || text === "" ? undefined : schema.parse(JSON.parse(text));
}
