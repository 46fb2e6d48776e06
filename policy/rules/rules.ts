import type { PolicyRule } from "../checked-resource.ts";
import { dataProtection } from "./data-protection.ts";
import { encryption } from "./encryption.ts";
import { iamWildcards } from "./iam-wildcards.ts";
import { immutableImageTags } from "./immutable-image-tags.ts";
import { instanceMetadata } from "./instance-metadata.ts";
import { privateBuckets } from "./private-buckets.ts";
import { publicAccess } from "./public-access.ts";
import { requiredTags } from "./required-tags.ts";
import { trustedPrincipals } from "./trusted-principals.ts";

/** All rules. */
export const RULES: readonly PolicyRule[] = [
  dataProtection,
  encryption,
  iamWildcards,
  immutableImageTags,
  instanceMetadata,
  privateBuckets,
  publicAccess,
  requiredTags,
  trustedPrincipals,
];
