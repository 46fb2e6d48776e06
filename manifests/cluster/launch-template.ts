/** Size of a node's root volume in GiB: images and logs of 110 pods. */
const ROOT_VOLUME_GIB = 50;

/** Where Amazon Linux 2023 has its root volume. */
const ROOT_DEVICE = "/dev/xvda";

/**
 * What every node starts with: an encrypted root volume, and instance metadata only for those who ask with a session's token from
 * the node itself. A pod with a network of its own is one hop further away and never gets the node's credentials.
 */
export const NODE_LAUNCH_TEMPLATE = {
  metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
  blockDeviceMappings: [
    {
      deviceName: ROOT_DEVICE,
      ebs: {
        volumeType: "gp3",
        volumeSize: ROOT_VOLUME_GIB,
        encrypted: "true",
        deleteOnTermination: "true",
      },
    },
  ],
} as const;
