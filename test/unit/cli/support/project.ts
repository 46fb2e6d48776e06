import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The file of the project's environment. */
export const environmentFile = `apiVersion: haulway.dev/v1alpha1
kind: Environment
metadata: { name: dev }
spec:
  aws: { accountId: "123456789012", region: eu-central-1 }
  argocd: { version: v3.2.0, manifests: https://example.com/install.yaml, reconciliation: 180s }
  stateStore:
    url: https://git.example.com/state.git
    branch: main
    credentials: { username: haulway, passwordFrom: STATE_STORE_PASSWORD }
  nats:
    servers: tls://connect.example.com
    synadia: { url: https://cloud.example.com, accountId: 2abcdefghijklmnopqrstuvwxyz, signingKeyGroup: Default, tokenFrom: SYNADIA_TOKEN }
  platformCluster: ${cluster("platform", 10)}
  workloadClusters:
    - ${cluster("a", 20)}
    - ${cluster("b", 30)}
`;

function cluster(name: string, block: number): string {
  return (
    `{ name: ${name}, kubernetesVersion: "1.36", labels: {}, network: { cidr: 10.${block}.0.0/16, zones: 2, natGateways: single }, ` +
    "nodes: { instanceTypes: [m7i.large], min: 2, max: 4 } }"
  );
}

function team(name: string, clusterName: string): string {
  return `apiVersion: haulway.dev/v1alpha1
kind: Team
metadata: { name: ${name} }
spec:
  groups: { developers: ${name}-developers }
  systems:
    - name: ${name}
      workloads:
        - name: api
          image: { tag: "1.0.0" }
          placement: { clusters: [${clusterName}] }
          port: 8080
          replicas: { min: 1 }
`;
}

/** A project in a temporary directory: environment `dev` with workload clusters a and b; team claims on a, quoting on b. */
export interface ProjectFixture {
  readonly directory: string;
  remove(): void;
  /** Writes a file of the project. */
  write(path: string, text: string): void;
  removeTeam(name: string): void;
  /** Gives the only workload of a team, `<team>/api`, a NATS user. */
  addNatsUser(team: string, name: string): void;
}

/** Makes the project; the caller removes it. */
export function createProject(): ProjectFixture {
  const directory = mkdtempSync(join(tmpdir(), "haulway-cli-"));
  for (const folder of ["environments", "teams"]) mkdirSync(join(directory, folder));
  const write = (path: string, text: string) => writeFileSync(join(directory, path), text);
  write("Pulumi.yaml", "name: haulway\nruntime: nodejs\n");
  write("environments/dev.yaml", environmentFile);
  write("teams/claims.yaml", team("claims", "a"));
  write("teams/quoting.yaml", team("quoting", "b"));
  return {
    directory,
    write,
    remove: () => rmSync(directory, { recursive: true }),
    addNatsUser: (team, name) => {
      const file = join(directory, "teams", `${team}.yaml`);
      const nats = `          nats: { users: [{ name: ${name}, publish: ["${team}.events.>"] }] }\n`;
      appendFileSync(file, nats);
    },
    removeTeam: (name) => rmSync(join(directory, "teams", `${name}.yaml`)),
  };
}
