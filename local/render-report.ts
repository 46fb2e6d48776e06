import { join, relative } from "node:path";
import type { LocalReport, LocalStatus } from "./status.ts";

/** A person's view of the report: what does not run first, then what runs where. Paths are relative to the working directory. */
export function renderReport({ status, processes, problems }: LocalReport, workingDir: string): string {
  const dead = processes.filter((process) => !process.running);
  const counted = `${processes.length - dead.length} of ${processes.length} processes run.`;
  return [
    `Local environment: ${counted}`,
    ...dead.flatMap(({ name, pid, tail, log }) => [
      "",
      `${name} (process ${pid}) has ended. The last lines of its log:`,
      ...tail.map((line) => `  ${line}`),
      `All of it: ${shorten(log, workingDir)}`,
    ]),
    ...(dead.length === 0 ? [] : ["", "To start what is missing: npm start"]),
    ...problems.map((problem) => `\n${problem}`),
    "",
    ...renderPlaces(status, workingDir),
    ...(status.stacks.length === 0
      ? []
      : [
          "",
          "Stacks",
          ...table(
            status.stacks.map(({ name, resources, result }) => [name, `${resources} resources`, result]),
          ),
        ]),
    ...(status.applications.length === 0
      ? []
      : [
          "",
          "Applications",
          ...table(status.applications.map(({ name, sync, health }) => [name, sync, health])),
        ]),
  ].join("\n");
}

/** What runs where, and what to try next: the last lines of a start that went well. */
export function renderWelcome(status: LocalStatus, workingDir: string): string {
  const kubectl = shorten(join(status.pulumi.bin, "kubectl"), workingDir);
  const kubeconfig = (name: string) =>
    shorten(status.clusters.find((cluster) => cluster.name === name)?.kubeconfig ?? "", workingDir);
  const platform = status.clusters.find((cluster) => cluster.role === "platform")?.name ?? "";
  const workload = status.clusters.find((cluster) => cluster.role === "workload")?.name ?? platform;
  return [
    "The platform runs on this machine.",
    "",
    ...renderPlaces(status, workingDir),
    "",
    "Applications",
    ...table(status.applications.map(({ name, sync, health }) => [name, sync, health])),
    "",
    "To try next",
    "  Argo CD's Applications:",
    `    ${kubectl} --kubeconfig ${kubeconfig(platform)} --namespace argocd get applications`,
    "  The workloads of a cluster:",
    `    ${kubectl} --kubeconfig ${kubeconfig(workload)} get deployments,pods --all-namespaces`,
    "  The Secrets with NATS creds, and one of them as a file:",
    `    ${kubectl} --kubeconfig ${kubeconfig(workload)} get secrets --all-namespaces --field-selector type=Opaque`,
    `    ${kubectl} --kubeconfig ${kubeconfig(workload)} --namespace <system> get secret <workload>-nats-<user> \\`,
    "      --output 'jsonpath={.data.nats\\.creds}' | base64 --decode > nats.creds",
    "  A change: edit an image tag in teams/*.yaml, then",
    "    npx haulway up local --team <team>",
    "  Pulumi's own commands, in a shell that knows the environment:",
    '    eval "$(npx haulway local env)" && pulumi preview --stack local',
    "  How it stands: npx haulway local status",
    "  End it, and remove all it wrote: npm run local:down",
  ].join("\n");
}

function renderPlaces(status: LocalStatus, workingDir: string): string[] {
  return [
    "Clusters",
    ...table(
      status.clusters.map(({ name, server, kubeconfig }) => [name, server, shorten(kubeconfig, workingDir)]),
    ),
    "",
    "Services",
    ...table([
      ["NATS", status.nats.url],
      ["Synadia Cloud (a stand-in)", status.synadia.url],
      ["State store", status.stateStore.url, shorten(status.stateStore.path, workingDir)],
      ["Pulumi state", status.pulumi.backend],
    ]),
  ];
}

/** Rows with the columns below each other, two blanks in. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(column === row.length - 1 ? 0 : (widths[column] ?? 0) + 2)).join("")}`.trimEnd(),
  );
}

function shorten(path: string, workingDir: string): string {
  const short = relative(workingDir, path);
  return short === "" || short.startsWith("..") ? path : short;
}
