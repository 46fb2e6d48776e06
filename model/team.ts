import { z } from "zod";
import { durationSeconds } from "./duration.ts";
import { isUnboundedResource, wildcardAllowance, wildcardInAction } from "./iam-wildcards.ts";
import { instantSeconds } from "./instant.ts";
import { actionSchema, resourceSchema } from "./schema/aws.ts";
import { documentSchema } from "./schema/document.ts";
import { durationSchema } from "./schema/duration.ts";
import { distinctList, flag, integer, text } from "./schema/field.ts";
import { labelsSchema } from "./schema/labels.ts";
import { name } from "./schema/name.ts";
import { wrongSubject } from "./schema/nats-subject.ts";
import type { DeepReadonly } from "./schema/readonly.ts";
import { variablesSchema } from "./schema/variables.ts";

const imageSchema = z
  .strictObject({
    tag: text({
      description:
        "Tag of the image. It must name one build; `latest` is refused, because a commit would not change anything.",
      expected: "the tag of one build, such as 1.4.2",
      wrong: (value) => {
        if (value === "latest") return "does not name one build";
        return /^\w[\w.-]{0,127}$/.test(value) ? undefined : "is not a tag of an image";
      },
    }),
    repository: text({
      description: "Image repository, without a tag. Default: the workload's own ECR repository.",
      expected: "an image repository without a tag, such as public.ecr.aws/nginx/nginx",
      pattern: /^(?:[a-z0-9][a-z0-9.-]*(?::\d{1,5})?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/,
    }).optional(),
  })
  .meta({
    description: "The container image.",
    expected: "a map with the field tag, and if need be repository",
  });

const placementSchema = z
  .strictObject({
    clusters: distinctList(name("Name of a workload cluster.", "workload-a"), {
      description: "Names of workload clusters.",
      expected: "a list of names of workload clusters, such as [workload-a]",
    }).optional(),
    clusterLabels: labelsSchema("Labels that a workload cluster must all have.")
      .refine((labels) => Object.keys(labels).length > 0, { error: "selects nothing" })
      .meta({ minProperties: 1 })
      .optional(),
  })
  .superRefine(({ clusters, clusterLabels }, context) => {
    if (clusters === undefined && clusterLabels === undefined) {
      context.addIssue({ code: "custom", message: "places the workload nowhere" });
    }
  })
  .meta({
    description:
      "The workload clusters that the workload runs on: those named and those that have the labels.",
    expected: "at least one of clusters and clusterLabels",
    minProperties: 1,
  });

const subjectSchema = text({
  description: "A NATS subject that begins with the team's name and a dot, unless the user has `allowAll`.",
  expected: "a NATS subject within the team's prefix, such as claims.events.>",
  wrong: wrongSubject,
});

const rotationSchema = z
  .strictObject({
    every: durationSchema({
      description: "How long credentials are used before new ones are made. Default: for ever.",
      example: "90d",
    }).optional(),
    overlap: durationSchema({
      description:
        "How long the former credentials stay valid at most, once there are new ones. They end sooner, as soon as every pod has the new ones.",
      example: "24h",
    }).default("24h"),
    epoch: integer({
      description:
        "Any change makes new credentials with a new nkey. For a leak, which leaves no time for a pull request: `haulway creds rotate`.",
      expected: "a whole number from 0 to 1000000",
      minimum: 0,
      maximum: 1_000_000,
    }).default(0),
  })
  .superRefine(({ every, overlap }, context) => {
    if (every !== undefined && durationSeconds(overlap) >= durationSeconds(every)) {
      const message = `has an overlap of ${overlap}, which is not shorter than ${every}`;
      const params = { expected: "an overlap that is shorter than every" };
      context.addIssue({ code: "custom", message, params });
    }
  })
  .meta({
    description: "When the user's credentials are made anew.",
    expected: "a map with the fields every, overlap and epoch",
  });

const natsUserSchema = z
  .strictObject({
    name: name("Name of the user within its workload.", "publisher"),
    publish: distinctList(subjectSchema, {
      description:
        "Subjects that the user may publish to. All begin with `<team>.`; nothing else is allowed.",
      expected: "a list of NATS subjects, such as [claims.events.>]",
    }).default([]),
    subscribe: distinctList(subjectSchema, {
      description:
        "Subjects that the user may subscribe to. All begin with `<team>.`. Besides, every user may subscribe to inboxes of its own, whose prefix the container finds in `NATS_INBOX_PREFIX`.",
      expected: "a list of NATS subjects, such as [claims.commands.>]",
    }).default([]),
    respond: flag(
      "Whether the user may answer requests that it receives: one message to the inbox of each, within a minute.",
    ).default(false),
    allowAll: flag(
      "Whether the user may have subjects that do not begin with `<team>.`, up to `>`. Each environment must grant it in `nats.allowAll`.",
    ).default(false),
    expires: text({
      description:
        "When the user ends: its credentials stop working then. Default: never. A time in the past is an error for a new user, and when the time is changed.",
      expected: "a date and a time in UTC, such as 2027-01-31T00:00:00Z",
      wrong: (value) => (instantSeconds(value) === undefined ? "is not a date and a time in UTC" : undefined),
    }).optional(),
    rotation: rotationSchema.prefault({}),
  })
  .superRefine(({ publish, subscribe }, context) => {
    if (publish.length === 0 && subscribe.length === 0) {
      context.addIssue({ code: "custom", message: "may neither publish nor subscribe" });
    }
  })
  .meta({
    description: "A NATS user. Its creds are mounted into the workload's container.",
    expected: "a map with the field name and at least one of publish and subscribe",
  });

/** What a team can do about a wildcard that the platform has not allowed. */
const ASK_FOR_WILDCARD =
  "or an entry with its reason in WILDCARD_ALLOWANCES of model/iam-wildcards.ts, from the platform team";

function isAllowedWildcard(action: string, resource: string): boolean {
  return wildcardAllowance(action, resource, ["teams"]) !== undefined;
}

const permissionSchema = z
  .strictObject({
    actions: distinctList(actionSchema, {
      description: "IAM actions that the workload may do.",
      expected: "a list of IAM actions, such as [s3:GetObject]",
    }),
    resources: distinctList(resourceSchema, {
      description: "The resources that it may do them on.",
      expected: 'a list of ARNs, such as ["arn:aws:s3:::claims-intake/*"]',
    }),
  })
  .superRefine(({ actions, resources }, context) => {
    const refuse = (path: (string | number)[], message: string, named: string) => {
      context.addIssue({
        code: "custom",
        path,
        message,
        params: { expected: `${named}, ${ASK_FOR_WILDCARD}` },
      });
    };
    for (const [index, action] of actions.entries()) {
      const wildcard = wildcardInAction(action);
      if (wildcard?.allowable !== true || resources.every((resource) => isAllowedWildcard(action, resource)))
        continue;
      refuse(["actions", index], wildcard.problem, "named actions, such as s3:GetObject or sqs:Receive*");
    }
    for (const [index, resource] of resources.entries()) {
      if (!isUnboundedResource(resource)) continue;
      const excessive = actions.filter((action) => !isAllowedWildcard(action, resource));
      if (excessive.length === 0) continue;
      const problem = `reaches more than one named thing, with ${excessive.join(", ")}`;
      refuse(["resources", index], problem, "an ARN such as arn:aws:s3:::claims-intake/*");
    }
  })
  .meta({
    description: "A statement of the workload's IAM role.",
    expected: "a map with the fields actions and resources",
  });

const workloadSchema = z
  .strictObject({
    name: name("Name of the workload within its system.", "intake"),
    image: imageSchema,
    placement: placementSchema,
    port: integer({
      description: "Port that the container listens on.",
      expected: "a port from 1 to 65535",
      minimum: 1,
      maximum: 65_535,
    }),
    replicas: z
      .strictObject({
        min: integer({
          description: "Number of pods on each cluster.",
          expected: "a whole number from 1 to 100",
          minimum: 1,
          maximum: 100,
        }),
      })
      .meta({ description: "How many pods.", expected: "a map with the field min" }),
    variables: variablesSchema.default({}),
    nats: z
      .strictObject({
        users: z
          .array(natsUserSchema)
          .default([])
          .meta({ description: "NATS users of the workload.", expected: "a list of NATS users" }),
      })
      .prefault({})
      .meta({ description: "What the workload may do on NATS.", expected: "a map with the field users" }),
    permissions: z.array(permissionSchema).default([]).meta({
      description: "What the workload may do in AWS. Without any, it has a role that allows nothing.",
      expected: "a list of maps with the fields actions and resources",
    }),
  })
  .meta({
    description: "One deployable.",
    expected:
      "a map with the fields name, image, placement, port and replicas, and if need be variables, nats and permissions",
  });

const systemSchema = z
  .strictObject({
    name: name("Name of the system, and of its namespace on every cluster. Unique over all teams.", "claims"),
    workloads: z
      .array(workloadSchema)
      .min(1)
      .meta({ description: "The workloads of the system.", expected: "a list of at least one workload" }),
  })
  .meta({
    description: "A group of workloads that share a namespace.",
    expected: "a map with the fields name and workloads",
  });

const teamSpecSchema = z
  .strictObject({
    groups: z
      .strictObject({
        developers: text({
          description: "Group of the identity provider whose members develop the team's systems.",
          expected: "the name of a group, such as claims-developers, that does not begin with system:",
          wrong: (value) => {
            if (value.trim() !== value || value === "") return "is empty, or begins or ends with a blank";
            return value.startsWith("system:") ? "is a group of Kubernetes itself" : undefined;
          },
        }),
      })
      .meta({ description: "Groups of people.", expected: "a map with the field developers" }),
    systems: z
      .array(systemSchema)
      .min(1)
      .meta({ description: "The systems that the team owns.", expected: "a list of at least one system" }),
  })
  .meta({ description: "What the team owns.", expected: "a map with the fields groups and systems" });

/** Schema of a file `teams/<name>.yaml`. */
export const teamSchema = documentSchema(
  "Team",
  {
    description: "Name of the team: the name of its file, and the first token of its NATS subjects.",
    nameExample: "claims",
  },
  teamSpecSchema,
);

/** What a team owns, in every environment: the content of `teams/<name>.yaml`, validated. */
export interface Team extends DeepReadonly<z.output<typeof teamSpecSchema>> {
  /** `metadata.name`, which is also the name of the file. */
  readonly name: string;
}

/** A group of workloads that share a namespace on every workload cluster they run on. */
export interface System extends DeepReadonly<z.output<typeof systemSchema>> {}

/** One deployable. */
export interface Workload extends DeepReadonly<z.output<typeof workloadSchema>> {}

/** A NATS user of a workload: the subjects it may use, and how long its credentials last. */
export interface NatsUserSpec extends DeepReadonly<z.output<typeof natsUserSchema>> {}

/** A statement of a workload's IAM role. */
export interface Permission extends DeepReadonly<z.output<typeof permissionSchema>> {}
