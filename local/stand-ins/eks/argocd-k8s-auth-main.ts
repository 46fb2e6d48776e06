import { layout } from "../../layout.ts";
import { requireLocalEnvironment } from "../local-only.ts";
import { execCredential } from "./argocd-k8s-auth.ts";
import { ensureTokenKey } from "./token.ts";

async function main(): Promise<void> {
  const paths = layout(requireLocalEnvironment("Argo CD's helper argocd-k8s-auth", process.env));
  const credential = await execCredential({
    args: process.argv.slice(2),
    awsDirectory: paths.aws,
    key: await ensureTokenKey(paths.eks),
    now: Math.floor(Date.now() / 1000),
  });
  process.stdout.write(credential);
}

main().catch((error: unknown) => {
  process.stderr.write(
    `stand-in of argocd-k8s-auth: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
