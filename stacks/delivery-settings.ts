import { readFile } from "node:fs/promises";
import type { DeliverySettings } from "../components/nats/deliveries/deliver-credentials.ts";
import { wrongSealingCertificate } from "../model/certificate.ts";
import { type NatsSettings, natsDelivery } from "../model/nats.ts";
import { UserError } from "../model/user-error.ts";

/**
 * How the credentials of NATS users reach the clusters, with the certificates that the environment names read from their files
 * (relative to the working directory, which is the project's).
 *
 * @throws UserError if a certificate cannot be read, or is none
 */
export async function loadDeliverySettings(nats: Pick<NatsSettings, "delivery">): Promise<DeliverySettings> {
  const delivery = natsDelivery(nats);
  if (delivery.kind !== "sealedSecret") return delivery;
  const certificates = await Promise.all(
    Object.entries(delivery.certificates).map(
      async ([cluster, file]) => [cluster, await readCertificate(cluster, file)] as const,
    ),
  );
  return { ...delivery, certificates: Object.fromEntries(certificates) };
}

async function readCertificate(cluster: string, file: string): Promise<string> {
  const place = `spec.nats.delivery.certificates.${cluster} of the environment`;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`The certificate of cluster ${cluster} cannot be read: ${reason}. Check ${place}.`);
  }
  const problem = wrongSealingCertificate(text);
  if (problem === undefined) return text;
  throw new UserError(`The file ${file} ${problem}. Check ${place}.`);
}
