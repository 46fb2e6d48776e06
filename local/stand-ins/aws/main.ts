import { join } from "node:path";
import { startPlugin } from "../plugin/start-plugin.ts";
import { awsProvider } from "./aws-provider.ts";

declare const PACKAGE_VERSIONS: { readonly aws: string };

void startPlugin("AWS", (localDir) =>
  awsProvider({
    version: PACKAGE_VERSIONS.aws,
    directory: join(localDir, "aws"),
    clustersFile: join(localDir, "clusters.json"),
  }),
);
