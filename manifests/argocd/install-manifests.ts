import { UserError } from "../../model/user-error.ts";
import { SETTINGS_CONFIG_MAP } from "./settings.ts";

/** The official install manifests of Argo CD, without what Haulway makes by other means. Both are YAML documents. */
export interface InstallManifests {
  /** What the controllers use: ServiceAccounts, RBAC, ConfigMaps, Secrets, NetworkPolicies. */
  readonly foundation: string;
  /** The controllers, Deployments and a StatefulSet, and the Services in front of them. */
  readonly controllers: string;
}

/** A Service belongs here as well: Pulumi waits until there are pods behind it. */
const CONTROLLER_KINDS: ReadonlySet<string | undefined> = new Set(["Deployment", "StatefulSet", "Service"]);

const IMAGE = /^\s*(?:- )?image: \S*\/argocd:(?<version>\S+)$/gm;

/**
 * Divides Argo CD's install manifests into what has to exist before the controllers and the controllers, and leaves out the
 * CustomResourceDefinitions, which are applied in another way, and the ConfigMap with the settings, which is one of Haulway's
 * own resources.
 *
 * The documents are told apart by their text and never parsed: the three definitions are 1.4 of the file's 1.5 MB, and
 * parsing them costs seconds. The file is one that a tool wrote, with one `kind:` at the left edge of each document.
 *
 * @param text the whole file
 * @param location where it came from, for messages
 * @param version the version that the environment asks for, such as `v3.2.0`
 * @throws UserError if it is not Argo CD's install manifest, or one of another version
 */
export function selectInstallManifests(text: string, location: string, version: string): InstallManifests {
  const documents = text.split(/^---[ \t]*$/m).filter((document) => document.trim() !== "");
  const kinds = documents.map(kindOf);
  if (!kinds.includes("CustomResourceDefinition") || !kinds.includes("StatefulSet")) {
    throw new UserError(
      `${location} is not an install manifest of Argo CD: expected CustomResourceDefinitions and a StatefulSet among its documents. ` +
        "Set spec.argocd.manifests of the environment to the manifests/install.yaml of a release.",
    );
  }
  const found = new Set([...text.matchAll(IMAGE)].map((match) => match.groups?.["version"] ?? ""));
  if (!found.has(version) || found.size > 1) {
    throw new UserError(
      `${location} installs Argo CD ${[...found].join(", ") || "of an unknown version"}, expected ${version} (spec.argocd.version of the environment). ` +
        "Set version and manifests to the same release.",
    );
  }
  const select = (wanted: (document: string, kind: string | undefined) => boolean): string =>
    documents.filter((document, index) => wanted(document, kinds[index])).join("---");
  return {
    foundation: select((document, kind) => !CONTROLLER_KINDS.has(kind) && !isMadeOtherwise(document, kind)),
    controllers: select((_, kind) => CONTROLLER_KINDS.has(kind)),
  };
}

function isMadeOtherwise(document: string, kind: string | undefined): boolean {
  return (
    kind === "CustomResourceDefinition" || (kind === "ConfigMap" && nameOf(document) === SETTINGS_CONFIG_MAP)
  );
}

function kindOf(document: string): string | undefined {
  return /^kind: (\S+)$/m.exec(document)?.[1];
}

/** The value of `metadata.name`: the one `name:` that is indented as a field of a top-level map and stands under `metadata:`. */
function nameOf(document: string): string | undefined {
  const metadata = /^metadata:\n(?<fields>(?: .*\n?)*)/m.exec(document)?.groups?.["fields"] ?? "";
  return /^ {2}name: (\S+)$/m.exec(metadata)?.[1];
}
