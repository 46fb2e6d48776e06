import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentNames, loadEnvironment, loadProject, loadTeams } from "../../../model/load.ts";
import { UserError } from "../../../model/user-error.ts";
import {
  CLAIMS,
  DEV,
  edited,
  invalidInput,
  projectDirectory,
  REPOSITORY,
} from "./support/project-directory.ts";

const NOTHING = { variables: {} };

describe("the files of this repository", () => {
  it.each(["dev", "prod"])("%s is valid with all teams, and needs no environment variable", (name) => {
    const { environment, teams } = loadProject(REPOSITORY, name, NOTHING);
    expect(environment.name).toBe(name);
    expect(teams.map((team) => team.name)).toEqual(["claims", "quoting"]);
  });

  it("local is valid with the variables that the local environment sets", () => {
    const variables = {
      HAULWAY_ARGOCD_MANIFESTS: "/var/haulway/argocd-install.yaml",
      HAULWAY_STATE_STORE_URL: "http://127.0.0.1:4000/state.git",
      HAULWAY_NATS_URL: "nats://127.0.0.1:4222",
      HAULWAY_SYNADIA_URL: "http://127.0.0.1:4001",
    };
    const { environment } = loadProject(REPOSITORY, "local", { variables });
    expect(environment.argocd.manifests).toBe("/var/haulway/argocd-install.yaml");
    expect(environment.stateStore.url).toBe("http://127.0.0.1:4000/state.git");
    expect(environment.nats.servers).toBe("nats://127.0.0.1:4222");
    expect(environment.nats.synadia?.url).toBe("http://127.0.0.1:4001");
    expect(environment.pulumi.secretsProvider).toBe("passphrase");
  });

  it("local names every variable that is missing", () => {
    const error = invalidInput(() => loadEnvironment(REPOSITORY, "local", NOTHING));
    expect(error.problems.map(({ problem }) => problem)).toEqual([
      "the environment variable HAULWAY_ARGOCD_MANIFESTS is not set",
      "the environment variable HAULWAY_STATE_STORE_URL is not set",
      "the environment variable HAULWAY_NATS_URL is not set",
      "the environment variable HAULWAY_SYNADIA_URL is not set",
    ]);
  });

  it("local is valid without them when variables are deferred", () => {
    const { environment } = loadProject(REPOSITORY, "local", { variables: {}, deferVariables: true });
    expect(environment.nats.servers).toBe(`\${HAULWAY_NATS_URL}`);
    expect(environment.tags).toEqual({});
  });

  it("are the environments", () => {
    expect(environmentNames(REPOSITORY)).toEqual(["dev", "local", "prod"]);
  });
});

describe("defaults", () => {
  it("are filled in for a team", () => {
    const bare = edited(CLAIMS, CLAIMS.slice(CLAIMS.indexOf("          nats:")), "");
    const [team] = loadTeams(projectDirectory({ "teams/claims.yaml": bare }));
    expect(team?.systems[0]?.workloads[0]).toEqual({
      name: "intake",
      image: { tag: "1.4.2" },
      placement: { clusterLabels: { tier: "general" } },
      port: 8080,
      replicas: { min: 2 },
      variables: {},
      nats: { users: [] },
      permissions: [],
    });
  });

  it("are filled in for an environment", () => {
    const environment = loadEnvironment(projectDirectory({ "environments/dev.yaml": DEV }), "dev", NOTHING);
    expect(environment.tags).toEqual({});
    expect(environment.pulumi).toEqual({ secretsProvider: "passphrase" });
    expect(environment.platformCluster.labels).toEqual({});
  });
});

