import { createHash } from "node:crypto";
import type { Settings } from "../issuer/issuer.js";

/** What the state keeps of settings: enough to see which of them differ, and no more. */
export function fingerprints(settings: Settings): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, fingerprint(value)]));
}

function fingerprint(value: Settings[string]): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 8);
}
