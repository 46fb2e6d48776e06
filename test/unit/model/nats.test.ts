import { createAccount } from "@nats-io/nkeys";
import { describe, expect, it } from "vitest";
import { credentialRotation, rotateAt } from "../../../model/credential-rotation.ts";
import { loadEnvironment, loadProject, loadTeams } from "../../../model/load.ts";
import { natsDelivery, natsIssuer } from "../../../model/nats.ts";
import {
  CLAIMS,
  DEV,
  edited,
  fixture,
  invalidInput,
  type ProjectFiles,
  projectDirectory,
} from "./support/project-directory.ts";

const NOTHING = { variables: {} };
const SYNADIA = DEV.slice(DEV.indexOf("    synadia:"), DEV.indexOf("  platformCluster:"));
const SUBSCRIBE = "                subscribe: [claims.commands.>]\n";

/** The environment dev with more lines in its section `nats`. */
function withNats(lines: string): string {
  return edited(DEV, SYNADIA, SYNADIA + lines);
}

/** The team claims with more lines for its user claims/intake/publisher. */
function withUser(lines: string): string {
  return edited(CLAIMS, SUBSCRIBE, SUBSCRIBE + lines);
}

function environmentOf(text: string, files: ProjectFiles = {}) {
  return loadEnvironment(projectDirectory({ "environments/dev.yaml": text, ...files }), "dev", NOTHING);
}

function userOf(text: string) {
  const [team] = loadTeams(projectDirectory({ "teams/claims.yaml": text }));
  const user = team?.systems[0]?.workloads[0]?.nats.users[0];
  if (user === undefined) throw new Error("no user");
  return user;
}

function messagesOf(files: ProjectFiles): readonly string[] {
  const directory = projectDirectory({ "environments/dev.yaml": DEV, "teams/claims.yaml": CLAIMS, ...files });
  return invalidInput(() => loadProject(directory, "dev", NOTHING)).message.split("\n");
}

describe("the issuer", () => {
  it("is an account of the Synadia Control Plane, with eight calls at a time", () => {
    expect(natsIssuer(environmentOf(DEV).nats)).toEqual({
      kind: "synadia",
      url: "https://cloud.synadia.com",
      accountId: "2bKAVoSBsfwNDAEj5MdMaiwqj8e",
      signingKeyGroup: "Default",
      tokenFrom: "SYNADIA_TOKEN",
      parallelCalls: 8,
    });
  });

  it("is whoever holds the keys of an account on the servers of the environment", () => {
    const account = createAccount().getPublicKey();
    const operator = `    operator:
      account: ${account}
      signingKeyFrom: NATS_SIGNING_KEY
      operatorKeyFrom: NATS_OPERATOR_KEY
      systemCredsFrom: NATS_SYSTEM_CREDS
`;
    expect(natsIssuer(environmentOf(edited(DEV, SYNADIA, operator)).nats)).toEqual({
      kind: "operator",
      servers: "tls://nats.example.com",
      account,
      signingKeyFrom: "NATS_SIGNING_KEY",
      operatorKeyFrom: "NATS_OPERATOR_KEY",
      systemCredsFrom: "NATS_SYSTEM_CREDS",
    });
  });
});

