import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPulumiStackRunner } from "../../../../cli/run/pulumi-stack-runner.ts";

const line = "rotate claims/intake/publisher: permissions changed; rolls Deployment claims/intake on a";
const information = { diagnosticEvent: { severity: "info", message: `${line}\n\n` } };
const summary = { summaryEvent: { resourceChanges: { create: 3 } } };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "haulway-runner-"));
  writeFileSync(join(directory, "Pulumi.yaml"), "name: haulway\nruntime: nodejs\n");
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Puts a script in place of the engine. It notes its commands, sends events, and lets those fail that are to fail. */
function installEngine({ failing = [], events = [] }: { failing?: string[]; events?: object[] }) {
  const log = join(directory, "commands");
  // The last version that gets a file for its events.
  const script = `#!${process.execPath}
    const fs = require("node:fs");
    const args = process.argv.slice(2);
    const command = args[0] === "stack" ? args.slice(0, 2).join(" ") : args[0];
    if (command === "version") { console.log("3.200.0"); process.exit(0); }
    fs.appendFileSync(${JSON.stringify(log)}, command + "\\n");
    const pack = args.indexOf("--policy-pack");
    if (pack > 0) fs.appendFileSync(${JSON.stringify(join(directory, "packs"))}, command + " " + args[pack + 1] + "\\n");
    const eventLog = args[args.indexOf("--event-log") + 1];
    const events = ${JSON.stringify(events)};
    if (args.includes("--event-log")) fs.appendFileSync(eventLog, events.map((event) => JSON.stringify(event) + "\\n").join(""));
    if (command === "stack init") fs.writeFileSync("Pulumi." + args[2] + ".yaml", "");
    if (command === "stack output") console.log("{}");
    if (command === "stack history") console.log("[]");
    if (${JSON.stringify(failing)}.includes(command)) { console.error("error: " + command + " failed: 401"); process.exit(255); }
  `;
  writeFileSync(join(directory, "pulumi"), script);
  chmodSync(join(directory, "pulumi"), 0o755);
  return () =>
    readFileSync(log, "utf8")
      .trim()
      .split("\n")
      .filter((command) => !["stack output", "stack history"].includes(command));
}

/** Runs `up` for a stack. */
async function up(options: { exists: boolean; previewFirst: boolean }) {
  const runner = await createPulumiStackRunner({
    projectDir: directory,
    variables: { PATH: directory },
    secretsProvider: "passphrase",
  });
  const [notes, progress]: [string[], string[]] = [[], []];
  const ended = await runner
    .run("dev.team.claims", "up", {
      ...options,
      onProgress: (detail) => progress.push(detail),
      onNote: (note) => notes.push(note),
    })
    .catch((error: unknown) => error);
  return { ended, notes, progress };
}

it("has every preview and every up judged by the project's policy pack", async () => {
  installEngine({ events: [summary] });
  await up({ exists: true, previewFirst: true });
  const judged = readFileSync(join(directory, "packs"), "utf8").trim().split("\n");
  expect(judged).toEqual([`preview ${join(directory, "policy")}`, `up ${join(directory, "policy")}`]);
});

describe("an up with a preview first", () => {
  it("previews, then deploys, and tells what the providers say", async () => {
    const commands = installEngine({ events: [information, summary] });
    const { ended, notes, progress } = await up({ exists: true, previewFirst: true });
    expect(commands()).toEqual(["preview", "up"]);
    expect(ended).toMatchObject({ changes: { create: 3 } });
    expect(new Set(notes)).toEqual(new Set([line]));
    expect(progress).toContain("preview");
  });

  it("changes nothing when the preview fails, and counts nothing as changed", async () => {
    const commands = installEngine({ failing: ["preview"], events: [summary] });
    const { ended } = await up({ exists: true, previewFirst: true });
    expect(commands()).toEqual(["preview"]);
    expect(ended).toMatchObject({
      name: "StackFailure",
      changes: { create: 0 },
      message:
        "preview failed: 401\nNothing of this stack was changed: its preview found this.\n" +
        "When that is mended, run again: haulway up dev. All details: pulumi preview --stack dev.team.claims",
    });
  });

  it("leaves no empty stack behind when the preview of a new one fails", async () => {
    const commands = installEngine({ failing: ["preview"] });
    await up({ exists: false, previewFirst: true });
    expect(commands()).toEqual(["stack init", "preview", "stack rm"]);
    expect(existsSync(join(directory, "Pulumi.dev.team.claims.yaml"))).toBe(false);
  });

  it("keeps a new stack whose deployment failed: something of it exists", async () => {
    const commands = installEngine({ failing: ["up"], events: [summary] });
    const { ended } = await up({ exists: false, previewFirst: true });
    expect(commands()).toEqual(["stack init", "preview", "up"]);
    expect(ended).not.toMatchObject({ message: expect.stringContaining("Nothing of this stack") as string });
  });

  it("is left out where nobody asked for it", async () => {
    const commands = installEngine({ events: [summary] });
    await up({ exists: true, previewFirst: false });
    expect(commands()).toEqual(["up"]);
  });
});
