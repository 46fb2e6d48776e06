import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createTaskList } from "../../../../cli/terminal/task-list.ts";
import { confirmationPrompt, isInteractive } from "../../../../cli/terminal/terminal.ts";

describe("isInteractive", () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [undefined, {}, false],
    [true, { CI: "true" }, false],
    [true, { CI: "1" }, false],
    [true, { CI: "" }, true],
    [true, { CI: "false" }, true],
  ])("isTTY %s with %o: %s", (isTTY, variables, expected) => {
    expect(isInteractive(isTTY === undefined ? {} : { isTTY }, variables)).toBe(expected);
  });
});

function prompt(options: { isTTY: boolean; yes: boolean; variables?: NodeJS.ProcessEnv }) {
  const stdin = Object.assign(new PassThrough(), { isTTY: options.isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY: options.isTTY, columns: 80, rows: 24 });
  const terminal = {
    stdin,
    stdout: stderr as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    variables: options.variables ?? {},
  };
  const tasks = createTaskList({ stream: terminal.stderr, interactive: false });
  const ask = confirmationPrompt({ terminal, yes: options.yes, command: "haulway up dev", tasks });
  return { ask, stdin, asked: () => String(stderr.read() ?? "") };
}

describe("confirmationPrompt", () => {
  const question = "This destroys:\n  dev.team.gone\nGo on?";

  it("asks nothing with --yes", async () => {
    expect(await prompt({ isTTY: false, yes: true }).ask(question)).toBe(true);
  });

  it.each([
    { isTTY: false },
    { isTTY: true, variables: { CI: "true" } },
  ])("refuses where there is nobody to ask: %o", async (options) => {
    await expect(prompt({ ...options, yes: false }).ask(question)).rejects.toThrow(
      "This destroys:\n  dev.team.gone\nThere is no terminal to confirm this on. If it is meant: haulway up dev --yes",
    );
  });

  it.each([
    ["y\n", true],
    ["n\n", false],
    ["\n", false],
  ])("takes the answer %j as %s", async (answer, expected) => {
    const { ask, stdin, asked } = prompt({ isTTY: true, yes: false });
    const confirmed = ask(question);
    while (!asked().includes("Go on?")) await new Promise((resolve) => setImmediate(resolve));
    stdin.write(answer);
    expect(await confirmed).toBe(expected);
  });
});
