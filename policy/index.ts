import { PolicyPack, type ResourceValidationArgs, type ResourceValidationPolicy } from "@pulumi/policy";
import { type CheckedResource, describeFinding, type Finding, type PolicyRule } from "./checked-resource.ts";
import { knownInputs } from "./known-inputs.ts";
import { RULES } from "./rules/rules.ts";

function checkedResource({ type, name, props, opts, provider }: ResourceValidationArgs): CheckedResource {
  return {
    type,
    name,
    inputs: knownInputs(props) as CheckedResource["inputs"],
    protect: opts.protect,
    ...(provider && { provider: knownInputs(provider.props) as CheckedResource["inputs"] }),
  };
}

/** A policy that reports what rules find. The engine knows policies that refuse and policies that advise, none that does both. */
function policy(
  { name, description }: Pick<PolicyRule, "name" | "description">,
  enforcementLevel: "mandatory" | "advisory",
  rules: readonly PolicyRule[],
): ResourceValidationPolicy {
  const isMeant = ({ advisory = false }: Finding) => advisory === (enforcementLevel === "advisory");
  return {
    name,
    description,
    enforcementLevel,
    validateResource: (args, report) => {
      const resource = checkedResource(args);
      for (const finding of rules.flatMap((rule) => rule.check(resource)).filter(isMeant)) {
        report(describeFinding(finding));
      }
    },
  };
}

const ADVICE = {
  name: "advice",
  description: "What was asked for in so many words and is worth a second look.",
};

new PolicyPack("haulway", {
  policies: [...RULES.map((rule) => policy(rule, "mandatory", [rule])), policy(ADVICE, "advisory", RULES)],
});
