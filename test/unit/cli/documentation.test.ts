import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { haulway } from "./support/haulway.ts";
import { createProject, type ProjectFixture } from "./support/project.ts";

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
const documents = ["README.md", "docs/runbooks/nats-credentials.md"];

/** Every `haulway …` in a text, without what follows it in a shell; the local environment's commands are tested elsewhere. */
function commandsIn(text: string): readonly string[] {
  return [...text.matchAll(/npx haulway ((?!local|--help)[^`\n|#)&]+)/g)].map(([, rest = ""]) => rest.trim());
}

describe.each(documents)("%s", (file) => {
  let project: ProjectFixture;
  beforeAll(() => {
    project = createProject();
  });
  afterAll(() => project.remove());

  const commands = [...new Set(commandsIn(read(file)))];

  it.each(
    commands,
  )("names a command that there is, with options that it has: haulway %s", async (command) => {
    const words = command.split(" ");
    const path = words[0] === "creds" ? words.slice(0, 2) : words.slice(0, 1);
    const { code, stdout } = await haulway([...path, "--help"], { project });
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: haulway ${path.join(" ")}`);
    for (const option of command.match(/--[a-z-]+/g) ?? []) expect(stdout).toContain(option);
  });

  it("links to sections that it has", () => {
    const text = read(file);
    const sections = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    for (const [, anchor = ""] of text.matchAll(/\]\(#([^)]*)\)/g)) expect(sections).toContain(anchor);
  });
});
