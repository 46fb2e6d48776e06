import { stateStoreDirectory } from "@haulway/providers";
import type { StateStoreDirectoryInputs } from "@haulway/providers/state-store/properties";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestProject } from "./support/engine.ts";
import { TestStateStore } from "./support/state-store.ts";

let store: TestStateStore;

beforeEach(async () => {
  store = await TestStateStore.start();
  process.env["STATE_STORE_PASSWORD_FILE"] = store.passwordFile;
});

afterEach(async () => {
  delete process.env["STATE_STORE_PASSWORD_FILE"];
  delete process.env["STATE_STORE_PASSWORD"];
  await store.close();
});

function directory(team: string, files: Readonly<Record<string, string>>, message?: string) {
  const inputs: StateStoreDirectoryInputs = {
    url: store.url,
    branch: "main",
    username: store.username,
    passwordFrom: "STATE_STORE_PASSWORD",
    directory: `teams/${team}`,
    files,
    message: message ?? `Deploy ${team}`,
  };
  return inputs;
}

const CLAIMS = {
  "systems/claims.yaml": "kind: Application\n",
  "systems/claims/intake.yaml": "kind: Deployment\n",
};

describe("a directory of the state store", () => {
  it("is the first commit of an empty repository", async () => {
    const { id, outs } = await stateStoreDirectory.create(
      directory("claims", CLAIMS, "Deploy claims: image 1.4.2"),
    );

    expect(id).toBe("main:teams/claims");
    expect(await store.files()).toEqual({
      "teams/claims/systems/claims.yaml": "kind: Application",
      "teams/claims/systems/claims/intake.yaml": "kind: Deployment",
    });
    expect(await store.log()).toEqual(["haulway: Deploy claims: image 1.4.2"]);
    expect(outs.commit).toBe(await store.git("rev-parse", "main"));
    expect(outs.tree).toBe(await store.git("rev-parse", "main:teams/claims"));
    expect(await store.git("fsck", "--strict", "--no-dangling")).toBe("");
  });

  it("is replaced whole, and leaves everything else alone", async () => {
    const { outs: quoting } = await stateStoreDirectory.create(directory("quoting", { "a.yaml": "a" }));
    const { id, outs } = await stateStoreDirectory.create(directory("claims", CLAIMS));
    await stateStoreDirectory.update(id, outs, directory("claims", { "systems/other.yaml": "ö" }));

    expect(await store.files()).toEqual({
      "teams/claims/systems/other.yaml": "ö",
      "teams/quoting/a.yaml": "a",
    });
    expect(await store.git("rev-parse", "main:teams/quoting")).toBe(quoting.tree);
    expect(await store.log()).toHaveLength(3);
  });

  it("commits nothing when nothing changed", async () => {
    const { id, outs } = await stateStoreDirectory.create(directory("claims", CLAIMS));
    const again = directory("claims", CLAIMS, "another message");

    expect(await stateStoreDirectory.diff(id, outs, again)).toMatchObject({ changes: false });
    expect(await stateStoreDirectory.update(id, outs, again)).toEqual({ outs });
    expect(await stateStoreDirectory.create(again)).toEqual({ id, outs });
    expect(await store.log()).toHaveLength(1);
  });

  it("is committed by every one of many at once", async () => {
    const teams = ["a", "b", "c", "d", "e", "f"];
    await Promise.all(teams.map((team) => stateStoreDirectory.create(directory(team, { "x.yaml": team }))));

    expect(await store.files()).toEqual(
      Object.fromEntries(teams.map((team) => [`teams/${team}/x.yaml`, team])),
    );
    expect([...(await store.log())].sort()).toEqual(teams.map((team) => `haulway: Deploy ${team}`));
    expect(await store.git("fsck", "--strict", "--no-dangling")).toBe("");
  });

  it("is removed by a commit, once", async () => {
    await stateStoreDirectory.create(directory("quoting", { "a.yaml": "a" }));
    const { id, outs } = await stateStoreDirectory.create(directory("claims", CLAIMS));
    await stateStoreDirectory.delete(id, outs);
    await stateStoreDirectory.delete(id, outs);

    expect(await store.files()).toEqual({ "teams/quoting/a.yaml": "a" });
    expect((await store.log())[0]).toBe("haulway: Remove teams/claims");
    expect(await store.log()).toHaveLength(3);
  });

  it("leaves an empty branch when it was the only one", async () => {
    const { id, outs } = await stateStoreDirectory.create(directory("claims", CLAIMS));
    await stateStoreDirectory.delete(id, outs);
    expect(await store.files()).toEqual({});
    expect(await stateStoreDirectory.create(directory("claims", CLAIMS))).toMatchObject({
      outs: { tree: outs.tree },
    });
  });

  it("is found changed, or gone, by a refresh", async () => {
    const { id, outs } = await stateStoreDirectory.create(directory("claims", CLAIMS));
    expect(await stateStoreDirectory.read(id, outs)).toEqual({ id, props: outs });

    await stateStoreDirectory.update(id, outs, directory("claims", { "changed.yaml": "by hand" }));
    const { props } = await stateStoreDirectory.read(id, outs);
    expect(await stateStoreDirectory.diff(id, props, directory("claims", CLAIMS))).toMatchObject({
      changes: true,
    });

    await stateStoreDirectory.delete(id, outs);
    expect(await stateStoreDirectory.read(id, outs)).toMatchObject({ id: "" });
  });

  it("names the setting of a wrong password, and never the password", async () => {
    delete process.env["STATE_STORE_PASSWORD_FILE"];
    process.env["STATE_STORE_PASSWORD"] = "wrong-canary";
    const attempt = stateStoreDirectory.create(directory("claims", CLAIMS));
    await expect(attempt).rejects.toThrow(/stateStore\.credentials.*STATE_STORE_PASSWORD/);
    await expect(attempt).rejects.not.toThrow(/wrong-canary/);
    delete process.env["STATE_STORE_PASSWORD"];
    await expect(stateStoreDirectory.create(directory("claims", CLAIMS))).rejects.toThrow(
      /neither STATE_STORE_PASSWORD nor STATE_STORE_PASSWORD_FILE is set/,
    );
  });
});

