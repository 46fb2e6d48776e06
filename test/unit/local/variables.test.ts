import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layout, localDirectory } from "../../../local/layout.ts";
import {
  localSettings,
  localVariables,
  shellLines,
  shellQuote,
  writeSettings,
} from "../../../local/variables.ts";
import { UserError } from "../../../model/user-error.ts";

const run = promisify(execFile);
/** Those that mean something to a shell, and a few that do not. */
const characters = [" ", ..."'\"\\$`!*?~#&;|<>(){}[]=".split(""), "\n", "\t", "a", "b", "/", ".", "ü"];

describe("variables of the local environment", () => {
  let project: string;
  beforeEach(async () => {
    project = await mkdtemp(join(tmpdir(), "haulway it's $HOME-"));
    const paths = layout(localDirectory(project));
    const numbers: Record<string, number> = { nats: 1, synadia: 2, "state-store": 3 };
    await writeSettings(
      paths,
      localSettings({
        layout: paths,
        ports: (name) => numbers[name] ?? 0,
        toolchain: { binDir: "/tools/a b/bin", file: (name) => `/tools/data/${name}` },
      }),
    );
  });
  afterEach(() => rm(project, { recursive: true }));

  it("are set on top of a process's, tools first, without its secrets", async () => {
    const base = { PATH: "/usr/bin", EDITOR: "vi", PULUMI_CONFIG_PASSPHRASE: "a", SYNADIA_TOKEN: "b" };
    const variables = await localVariables(project, base);
    expect(variables).toMatchObject({
      EDITOR: "vi",
      PATH: "/tools/a b/bin:/usr/bin",
      PULUMI_HOME: join(project, ".local/pulumi/home"),
      PULUMI_BACKEND_URL: `file://${project}/.local/pulumi/backend`,
      HAULWAY_NATS_URL: "nats://127.0.0.1:1",
      HAULWAY_SYNADIA_URL: "http://127.0.0.1:2",
      HAULWAY_STATE_STORE_URL: "http://127.0.0.1:3/state.git",
      HAULWAY_ARGOCD_MANIFESTS: "/tools/data/argocd-install.yaml",
      TMPDIR: join(project, ".local/tmp"),
    });
    expect(variables).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE");
    expect(variables).not.toHaveProperty("SYNADIA_TOKEN");
  });

  it("arrive in a shell that evaluates the printed lines as they are in a process", async () => {
    const lines = (await shellLines(project)).join("\n");
    const base = { PATH: "/usr/bin:/bin", SYNADIA_TOKEN: "b" };
    const { stdout } = await run("sh", ["-c", `${lines}\nexec env -0`], { env: base });
    const entries = stdout
      .split("\0")
      .filter(Boolean)
      .map((entry) => entry.split("="));
    const inShell = Object.fromEntries(entries.map(([name = "", ...value]) => [name, value.join("=")]));
    const { TMPDIR: _, ...expected } = await localVariables(project, { PATH: base.PATH });
    expect(inShell).toMatchObject(expected);
    expect(inShell).not.toHaveProperty("SYNADIA_TOKEN");
    expect(inShell).not.toHaveProperty("TMPDIR");
  });

  it("are a user's error before the first start, with the way out", async () => {
    const error: unknown = await localVariables(join(project, "elsewhere")).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/elsewhere.*npm start/);
  });

  it("are quoted so that a shell gives back any text", async () => {
    const text = fc.string({ unit: fc.constantFrom(...characters) });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (words) => {
        const { stdout } = await run("sh", ["-c", `printf '%s\\0' ${words.map(shellQuote).join(" ")}`]);
        expect(stdout.split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: 20 },
    );
  });
});
