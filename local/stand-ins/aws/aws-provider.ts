import type {
  CustomResources,
  KnownResource,
  PluginProvider,
  PropertyFailure,
} from "../plugin/plugin-provider.ts";
import { changedProperties, hasUnknown, type Properties } from "../plugin/property-values.ts";
import { type Caller, callerFrom, signedInAccount } from "./caller.ts";
import { callFunction } from "./functions.ts";
import { localCluster } from "./local-clusters.ts";
import { policyProblem, policyText } from "./policy-documents.ts";
import { refuseIfInUse, refuseIfMissing } from "./refusals.ts";
import { keepsKey, keyOf, pick, visible, withName } from "./resource-naming.ts";
import { isRetagged, outputsOf, scopeFor, unknownOutputs } from "./resource-outputs.ts";
import type { ResourceRule } from "./resource-rule.ts";
import { type ResourceRecord, ResourceStore } from "./resource-store.ts";
import { kindOf, ruleFor, serviceOf } from "./rules.ts";

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
  let configured: Caller | undefined;
  const caller = (): Caller => {
    if (configured === undefined) {
      throw new Error("stand-in for AWS: the provider is not configured");
    }
    return configured;
  };
  return {
    name: "aws",
    version: options.version,
    keepsSecrets: false,
    async configure(configuration) {
      configured = callerFrom(configuration, await signedInAccount(options.directory));
    },
    resources: awsResources(options, caller),
    invoke: (token, args) => Promise.resolve().then(() => callFunction(caller(), token, args)),
  };
}

function awsResources(options: AwsProviderOptions, caller: () => Caller): CustomResources {
  const store = new ResourceStore(options.directory);

  /** Where a resource with these properties lies: every resource may name a region of its own. */
  const callerFor = (properties: Properties): Caller =>
    typeof properties["region"] === "string" ? { ...caller(), region: properties["region"] } : caller();

  const find = async (type: string, old: KnownResource): Promise<ResourceRecord | undefined> => {
    const where = callerFor({ ...old.inputs, ...old.outputs });
    const region = regionOf(ruleFor(type), where);
    const records = await store.ofType(type);
    return records.find(
      (record) => record.id === old.id && record.account === where.account && record.region === region,
    );
  };

  /** A cluster's endpoint and certificate are those of the control plane that plays it, as it runs now. */
  const outputs = async (record: ResourceRecord, where: Caller): Promise<Properties> => {
    const computed = { ...record.computed };
    if (record.type === CLUSTER) {
      const cluster = await localCluster(options.clustersFile, record.id);
      computed["endpoint"] = cluster.server;
      computed["certificateAuthority"] = { data: cluster.certificateAuthority };
    }
    return outputsOf(ruleFor(record.type), where, record.inputs, computed);
  };

  return {
    check(resource, { olds, news, randomSeed }) {
      const rule = ruleFor(resource.type);
      const inputs = withName(rule, resource, { ...news }, olds, randomSeed);
      for (const property of rule.policies ?? []) {
        if (inputs[property] !== undefined) {
          inputs[property] = policyText(inputs[property]);
        }
      }
      return Promise.resolve({ inputs, failures: failuresOf(rule, inputs) });
    },

    diff(resource, { old, news }) {
      const rule = ruleFor(resource.type);
      const changed = changedProperties(visible(old.inputs), visible(news));
      const replaces = changed.filter((property) => rule.immutable?.includes(property));
      const region = old.outputs["region"];
      const moved = rule.global !== true && region !== undefined && region !== callerFor(news).region;
      const retagged = isRetagged(rule, caller(), old.outputs, news);
      return Promise.resolve({
        changed: [...new Set([...changed, ...(retagged ? ["tagsAll"] : []), ...(moved ? ["region"] : [])])],
        replaces: [...new Set([...replaces, ...(moved ? ["region"] : [])])],
        deleteBeforeReplace: replaces.length > 0 && !moved && keepsKey(rule, old.inputs, news),
      });
    },

    async create({ type }, { inputs, preview }) {
      const rule = ruleFor(type);
      const where = callerFor(inputs);
      const scope = scopeFor(rule, where, inputs);
      if (preview) {
        return { id: "", outputs: outputsOf(rule, where, inputs, unknownOutputs(rule, scope)) };
      }
      await refuseIfMissing(store, type, rule, inputs);
      const id = rule.id(scope);
      const record: ResourceRecord = {
        type,
        id,
        account: where.account,
        region: regionOf(rule, where),
        key: keyOf(rule, inputs, id),
        inputs,
        computed: rule.outputs?.({ ...scope, id }) ?? {},
        createdAt: Date.now(),
      };
      const created = { id, outputs: await outputs(record, where) };
      if (!(await store.create(record))) {
        throw new Error(
          `stand-in for AWS: ${nameOf(type, record.key)} already exists in account ${record.account}, region ${record.region}`,
        );
      }
      return created;
    },

    async read({ type }, old) {
      const record = await find(type, old);
      return record === undefined
        ? undefined
        : { id: old.id, inputs: record.inputs, outputs: await outputs(record, callerFor(record.inputs)) };
    },

    async update({ type }, { old, news, preview }) {
      const rule = ruleFor(type);
      const where = callerFor(news);
      if (preview) {
        const computed = Object.keys(old.outputs).filter((key) => !(key in old.inputs));
        return outputsOf(rule, where, news, pick(old.outputs, computed));
      }
      const record = await find(type, old);
      if (record === undefined) {
        throw new Error(`stand-in for AWS: ${nameOf(type, old.id)} does not exist`);
      }
      await refuseIfMissing(store, type, rule, news);
      const updated = { ...record, inputs: news };
      await store.replace(updated);
      return outputs(updated, where);
    },

    async delete({ type }, old) {
      const record = await find(type, old);
      if (record !== undefined) {
        await refuseIfInUse(store, ruleFor(type), record);
        await store.remove(record);
      }
    },
  };
}

function regionOf(rule: ResourceRule, where: Caller): string {
  return rule.global === true ? "global" : where.region;
}

function nameOf(type: string, key: string): string {
  return `${serviceOf(type)} ${kindOf(type)} "${key}"`;
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
  return [...missing, ...malformed, ...[rule.refused?.(inputs) ?? []].flat()];
}
