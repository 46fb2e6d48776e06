import { credentials } from "@grpc/grpc-js";
import providerMessages from "@pulumi/pulumi/proto/provider_pb.js";
import monitorService from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import monitorMessages from "@pulumi/pulumi/proto/resource_pb.js";
import type struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Construction, PluginProvider, RegisteredResource } from "./plugin-provider.ts";
import { hasUnknown, type Properties } from "./property-values.ts";
import { fromStruct, toStruct } from "./wire.ts";

type ConstructRequest = InstanceType<typeof providerMessages.ConstructRequest>;
type RegisterRequest = InstanceType<typeof monitorMessages.RegisterResourceRequest>;
type RegisterResponse = InstanceType<typeof monitorMessages.RegisterResourceResponse>;
type Monitor = InstanceType<typeof monitorService.ResourceMonitorClient>;

/** How a stand-in registers children of other packages. */
export interface ChildPackages {
  /** Version of the npm package by package name; decides which plugin serves a child without an explicit provider. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Answers the engine's request for a component: the provider registers it and its children with the engine. */
export async function construct(
  provider: PluginProvider,
  packages: ChildPackages,
  request: ConstructRequest,
): Promise<InstanceType<typeof providerMessages.ConstructResponse>> {
  if (provider.construct === undefined) {
    throw new Error(
      `${request.getType()} is not in the stand-in for ${provider.name}, which has no components.`,
    );
  }
  const monitor = new monitorService.ResourceMonitorClient(
    request.getMonitorendpoint(),
    credentials.createInsecure(),
  );
  try {
    const registrar = new Registrar(monitor, packages, request);
    const { urn, outputs } = await provider.construct(registrar);
    await registrar.finish(urn, outputs);
    const response = new providerMessages.ConstructResponse();
    response.setUrn(urn);
    response.setState(toStruct(outputs));
    for (const property of Object.keys(outputs)) {
      const dependencies = new providerMessages.ConstructResponse.PropertyDependencies();
      dependencies.setUrnsList([...registrar.urns]);
      response.getStatedependenciesMap().set(property, dependencies);
    }
    return response;
  } finally {
    monitor.close();
  }
}

class Registrar implements Construction {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
  /** Of everything registered, the component first. */
  readonly urns: string[] = [];
  readonly #monitor: Monitor;
  readonly #packages: ChildPackages;
  readonly #request: ConstructRequest;

  constructor(monitor: Monitor, packages: ChildPackages, request: ConstructRequest) {
    this.#monitor = monitor;
    this.#packages = packages;
    this.#request = request;
    this.type = request.getType();
    this.name = request.getName();
    this.inputs = fromStruct(request.getInputs());
  }

  async component(): Promise<string> {
    const request = this.#registration(this.type, this.name, this.#request.getParent(), {});
    request.setAliasesList(this.#request.getAliasesList());
    for (const [name, reference] of this.#request.getProvidersMap().entries() as Iterable<[string, string]>) {
      request.getProvidersMap().set(name, reference);
    }
    return (await this.#register(request)).urn;
  }

  async child(type: string, name: string, inputs: Properties): Promise<RegisteredResource> {
    const known = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
    const request = this.#registration(type, name, this.urns[0] ?? "", known);
    const packageName = type.split(":")[0] ?? "";
    request.setCustom(true);
    request.setVersion(this.#packages.versions[packageName] ?? "");
    request.setProvider(this.#request.getProvidersMap().get(packageName) ?? "");
    const dependencies = this.#inputDependencies();
    request.setDependenciesList([...new Set([...this.#request.getDependenciesList(), ...dependencies])]);
    for (const property of Object.keys(known)) {
      const list = new monitorMessages.RegisterResourceRequest.PropertyDependencies();
      list.setUrnsList(hasUnknown(known[property]) ? [...dependencies] : []);
      request.getPropertydependenciesMap().set(property, list);
    }
    return this.#register(request);
  }

  async lookUp(urn: string): Promise<Properties> {
    const request = new monitorMessages.ResourceInvokeRequest();
    request.setTok("pulumi:pulumi:getResource");
    request.setArgs(toStruct({ urn }));
    request.setAcceptresources(true);
    const answer = await new Promise<InstanceType<typeof providerMessages.InvokeResponse>>(
      (resolve, reject) => {
        this.#monitor.invoke(request, (error, response) =>
          error === null ? resolve(response) : reject(error),
        );
      },
    );
    return (fromStruct(answer.getReturn())["state"] ?? {}) as Properties;
  }

  async finish(urn: string, outputs: Properties): Promise<void> {
    const request = new monitorMessages.RegisterResourceOutputsRequest();
    request.setUrn(urn);
    request.setOutputs(toStruct(outputs));
    await new Promise<void>((resolve, reject) => {
      this.#monitor.registerResourceOutputs(request, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  #registration(type: string, name: string, parent: string, inputs: Properties): RegisterRequest {
    const request = new monitorMessages.RegisterResourceRequest();
    request.setType(type);
    request.setName(name);
    request.setParent(parent);
    request.setObject(toStruct(inputs) satisfies InstanceType<typeof struct.Struct>);
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    request.setAliasspecs(true);
    const protect = this.#request.getProtect();
    if (protect !== undefined) {
      request.setProtect(protect);
    }
    const retainOnDelete = this.#request.getRetainondelete();
    if (retainOnDelete !== undefined) {
      request.setRetainondelete(retainOnDelete);
    }
    return request;
  }

  async #register(request: RegisterRequest): Promise<RegisteredResource> {
    const response = await new Promise<RegisterResponse>((resolve, reject) => {
      this.#monitor.registerResource(request, (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      );
    });
    this.urns.push(response.getUrn());
    return { urn: response.getUrn(), id: response.getId(), outputs: fromStruct(response.getObject()) };
  }

  /** What any input of the component came from. */
  #inputDependencies(): ReadonlySet<string> {
    const all = new Set<string>();
    this.#request.getInputdependenciesMap().forEach((dependencies) => {
      for (const urn of dependencies.getUrnsList()) {
        all.add(urn);
      }
    });
    return all;
  }
}