describe("the delivery", () => {
  const sealing = fixture("certificates/sealing.pem");
  const sealed = withNats(`    delivery:
      kind: sealedSecret
      certificates:
        workload-a: certificates/a.pem
        workload-b: certificates/b.pem
`);

  it("is a Secret unless the environment says otherwise", () => {
    expect(natsDelivery(environmentOf(DEV).nats)).toEqual({ kind: "secret" });
  });

  it.each([
    ["", "aws-secrets-manager"],
    [", secretStore: payments", "payments"],
  ])("by AWS Secrets Manager%s is read by %s", (field, secretStore) => {
    const text = withNats(`    delivery: { kind: secretsManager${field} }\n`);
    expect(natsDelivery(environmentOf(text).nats)).toEqual({ kind: "secretsManager", secretStore });
  });

  it("by Sealed Secrets has a certificate for each workload cluster", () => {
    const files = { "certificates/a.pem": sealing, "certificates/b.pem": sealing };
    expect(natsDelivery(environmentOf(sealed, files).nats)).toEqual({
      kind: "sealedSecret",
      certificates: { "workload-a": "certificates/a.pem", "workload-b": "certificates/b.pem" },
    });
  });

  it.each([
    [
      "with a key that cannot seal",
      fixture("certificates/elliptic-curve.pem"),
      "a certificate with a key of type ec, which cannot seal",
    ],
    ["cut off", sealing.replace(/^.*\n.*\n-----END/m, "-----END"), "a certificate that cannot be read"],
    ["that is a key", "-----BEGIN RSA PRIVATE KEY-----\n", "a private key"],
    ["that is empty", "", "no certificate in PEM"],
  ])("by Sealed Secrets refuses a certificate %s", (_case, wrong, problem) => {
    const files = {
      "environments/dev.yaml": sealed,
      "certificates/a.pem": sealing,
      "certificates/b.pem": wrong,
    };
    expect(messagesOf(files)).toEqual([
      `environments/dev.yaml:30 spec.nats.delivery.certificates.workload-b: "certificates/b.pem" holds ${problem}, expected the certificate of Sealed Secrets on the cluster: kubeseal --fetch-cert > <file>`,
    ]);
  });

  it("draws no conclusions from certificates to clusters whose names are wrong themselves", () => {
    const files = {
      "environments/dev.yaml": edited(sealed, "- name: workload-b", "- name: Workload-B"),
      "certificates/a.pem": sealing,
    };
    expect(messagesOf(files)).toEqual([
      expect.stringContaining('certificates.workload-b: "certificates/b.pem" cannot be read (ENOENT)'),
      expect.stringContaining('workloadClusters[1].name: is "Workload-B"'),
    ]);
  });
});

describe("what an environment grants", () => {
  const everything = edited(
    CLAIMS,
    SUBSCRIBE,
    '                subscribe: [">"]\n                allowAll: true\n',
  );

  it("is every subject, to the users that it names", () => {
    const directory = projectDirectory({
      "environments/dev.yaml": withNats("    allowAll: [claims/intake/publisher]\n"),
      "teams/claims.yaml": everything,
    });
    const { teams } = loadProject(directory, "dev", NOTHING);
    expect(teams[0]?.systems[0]?.workloads[0]?.nats.users[0]?.subscribe).toEqual([">"]);
  });

  it("is looked for in its own file, not in the team's alone", () => {
    expect(userOf(everything).subscribe).toEqual([">"]);
  });

  it("is not said to be of an unknown user while a team is hidden by a mistake", () => {
    const named = {
      "environments/dev.yaml": withNats("    rotations: [{ user: quoting/calculator/service, epoch: 1 }]\n"),
    };
    expect(messagesOf(named)).toEqual([expect.stringContaining("no team has a NATS user")]);
    for (const hidden of [
      "spec: [",
      edited(CLAIMS.replaceAll("claims", "quoting"), "name: intake", "name: Calculator"),
    ]) {
      const messages = messagesOf({ ...named, "teams/quoting.yaml": hidden });
      expect(messages.every((message) => message.startsWith("teams/quoting.yaml:"))).toBe(true);
    }
  });
});

describe("the rotation of a user", () => {
  const publisher = "claims/intake/publisher";

  it("never comes by itself unless the team says so, and leaves a day of overlap", () => {
    const rotation = credentialRotation(publisher, userOf(CLAIMS), environmentOf(DEV).nats);
    expect(rotation).toEqual({ every: 0, overlap: 86_400, epoch: "0.0" });
    expect(rotateAt(1_760_000_000, rotation)).toBe(0);
  });

  it("is the team's, with the epochs of the team and of the environment", () => {
    const user = userOf(withUser("                rotation: { every: 90d, overlap: 2h, epoch: 3 }\n"));
    const { nats } = environmentOf(
      withNats(`    rotations:
      - { user: claims/intake/other, epoch: 7 }
      - { user: ${publisher}, epoch: 1, reason: laptop stolen }
`),
    );
    const rotation = credentialRotation(publisher, user, nats);
    expect(rotation).toEqual({ every: 7_776_000, overlap: 7200, epoch: "3.1", reason: "laptop stolen" });
    expect(rotateAt(1_760_000_000, rotation)).toBe(1_767_776_000);
  });

  it("may overlap by anything that is shorter than the interval", () => {
    const { rotation } = userOf(withUser("                rotation: { every: 7d, overlap: 167h }\n"));
    expect(rotation).toEqual({ every: "7d", overlap: "167h", epoch: 0 });
  });
});
