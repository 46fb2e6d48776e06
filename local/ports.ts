/** The port of the local environment that goes by a name, for example `nats`; chosen at the first start, the same from then on. */
export type Ports = (name: string) => number;
