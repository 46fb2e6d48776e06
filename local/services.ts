import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { Environment } from "../model/environment.ts";
import { loadEnvironment } from "../model/load.ts";
import { type ArgoCd, argoCdPorts, prepareArgoCd } from "./argo-cd/argo-cd.ts";
import { readFileIfPresent, writeFileAtomically } from "./atomic-file.ts";
import { localClusters } from "./control-plane/cluster.ts";
import {
  type ControlPlanes,
  portsOfControlPlanes,
  prepareControlPlanes,
} from "./control-plane/control-planes.ts";
import { ensurePki } from "./control-plane/pki.ts";
import { stateStoreServer } from "./git-server/process.ts";
import { ensureStateStore } from "./git-server/state-store.ts";
import type { Layout } from "./layout.ts";
import { ensureNatsOperator } from "./nats/nats-operator.ts";
import { natsServer } from "./nats/nats-server.ts";
import { allocatePorts } from "./ports.ts";
import type { ProcessSpec } from "./processes/process-spec.ts";
import { type StartProgress, startProcesses } from "./processes/start-processes.ts";
import { authenticatorUrl, eksAuthenticator } from "./stand-ins/eks/process.ts";
import { installPlugins } from "./stand-ins/install.ts";
import { synadiaStandIn } from "./stand-ins/synadia/process.ts";
import type { Toolchain } from "./toolchain/toolchain.ts";
import {
  type LocalSettings,
  localEnvironmentName,
  localSettings,
  withSettings,
  writeSettings,
} from "./variables.ts";

/** The services of the local environment, ready to be started. */
export interface Services {
  readonly environment: Environment;
  readonly settings: LocalSettings;
  readonly controlPlanes: ControlPlanes;
  readonly argoCd: ArgoCd;
  /** Need nothing that is started here. */
  readonly independent: readonly ProcessSpec[];
  /** Need nats-server. */
  readonly synadia: ProcessSpec;
}

const passphraseBytes = 32;

/**
 * Chooses ports, issues certificates, writes configurations, installs Pulumi's plugins: everything that the processes read. What is
 * there and right is kept.
 *
 * @throws InvalidInputError if `environments/local.yaml` is wrong.
 */
export async function prepareServices(
  projectDir: string,
  layout: Layout,
  toolchain: Toolchain,
): Promise<Services> {
  // The ports that the file's variables tell of depend on the clusters that the file names.
  const draft = loadEnvironment(projectDir, localEnvironmentName, {
    variables: process.env,
    deferVariables: true,
  });
  const clusters = localClusters(draft);
  const [platform] = clusters;
  if (platform === undefined) throw new Error("An environment has a platform cluster");
  const ports = await allocatePorts(layout, [
    ...portsOfControlPlanes(clusters),
    "nats",
    "synadia",
    "state-store",
    "eks-authenticator",
    ...argoCdPorts,
  ]);
  const settings = localSettings({ layout, ports, toolchain });
  const environment = loadEnvironment(projectDir, localEnvironmentName, {
    variables: withSettings(settings, process.env),
  });

  await ensurePulumi(layout);
  await ensureStateStore(layout);
  await ensureNatsOperator(layout);
  await installPlugins({ toolchain, layout, projectDir });
  const pki = await ensurePki(layout);
  await pki.issueServingCertificate("eks-authenticator", ["127.0.0.1", "localhost"]);
  const context = { layout, ports, pki, toolchain };
  const controlPlanes = await prepareControlPlanes(context, clusters, (cluster) =>
    authenticatorUrl(ports, cluster.eksName),
  );
  const argoCd = await prepareArgoCd({ ...context, environment, platform });
  await writeSettings(layout, settings);
  return {
    environment,
    settings,
    controlPlanes,
    argoCd,
    independent: [
      controlPlanes.etcd,
      natsServer({ toolchain, layout, ports }),
      stateStoreServer({ layout, ports, environment }),
      eksAuthenticator({ layout, ports, pki }),
      ...argoCd.backends,
    ],
    synadia: synadiaStandIn({ layout, ports, environment }),
  };
}

/** How a start is followed. */
export interface StartServicesOptions {
  readonly layout: Layout;
  readonly signal: AbortSignal;
  /** Told how many of all processes are ready, and which are waited for. */
  readonly onProgress: (progress: StartProgress) => void;
}

/**
 * Starts what is missing, in the order in which one needs the other. Argo CD's controllers are among it if Argo CD is installed.
 *
 * @returns how many processes had to be started, and how many there are.
 */
export async function startServices(
  { controlPlanes, argoCd, independent, synadia }: Services,
  { layout, signal, onProgress }: StartServicesOptions,
): Promise<{ readonly started: number; readonly total: number }> {
  let total = [...independent, synadia, ...controlPlanes.apiServers, ...controlPlanes.controllers].length;
  let ready = 0;
  let started = 0;
  const wave = async (specs: readonly ProcessSpec[]) => {
    const before = ready;
    const outcomes = await startProcesses(specs, {
      layout,
      signal,
      onProgress: (progress) => {
        ready = before + progress.ready;
        onProgress({ ready, total, waitingFor: progress.waitingFor });
      },
    });
    started += [...outcomes.values()].filter((outcome) => outcome !== "running").length;
  };
  await wave(independent);
  await wave([synadia, ...controlPlanes.apiServers]);
  await controlPlanes.registerNodes();
  await wave(controlPlanes.controllers);
  if (await argoCd.isInstalled()) {
    total += argoCd.controllers.length;
    await argoCd.initialize();
    await wave(argoCd.controllers);
  }
  return { started, total };
}

async function ensurePulumi(layout: Layout): Promise<void> {
  const { home, backend, passphraseFile } = layout.pulumi;
  for (const directory of [home, backend, layout.temporary])
    await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await readFileIfPresent(passphraseFile)) === undefined) {
    await writeFileAtomically(passphraseFile, randomBytes(passphraseBytes).toString("base64url"), 0o600);
  }
}
