import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy.js";
import { Repository } from "@pulumi/aws/ecr/repository.js";
import * as pulumi from "@pulumi/pulumi";
import { imageLifecyclePolicy } from "../../manifests/registry.ts";

/** One repository. */
export interface WorkloadRepositoryArgs {
  /** Name in ECR, such as `dev/claims/intake`. */
  readonly repositoryName: string;
}

/**
 * The ECR repository of a workload: tags that never move, images scanned when they are pushed, old ones expired. It goes with
 * the workload, images and all.
 */
export class WorkloadRepository extends pulumi.ComponentResource {
  /** What an image's name begins with, before the colon and the tag. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: WorkloadRepositoryArgs, options?: pulumi.ComponentResourceOptions) {
    super("haulway:registry:WorkloadRepository", name, {}, options);
    const repository = new Repository(
      `${name}-repository`,
      {
        name: args.repositoryName,
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: "AES256" }],
        forceDelete: true,
      },
      { parent: this },
    );
    new LifecyclePolicy(
      `${name}-lifecycle-policy`,
      { repository: repository.name, policy: imageLifecyclePolicy() },
      { parent: this },
    );
    this.url = repository.repositoryUrl;
    this.registerOutputs({ url: this.url });
  }
}
