/** How many images of a workload are kept: enough to go back by months, few enough to pay for. */
const KEPT_IMAGES = 100;

/** How many days an image that has lost its tag is kept; it can no longer be asked for by a manifest. */
const UNTAGGED_DAYS = 14;

/** Lifecycle policy of a workload's ECR repository, as JSON. */
export function imageLifecyclePolicy(): string {
  return JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        description: "Untagged images",
        selection: {
          tagStatus: "untagged",
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: UNTAGGED_DAYS,
        },
        action: { type: "expire" },
      },
      {
        rulePriority: 2,
        description: "All but the newest images",
        selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: KEPT_IMAGES },
        action: { type: "expire" },
      },
    ],
  });
}
