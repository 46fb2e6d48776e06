import { ProviderError } from "../provider-error.js";

/** One definition: its name, and its document as it was written. */
export interface Definition {
  readonly name: string;
  /** YAML of one document. */
  readonly text: string;
}

/**
 * The CustomResourceDefinitions in a file of YAML documents, found by their text: such files hold megabytes of schemas
 * that nobody here has to understand, and parsing them takes seconds.
 *
 * @param place the file, for the message
 * @throws ProviderError when there is none, or one without a name
 */
export function findDefinitions(manifests: string, place: string): Definition[] {
  const definitions = manifests
    .replaceAll("\r\n", "\n")
    .split(/^---(?:[ \t].*)?$/m)
    .filter((text) => /^kind:[ \t]*["']?CustomResourceDefinition["']?[ \t]*(?:#.*)?$/m.test(text))
    .map((text) => ({ name: nameOf(text, place), text }));
  if (definitions.length === 0) {
    throw new ProviderError(`${place} holds no CustomResourceDefinition. Check that it is the right file.`);
  }
  return definitions.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nameOf(text: string, place: string): string {
  const metadata = /^metadata:[ \t]*\n((?:(?:[ \t].*)?\n)*)/m.exec(text)?.[1] ?? "";
  const indentation = /^[ \t]+(?=[^ \t#])/m.exec(metadata)?.[0] ?? "";
  const name = new RegExp(`^${indentation}name:[ \\t]*["']?([a-z0-9.-]+)["']?[ \\t]*(?:#.*)?$`, "m").exec(
    metadata,
  )?.[1];
  if (name === undefined) {
    throw new ProviderError(`${place} holds a CustomResourceDefinition without metadata.name.`);
  }
  return name;
}
