import { layout } from "../../layout.ts";
import { requireLocalEnvironment } from "../local-only.ts";
import { startAuthenticator } from "./authenticator.ts";
import { CERTIFICATE } from "./certificate.ts";

async function main(): Promise<void> {
  const paths = layout(requireLocalEnvironment("EKS's authenticator", process.env));
  const port = Number(process.argv[2]);
  await startAuthenticator({
    port,
    certificateFile: paths.pki.certificate(CERTIFICATE),
    keyFile: paths.pki.key(CERTIFICATE),
    eksDirectory: paths.eks,
    awsDirectory: paths.aws,
    onRefusal: (message) => process.stderr.write(`${message}\n`),
  });
  process.stdout.write(`Stand-in of EKS's authenticator (not the real one) on 127.0.0.1:${port}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
