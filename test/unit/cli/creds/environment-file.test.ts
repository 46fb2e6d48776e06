import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { editEnvironmentFile, takeBack } from "../../../../cli/creds/environment-file.ts";
import { createProject, type ProjectFixture } from "../support/project.ts";

let project: ProjectFixture;
beforeEach(() => {
  project = createProject();
  project.write("environments/dev.yaml", "a");
});
afterEach(() => project.remove());

const path = () => join(project.directory, "environments", "dev.yaml");
const edit = (change: (text: string) => string) => editEnvironmentFile(project.directory, "dev", change);

describe("editEnvironmentFile", () => {
  it("changes the file, keeps its mode, and leaves nothing beside it", async () => {
    chmodSync(path(), 0o640);
    expect(await edit((text) => `${text}b`)).toEqual({
      file: "environments/dev.yaml",
      before: "a",
      after: "ab",
    });
    expect(readFileSync(path(), "utf8")).toBe("ab");
    expect(statSync(path()).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(project.directory, "environments"))).toEqual(["dev.yaml"]);
  });

  it("loses nothing of calls that come at the same time", async () => {
    await Promise.all(Array.from({ length: 10 }, (_, index) => edit((text) => `${text}${index}`)));
    expect(readFileSync(path(), "utf8").split("").sort().join("")).toBe("0123456789a");
  });

  it("changes nothing when the change throws, and can be called again", async () => {
    await expect(edit(() => raise("no"))).rejects.toThrow("no");
    expect(readFileSync(path(), "utf8")).toBe("a");
    await edit((text) => `${text}b`);
    expect(readFileSync(path(), "utf8")).toBe("ab");
  });

  it("follows a link to the file instead of replacing it", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "haulway-elsewhere-"));
    writeFileSync(join(elsewhere, "file"), "x");
    rmSync(path());
    symlinkSync(join(elsewhere, "file"), path());
    await edit((text) => `${text}y`);
    expect(lstatSync(path()).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(elsewhere, "file"), "utf8")).toBe("xy");
    rmSync(elsewhere, { recursive: true });
  });

  it("gives up where another command holds the file, and names what it left", async () => {
    project.write("environments/.dev.yaml.lock", "");
    const impatient = editEnvironmentFile(project.directory, "dev", (text) => `${text}b`, 100);
    await expect(impatient).rejects.toThrow("rm environments/.dev.yaml.lock");
    expect(readFileSync(path(), "utf8")).toBe("a");
  });
});

describe("takeBack", () => {
  it("writes the file as it was", async () => {
    const change = await edit((text) => `${text}b`);
    expect(await takeBack(project.directory, "dev", change)).toBe(true);
    expect(readFileSync(path(), "utf8")).toBe("a");
  });

  it("leaves a file alone that has been changed again", async () => {
    const change = await edit((text) => `${text}b`);
    await edit((text) => `${text}c`);
    expect(await takeBack(project.directory, "dev", change)).toBe(false);
    expect(readFileSync(path(), "utf8")).toBe("abc");
  });
});

function raise(message: string): never {
  throw new Error(message);
}
