import type * as pulumi from "@pulumi/pulumi";
import { ForwardedResource } from "../forwarded-resource.ts";

/** Which definitions to install, and where. */
export interface CustomResourceDefinitionsArgs {
  /** Path (relative to the project, or absolute) or https URL of a YAML file. Its other documents are left alone. */
  readonly manifests: pulumi.Input<string>;
  /** SHA-256 of that file, 64 hexadecimal digits: the file is refused when it differs, and applied when it changes. */
  readonly sha256: pulumi.Input<string>;
  /** Kubeconfig of the cluster, as text. */
  readonly kubeconfig: pulumi.Input<string>;
}

/**
 * The CustomResourceDefinitions of one manifest file, applied server-side and awaited until they are established.
 *
 * One small resource keyed by the file's hash: as ordinary resources, large definitions cost seconds on every preview
 * and megabytes of state. Deleting the resource deletes these definitions and, as Kubernetes does, all their objects.
 */
export class CustomResourceDefinitions extends ForwardedResource {
  /** Names of the definitions, for example `applications.argoproj.io`, sorted. */
  declare readonly names: pulumi.Output<string[]>;

  constructor(name: string, args: CustomResourceDefinitionsArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "customResourceDefinitions",
      "CustomResourceDefinitions",
      name,
      { ...args, names: undefined },
      options,
    );
  }
}