describe("a directory of the state store on the real engine", () => {
  it("is previewed with content that is not known yet, made, left alone and removed", async () => {
    const project = await TestProject.create({ STATE_STORE_PASSWORD_FILE: store.passwordFile });
    const declare = (tag: string) => {
      const { files: _, ...args } = directory("claims", {}, `Deploy claims: image ${tag}`);
      return project.write(`
        import { StateStoreDirectory } from ${JSON.stringify(project.from("components/gitops/state-store-directory.ts"))};
        const args = ${JSON.stringify(args)};
        const first = new StateStoreDirectory("first", { ...args, directory: "teams/first", files: { "a.yaml": "a" } });
        new StateStoreDirectory("claims", { ...args, files: { "image.yaml": ${JSON.stringify(tag)}, "commit.yaml": first.tree } });
      `);
    };
    try {
      await declare("1.4.2");
      const preview = await project.run("preview");
      expect(preview.exitCode, preview.output).toBe(0);
      expect(preview.changes).toEqual({ create: 2 });
      const first = await project.run("up");
      expect(first.exitCode, first.output).toBe(0);
      expect((await project.run("up")).changes).toEqual({ same: 2 });
      expect(await store.log()).toHaveLength(2);

      await declare("1.5.0");
      expect((await project.run("up")).changes).toEqual({ same: 1, update: 1 });
      expect((await store.files())["teams/claims/image.yaml"]).toBe("1.5.0");
      expect((await store.log())[0]).toBe("haulway: Deploy claims: image 1.5.0");

      expect((await project.run("destroy")).exitCode).toBe(0);
      expect(await store.files()).toEqual({});
    } finally {
      await project.close();
    }
  });
});
