import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isMap, isSeq, parseDocument } from "yaml";
import { localVariables } from "../../local/variables.ts";
import { connects } from "../engine/support/login.ts";
import type { ProofEnvironment } from "./environment.ts";
import type { Figure } from "./figure.ts";
import { openClients } from "./kubernetes-client.ts";
import { NatsLoad } from "./load/nats-load.ts";
import { openObserver } from "./load/observer.ts";

/** The users of the local environment. */
const USERS = ["claims/intake/publisher", "claims/assessor/subscriber", "quoting/calculator/service"];

/** The shortest window that a manifest can have with an overlap, in seconds. */
const WINDOW = 120;

/**
 * Rotates every user of the environment twice while clients of all of them send without pause: once by epoch, which makes new
 * nkeys, and once by the window, which keeps them.
 */
export async function proveRotation(
  environment: ProofEnvironment,
  onProgress: (line: string) => void,
): Promise<Figure[]> {
  const { project } = environment;
  const status = await environment.status();
  const { nats } = status;
  const variables = await localVariables(project.directory);
  const clusters = await openClients(status);
  const observer = await openObserver(project.directory, variables);
  try {
    const load = await NatsLoad.start(nats.url, clusters, observer);
    const clients = Object.values(load.clients);
    const generations = clients.map(({ used }) => used.length);
    onProgress(`${clients.length} clients send; rotating every user by epoch`);
    for (const user of USERS) await rotate(user);
    await up();
    onProgress(`${load.sent} messages sent; rotating every user by its window`);
    await sleep(WINDOW * 1000);
    await openWindows(join(project.directory, "teams"));
    await up();
    const result = await load.stop();
    for (const complaint of result.complaints) onProgress(complaint);

    const old = clients.flatMap(({ used }) => used.slice(0, -1).map(({ creds }) => creds));
    const present = clients.flatMap(({ used }) => used.slice(-1).map(({ creds }) => creds));
    const accepted = async (creds: readonly string[]) =>
      (await Promise.all(creds.map((text) => connects(nats.url, text)))).filter(Boolean).length;
    const zero = { exactly: 0 };
    return [
      {
        name: "clients that changed to new creds twice",
        value: clients.filter(({ used }, index) => used.length === (generations[index] ?? 0) + 2).length,
        expected: { exactly: clients.length },
      },
      { name: "messages and requests sent meanwhile", value: result.sent },
      { name: "messages and requests lost", value: result.lost, expected: zero },
      { name: "authorization errors", value: result.authorizationErrors, expected: zero },
      {
        name: "old creds that are refused",
        value: old.length - (await accepted(old)),
        expected: { exactly: old.length },
      },
      {
        name: "present creds that connect",
        value: await accepted(present),
        expected: { exactly: present.length },
      },
    ];
  } finally {
    await observer.close();
    for (const cluster of clusters.values()) cluster.close();
  }

  async function rotate(user: string): Promise<void> {
    const { code, stdout, stderr } = await project.haulway("creds", "rotate", "local", user, "--edit-only");
    if (code !== 0) throw new Error(`haulway creds rotate: ${stdout}${stderr}`);
  }

  async function up(): Promise<void> {
    const { code, stdout, stderr } = await project.haulway("up", "local", "--yes");
    if (code !== 0) throw new Error(`haulway up: ${stdout}${stderr}`);
  }
}

/** Gives every user of every team the shortest window there is. */
async function openWindows(directory: string): Promise<void> {
  for (const name of (await readdir(directory)).filter((name) => name.endsWith(".yaml"))) {
    const file = join(directory, name);
    const document = parseDocument(await readFile(file, "utf8"));
    const systems = document.getIn(["spec", "systems"]);
    for (const system of isSeq(systems) ? systems.items : []) {
      const workloads = isMap(system) ? system.get("workloads") : undefined;
      for (const workload of isSeq(workloads) ? workloads.items : []) {
        const users = isMap(workload) ? workload.getIn(["nats", "users"]) : undefined;
        for (const user of isSeq(users) ? users.items : []) {
          if (isMap(user)) user.set("rotation", { every: `${WINDOW / 60}m`, overlap: `${WINDOW / 120}m` });
        }
      }
    }
    await writeFile(file, document.toString());
  }
}
