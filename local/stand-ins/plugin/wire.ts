import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "./property-values.ts";

/** The properties in a protobuf structure; none for an absent one. */
export function fromStruct(value: InstanceType<typeof struct.Struct> | undefined): Properties {
  return value === undefined ? {} : value.toJavaScript();
}

/** A protobuf structure of the properties. Absent ones are left out: a structure has no "undefined". */
export function toStruct(value: Properties): InstanceType<typeof struct.Struct> {
  const plain = JSON.parse(JSON.stringify(value)) as Parameters<typeof struct.Struct.fromJavaScript>[0];
  return struct.Struct.fromJavaScript(plain);
}
