import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type GitServer, startGitServer } from "../../../../local/git-server/server.ts";
import { ensureStateStore } from "../../../../local/git-server/state-store.ts";
import { type Layout, layout } from "../../../../local/layout.ts";
import { OperationTraffic } from "../../../../local/stand-ins/synadia/faults.ts";
import { type SynadiaStandIn, startSynadiaStandIn } from "../../../../local/stand-ins/synadia/server.ts";
import type { SynadiaState } from "../../../../local/stand-ins/synadia/state.ts";
import { natsSecretName } from "../../../../model/naming.ts";
import { natsSchema } from "../../../../model/nats.ts";
import type { NatsUserSpec } from "../../../../model/team.ts";
import { Bucket } from "./bucket.ts";
import type { KubernetesObject } from "./cluster.ts";
import type { Service } from "./crash-point.ts";
import { CHECKPOINT, type EngineCommandName } from "./crash-project.ts";
import { type Declaration, NAMES, VARIABLES } from "./declaration.ts";
import type { EngineRun } from "./engine-run.ts";
import { type FaultPlace, placeOf, standInPlace } from "./fault-place.ts";
import { FaultProxy } from "./fault-proxy.ts";
import type { NatsSlot } from "./nats-slot.ts";
import type { World } from "./world.ts";

const ACCOUNT = "2bKAVoSBsfwNDAEj5MdMaiwqj8e";
const TOKEN = "uat_canaryOfTheCrashTests";

/** Everything that a finished run has left anywhere, to begin another stack with. */
export interface Snapshot {
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly synadia: string;
  /** A copy of the state store's repository. */
  readonly repository: string;
  readonly secret: KubernetesObject;
  readonly deployment: KubernetesObject;
  /** Texts in the others that are another stack's own. */
  readonly own: OwnTexts;
}

interface OwnTexts {
  readonly namespace: string;
  readonly synadiaUrl: string;
  readonly stateStoreUrl: string;
}

/** How a site begins. */
export interface SiteOptions {
  /** Unique among the sites of the world. */
  readonly name: string;
  readonly slot: NatsSlot;
  /** What it begins with. @default an empty stack */
  readonly snapshot?: Snapshot | undefined;
  /** Clock of the control plane, unix seconds. @default the machine's */
  readonly now?: () => number;
}

/**
 * One stack with everything it needs for itself: a backend, an account at the stand-in of Synadia with a nats-server, a
 * namespace on the cluster and a state store.
 */
export class Site {
  /** The directory for temporary files of the runs, and their logs. */
  readonly directory: string;
  /** What the runs printed, one text for each. */
  readonly outputs: string[] = [];

  private constructor(
    private readonly world: World,
    private readonly paths: Layout,
    private readonly gitServer: GitServer,
    private readonly gitProxy: FaultProxy,
    private readonly standIn: SynadiaStandIn,
    readonly slot: NatsSlot,
    readonly bucket: Bucket,
    readonly places: Readonly<Record<Service, FaultPlace>>,
    private readonly own: OwnTexts,
  ) {
    this.directory = join(paths.root, "runs");
  }

