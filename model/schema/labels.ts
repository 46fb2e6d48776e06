import { z } from "zod";
import { text } from "./field.ts";

const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_PREFIX = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** Prefixes of labels whose meaning belongs to somebody else than the author of a file. */
const RESERVED_PREFIX = /(?:^|\.)(?:haulway\.dev|argoproj\.io|kubernetes\.io|k8s\.io)$/;

/** What is wrong with the key of a label: the syntax of Kubernetes, and the prefixes that tools give a meaning. */
export function wrongLabelKey(key: string): string | undefined {
  const slash = key.indexOf("/");
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  if (!LABEL_NAME.test(key.slice(slash + 1)) || (prefix !== undefined && !LABEL_PREFIX.test(prefix))) {
    return "is not a label key of Kubernetes";
  }
  return prefix !== undefined && RESERVED_PREFIX.test(prefix)
    ? `has the prefix ${prefix}/, which is reserved`
    : undefined;
}

/** Schema of a map of Kubernetes labels. */
export function labelsSchema(description: string) {
  return z
    .record(
      text({
        description: "Key of a label.",
        expected: "a label key of Kubernetes without a reserved prefix, such as tier or example.com/tier",
        wrong: wrongLabelKey,
      }),
      text({
        description: "Value of a label.",
        expected: "a label value of Kubernetes: at most 63 letters, digits, dots, hyphens and underscores",
        pattern: LABEL_VALUE,
        fixed: true,
      }),
    )
    .meta({ description, expected: "a map of labels, such as { tier: general }" });
}
