/**
 * The program of the crash tests: a team's stack in small, from the components of the real one. Argo CD's part, to apply
 * what was committed, is played by a Deployment that comes after the commit.
 */
import { readFileSync } from "node:fs";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import * as pulumi from "@pulumi/pulumi";
import { StateStoreDirectory } from "../../../../components/gitops/state-store-directory.ts";
import { CredentialRetirement } from "../../../../components/nats/credential-retirement.ts";
import { generationId, natsAnnotation } from "../../../../manifests/workload/nats.ts";
import type { Environment } from "../../../../model/environment.ts";
import { natsIssuer } from "../../../../model/nats.ts";
import { natsUserResources } from "../../../../stacks/nats-user-resources.ts";
import { kubernetesProvider } from "../../../../stacks/providers.ts";
import { type Declaration, NAMES, VARIABLES } from "./declaration.ts";

const declaration = JSON.parse(process.env[VARIABLES.declaration] ?? "") as Declaration;
const { nats, user: spec, namespace, stateStoreUrl } = declaration;
const kubeconfig = pulumi.secret(readFileSync(process.env[VARIABLES.kubeconfig] ?? "", "utf8"));
const kubernetes = kubernetesProvider(NAMES.cluster, { arn: "test", kubeconfig });

const { issued, delivery } = natsUserResources({
  environment: { name: NAMES.environment, nats } as Environment,
  workload: {
    environment: NAMES.environment,
    team: NAMES.team,
    system: NAMES.system,
    workload: NAMES.workload,
  },
  spec,
  clusters: [{ name: NAMES.cluster, kubernetes, namespace }],
  delivery: { kind: "secret" },
  aws: undefined as never,
});
const generation = pulumi
  .all([issued.publicKey, issued.issuedAt])
  .apply(([publicKey, issuedAt]) => generationId({ publicKey, issuedAt }));

const stateStore = new StateStoreDirectory(
  NAMES.team,
  {
    url: stateStoreUrl,
    branch: "main",
    username: "haulway",
    passwordFrom: VARIABLES.password,
    directory: `teams/${NAMES.team}`,
    files: { "generation.txt": generation },
    message: `Render team ${NAMES.team}`,
  },
  { dependsOn: [...delivery.resources] },
);

const labels = { app: NAMES.workload };
const deployment = new Deployment(
  NAMES.workload,
  {
    metadata: { name: NAMES.workload, namespace, annotations: { "pulumi.com/skipAwait": "true" } },
    spec: {
      // Rolling out takes the real controller, but no node.
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { [natsAnnotation(NAMES.user)]: generation } },
        spec: { containers: [{ name: NAMES.workload, image: "none" }] },
      },
    },
  },
  { provider: kubernetes, dependsOn: [stateStore] },
);

const { user, name, publicKey, issuedAt, superseded, consumers } = issued;
new CredentialRetirement(
  NAMES.team,
  {
    issuer: natsIssuer(nats),
    users: [
      {
        user,
        name,
        publicKey,
        issuedAt,
        superseded,
        consumers: consumers.map((consumer) => ({ ...consumer, namespace })),
      },
    ],
    kubeconfigs: { [NAMES.cluster]: kubeconfig },
    waitSeconds: 60,
  },
  { dependsOn: [deployment] },
);
