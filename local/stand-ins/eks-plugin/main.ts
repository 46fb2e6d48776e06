import { join } from "node:path";
import { startPlugin } from "../plugin/start-plugin.ts";
import { eksComponents } from "./eks-components.ts";

declare const PACKAGE_VERSIONS: { readonly eks: string };

void startPlugin("EKS", (localDir) =>
  eksComponents({ version: PACKAGE_VERSIONS.eks, clustersFile: join(localDir, "clusters.json") }),
);