  static async open(world: World, { name, slot, snapshot, now }: SiteOptions): Promise<Site> {
    const paths = layout(await mkdtemp(join(tmpdir(), "haulway-crash-")));
    await mkdir(join(paths.root, "runs"));
    await mkdir(paths.synadia.directory);
    await writeFile(paths.synadia.tokenFile, TOKEN, { mode: 0o600 });
    const stateFile = join(paths.synadia.directory, "state.json");
    if (snapshot !== undefined) {
      await writeFile(stateFile, snapshot.synadia, { mode: 0o600 });
      await mkdir(paths.stateStore.directory, { recursive: true });
      await cp(snapshot.repository, paths.stateStore.repository, { recursive: true });
    }
    await ensureStateStore(paths);
    const { repository, passwordFile } = paths.stateStore;
    const gitServer = await startGitServer({ repository, passwordFile, username: "haulway", port: 0 });
    const gitTraffic = new OperationTraffic();
    const gitProxy = await FaultProxy.start({
      upstream: new URL(gitServer.url).origin,
      operationOf: (method, path) => ({ traffic: gitTraffic, operation: gitOperation(method, path) }),
    });
    const standIn = await startSynadiaStandIn({
      stateFile,
      tokenFile: paths.synadia.tokenFile,
      accountId: ACCOUNT,
      natsUrl: slot.url,
      natsDirectory: slot.directory,
      pushDelayMilliseconds: 10,
      ...(now === undefined ? {} : { now }),
    });
    const kubernetes = await world.cluster.createNamespace(name);
    const own: OwnTexts = {
      namespace: name,
      synadiaUrl: standIn.url,
      stateStoreUrl: `${gitProxy.url}/${basename(repository)}`,
    };
    const bucket = await Bucket.start(
      snapshot === undefined ? world.emptyStack : withOwnTexts(snapshot, own),
    );
    const site = new Site(
      world,
      paths,
      gitServer,
      gitProxy,
      standIn,
      slot,
      bucket,
      {
        synadia: standInPlace(standIn.url, TOKEN),
        kubernetes: placeOf(kubernetes),
        git: placeOf(gitTraffic),
      },
      own,
    );
    if (snapshot !== undefined) await site.#restoreObjects(snapshot);
    await site.untilSynchronized();
    await site.forget();
    return site;
  }

  /** The token of the runs, to look for in other places. */
  get token(): string {
    return TOKEN;
  }

  /** Starts a command of the engine on the stack. */
  start(command: EngineCommandName, spec: NatsUserSpec): EngineRun {
    const declaration: Declaration = {
      nats: natsSchema.parse({
        servers: this.slot.url,
        synadia: {
          url: this.own.synadiaUrl,
          accountId: ACCOUNT,
          signingKeyGroup: "Default",
          tokenFrom: VARIABLES.token,
        },
      }),
      user: spec,
      namespace: this.own.namespace,
      stateStoreUrl: this.own.stateStoreUrl,
    };
    const run = this.world.project.start(
      command,
      {
        PULUMI_BACKEND_URL: this.bucket.url,
        TMPDIR: this.directory,
        [VARIABLES.declaration]: JSON.stringify(declaration),
        [VARIABLES.kubeconfig]: this.world.kubeconfigFile,
        [`${VARIABLES.token}_FILE`]: this.paths.synadia.tokenFile,
        [`${VARIABLES.password}_FILE`]: this.paths.stateStore.passwordFile,
      },
      this.eventLog(this.outputs.length),
    );
    const place = this.outputs.push("") - 1;
    void run.finished.then(({ output }) => (this.outputs[place] = output));
    return run;
  }

  /** Path of the events of a run, by its number among all runs of the site. */
  eventLog(run: number): string {
    return join(this.directory, `events-${run}.json`);
  }

  /** Forgets the calls counted so far, and faults that nothing has met. */
  async forget(): Promise<void> {
    await Promise.all(Object.values(this.places).map((place) => place.forget()));
  }

