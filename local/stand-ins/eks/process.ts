import { request } from "node:https";
import type { Layout } from "../../layout.ts";
import type { Ports } from "../../ports.ts";
import type { ProcessSpec } from "../../processes/process-spec.ts";
import { typescriptProgram } from "../typescript-program.ts";
import { reviewPath } from "./authenticator.ts";

/** What the process is made from. */
export interface EksAuthenticatorOptions {
  readonly layout: Layout;
  readonly ports: Ports;
  /** The CA certificate, PEM; it has signed a certificate for 127.0.0.1 named `eks-authenticator`. */
  readonly pki: { readonly caCertificate: string };
}

/** Name of its port. */
const PORT = "eks-authenticator";

/** The URL at which the API server of the EKS cluster `eksName` has tokens reviewed. */
export function authenticatorUrl(ports: Ports, eksName: string): string {
  return `https://127.0.0.1:${ports(PORT)}${reviewPath(eksName)}`;
}

/** The stand-in of EKS's authenticator, for all local API servers. Ready when it answers with a certificate of the local CA. */
export function eksAuthenticator({ layout, ports, pki }: EksAuthenticatorOptions): ProcessSpec {
  const port = ports(PORT);
  return {
    name: "stand-in-eks-authenticator",
    ...typescriptProgram(new URL("./main.ts", import.meta.url), [String(port)]),
    env: { HAULWAY_LOCAL_DIR: layout.root },
    port,
    ready: (signal) => answers(port, pki.caCertificate, signal),
  };
}

function answers(port: number, ca: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/healthz", ca, signal }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    })
      .once("error", reject)
      .end();
  });
}
