import { randomBytes, randomInt } from "node:crypto";
import { join } from "node:path";
import type { PluginProvider, PropertyFailure, ResourceIdentity } from "../plugin/plugin-provider.ts";
import {
  changedProperties,
  hasUnknown,
  isObject,
  type Properties,
  UNKNOWN,
} from "../plugin/property-values.ts";
import { type Caller, callerFrom, signedInAccount } from "./caller.ts";
import { callFunction } from "./functions.ts";
import { localCluster } from "./local-clusters.ts";
import { policyProblem, policyText } from "./policy-documents.ts";
import { refuseIfInUse, refuseIfMissing } from "./refusals.ts";
import type { IdentifiedScope, ResourceRule, Scope } from "./resource-rule.ts";
import { type ResourceAddress, type ResourceRecord, ResourceStore } from "./resource-store.ts";
import { kindOf, ruleFor, serviceOf } from "./rules.ts";

/** Names that were filled in, not written by the program; the same mark that the real provider uses. */
const DEFAULTS = "__defaults";
const CLUSTER = "aws:eks/cluster:Cluster";

/** What a stand-in for AWS is made from. */
export interface AwsProviderOptions {
  /** Version of the npm package @pulumi/aws. */
  readonly version: string;
  /** Directory of what exists, `.local/aws`. */
  readonly directory: string;
  /** `.local/clusters.json` */
  readonly clustersFile: string;
}

/** The stand-in for the plugin `aws`: all resource types, on files; see `ResourceRule` for what it knows of them. */
export function awsProvider(options: AwsProviderOptions): PluginProvider {
  const store = new ResourceStore(options.directory);
  let configured: Caller | undefined;

  const caller = (): Caller => {
    if (configured === undefined) {
      throw new Error("stand-in for AWS: the provider is not configured");
    }
    return configured;
  };
  const callerFor = (inputs: Properties): Caller =>
    typeof inputs["region"] === "string" ? { ...caller(), region: inputs["region"] } : caller();

  return {
    name: "aws",
    version: options.version,
    keepsSecrets: false,

    async configure(configuration) {
      configured = callerFrom(configuration, await signedInAccount(options.directory));
    },

    resources: {
      async check(resource, { olds, news, randomSeed }) {
        const rule = ruleFor(resource.type);
        const inputs = withName(rule, resource, { ...news }, olds, randomSeed);
        for (const property of rule.policies ?? []) {
          if (inputs[property] !== undefined) {
            inputs[property] = policyText(inputs[property]);
          }
        }
        return { inputs, failures: failuresOf(rule, inputs) };
      },

      async diff(resource, { old, news }) {
        const { inputs: oldInputs, outputs: oldOutputs } = old;
        const rule = ruleFor(resource.type);
        const region = rule.global === true ? undefined : callerFor(news).region;
        const moved =
          region !== undefined && oldOutputs["region"] !== undefined && oldOutputs["region"] !== region;
        const changed = changedProperties(visible(oldInputs), visible(news));
        const retagged = rule.untagged !== true && tagsDiffer(oldOutputs["tagsAll"], tagsAll(caller(), news));
        const replaces = changed.filter((property) => rule.immutable?.includes(property));
        return {
          changed: [
            ...changed,
            ...(retagged && !changed.includes("tags") ? ["tagsAll"] : []),
            ...(moved ? ["region"] : []),
          ],
          replaces: [...replaces, ...(moved ? ["region"] : [])],
          deleteBeforeReplace: replaces.length > 0 && !moved && keepsKey(rule, oldInputs, news),
        };
      },

      async create(resource, { inputs, preview }) {
        const rule = ruleFor(resource.type);
        const where = callerFor(inputs);
        if (preview) {
          return {
            id: "",
            outputs: outputs(rule, where, inputs, unknowns(rule, scopeFor(rule, where, inputs))),
          };
        }
        await refuseIfMissing(store, resource.type, rule, inputs);
        const scope = scopeFor(rule, where, inputs);
        const identified: IdentifiedScope = { ...scope, id: rule.id(scope) };
        const record: ResourceRecord = {
          ...addressOf(resource.type, rule, where, inputs, identified.id),
          id: identified.id,
          inputs,
          computed: rule.outputs?.(identified) ?? {},
        };
        const connection = await connectionOf(options, record);
        if (!(await store.create(record))) {
          throw new Error(
            `stand-in for AWS: ${serviceOf(resource.type)} ${kindOf(resource.type)} "${record.key}" already exists in account ${record.account}, region ${record.region}`,
          );
        }
        return {
          id: record.id,
          outputs: outputs(rule, where, inputs, { ...record.computed, ...connection }),
        };
      },

      async read(resource, { id, inputs }) {
        const rule = ruleFor(resource.type);
        const record = await find(store, resource.type, callerFor(inputs), rule, id);
        if (record === undefined) {
          return undefined;
        }
        const where = callerFor(record.inputs);
        const connection = await connectionOf(options, record);
        return {
          id,
          inputs: record.inputs,
          outputs: outputs(rule, where, record.inputs, { ...record.computed, ...connection }),
        };
      },

      async update(resource, { old, news, preview }) {
        const { id, inputs: oldInputs, outputs: oldOutputs } = old;
        const rule = ruleFor(resource.type);
        const where = callerFor(news);
        if (preview) {
          const computed = Object.keys(oldOutputs).filter((key) => !(key in oldInputs));
          return outputs(rule, where, news, pick(oldOutputs, computed));
        }
        const record = await find(store, resource.type, where, rule, id);
        if (record === undefined) {
          throw new Error(
            `stand-in for AWS: ${serviceOf(resource.type)} ${kindOf(resource.type)} "${id}" does not exist`,
          );
        }
        await refuseIfMissing(store, resource.type, rule, news);
        await store.replace({ ...record, inputs: news });
        return outputs(rule, where, news, { ...record.computed, ...(await connectionOf(options, record)) });
      },

      async delete(resource, { id, inputs }) {
        const rule = ruleFor(resource.type);
        const record = await find(store, resource.type, callerFor(inputs), rule, id);
        if (record === undefined) {
          return;
        }
        await refuseIfInUse(store, rule, record);
        await store.remove(record);
      },
    },

    async invoke(token, args) {
      return callFunction(caller(), token, args);
    },
  };
}

