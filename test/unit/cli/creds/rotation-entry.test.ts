import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { raiseRotation } from "../../../../cli/creds/rotation-entry.ts";

const user = "claims/intake/publisher";
const entry = (epoch: number, name = user) => ({ user: name, epoch, reason: "laptop stolen" });

/** An environment's file with a section `nats`, indented by four blanks, between two others. */
function file(nats: string): string {
  return `# the environment\nspec:\n  aws: { accountId: "1",region:   eu }   # one space too few, two too many\n  nats:${nats}\n  pulumi: {}\n`;
}

/** The edited text; fails if it was refused, or if it does not hold the entries. */
function raise(text: string, expected: readonly object[], reason = "laptop stolen"): string {
  const raised = raiseRotation(text, { user, reason });
  if (raised === undefined) throw new Error(`refused:\n${text}`);
  expect(parse(raised.text)).toMatchObject({ spec: { nats: { rotations: expected } } });
  expect(raised.text.split("\n")[raised.line - 1]).toContain(user);
  return raised.text;
}

describe("raiseRotation", () => {
  it.each([
    {
      layout: "no rotations yet",
      nats: "\n    servers: a # first\n    synadia:\n      url: b",
      edited:
        '\n    servers: a # first\n    synadia:\n      url: b\n    rotations:\n      - user: claims/intake/publisher\n        epoch: 1\n        reason: "laptop stolen"',
    },
    {
      layout: "comments and blank lines behind the section",
      nats: "\n    servers: a\n    # of the servers\n\n    # about rotations: there is none\n\n  # about pulumi",
      edited:
        '\n    servers: a\n    # of the servers\n\n    # about rotations: there is none\n    rotations:\n      - user: claims/intake/publisher\n        epoch: 1\n        reason: "laptop stolen"\n\n  # about pulumi',
    },
    {
      layout: "a comment with a colon before the first field",
      nats: " # here\n        # see: docs\n        servers: a",
      edited:
        ' # here\n        # see: docs\n        servers: a\n        rotations:\n              - user: claims/intake/publisher\n                epoch: 1\n                reason: "laptop stolen"',
    },
    {
      layout: "an empty list",
      nats: "\n    rotations: [ ] # none so far\n    servers: a",
      edited:
        '\n    rotations: [{ user: claims/intake/publisher, epoch: 1, reason: "laptop stolen" } ] # none so far\n    servers: a',
    },
    {
      layout: "a section in braces",
      nats: " { servers: a, synadia: { url: b } }",
      edited:
        ' { servers: a, synadia: { url: b }, rotations: [{ user: claims/intake/publisher, epoch: 1, reason: "laptop stolen" }] }',
    },
    {
      layout: "a section in braces over several lines",
      nats: " {\n      servers: a, # the servers, all\n      synadia: { url: b } # b, too\n    }",
      edited:
        ' {\n      servers: a, # the servers, all\n      synadia: { url: b }, # b, too\n      rotations: [{ user: claims/intake/publisher, epoch: 1, reason: "laptop stolen" }]\n    }',
    },
    {
      layout: "a text of several lines at the end of the section",
      nats: "\n    servers: >-\n      a\n      b",
      edited:
        '\n    servers: >-\n      a\n      b\n    rotations:\n      - user: claims/intake/publisher\n        epoch: 1\n        reason: "laptop stolen"',
    },
  ])("adds the first entry: $layout", ({ nats, edited }) => {
    expect(raise(file(nats), [entry(1)])).toBe(file(edited));
  });

  const other = { user: "a/b/c", epoch: 3 };
  it.each([
    {
      layout: "lines, not indented, with comments between",
      nats: "\n    rotations:\n    # the first\n    -   user: a/b/c # whose\n        epoch: 3\n      # of the first\n    # at the end",
      edited:
        '\n    rotations:\n    # the first\n    -   user: a/b/c # whose\n        epoch: 3\n      # of the first\n    # at the end\n    -   user: claims/intake/publisher\n        epoch: 1\n        reason: "laptop stolen"',
    },
    {
      layout: "a comment behind the dash",
      nats: "\n    rotations:\n      - # whose\n        user: a/b/c\n        epoch: 3",
      edited:
        '\n    rotations:\n      - # whose\n        user: a/b/c\n        epoch: 3\n      - user: claims/intake/publisher\n        epoch: 1\n        reason: "laptop stolen"',
    },
    {
      layout: "entries in braces",
      nats: "\n    rotations:\n      - { user: a/b/c, epoch: 3 } # one",
      edited:
        '\n    rotations:\n      - { user: a/b/c, epoch: 3 } # one\n      - { user: claims/intake/publisher, epoch: 1, reason: "laptop stolen" }',
    },
    {
      layout: "a list in brackets",
      nats: "\n    rotations: [{ user: a/b/c, epoch: 3 }] # one",
      edited:
        '\n    rotations: [{ user: a/b/c, epoch: 3 }, { user: claims/intake/publisher, epoch: 1, reason: "laptop stolen" }] # one',
    },
    {
      layout: "a list in brackets over several lines, with a comma at its end",
      nats: "\n    rotations: [\n        { user: a/b/c, epoch: 3 }, # one, and only\n      # the end\n    ]",
      edited:
        '\n    rotations: [\n        { user: a/b/c, epoch: 3 }, # one, and only\n        { user: claims/intake/publisher, epoch: 1, reason: "laptop stolen" },\n      # the end\n    ]',
    },
    {
      layout: "a list in brackets that close on the last line",
      nats: "\n    rotations: [\n      { user: a/b/c, epoch: 3 }]",
      edited:
        '\n    rotations: [\n      { user: a/b/c, epoch: 3 }, { user: claims/intake/publisher, epoch: 1, reason: "laptop stolen" }]',
    },
    {
      layout: "a comma before a comment",
      nats: "\n    rotations: [{ user: a/b/c, epoch: 3 } # a, b\n      , ]",
      edited:
        '\n    rotations: [{ user: a/b/c, epoch: 3 } # a, b\n      , { user: claims/intake/publisher, epoch: 1, reason: "laptop stolen" }, ]',
    },
  ])("adds an entry to others: $layout", ({ nats, edited }) => {
    expect(raise(file(nats), [other, entry(1)])).toBe(file(edited));
  });

  it.each([
    {
      layout: "lines",
      nats: '\n    rotations:\n      - user: a/b/c\n        epoch: 3\n      - epoch: 7    # seven\n        user: "claims/intake/publisher"\n        reason: an old one # why\n    servers: a',
      edited:
        '\n    rotations:\n      - user: a/b/c\n        epoch: 3\n      - epoch: 8    # seven\n        user: "claims/intake/publisher"\n        reason: "laptop stolen" # why\n    servers: a',
    },
    {
      layout: "lines without a reason",
      nats: "\n    rotations:\n      - user: a/b/c\n        epoch: 3\n      - user: claims/intake/publisher\n        epoch: 7 # seven\n    servers: a",
      edited:
        '\n    rotations:\n      - user: a/b/c\n        epoch: 3\n      - user: claims/intake/publisher\n        epoch: 8 # seven\n        reason: "laptop stolen"\n    servers: a',
    },
    {
      layout: "a reason of several lines",
      nats: "\n    rotations:\n      - { user: a/b/c, epoch: 3 }\n      - user: claims/intake/publisher\n        reason: >-\n          once upon\n          a time\n        epoch: 7",
      edited:
        '\n    rotations:\n      - { user: a/b/c, epoch: 3 }\n      - user: claims/intake/publisher\n        reason: "laptop stolen"\n        epoch: 8',
    },
    {
      layout: "braces without a reason",
      nats: "\n    rotations: [{ user: a/b/c, epoch: 3 }, { user: claims/intake/publisher, epoch: 7 }]",
      edited:
        '\n    rotations: [{ user: a/b/c, epoch: 3 }, { user: claims/intake/publisher, epoch: 8, reason: "laptop stolen" }]',
    },
  ])("raises an entry: $layout", ({ nats, edited }) => {
    expect(raise(file(nats), [other, entry(8)])).toBe(file(edited));
  });

  it.each([
    ["\n    servers: a", 4, 5],
    [`\n    rotations: [{ user: ${user}, epoch: 7 }]`, 4, 8],
    [`\n    rotations: [{ user: ${user}, epoch: 4 }]`, 7, 8],
  ])("takes an epoch that was neither in the file nor in use: %j and %d", (nats, above, epoch) => {
    expect(raiseRotation(file(nats), { user, reason: "x", above })?.entry.epoch).toBe(epoch);
  });

  it("keeps CRLF, a byte order mark, and a missing newline at the end", () => {
    const text = `\uFEFF${file("\n    servers: a # b").replaceAll("\n", "\r\n")}`.trimEnd();
    const edited = raise(text, [entry(1)]);
    expect(edited).toBe(
      text.replace(
        "a # b\r\n",
        'a # b\r\n    rotations:\r\n      - user: claims/intake/publisher\r\n        epoch: 1\r\n        reason: "laptop stolen"\r\n',
      ),
    );
    const last = "spec:\n  nats:\n    servers: a";
    expect(raise(last, [entry(1)])).toMatch(/^spec:\n {2}nats:\n {4}servers: a\n.*stolen"$/s);
  });

  it("writes any reason so that it is read as what it was", () => {
    const readable = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/\p{C}/u.test(text));
    const layouts = fc.constantFrom(
      "\n    servers: a",
      " { servers: a }",
      "\n    rotations: []",
      `\n    rotations:\n    - { user: ${user}, epoch: 1, reason: x }`,
    );
    fc.assert(
      fc.property(readable, layouts, (reason, nats) => {
        raise(file(nats), [{ user, reason }], reason);
      }),
    );
  });

  it("refuses what it could not edit without losing a comment, or does not understand", () => {
    const nats = `\n    rotations:\n      - user: ${user}\n        epoch: 1\n        reason: # why?\n          stolen\n`;
    expect(raise(file(nats), [entry(2)])).toContain("# why?");
    const header = nats.replace("# why?", ">- # why?");
    const stolen = { user, reason: "stolen" };
    expect(raiseRotation(file(header), stolen)).toBeUndefined();
    expect(raiseRotation("spec: {}", stolen)).toBeUndefined();
    expect(raiseRotation(file("\n    rotations: none"), stolen)).toBeUndefined();
  });
});
