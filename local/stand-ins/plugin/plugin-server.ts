import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { type ChildPackages, construct } from "./construction.ts";
import type { CustomResources, KnownResource, PluginProvider, ResourceIdentity } from "./plugin-provider.ts";
import { fromStruct, toStruct } from "./wire.ts";

const MAXIMUM_MESSAGE_BYTES = 400 * 1024 * 1024;

/**
 * Serves `provider` to the engine on a free port of 127.0.0.1 and resolves to that port.
 *
 * Pulumi's own `main()` passes neither the provider's configuration nor the preview flag on, and prints a stack trace with every
 * refusal. Both matter here, so this speaks the protocol itself.
 */
export function servePlugin(provider: PluginProvider, packages: ChildPackages): Promise<number> {
  const server = new Server({ "grpc.max_receive_message_length": MAXIMUM_MESSAGE_BYTES });
  server.addService(service.ResourceProviderService, implementation(provider, packages));
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) {
        resolve(port);
      } else {
        reject(error);
      }
    });
  });
}

function implementation(provider: PluginProvider, packages: ChildPackages): UntypedServiceImplementation {
  return {
    ...configurationMethods(provider),
    ...(provider.resources === undefined
      ? {}
      : { ...changeMethods(provider.resources), ...lifecycleMethods(provider.resources) }),
    construct: unary((request: InstanceType<typeof messages.ConstructRequest>) =>
      construct(provider, packages, request),
    ),
    invoke: unary(async (request: InstanceType<typeof messages.InvokeRequest>) => {
      if (provider.invoke === undefined) {
        throw new Error(`The function ${request.getTok()} is not in the stand-in for ${provider.name}.`);
      }
      const response = new messages.InvokeResponse();
      response.setReturn(toStruct(await provider.invoke(request.getTok(), fromStruct(request.getArgs()))));
      return response;
    }),
  };
}

function configurationMethods(provider: PluginProvider): UntypedServiceImplementation {
  return {
    getPluginInfo: unary(() => {
      const response = new pluginMessages.PluginInfo();
      response.setVersion(provider.version);
      return response;
    }),
    attach: unary(() => new empty.Empty()),
    cancel: unary(() => {
      provider.cancel?.();
      return new empty.Empty();
    }),
    checkConfig: unary((request: InstanceType<typeof messages.CheckRequest>) => {
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary((request: InstanceType<typeof messages.DiffRequest>) => {
      const changed =
        JSON.stringify(fromStruct(request.getOldInputs())) !== JSON.stringify(fromStruct(request.getNews()));
      const response = new messages.DiffResponse();
      response.setChanges(
        changed ? messages.DiffResponse.DiffChanges.DIFF_SOME : messages.DiffResponse.DiffChanges.DIFF_NONE,
      );
      return response;
    }),
    configure: unary(async (request: InstanceType<typeof messages.ConfigureRequest>) => {
      await provider.configure?.(
        Object.fromEntries(
          Object.entries(fromStruct(request.getArgs())).filter(
            (entry): entry is [string, string] => typeof entry[1] === "string",
          ),
        ),
      );
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(provider.keepsSecrets);
      response.setAcceptresources(provider.construct !== undefined);
      response.setSupportspreview(true);
      return response;
    }),
  };
}

function changeMethods(resources: CustomResources): UntypedServiceImplementation {
  return {
    check: unary(async (request: InstanceType<typeof messages.CheckRequest>) => {
      const { inputs, failures } = await resources.check(identity(request), {
        olds: fromStruct(request.getOlds()),
        news: fromStruct(request.getNews()),
        randomSeed: request.getRandomseed_asU8(),
      });
      const response = new messages.CheckResponse();
      response.setInputs(toStruct(inputs));
      response.setFailuresList(
        failures.map(({ property, reason }) => {
          const failure = new messages.CheckFailure();
          failure.setProperty(property);
          failure.setReason(reason);
          return failure;
        }),
      );
      return response;
    }),
    diff: unary(async (request: InstanceType<typeof messages.DiffRequest>) => {
      const difference = await resources.diff(identity(request), {
        old: known(request.getId(), request.getOldInputs(), request.getOlds()),
        news: fromStruct(request.getNews()),
      });
      const { DIFF_SOME, DIFF_NONE } = messages.DiffResponse.DiffChanges;
      const response = new messages.DiffResponse();
      response.setChanges(difference.changed.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList([...difference.changed]);
      response.setReplacesList([...difference.replaces]);
      response.setDeletebeforereplace(difference.deleteBeforeReplace);
      return response;
    }),
  };
}

function lifecycleMethods(resources: CustomResources): UntypedServiceImplementation {
  return {
    create: unary(async (request: InstanceType<typeof messages.CreateRequest>) => {
      const created = await resources.create(identity(request), {
        inputs: fromStruct(request.getProperties()),
        preview: request.getPreview(),
      });
      const response = new messages.CreateResponse();
      response.setId(created.id);
      response.setProperties(toStruct(created.outputs));
      return response;
    }),
    read: unary(async (request: InstanceType<typeof messages.ReadRequest>) => {
      const found = await resources.read(
        identity(request),
        known(request.getId(), request.getInputs(), request.getProperties()),
      );
      const response = new messages.ReadResponse();
      if (found !== undefined) {
        response.setId(found.id);
        response.setInputs(toStruct(found.inputs));
        response.setProperties(toStruct(found.outputs));
      }
      return response;
    }),
    update: unary(async (request: InstanceType<typeof messages.UpdateRequest>) => {
      const outputs = await resources.update(identity(request), {
        old: known(request.getId(), request.getOldInputs(), request.getOlds()),
        news: fromStruct(request.getNews()),
        preview: request.getPreview(),
      });
      const response = new messages.UpdateResponse();
      response.setProperties(toStruct(outputs));
      return response;
    }),
    delete: unary(async (request: InstanceType<typeof messages.DeleteRequest>) => {
      await resources.delete(
        identity(request),
        known(request.getId(), request.getOldInputs(), request.getProperties()),
      );
      return new empty.Empty();
    }),
  };
}

function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): (call: { request: Request }, callback: sendUnaryData<Response>) => void {
  return (call, callback) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) }),
      );
  };
}

function identity(request: { getUrn(): string; getType(): string; getName(): string }): ResourceIdentity {
  return { urn: request.getUrn(), type: request.getType(), name: request.getName() };
}

type Structure = Parameters<typeof fromStruct>[0];

function known(id: string, inputs: Structure, outputs: Structure): KnownResource {
  return { id, inputs: fromStruct(inputs), outputs: fromStruct(outputs) };
}