function withName(
  rule: ResourceRule,
  resource: ResourceIdentity,
  inputs: Properties,
  olds: Properties,
  randomSeed: Uint8Array,
): Properties {
  const property = rule.name;
  if (property === undefined || inputs[property] !== undefined) {
    return inputs;
  }
  const prefix = inputs[`${property}Prefix`];
  const seed = randomSeed.length > 0 ? randomSeed : randomBytes(4);
  const suffix = Buffer.from(seed).toString("hex").slice(0, 7);
  const kept = isNamedByDefault(olds, property) ? olds[property] : undefined;
  const drawn = `${typeof prefix === "string" ? prefix : `${resource.name}-`}${suffix}`;
  return { ...inputs, [property]: kept ?? drawn, [DEFAULTS]: [property] };
}

function isNamedByDefault(inputs: Properties, property: string): boolean {
  const defaults = inputs[DEFAULTS];
  return Array.isArray(defaults) && defaults.includes(property);
}

function failuresOf(rule: ResourceRule, inputs: Properties): readonly PropertyFailure[] {
  const missing = (rule.required ?? [])
    .filter((property) => inputs[property] === undefined || inputs[property] === null)
    .map((property) => ({ property, reason: `missing required property "${property}"` }));
  const malformed = (rule.policies ?? []).flatMap((property) => {
    const text = inputs[property];
    const problem = typeof text === "string" && !hasUnknown(text) ? policyProblem(text) : undefined;
    return problem === undefined ? [] : [{ property, reason: problem }];
  });
  return [...missing, ...malformed];
}

