import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { environmentSchema } from "../../../model/environment.ts";
import { generatedFiles, staleFiles } from "../../../model/generate.ts";
import { metaOf, unwrap } from "../../../model/schema/schema-at.ts";
import { parseYaml } from "../../../model/source/yaml-document.ts";
import { teamSchema } from "../../../model/team.ts";
import { projectDirectory, REPOSITORY } from "./support/project-directory.ts";

describe("generated files", () => {
  it("are what the schemas say; if not, run: npm run schemas", () => {
    expect(staleFiles(REPOSITORY)).toEqual([]);
  });

  it("are noticed when they are stale or missing", () => {
    const files = Object.fromEntries(generatedFiles());
    const directory = projectDirectory({
      ...files,
      "schemas/team.json": "{}\n",
      "docs/configuration.md": "",
    });
    expect(staleFiles(directory)).toEqual(["schemas/team.json", "docs/configuration.md"]);
    expect(staleFiles(projectDirectory({}))).toEqual([...generatedFiles().keys()]);
  });
});

/** A validator of the generated JSON Schema, made from the file's text, as an editor would. */
function editorSchema(file: string): z.ZodType {
  const text = generatedFiles().get(file) ?? "{}";
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
}

function samples(directory: string): readonly string[] {
  return readdirSync(join(REPOSITORY, directory))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => `${directory}/${file}`);
}

describe.each([
  ["schemas/environment.json", [...samples("environments"), ...samples("test/fixtures/environments/valid")]],
  ["schemas/team.json", [...samples("teams"), ...samples("test/fixtures/teams/valid")]],
])("%s", (schemaFile, files) => {
  it.each(files)("accepts %s", (file) => {
    const data = parseYaml(file, readFileSync(join(REPOSITORY, file), "utf8")).document?.data;
    expect(editorSchema(schemaFile).safeParse(data).error?.issues).toBeUndefined();
  });

  it("refuses a field that is not known", () => {
    const [file = ""] = files;
    const data = parseYaml(file, readFileSync(join(REPOSITORY, file), "utf8")).document?.data;
    expect(editorSchema(schemaFile).safeParse({ ...(data as object), extra: 1 }).success).toBe(false);
  });
});

describe.each([...samples("environments"), ...samples("teams")])("%s", (file) => {
  it("names its schema on the first line", () => {
    const kind = file.startsWith("teams/") ? "team" : "environment";
    const [first] = readFileSync(join(REPOSITORY, file), "utf8").split("\n");
    expect(first).toBe(`# yaml-language-server: $schema=../schemas/${kind}.json`);
  });
});

/** Every schema of a field, with its path. */
function* fields(schema: z.core.$ZodType, path: string): Generator<readonly [string, z.core.$ZodType]> {
  if (path !== "") yield [path, schema];
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    const shape: z.core.$ZodShape = inner.shape;
    for (const [key, field] of Object.entries(shape))
      yield* fields(field, path === "" ? key : `${path}.${key}`);
  } else if (inner instanceof z.ZodArray) {
    yield* fields(inner.element, `${path}[]`);
  } else if (inner instanceof z.ZodRecord) {
    yield* fields(inner.keyType, `${path}(key)`);
    yield* fields(inner.valueType, `${path}(value)`);
  }
}

describe.each([
  ["Environment", environmentSchema],
  ["Team", teamSchema],
])("the schema of kind %s", (_kind, schema) => {
  it.each([...fields(schema, "")])("says of %s what it means and which form it has", (_path, field) => {
    expect(metaOf(field).description).toMatch(/\.$/);
    expect(metaOf(field).expected).toMatch(/\S/);
  });
});