describe("finding files", () => {
  it("takes a project without a teams directory as one without teams", () => {
    expect(loadTeams(projectDirectory({ "environments/dev.yaml": DEV }))).toEqual([]);
  });

  it("reads .yaml and .yml, sorts by name, and passes over other and hidden files", () => {
    const directory = projectDirectory({
      "teams/b.yml": CLAIMS.replaceAll("claims", "b"),
      "teams/a-b.yaml": CLAIMS.replaceAll("claims", "a-b"),
      "teams/a.yaml": CLAIMS.replaceAll("claims", "a"),
      "teams/README.md": "# Teams",
      "teams/.claims.yaml.swp": "rubbish",
    });
    expect(loadTeams(directory).map(({ name }) => name)).toEqual(["a", "a-b", "b"]);
  });

  it.each([
    [
      "a directory among the teams",
      { "teams/insurance/claims.yaml": CLAIMS },
      "teams/insurance: is a directory, whose files are not read, expected all files directly in teams",
    ],
    [
      "an ending in upper case",
      { "teams/claims.YAML": CLAIMS },
      "teams/claims.YAML: is not read because of its name, expected a name that ends in .yaml, or begins with a dot",
    ],
    [
      "a file put out of the way",
      { "teams/claims.yaml.disabled": CLAIMS },
      "teams/claims.yaml.disabled: is not read because of its name, expected a name that ends in .yaml, or begins with a dot",
    ],
    [
      "one team in two files",
      { "teams/claims.yaml": CLAIMS, "teams/claims.yml": CLAIMS },
      "teams/claims.yml: has the name of teams/claims.yaml, expected one of the two files",
    ],
    [
      "a file in place of the directory",
      { teams: "" },
      "teams: cannot be read (ENOTDIR), expected a directory that you may read",
    ],
  ])("refuses %s, lest a team be torn down unnoticed", (_case, files, message) => {
    expect(invalidInput(() => loadTeams(projectDirectory(files))).message).toBe(message);
  });

  it("reports a file that cannot be read", () => {
    const directory = projectDirectory({ "teams/README.md": "" });
    symlinkSync("nowhere", join(directory, "teams/claims.yaml"));
    const error = invalidInput(() => loadTeams(directory));
    expect(error.message).toBe(
      "teams/claims.yaml: cannot be read (ENOENT), expected a file that you may read",
    );
  });

  it.each([
    ["prd", "environments/prd.yaml: does not exist (did you mean prod?), expected one of dev, prod"],
    ["staging", "environments/staging.yaml: does not exist, expected one of dev, prod"],
    ["../prod", 'environments: "../prod" is not a name of an environment, expected one of dev, prod'],
  ])("names the environments that exist when asked for %s", (name, message) => {
    const directory = projectDirectory({ "environments/dev.yaml": DEV, "environments/prod.yaml": DEV });
    expect(invalidInput(() => loadEnvironment(directory, name, NOTHING)).message).toBe(message);
  });

  it("asks for a file when there is no environment", () => {
    const error = invalidInput(() => loadEnvironment(projectDirectory({}), "dev", NOTHING));
    expect(error.message).toBe("environments/dev.yaml: does not exist, expected a file in environments");
  });

  it("takes environments in .yaml only", () => {
    const directory = projectDirectory({ "environments/dev.yml": DEV });
    const error = invalidInput(() => loadEnvironment(directory, "dev", NOTHING));
    expect(error.message).toBe(
      "environments/dev.yml: ends in .yml, expected the file name environments/dev.yaml",
    );
  });
});

describe("what is no text, or says nothing", () => {
  const nonUtf8 = Buffer.concat([Buffer.from(CLAIMS.slice(0, 60)), Buffer.from([0xfc]), Buffer.from("\n")]);
  const document = "expected a document of kind Team with the fields apiVersion, kind, metadata and spec";
  it.each([
    ["an empty file", "", `teams/claims.yaml:1: the file is empty, ${document}`],
    ["comments only", "# claims\n# quoting\n", `teams/claims.yaml:1: the file is empty, ${document}`],
    ["plain text", "claims", `teams/claims.yaml:1: the file is not a map, ${document}`],
    [
      "bytes that are not UTF-8",
      nonUtf8,
      "teams/claims.yaml:4: the line has bytes that are not UTF-8, expected text in UTF-8; save the file with that encoding",
    ],
    [
      "UTF-16",
      Buffer.from(`\uFEFF${CLAIMS}`, "utf16le"),
      "teams/claims.yaml:1: the file is encoded in UTF-16, expected text in UTF-8; save the file with that encoding",
    ],
  ])("%s is refused", (_case, content, message) => {
    const directory = projectDirectory({ "teams/claims.yaml": content });
    expect(invalidInput(() => loadTeams(directory)).message).toBe(message);
  });

  it.each([
    ["a byte order mark", `\uFEFF${CLAIMS}`],
    ["carriage returns", CLAIMS.replaceAll("\n", "\r\n")],
    ["a line of --- at the beginning", `---\n${CLAIMS}`],
  ])("%s is accepted", (_case, text) => {
    expect(loadTeams(projectDirectory({ "teams/claims.yaml": text })).map(({ name }) => name)).toEqual([
      "claims",
    ]);
  });
});

describe("the error", () => {
  it("has the problems of all files, in the order of files and lines", () => {
    const directory = projectDirectory({
      "environments/dev.yaml": edited(DEV, "eu-central-1", "frankfurt"),
      "teams/quoting.yaml": edited(CLAIMS.replaceAll("claims", "quoting"), "port: 8080", "port: 0"),
      "teams/claims.yaml": edited(
        edited(CLAIMS, "port: 8080", "port: 0"),
        "  name: claims",
        "  name: Claims",
      ),
      "teams/broken.yaml": "a: [",
    });
    const error = invalidInput(() => loadProject(directory, "dev", NOTHING));
    expect(error).toBeInstanceOf(UserError);
    expect(error.problems.map(({ file, line, path }) => `${file}:${line} ${path}`)).toEqual([
      "environments/dev.yaml:8 spec.aws.region",
      "teams/broken.yaml:1 ",
      "teams/claims.yaml:4 metadata.name",
      "teams/claims.yaml:17 spec.systems[0].workloads[0].port",
      "teams/quoting.yaml:17 spec.systems[0].workloads[0].port",
    ]);
    expect(error.message.split("\n")).toHaveLength(5);
  });
});
