import { describe, expect, it } from "vitest";
import { loadEnvironment } from "../../../model/load.ts";
import { DEV, edited, invalidInput, projectDirectory } from "./support/project-directory.ts";

/** `${NAME}`, as a file has it. */
const reference = (name: string) => `\${${name}}`;

function load(text: string, variables: Readonly<Record<string, string>>, deferVariables = false) {
  const directory = projectDirectory({ "environments/dev.yaml": text });
  return loadEnvironment(directory, "dev", { variables, deferVariables });
}

describe("variables in an environment's file", () => {
  it("are replaced within a text, more than once, and next to each other", () => {
    const servers = `tls://${reference("A")}${reference("B")}:4222,tls://${reference("A")}:4222`;
    const environment = load(edited(DEV, "tls://nats.example.com", servers), { A: "a", B: "b" });
    expect(environment.nats.servers).toBe("tls://ab:4222,tls://a:4222");
  });

  it("cannot bring in fields, comments or further variables", () => {
    const evil = `main\n    url: "http://evil" # ${reference("OTHER")}`;
    const text = edited(DEV, "username: haulway", `username: ${reference("USER_NAME")}`);
    const error = invalidInput(() => load(text, { USER_NAME: evil, OTHER: "x" }));
    expect(error.message).toBe(
      `environments/dev.yaml:17 spec.stateStore.credentials.username: the value of ${reference("USER_NAME")} does not fit, expected a user name without blanks`,
    );
  });

  it("are taken as they are, also where they look like variables", () => {
    const text = edited(DEV, "username: haulway", `username: ${reference("USER_NAME")}`);
    const environment = load(text, { USER_NAME: `$&${reference("NESTED")}$1` });
    expect(environment.stateStore.credentials.username).toBe(`$&${reference("NESTED")}$1`);
  });

  it("that hold nothing count as not set", () => {
    const text = edited(DEV, "region: eu-central-1", `region: ${reference("REGION")}`);
    expect(invalidInput(() => load(text, { REGION: "" })).problems).toEqual([
      {
        file: "environments/dev.yaml",
        line: 8,
        column: 5,
        path: "spec.aws.region",
        problem: "the environment variable REGION is not set",
        expected: "a value: export REGION=…",
      },
    ]);
  });

  it("never show up in a message with what they hold", () => {
    const text = edited(DEV, "region: eu-central-1", `region: ${reference("REGION")}`);
    const error = invalidInput(() => load(text, { REGION: "hunter2" }));
    expect(error.message).toBe(
      `environments/dev.yaml:8 spec.aws.region: the value of ${reference("REGION")} does not fit, expected an AWS region, such as eu-central-1`,
    );
  });

  it("are not replaced in keys", () => {
    const text = edited(DEV, "  argocd:", `  tags:\n    "${reference("KEY")}": x\n  argocd:`);
    const error = invalidInput(() => load(text, { KEY: "owner" }));
    expect(error.problems.map(({ problem }) => problem)).toEqual([
      `"${reference("KEY")}" has a character that AWS does not allow in a tag`,
    ]);
  });
});

describe("deferred variables", () => {
  const deferred = edited(DEV, "tls://nats.example.com", reference("NATS_URL"));

  it("stay as they are, and the form of their fields is not checked", () => {
    expect(load(deferred, {}, true).nats.servers).toBe(reference("NATS_URL"));
  });

  it("are replaced and checked where they are set", () => {
    expect(load(deferred, { NATS_URL: "tls://n" }, true).nats.servers).toBe("tls://n");
    expect(() => load(deferred, { NATS_URL: "http://n" }, true)).toThrow("has the scheme http://");
  });

  it("do not hide what is wrong elsewhere, nor a wrong type", () => {
    const text = edited(
      edited(deferred, "branch: main", "branch: a..b"),
      "min: 1",
      `min: ${reference("MIN")}`,
    );
    expect(invalidInput(() => load(text, {}, true)).problems.map(({ path }) => path)).toEqual([
      "spec.stateStore.branch",
      "spec.platformCluster.nodes.min",
    ]);
  });

  it("leave the checks across fields to what is known", () => {
    const text = edited(DEV, "10.10.0.0/16", reference("CIDR"));
    expect(load(text, {}, true).platformCluster.network.cidr).toBe(reference("CIDR"));
    expect(() => load(text, { CIDR: "10.20.0.0/16" }, true)).toThrow("overlaps 10.20.0.0/16");
  });

  it("keep the tags that they stand beside", () => {
    const text = edited(
      DEV,
      "  argocd:",
      `  tags:\n    owner: ${reference("OWNER")}\n    team: a\n  argocd:`,
    );
    expect(load(text, {}, true).tags).toEqual({ owner: reference("OWNER"), team: "a" });
  });
});
