/**
 * A resource as a reader recognises it: `Namespace claims` for
 * `urn:pulumi:dev::haulway::…$kubernetes:core/v1:Namespace::claims`. Text that is no URN is given back as it is.
 */
export function describeResource(urn: string): string {
  const [, , qualifiedType, ...name] = urn.split("::");
  if (qualifiedType === undefined || name.length === 0) return urn;
  const type = qualifiedType.split("$").at(-1)?.split(":").at(-1) ?? "";
  return `${type} ${name.join("::")}`;
}
