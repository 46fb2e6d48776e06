import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadProject } from "../../../model/load.ts";
import {
  CLAIMS,
  DEV,
  fixture,
  invalidInput,
  projectDirectory,
  REPOSITORY,
} from "./support/project-directory.ts";

const EXPECTED = /^# > (.*)$/gm;

function fixtureNames(kind: "environments" | "teams"): readonly string[] {
  return readdirSync(join(REPOSITORY, "test/fixtures", kind, "invalid"));
}

/** Each fixture begins with the messages that it must cause, all of them and no other, one in each comment of the form `# > …`. */
function expectedMessage(text: string): string {
  return [...text.matchAll(EXPECTED)].map(([, message]) => message).join("\n");
}

describe("a team file of a forbidden shape", () => {
  it.each(fixtureNames("teams"))("%s is refused with the message it names", (name) => {
    const text = fixture(`teams/invalid/${name}`);
    const directory = projectDirectory({ "environments/dev.yaml": DEV, "teams/claims.yaml": text });
    const error = invalidInput(() => loadProject(directory, "dev", { variables: {} }));
    expect(error.message).toBe(expectedMessage(text));
  });
});

describe("an environment file of a forbidden shape", () => {
  it.each(fixtureNames("environments"))("%s is refused with the message it names", (name) => {
    const text = fixture(`environments/invalid/${name}`);
    const directory = projectDirectory({ "environments/dev.yaml": text, "teams/claims.yaml": CLAIMS });
    const error = invalidInput(() => loadProject(directory, "dev", { variables: {} }));
    expect(error.message).toBe(expectedMessage(text));
  });
});

describe("the files that the fixtures vary", () => {
  it("are accepted", () => {
    const directory = projectDirectory({ "environments/dev.yaml": DEV, "teams/claims.yaml": CLAIMS });
    const { environment, teams } = loadProject(directory, "dev", { variables: {} });
    expect(environment.workloadClusters.map(({ name }) => name)).toEqual(["workload-a", "workload-b"]);
    expect(teams.map(({ name }) => name)).toEqual(["claims"]);
  });
});