  /** Everything that the stand-in knows, seeds included. */
  async synadia(): Promise<SynadiaState> {
    return JSON.parse(await this.#synadiaText()) as SynadiaState;
  }

  /** The checkpoint of the stack. */
  checkpoint(): string {
    return this.bucket.objects.get(CHECKPOINT)?.toString() ?? "";
  }

  /** The Secret with the creds, if it is there. */
  secret(): Promise<KubernetesObject | undefined> {
    return this.world.cluster.cluster.get(this.#secretPath());
  }

  /** The Deployment that uses the creds, if it is there. */
  deployment(): Promise<KubernetesObject | undefined> {
    return this.world.cluster.cluster.get(this.#deploymentPath());
  }

  /** Path of the bare repository of the state store. */
  get repository(): string {
    return this.paths.stateStore.repository;
  }

  /** Everything as it is now. The copy of the repository lives as long as the world. */
  async snapshot(): Promise<Snapshot> {
    const [secret, deployment] = await Promise.all([this.secret(), this.deployment()]);
    if (secret === undefined || deployment === undefined) throw new Error("There is nothing to keep yet");
    const repository = join(this.world.directory, `${this.own.namespace}.git`);
    await cp(this.repository, repository, { recursive: true });
    return {
      objects: new Map(this.bucket.objects),
      synadia: await this.#synadiaText(),
      repository,
      secret,
      deployment,
      own: this.own,
    };
  }

  /** Waits until nats-server has the account as it is now. */
  async untilSynchronized(): Promise<void> {
    for (;;) {
      const response = await fetch(`${this.own.synadiaUrl}/api/core/beta/accounts/${ACCOUNT}`, {
        headers: { Authorization: `Bearer ${TOKEN}` },
      });
      const { jwt_sync_status } = (await response.json()) as { jwt_sync_status: string };
      if (jwt_sync_status === "Complete") return;
      await sleep(10);
    }
  }

  async close(): Promise<void> {
    await Promise.all([
      this.bucket.close(),
      this.standIn.close(),
      this.gitProxy.close(),
      this.gitServer.close(),
    ]);
    await rm(this.paths.root, { recursive: true, force: true });
  }

  #synadiaText(): Promise<string> {
    return readFile(join(this.paths.synadia.directory, "state.json"), "utf8");
  }

  #secretPath(): string {
    return `/api/v1/namespaces/${this.own.namespace}/secrets/${natsSecretName(NAMES.workload, NAMES.user)}`;
  }

  #deploymentPath(): string {
    return `/apis/apps/v1/namespaces/${this.own.namespace}/deployments/${NAMES.workload}`;
  }

  /** Makes the objects anew as the program's provider would have, so that it finds its own. */
  async #restoreObjects({ secret, deployment }: Snapshot): Promise<void> {
    const { cluster } = this.world.cluster;
    await Promise.all(
      [
        { path: this.#secretPath(), object: secret },
        { path: this.#deploymentPath(), object: deployment },
      ].map(({ path, object }) => cluster.apply(path, this.#moved(object), managerOf(object))),
    );
  }

  #moved({ status: _status, metadata, ...object }: KubernetesObject): object {
    const { name, labels, annotations } = metadata;
    return { ...object, metadata: { name, labels, annotations, namespace: this.own.namespace } };
  }
}

function managerOf({ metadata }: KubernetesObject): string {
  const manager = metadata.managedFields?.find(({ manager }) => manager.startsWith("pulumi-"))?.manager;
  if (manager === undefined) throw new Error(`${metadata.name} was not applied by Pulumi`);
  return manager;
}

/** The state of another stack, as that of this one. */
function withOwnTexts(snapshot: Snapshot, own: OwnTexts): ReadonlyMap<string, Buffer> {
  const replacements = (Object.keys(own) as (keyof OwnTexts)[]).map(
    (text) => [snapshot.own[text], own[text]] as const,
  );
  const checkpoint = snapshot.objects.get(CHECKPOINT)?.toString() ?? "";
  const moved = replacements.reduce((text, [before, after]) => text.replaceAll(before, after), checkpoint);
  return new Map([...snapshot.objects, [CHECKPOINT, Buffer.from(moved)]]);
}

/** `POST git-receive-pack`, or for the question that comes before it `GET info/refs git-receive-pack`. */
function gitOperation(method: string, path: string): string {
  const { pathname, searchParams } = new URL(path, "http://git");
  return [method, pathname.split("/").slice(2).join("/"), searchParams.get("service")]
    .filter((part) => part !== null && part !== "")
    .join(" ");
}
