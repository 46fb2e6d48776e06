import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CrashProject } from "./crash-project.ts";
import { GuardedCluster } from "./guarded-cluster.ts";

/** What all stacks of the crash tests share: the project with its program, and a cluster. */
export class World {
  private constructor(
    /** For files that live as long as the world. */
    readonly directory: string,
    readonly project: CrashProject,
    readonly cluster: GuardedCluster,
    /** What a backend holds before the first run of its stack. */
    readonly emptyStack: ReadonlyMap<string, Buffer>,
  ) {}

  static async create(): Promise<World> {
    const directory = await mkdtemp(join(tmpdir(), "haulway-world-"));
    const project = await CrashProject.create();
    const cluster = await GuardedCluster.start();
    const world = new World(directory, project, cluster, await project.initialize());
    await writeFile(world.kubeconfigFile, cluster.kubeconfig, { mode: 0o600 });
    return world;
  }

  /** Path of the kubeconfig that the runs use. */
  get kubeconfigFile(): string {
    return join(this.directory, "kubeconfig");
  }

  async close(): Promise<void> {
    await this.cluster.close();
    await this.project.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}
