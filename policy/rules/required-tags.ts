import { RESERVED_TAGS } from "../../model/schema/aws.ts";
import { type Finding, type PolicyRule, UNKNOWN } from "../checked-resource.ts";
import { isRecord } from "../inputs.ts";

/** Tags that the provider puts on everything it makes; undefined if they are not known yet. */
function defaultTags(
  provider: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const setting = provider["defaultTags"];
  if (setting === UNKNOWN) return undefined;
  // The engine hands nested settings of a provider over as JSON.
  const settings: unknown = typeof setting === "string" ? JSON.parse(setting) : setting;
  const tags = isRecord(settings) ? settings["tags"] : undefined;
  if (tags === UNKNOWN) return undefined;
  return isRecord(tags) ? tags : {};
}

/** Whatever AWS bills for, somebody can be asked about it. */
export const requiredTags: PolicyRule = {
  name: "required-tags",
  description: `Every AWS resource has the tags ${RESERVED_TAGS.join(", ")}.`,
  check: ({ type, inputs, provider }) => {
    if (!type.startsWith("aws:")) return [];
    const wayOut =
      "Pass the stack's provider, which awsProvider makes: { providers: { aws } } for a component.";
    if (provider === undefined) {
      const expected = `a provider with the default tags ${RESERVED_TAGS.join(", ")}`;
      return [{ path: "provider", problem: "is Pulumi's default one, which sets no tags", expected, wayOut }];
    }
    const shared = defaultTags(provider);
    if (shared === undefined) return [];
    const missing = RESERVED_TAGS.filter((key) => shared[key] === undefined || shared[key] === "");
    const untagged: Finding[] =
      missing.length === 0
        ? []
        : [
            {
              path: "provider",
              problem: `sets no tag ${missing.join(", ")}`,
              expected: "default tags",
              wayOut,
            },
          ];
    const tags = inputs["tags"];
    const overridden = isRecord(tags)
      ? RESERVED_TAGS.filter(
          (key) => tags[key] !== undefined && tags[key] !== UNKNOWN && tags[key] !== shared[key],
        )
      : [];
    return [
      ...untagged,
      ...overridden.map((key) => ({
        path: `tags.${key}`,
        problem: "hides where the resource comes from",
        expected: "the value that the provider sets",
        wayOut: "Leave it out.",
      })),
    ];
  },
};
