import { findSigningKeyGroup } from "@haulway/providers/issuer/synadia/signing-key-group";
import type { SigningKeyGroupView } from "@haulway/providers/synadia/types";
import { describe, expect, it } from "vitest";

function group(id: string, name: string, change: Partial<SigningKeyGroupView> = {}): SigningKeyGroupView {
  return { id, name, programmatic: false, is_scoped: false, disabled: false, missing_seed: false, ...change };
}

describe("a signing-key group", () => {
  it.each(["g1", "Default", "default"])("is found as %s", (wanted) => {
    expect(findSigningKeyGroup([group("g0", "g1"), group("g1", "Default")], wanted, "acc").id).toBe("g1");
  });

  it.each<[string, RegExp, SigningKeyGroupView[]]>([
    ["is not there", /no such group. It has "Other" \(g2\)/, [group("g2", "Other")]],
    ["is not alone in its name", /several groups.*g1, g2/, [group("g1", "Default"), group("g2", "default")]],
    ["is disabled", /is disabled/, [group("g1", "Default", { disabled: true })]],
    ["is programmatic", /programmatic/, [group("g1", "Default", { programmatic: true })]],
    ["is scoped", /scoped/, [group("g1", "Default", { is_scoped: true })]],
    ["has no seed", /no seed/, [group("g1", "Default", { missing_seed: true })]],
  ])("that %s is refused with the setting", (_, message, groups) => {
    const find = () => findSigningKeyGroup(groups, "Default", "acc");
    expect(find).toThrow(/nats\.synadia\.signingKeyGroup is "Default"/);
    expect(find).toThrow(message);
  });
});