/** Whether the new one would have the place of the old one, which then has to go first. Drawn names never do. */
function keepsKey(rule: ResourceRule, olds: Properties, news: Properties): boolean {
  const key = rule.unique ?? (rule.name === undefined ? [] : [rule.name]);
  if (key.length === 0 || (rule.name !== undefined && isNamedByDefault(news, rule.name))) {
    return false;
  }
  return changedProperties(pick(olds, key), pick(news, key)).length === 0;
}

function scopeFor(rule: ResourceRule, where: Caller, inputs: Properties): Scope {
  const text = (property: string): string => {
    const value = inputs[property];
    return typeof value === "string" ? value : "";
  };
  return {
    ...where,
    inputs,
    text,
    name: rule.name === undefined ? "" : text(rule.name),
    hex: (length) => randomBytes(length).toString("hex").slice(0, length),
    letters: (length) =>
      Array.from({ length }, () => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[randomInt(32)]).join(""),
  };
}

function addressOf(
  type: string,
  rule: ResourceRule,
  where: Caller,
  inputs: Properties,
  id: string,
): ResourceAddress {
  const unique = rule.unique ?? (rule.name === undefined ? [] : [rule.name]);
  const values = unique
    .map((property) => inputs[property])
    .map((value) => (typeof value === "string" ? value : ""));
  const key = values.some((value) => value !== "") ? values.filter((value) => value !== "").join(" ") : id;
  return { type, account: where.account, region: rule.global === true ? "global" : where.region, key };
}

async function find(
  store: ResourceStore,
  type: string,
  where: Caller,
  rule: ResourceRule,
  id: string,
): Promise<ResourceRecord | undefined> {
  const region = rule.global === true ? "global" : where.region;
  const records = await store.ofType(type);
  return records.find(
    (record) => record.id === id && record.account === where.account && record.region === region,
  );
}

/** A cluster's endpoint and certificate are those of the control plane that plays it, as it runs now. */
async function connectionOf(options: AwsProviderOptions, record: ResourceRecord): Promise<Properties> {
  if (record.type !== CLUSTER) {
    return {};
  }
  const cluster = await localCluster(options.clustersFile, record.id);
  return { endpoint: cluster.server, certificateAuthority: { data: cluster.certificateAuthority } };
}

function outputs(rule: ResourceRule, where: Caller, inputs: Properties, computed: Properties): Properties {
  return {
    ...merged(computed, visible(inputs)),
    ...(rule.untagged === true ? {} : { tagsAll: tagsAll(where, inputs) }),
    ...(rule.global === true ? {} : { region: where.region }),
  };
}

/** In a preview, what AWS would draw is not known. */
function unknowns(rule: ResourceRule, scope: Scope): Properties {
  const computed = Object.keys(rule.outputs?.({ ...scope, id: "" }) ?? {});
  return Object.fromEntries(computed.map((property) => [property, UNKNOWN]));
}

function tagsAll(where: Caller, inputs: Properties): Properties {
  return { ...where.defaultTags, ...(isObject(inputs["tags"]) ? inputs["tags"] : {}) };
}

function tagsDiffer(olds: unknown, news: Properties): boolean {
  return isObject(olds) && changedProperties(olds, news).length > 0;
}

/** `base` with everything of `top` over it, objects field by field. */
function merged(base: Properties, top: Properties): Properties {
  const result = { ...base };
  for (const [key, value] of Object.entries(top)) {
    const below = result[key];
    result[key] = isObject(below) && isObject(value) ? merged(below, value) : value;
  }
  return result;
}

function visible(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== DEFAULTS));
}

function pick(properties: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(keys.filter((key) => key in properties).map((key) => [key, properties[key]]));
}

/** Directory of the stand-in's data in the local directory. */
export function awsDirectory(localDir: string): string {
  return join(localDir, "aws");
}
