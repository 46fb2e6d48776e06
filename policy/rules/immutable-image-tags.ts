import { type PolicyRule, UNKNOWN } from "../checked-resource.ts";
import { shown } from "../inputs.ts";

const IMMUTABLE: readonly unknown[] = ["IMMUTABLE", UNKNOWN];

/** A tag in a manifest means the same image for ever. */
export const immutableImageTags: PolicyRule = {
  name: "immutable-image-tags",
  description: "The tags of images in ECR never move.",
  check: ({ type, inputs }) => {
    if (type !== "aws:ecr/repository:Repository" || IMMUTABLE.includes(inputs["imageTagMutability"]))
      return [];
    return [
      {
        path: "imageTagMutability",
        problem: shown(inputs["imageTagMutability"]),
        expected: '"IMMUTABLE"',
        wayOut: 'Set imageTagMutability: "IMMUTABLE".',
      },
    ];
  },
};
